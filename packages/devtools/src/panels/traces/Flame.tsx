/**
 * Where the time went, by service and command: bars of who called whom, and the same as a table.
 *
 * @module
 */
import { useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import { count } from "../../widgets/format.ts";
import { useView } from "../../widgets/hooks.ts";
import { flameOf } from "./flame.ts";
import type { Flame as FlameModel } from "./flame.ts";
import { duration, share } from "./format.ts";
import { orderOf } from "./row-view.ts";
import type { RowView } from "./row-view.ts";
import { serviceText, spanText } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";
import { seriesOf, usePainter } from "../../widgets/painter.ts";
import type { Paint } from "../../widgets/painter.ts";
import { VirtualGrid } from "./VirtualGrid.tsx";
import type { ListHandle } from "./VirtualGrid.tsx";

const LEVEL_PX = 20;
/** Levels of the picture; the table has all. */
const MOST_LEVELS = 16;

interface FlameSource {
  readonly flame: FlameModel;
  readonly spans: SpanSource;
}

const flameView: RowView<FlameSource> = {
  name: "flame",
  title: "Time by service and command",
  things: "ways",
  flags: { error: ({ flame }, i) => flame.errors[i]! > 0 },
  id: ({ flame }, i) => String(flame.span[i]!),
  search: ({ flame, spans }, i) => spanText(spans, flame.span[i]!),
  columns: [
    {
      key: "name",
      title: "Service and command",
      hint: "Reached from the line above that is less indented",
      numeric: false,
      width: "minmax(200px, 3fr)",
      value: ({ flame, spans }, i) => spanText(spans, flame.span[i]!),
      cell: ({ flame, spans }, i) => `${"\u2003".repeat(Math.min(24, flame.depth[i]!))}${spanText(spans, flame.span[i]!)}`,
    },
    {
      key: "depth",
      title: "Depth",
      hint: "How many calls are above it",
      numeric: true,
      width: "64px",
      value: ({ flame }, i) => flame.depth[i]!,
    },
    {
      key: "spans",
      title: "Spans",
      hint: "Messages that were handled this way",
      numeric: true,
      width: "80px",
      value: ({ flame }, i) => flame.spans[i]!,
      cell: ({ flame }, i) => count(flame.spans[i]!),
    },
    {
      key: "self",
      title: "Self",
      hint: "Time its handlers ran themselves",
      numeric: true,
      unit: "us",
      width: "88px",
      value: ({ flame }, i) => flame.self[i]!,
      cell: ({ flame }, i) => duration(flame.self[i]!),
    },
    {
      key: "total",
      title: "Total",
      hint: "Time run by its handlers and all that they called",
      numeric: true,
      unit: "us",
      width: "88px",
      value: ({ flame }, i) => flame.total[i]!,
      cell: ({ flame }, i) => duration(flame.total[i]!),
    },
    {
      key: "share",
      title: "Share",
      hint: "Total, as a part of all time run in the trace",
      numeric: true,
      unit: "%",
      width: "72px",
      value: ({ flame }, i) => (flame.total[i]! / Math.max(flame.all, 1e-9)) * 100,
      cell: ({ flame }, i) => share(flame.total[i]! / Math.max(flame.all, 1e-9)),
    },
    {
      key: "queue",
      title: "Queue",
      hint: "Time its messages waited in mailboxes",
      numeric: true,
      unit: "us",
      width: "88px",
      value: ({ flame }, i) => flame.queue[i]!,
      cell: ({ flame }, i) => duration(flame.queue[i]!),
    },
    {
      key: "errors",
      title: "Errors",
      hint: "Handlers that failed",
      numeric: true,
      width: "72px",
      value: ({ flame }, i) => flame.errors[i]!,
      cell: ({ flame }, i) => (flame.errors[i] === 0 ? "0" : <span className="sk-tone-err">✖ {count(flame.errors[i]!)}</span>),
    },
  ],
};

/** See the file's comment. */
export function Flame(props: {
  readonly source: SpanSource;
  readonly handle: React.Ref<ListHandle>;
  readonly onSelect: (span: number) => void;
}): ReactElement {
  const { source: spans, onSelect } = props;
  const q = useView((v) => v.route.q);
  const sort = useView((v) => v.route.sort);
  const source = useMemo<FlameSource>(() => ({ flame: flameOf(spans.model), spans }), [spans]);
  const { flame } = source;
  const { rows } = useMemo(() => orderOf(flameView, source, flame.count, q, sort), [source, flame, q, sort]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [over, setOver] = useState(-1);
  const levels = Math.min(MOST_LEVELS, 1 + flame.depth.reduce((most, d) => Math.max(most, d), 0));
  const matches = useMemo(() => new Set(rows), [rows]);
  const draw = useMemo(
    () => (p: Paint) => {
      const { c, width, colours, fit } = p;
      const scale = width / Math.max(flame.all, 1e-9);
      c.textAlign = "left";
      for (let i = 0; i < flame.count; i++) {
        const w = flame.total[i]! * scale;
        if (w < 0.5 || flame.depth[i]! >= MOST_LEVELS) continue;
        const [x, y] = [flame.from[i]! * scale, flame.depth[i]! * LEVEL_PX];
        const s = flame.span[i]!;
        const text = spanText(spans, s);
        c.globalAlpha = matches.has(i) ? 1 : 0.3;
        c.fillStyle = colours["bg2"]!;
        c.fillRect(x, y, Math.max(0.5, w - 1), LEVEL_PX - 1);
        c.fillStyle = colours[seriesOf(serviceText(spans, spans.model.node[s]!, spans.model.addr[s]!))]!;
        // The part that it ran itself is filled at the lower edge; the name stands on the plain ground above it.
        c.fillRect(x, y + LEVEL_PX - 5, Math.max(0.5, Math.min(w - 1, flame.self[i]! * scale)), 4);
        c.fillRect(x, y, Math.min(2, w), LEVEL_PX - 1);
        if (i === over) {
          c.strokeStyle = colours["accent"]!;
          c.lineWidth = 2;
          c.strokeRect(x + 1, y + 1, Math.max(1, w - 3), LEVEL_PX - 3);
        }
        if (w > 24) {
          c.fillStyle = colours["text"]!;
          c.fillText(fit(text, w - 12), x + 6, y + 8);
        }
        c.globalAlpha = 1;
      }
    },
    [flame, spans, matches, over],
  );
  usePainter(canvas, draw);
  const hit = (e: React.MouseEvent): number => {
    const box = e.currentTarget.getBoundingClientRect();
    const level = Math.floor((e.clientY - box.top) / LEVEL_PX);
    const at = ((e.clientX - box.left) / Math.max(1, box.width)) * flame.all;
    for (let i = 0; i < flame.count; i++)
      if (flame.depth[i] === level && at >= flame.from[i]! && at <= flame.from[i]! + flame.total[i]!) return i;
    return -1;
  };
  const widest = flame.count === 0 ? "" : `, most below ${spanText(spans, flame.span[0]!)}`;
  return (
    <div className="sk-flame" data-testid="trace-flame">
      <canvas
        ref={canvas}
        className="sk-flame-canvas"
        style={{ height: levels * LEVEL_PX }}
        role="img"
        aria-label={`${duration(flame.all)} of running time by service and command${widest}. The table below holds the same figures.`}
        data-testid="plot-flame"
        onMouseMove={(e) => setOver(hit(e))}
        onMouseLeave={() => setOver(-1)}
        onClick={(e) => {
          const i = hit(e);
          if (i >= 0) onSelect(flame.span[i]!);
        }}
      />
      <p className="sk-trace-scatter-text sk-dim">
        {over < 0 || over >= flame.count ? (
          <>{duration(flame.all)} run in all; the width of a bar is its total, the line at its foot what it ran itself.</>
        ) : (
          <>
            {spanText(spans, flame.span[over]!)} ×{count(flame.spans[over]!)}: total{" "}
            <b className="sk-figures">{duration(flame.total[over]!)}</b>, self <b className="sk-figures">{duration(flame.self[over]!)}</b>
          </>
        )}
      </p>
      <VirtualGrid
        meaning={flameView}
        source={source}
        rows={rows}
        sort={sort}
        handle={props.handle}
        onOpen={(i) => onSelect(flame.span[i]!)}
      />
    </div>
  );
}
