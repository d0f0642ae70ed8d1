/**
 * Draws rows of a waterfall: striped while in the mailbox, solid while running, a thin line while suspended, ✖ for an error.
 *
 * Knows canvas and model, and nothing of React. What cannot be seen is not drawn: stretches are found by halving, and those that share a
 * pixel are joined.
 *
 * @module
 */
import type { CriticalPath } from "../../../traces/critical-path.ts";
import { endOf, RowFlag, startOf } from "../../../traces/layout.ts";
import type { Layout } from "../../../traces/layout.ts";
import { PartKind, SpanState } from "../../../traces/model.ts";
import type { TraceModel } from "../../../traces/model.ts";
import type { TimeScale } from "../../../traces/time-scale.ts";
import { duration } from "../format.ts";
import type { Paint } from "../../../widgets/painter.ts";
import type { TimeWindow } from "./time-window.ts";

/** Height of a bar. */
const BAR = 12;

/** What is drawn. */
export interface RowsPicture {
  readonly model: TraceModel;
  readonly layout: Layout;
  readonly scale: TimeScale;
  readonly window: TimeWindow;
  /** Height of a row. */
  readonly rowPx: number;
  /** Pixels of the list above the canvas. */
  readonly top: number;
  readonly colourOf: (span: number) => string;
  readonly errorOf: (span: number) => string;
  /** Stretches of the critical path, by span; absent: not shown. */
  readonly critical: PathIndex | undefined;
  /** The row that is selected, and the one that keys act on; −1 for none. */
  readonly selected: number;
  readonly active: number;
}

/** A critical path by span: stretches `first[s]` … `first[s + 1] - 1` of `order` name places in the path. */
export interface PathIndex {
  readonly path: CriticalPath;
  readonly first: Uint32Array;
  readonly order: Uint32Array;
}

/** Groups a path by span. */
export function indexPath(path: CriticalPath, spans: number): PathIndex {
  const first = new Uint32Array(spans + 1);
  for (let i = 0; i < path.count; i++) first[path.span[i]! + 1]!++;
  for (let s = 0; s < spans; s++) first[s + 1]! += first[s]!;
  const next = first.slice();
  const order = new Uint32Array(path.count);
  for (let i = 0; i < path.count; i++) order[next[path.span[i]!]!++] = i;
  return { path, first, order };
}

/** The first stretch from `low` on that ends at or after `t`; they are in order. */
export function firstPart(m: TraceModel, low: number, high: number, t: number): number {
  let [a, b] = [low, high];
  while (a < b) {
    const middle = (a + b) >> 1;
    if (m.parts.to[middle]! < t) a = middle + 1;
    else b = middle;
  }
  return a;
}

/** Draws all rows that the canvas shows. */
export function paintRows(p: Paint, picture: RowsPicture): void {
  const { c, width, height, colours } = p;
  const { layout, scale, window, rowPx, top } = picture;
  const perPx = (window.to - window.from) / width;
  const x = (t: number): number => (scale.toShown(t) - window.from) / perPx;
  for (const { from, to } of scale.cuts) {
    const [x0, x1] = [x(from), x(to)];
    if (x1 < 0 || x0 > width) continue;
    c.fillStyle = colours["bg2"]!;
    c.fillRect(x0, 0, x1 - x0, height);
    c.strokeStyle = colours["line"]!;
    c.setLineDash([2, 3]);
    for (const at of [x0, x1]) {
      c.beginPath();
      c.moveTo(Math.round(at) + 0.5, 0);
      c.lineTo(Math.round(at) + 0.5, height);
      c.stroke();
    }
    c.setLineDash([]);
  }
  const last = Math.min(layout.count - 1, Math.floor((top + height) / rowPx));
  for (let row = Math.max(0, Math.floor(top / rowPx)); row <= last; row++) paintRow(p, picture, row, row * rowPx - top, x);
}

function paintRow(p: Paint, picture: RowsPicture, row: number, y: number, x: (t: number) => number): void {
  const { c, width, colours } = p;
  const { model: m, layout, rowPx, selected, active } = picture;
  const s = layout.span[row]!;
  if (row === selected) {
    c.fillStyle = colours["selected"]!;
    c.fillRect(0, y, width, rowPx - 1);
  }
  c.fillStyle = colours["hair"]!;
  c.fillRect(0, y + rowPx - 1, width, 1);
  if (row === active) {
    c.strokeStyle = colours["accent"]!;
    c.lineWidth = 1;
    c.strokeRect(-2, y + 0.5, width + 4, rowPx - 2);
  }
  const middle = Math.round(y + (rowPx - 1) / 2);
  const x0 = x(layout.from[row]!);
  const x1 = Math.max(x0, x(layout.to[row]!));
  if (x1 < 0 || x0 > width) {
    // It lies outside the stretch in view: an arrow says on which side.
    c.fillStyle = colours["idle"]!;
    c.textAlign = x1 < 0 ? "left" : "right";
    c.fillText(x1 < 0 ? "◂" : "▸", x1 < 0 ? 4 : width - 4, middle);
    return;
  }
  c.globalAlpha = (layout.flags[row]! & RowFlag.ancestor) === 0 ? 1 : 0.55;
  if ((layout.flags[row]! & RowFlag.joined) === 0) paintSpan(p, picture, s, middle, x);
  else paintJoined(p, picture, s, x0, x1, middle, x);
  c.globalAlpha = 1;
  label(p, picture, row, x0, x1, middle);
  if (m.state[s] === SpanState.failed && x1 <= width) {
    c.strokeStyle = colours["err"]!;
    c.lineWidth = 2;
    c.beginPath();
    c.moveTo(x1 - 4, middle - 4);
    c.lineTo(x1 + 4, middle + 4);
    c.moveTo(x1 + 4, middle - 4);
    c.lineTo(x1 - 4, middle + 4);
    c.stroke();
  }
}

/** One span: mailbox, then what it did. */
function paintSpan({ c, width, colours, hatch }: Paint, picture: RowsPicture, s: number, middle: number, x: (t: number) => number): void {
  const { model: m, critical, scale, window } = picture;
  const bar = middle - BAR / 2;
  const queued = m.queued[s]!;
  const began = m.began[s]!;
  if (!Number.isNaN(queued)) {
    const from = Math.max(-2, x(queued));
    const to = Math.min(width + 2, x(Number.isNaN(began) ? m.end : began));
    if (to - from >= 0.5) {
      c.fillStyle = hatch;
      c.fillRect(from, bar, to - from, BAR);
      c.strokeStyle = colours["queue"]!;
      c.lineWidth = 1;
      c.strokeRect(from + 0.5, bar + 0.5, Math.max(0, to - from - 1), BAR - 1);
    }
  }
  const fill = colours[picture.colourOf(s)]!;
  const high = m.parts.first[s + 1]!;
  // Stretches of one kind that share a pixel are one.
  let [runFrom, runTo] = [Number.NaN, Number.NaN];
  const flush = (): void => {
    if (Number.isNaN(runFrom)) return;
    c.fillStyle = fill;
    c.fillRect(runFrom, bar, Math.max(1, runTo - runFrom), BAR);
    runFrom = Number.NaN;
  };
  let lineTo = -Infinity;
  for (let part = firstPart(m, m.parts.first[s]!, high, scale.toReal(window.from)); part < high; part++) {
    const from = Math.max(-2, x(m.parts.from[part]!));
    if (from > width) break;
    const to = Math.min(width + 2, x(m.parts.to[part]!));
    if (m.parts.kind[part] === PartKind.run) {
      if (!Number.isNaN(runFrom) && from - runTo < 0.5) runTo = Math.max(runTo, to);
      else {
        flush();
        runFrom = from;
        runTo = to;
      }
    } else if (to - lineTo >= 0.5) {
      c.fillStyle = colours["idle"]!;
      const begin = Math.max(from, lineTo);
      c.fillRect(begin, middle - 1, Math.max(0.5, to - begin), 2);
      lineTo = to;
    }
  }
  flush();
  if (Number.isNaN(m.ended[s]!) && !Number.isNaN(began)) {
    // It goes on: the end is open.
    const end = x(m.end);
    if (end <= width + 2) {
      c.strokeStyle = colours["text2"]!;
      c.lineWidth = 1;
      c.setLineDash([2, 2]);
      c.beginPath();
      c.moveTo(end + 0.5, bar - 2);
      c.lineTo(end + 0.5, bar + BAR + 2);
      c.stroke();
      c.setLineDash([]);
    }
  }
  if (critical === undefined) return;
  c.fillStyle = colours["text"]!;
  for (let i = critical.first[s]!; i < critical.first[s + 1]!; i++) {
    const at = critical.order[i]!;
    const from = Math.max(-2, x(critical.path.from[at]!));
    const to = Math.min(width + 2, x(critical.path.to[at]!));
    if (to >= 0 && from <= width) c.fillRect(from, bar + BAR + 2, Math.max(1, to - from), 2);
  }
}

/** Several siblings as one: a frame around all of them, and in it when each was at work. */
function paintJoined(
  { c, width, colours }: Paint,
  picture: RowsPicture,
  s: number,
  x0: number,
  x1: number,
  middle: number,
  x: (t: number) => number,
): void {
  const { model: m, critical } = picture;
  const from = Math.max(-2, x0);
  const to = Math.min(width + 2, x1);
  const colour = colours[picture.colourOf(s)]!;
  const alpha = c.globalAlpha;
  c.fillStyle = c.strokeStyle = colour;
  c.globalAlpha = alpha * 0.25;
  c.fillRect(from, middle - BAR / 2, Math.max(1, to - from), BAR);
  c.globalAlpha = alpha;
  let done = -Infinity;
  let marked = -Infinity;
  for (const member of siblings(m, s)) {
    const a = Math.max(-2, x(startOf(m, member)), done);
    const b = Math.min(width + 2, x(endOf(m, member)));
    if (b - a >= 0.25 && a <= width) {
      c.fillRect(a, middle - BAR / 2 + 3, Math.max(0.75, b - a - 0.5), BAR - 6);
      done = b;
    }
    if (critical === undefined || critical.first[member] === critical.first[member + 1] || b - marked < 0.5) continue;
    c.fillStyle = colours["text"]!;
    c.fillRect(Math.max(a, marked), middle + BAR / 2 + 2, Math.max(1, b - a), 2);
    c.fillStyle = colour;
    marked = b;
  }
  c.lineWidth = 1;
  c.setLineDash([4, 2]);
  c.strokeRect(from + 0.5, middle - BAR / 2 + 0.5, Math.max(1, to - from - 1), BAR - 1);
  c.setLineDash([]);
}

/** The spans that have a span's parent and name, as far as they are known by it; a root's siblings are not looked for. */
function* siblings(m: TraceModel, s: number): Generator<number, void> {
  const parent = m.parent[s]!;
  if (parent < 0) return;
  for (let i = m.childFirst[parent]!; i < m.childFirst[parent + 1]!; i++) {
    const child = m.children[i]!;
    if (m.addr[child] === m.addr[s] && m.cmd[child] === m.cmd[s]) yield child;
  }
}

/** How long it took, behind the bar or before it, where there is room. */
function label({ c, width, colours, measure }: Paint, picture: RowsPicture, row: number, x0: number, x1: number, middle: number): void {
  const { layout, model: m } = picture;
  const s = layout.span[row]!;
  const n = layout.joined[row]!;
  const failed = m.state[s] === SpanState.failed ? ` ${picture.errorOf(s)}` : "";
  const text = `${n > 1 ? `×${n} in ` : ""}${duration(layout.to[row]! - layout.from[row]!)}${failed}`;
  const room = measure(text);
  c.textAlign = "left";
  c.fillStyle = colours[row === picture.selected ? "text" : failed === "" ? "text2" : "err"]!;
  if (x1 + 8 + room <= width) c.fillText(text, x1 + 8, middle);
  else if (x0 - 8 - room >= 0) c.fillText(text, x0 - 8 - room, middle);
}

/** The row of a span, or −1: the one that stands for it where it is joined with others is not found. */
export function rowOfSpan(layout: Layout, span: number): number {
  return layout.span.indexOf(span);
}
