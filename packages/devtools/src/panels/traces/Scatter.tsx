/**
 * All traces as dots: when, and how long. A drag filters the list, a click opens one.
 *
 * @module
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { PointerEvent, ReactElement } from "react";
import type { TraceRow } from "../../traces/trace-row.ts";
import { count } from "../../widgets/format.ts";
import { useInspector, useView } from "../../widgets/hooks.ts";
import { duration } from "./format.ts";
import type { TraceSource } from "./list-view.tsx";
import { readRange, setRest, writeRange } from "./rest.ts";
import { nearest, PADDING, scatterScale } from "./scatter.ts";
import type { ScatterScale } from "./scatter.ts";
import { niceStep } from "./timeline/time-window.ts";
import { usePainter } from "../../widgets/painter.ts";
import type { Paint } from "../../widgets/painter.ts";
import { drawCrosshair } from "../../widgets/plot/draw.ts";

/** A pointer that moved less has clicked. */
const CLICK_PX = 4;
const REACH_PX = 8;

interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** See the file's comment. */
export function Scatter(props: {
  readonly source: TraceSource;
  readonly shown: Uint32Array;
  readonly onOpen: (row: TraceRow) => void;
}): ReactElement {
  const { source, shown, onOpen } = props;
  const { list } = source;
  const { view, crosshair } = useInspector();
  const r = useView((v) => v.route.rest["r"]);
  const d = useView((v) => v.route.rest["d"]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useRef<ScatterScale>(undefined);
  const [drag, setDrag] = useState<Box>();
  const [over, setOver] = useState(-1);
  const chosen = useMemo(() => new Set(shown), [shown]);

  const draw = useCallback(
    (p: Paint) => {
      const s = (scale.current = scatterScale(list, p.width, p.height));
      axes(p, s, source);
      const brushed = boxOf(s, readRange(r), readRange(d), p);
      if (brushed !== undefined || drag !== undefined) brush(p, drag ?? brushed!);
      for (const [i, row] of list.entries()) dot(p, s, row, chosen.has(i), i === over);
      const [from, to] = s.times;
      const box = {
        left: PADDING.left,
        right: p.width - PADDING.right,
        top: PADDING.top,
        bottom: p.height - PADDING.bottom,
        from,
        to,
        most: 0,
      };
      drawCrosshair(p, box, crosshair.t, "");
    },
    [list, crosshair, source, chosen, drag, over, r, d],
  );
  const redraw = usePainter(canvas, draw);
  useEffect(() => crosshair.subscribe(redraw), [crosshair, redraw]);

  const at = (e: PointerEvent): readonly [number, number] => {
    const box = e.currentTarget.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  };
  const row = list[over];
  const longest = list.reduce((most, t) => Math.max(most, t.durationUs), 0);
  const failed = list.reduce((n, t) => n + (t.errors > 0 ? 1 : 0), 0);
  return (
    <div className="sk-trace-scatter">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${count(list.length)} traces by time and duration, the longest ${duration(longest)}, ${count(failed)} with errors. The table below lists them.`}
        data-testid="plot-traces"
        onPointerDown={(e) => {
          if (e.button !== 0) return;
          e.currentTarget.setPointerCapture(e.pointerId);
          const [x, y] = at(e);
          setDrag({ x0: x, y0: y, x1: x, y1: y });
        }}
        onPointerMove={(e) => {
          const [x, y] = at(e);
          if (scale.current !== undefined) crosshair.set(scale.current.t(x));
          if (drag !== undefined) setDrag({ ...drag, x1: x, y1: y });
          else if (scale.current !== undefined) setOver(nearest(list, scale.current, x, y, REACH_PX));
        }}
        onPointerLeave={() => {
          setOver(-1);
          crosshair.set(undefined);
        }}
        onPointerCancel={() => setDrag(undefined)}
        onPointerUp={() => {
          const s = scale.current;
          if (drag === undefined || s === undefined) return;
          setDrag(undefined);
          const { x0, y0, x1, y1 } = drag;
          if (Math.abs(x1 - x0) < CLICK_PX && Math.abs(y1 - y0) < CLICK_PX) {
            const hit = list[nearest(list, s, x1, y1, REACH_PX)];
            if (hit !== undefined) onOpen(hit);
            else if (r !== undefined || d !== undefined) setRest(view, { r: undefined, d: undefined }, "push");
            return;
          }
          const times = [s.t(Math.min(x0, x1)), s.t(Math.max(x0, x1))] as const;
          const durations = [s.duration(Math.max(y0, y1)), s.duration(Math.min(y0, y1))] as const;
          setRest(view, { r: writeRange(...times), d: writeRange(...durations) }, "push");
        }}
      />
      <p className="sk-trace-scatter-text sk-dim">
        {row === undefined ? (
          <>Drag to filter by time and duration, click a dot to open it.</>
        ) : (
          <>
            {source.time(row.t)} {row.command || row.tag} <b className="sk-figures">{duration(row.durationUs)}</b>
            {row.errors > 0 ? ` · ✖ ${count(row.errors)} errors` : ""}
          </>
        )}
      </p>
    </div>
  );
}

function boxOf(
  s: ScatterScale,
  times: readonly [number, number] | undefined,
  durations: readonly [number, number] | undefined,
  p: Paint,
): Box | undefined {
  if (times === undefined && durations === undefined) return undefined;
  const inside = (x: number): number => Math.min(p.width - PADDING.right, Math.max(PADDING.left, x));
  return {
    x0: inside(times === undefined ? PADDING.left : s.x(times[0])),
    x1: inside(times === undefined ? p.width : s.x(times[1])),
    y0: durations === undefined ? PADDING.top : Math.max(PADDING.top, s.y(durations[1])),
    y1: durations === undefined ? p.height - PADDING.bottom : Math.min(p.height - PADDING.bottom, s.y(durations[0])),
  };
}

function axes({ c, width, height, colours, measure }: Paint, s: ScatterScale, { time, offsetUs }: TraceSource): void {
  c.strokeStyle = colours["hair"]!;
  c.fillStyle = colours["text2"]!;
  c.lineWidth = 1;
  c.textAlign = "right";
  for (let power = Math.log10(s.durations[0]); power <= Math.log10(s.durations[1]) + 1e-9; power++) {
    const y = Math.round(s.y(10 ** power)) + 0.5;
    c.beginPath();
    c.moveTo(PADDING.left, y);
    c.lineTo(width - PADDING.right, y);
    c.stroke();
    c.fillText(duration(10 ** Math.round(power)), PADDING.left - 8, Math.max(8, y));
  }
  c.textAlign = "center";
  const step = niceStep(s.times[1] - s.times[0], Math.max(1, (width - PADDING.left) / 140));
  for (let t = Math.ceil((s.times[0] + offsetUs) / step) * step - offsetUs; t <= s.times[1]; t += step) {
    const x = Math.round(s.x(t)) + 0.5;
    c.beginPath();
    c.moveTo(x, PADDING.top);
    c.lineTo(x, height - PADDING.bottom + 4);
    c.stroke();
    const label = time(t);
    if (x + measure(label) / 2 < width) c.fillText(label, x, height - 8);
  }
}

function brush({ c, colours }: Paint, { x0, y0, x1, y1 }: Box): void {
  c.globalAlpha = 0.18;
  c.fillStyle = colours["accent"]!;
  c.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  c.globalAlpha = 1;
  c.strokeStyle = colours["accent"]!;
  c.strokeRect(Math.min(x0, x1) + 0.5, Math.min(y0, y1) + 0.5, Math.abs(x1 - x0), Math.abs(y1 - y0));
}

/** A disc; a cross for a trace with errors, a ring for one that goes on. */
function dot({ c, colours }: Paint, s: ScatterScale, row: TraceRow, chosen: boolean, over: boolean): void {
  const x = s.x(row.t);
  const y = s.y(row.durationUs);
  const size = over ? 5 : 3;
  c.globalAlpha = chosen ? 1 : 0.35;
  c.lineWidth = 1.6;
  c.strokeStyle = c.fillStyle = colours[row.errors > 0 ? "err" : chosen ? "accent" : "idle"]!;
  c.beginPath();
  if (row.errors > 0) {
    c.moveTo(x - size, y - size);
    c.lineTo(x + size, y + size);
    c.moveTo(x + size, y - size);
    c.lineTo(x - size, y + size);
    c.stroke();
  } else {
    c.arc(x, y, size, 0, 2 * Math.PI);
    if (row.open > 0) c.stroke();
    else c.fill();
  }
  c.globalAlpha = 1;
}
