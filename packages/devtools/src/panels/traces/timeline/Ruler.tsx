/**
 * The time axis of a trace with a minimap above it; a drag on the minimap chooses or moves the stretch in view.
 *
 * @module
 */
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { PointerEvent, ReactElement } from "react";
import type { TraceModel } from "../../../traces/model.ts";
import type { TimeScale } from "../../../traces/time-scale.ts";
import { duration } from "../format.ts";
import { densityOf } from "./density.ts";
import { usePainter } from "../../../widgets/painter.ts";
import type { Paint } from "../../../widgets/painter.ts";
import { niceStep } from "./time-window.ts";
import type { TimeWindow } from "./time-window.ts";

const MAP_PX = 28;
const BUCKETS = 240;
/** A stretch of the minimap is at least so wide on the screen, so that it can be gripped. */
const GRIP_PX = 6;

/** See the file's comment. */
export function Ruler(props: { readonly model: TraceModel; readonly scale: TimeScale; readonly window: TimeWindow }): ReactElement {
  const { model, scale, window } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<{ readonly from: number; readonly moves: boolean; last: number }>(undefined);
  const density = useMemo(() => densityOf(model, scale, BUCKETS), [model, scale]);
  const draw = useCallback(
    (p: Paint) => {
      minimap(p, density, window);
      axis(p, scale, window, model.begin);
    },
    [density, scale, window, model],
  );
  const redraw = usePainter(canvas, draw);
  useEffect(() => window.subscribe(redraw), [window, redraw]);

  const at = (e: PointerEvent): number => {
    const box = e.currentTarget.getBoundingClientRect();
    return ((e.clientX - box.left) / Math.max(1, box.width)) * window.length;
  };
  return (
    <canvas
      ref={canvas}
      className="sk-trace-ruler"
      role="img"
      aria-label={`Time axis of ${duration(model.end - model.begin)} and a minimap of how busy the trace was. The keys w and s zoom, a and d move, 0 shows all.`}
      data-testid="trace-minimap"
      onPointerDown={(e) => {
        if (e.button !== 0) return;
        e.currentTarget.setPointerCapture(e.pointerId);
        const t = at(e);
        const grip = (GRIP_PX / Math.max(1, e.currentTarget.clientWidth)) * window.length;
        const inside = !window.whole && t >= window.from - grip && t <= window.to + grip;
        drag.current = { from: t, moves: inside, last: t };
      }}
      onPointerMove={(e) => {
        const d = drag.current;
        if (d === undefined) return;
        const t = at(e);
        if (d.moves) window.pan(t - d.last);
        else if (Math.abs(t - d.from) > window.length / 200) window.show(d.from, t);
        d.last = t;
      }}
      onPointerUp={() => (drag.current = undefined)}
      onPointerCancel={() => (drag.current = undefined)}
      onDoubleClick={() => window.reset()}
    />
  );
}

function minimap({ c, width, colours }: Paint, { busy, failed }: ReturnType<typeof densityOf>, window: TimeWindow): void {
  const most = Math.max(1e-9, ...busy);
  const step = width / busy.length;
  c.fillStyle = colours["bg1"]!;
  c.fillRect(0, 0, width, MAP_PX);
  c.fillStyle = colours["accent"]!;
  for (let b = 0; b < busy.length; b++) {
    const h = busy[b]! <= 0 ? 0 : Math.max(1.5, (busy[b]! / most) * (MAP_PX - 6));
    c.fillRect(b * step, MAP_PX - h, Math.max(0.5, step - 0.5), h);
  }
  c.fillStyle = colours["err"]!;
  for (let b = 0; b < failed.length; b++) if (failed[b] !== 0) c.fillRect(b * step, 0, Math.max(2, step), 4);
  if (window.whole) return;
  const x0 = (window.from / window.length) * width;
  const x1 = Math.max(x0 + 2, (window.to / window.length) * width);
  c.globalAlpha = 0.65;
  c.fillStyle = colours["bg2"]!;
  c.fillRect(0, 0, x0, MAP_PX);
  c.fillRect(x1, 0, width - x1, MAP_PX);
  c.globalAlpha = 1;
  c.strokeStyle = colours["line"]!;
  c.lineWidth = 1;
  c.strokeRect(x0 + 0.5, 0.5, x1 - x0 - 1, MAP_PX - 1);
}

function axis({ c, width, height, colours, measure }: Paint, scale: TimeScale, window: TimeWindow, begin: number): void {
  const perPx = (window.to - window.from) / width;
  const x = (shown: number): number => (shown - window.from) / perPx;
  const step = niceStep(window.to - window.from, Math.max(1, width / 90));
  c.fillStyle = colours["text2"]!;
  c.strokeStyle = colours["line"]!;
  c.lineWidth = 1;
  c.textAlign = "left";
  const taken: { readonly from: number; readonly to: number }[] = [];
  const label = (at: number, text: string): void => {
    const from = Math.min(Math.max(2, at + 4), width - measure(text) - 2);
    const to = from + measure(text) + 12;
    if (taken.some((t) => from < t.to && to > t.from)) return;
    c.fillText(text, from, height - 9);
    taken.push({ from, to });
  };
  for (const { from, to } of scale.cuts) {
    const [x0, x1] = [x(scale.toShown(from)), x(scale.toShown(to))];
    if (x1 < 0 || x0 > width) continue;
    label(x0, `··· ${duration(to - from)} idle ···`);
  }
  const end = scale.toReal(window.to) - begin;
  // After a long cut many steps lie in it: go on behind it, not through it.
  for (let t = Math.ceil((scale.toReal(window.from) - begin) / step) * step, n = 0; t <= end + 1e-6 && n < 2000; n++) {
    const cut = scale.cuts.find((k) => t + begin > k.from && t + begin < k.to);
    if (cut !== undefined) {
      t = Math.ceil((cut.to - begin) / step) * step;
      continue;
    }
    const at = x(scale.toShown(t + begin));
    c.beginPath();
    c.moveTo(Math.round(at) + 0.5, MAP_PX + 2);
    c.lineTo(Math.round(at) + 0.5, height);
    c.stroke();
    label(at, duration(Math.round(t * 1000) / 1000));
    t += step;
  }
}
