/**
 * Draws a sequence diagram: lifelines, and an arrow in each row. Calls and sends are solid, replies dashed, errors end in ✖.
 *
 * Knows canvas and columns, and nothing of React.
 *
 * @module
 */
import { ArrowKind } from "../../../traces/model.ts";
import type { TraceModel } from "../../../traces/model.ts";
import type { Sequence } from "../../../traces/sequence.ts";
import { duration } from "../format.ts";
import type { Paint } from "../../../widgets/painter.ts";

/** Pixels left of the first lifeline, for the times. */
export const GUTTER_PX = 84;
/** Pixels between two lifelines. */
export const LANE_PX = 168;

/** What is drawn. */
export interface SequencePicture {
  readonly model: TraceModel;
  readonly sequence: Sequence;
  readonly rowPx: number;
  /** Pixels of the diagram above and left of the canvas. */
  readonly top: number;
  readonly left: number;
  readonly colourOf: (lane: number) => string;
  readonly textOf: (row: number) => string;
  /** Whether a row passes the filter. */
  readonly passes: (row: number) => boolean;
  readonly active: number;
  readonly selected: number;
}

/** Where a lifeline lies in the diagram. */
export const laneX = (lane: number): number => GUTTER_PX + lane * LANE_PX + LANE_PX / 2;

/** Draws what the canvas shows. */
export function paintSequence(p: Paint, picture: SequencePicture): void {
  const { c, width, height, colours } = p;
  const { sequence, rowPx, top, left, model } = picture;
  const rows = sequence.arrows.length;
  const first = Math.max(0, Math.floor(top / rowPx));
  const last = Math.min(rows - 1, Math.floor((top + height) / rowPx));
  const foot = rows * rowPx - top;
  for (let row = first; row <= last; row++) {
    if (row !== picture.active && row !== picture.selected) continue;
    c.fillStyle = colours[row === picture.selected ? "selected" : "bg2"]!;
    c.fillRect(0, row * rowPx - top, width, rowPx - 1);
  }
  const lanes = sequence.lanes.length;
  for (let lane = Math.max(0, Math.floor((left - GUTTER_PX) / LANE_PX) - 1); lane < lanes; lane++) {
    const x = Math.round(laneX(lane) - left);
    if (x > width) break;
    c.fillStyle = colours[picture.colourOf(lane)]!;
    c.globalAlpha = 0.55;
    c.fillRect(x - 1, 0, 2, Math.min(height, foot));
    c.globalAlpha = 1;
  }
  for (let row = first; row <= last; row++) {
    c.globalAlpha = picture.passes(row) ? 1 : 0.3;
    arrow(p, picture, row);
    c.globalAlpha = 1;
  }
  // Times stand at the left edge of the view, whatever lies below them.
  const at = Math.max(0, -left);
  if (left < GUTTER_PX) {
    c.fillStyle = colours["text2"]!;
    c.textAlign = "right";
    for (let row = first; row <= last; row++) {
      const text = duration(model.arrows.sent[sequence.arrows[row]!]! - model.begin);
      c.fillText(text, at + GUTTER_PX - 12 - left, row * rowPx - top + rowPx / 2);
    }
  }
}

function arrow({ c, width, colours, fit, measure }: Paint, picture: SequencePicture, row: number): void {
  const { sequence, rowPx, top, left, model } = picture;
  const a = sequence.arrows[row]!;
  const kind = model.arrows.kind[a]!;
  const x0 = laneX(sequence.from[row]!) - left;
  const x1 = laneX(sequence.to[row]!) - left;
  const self = x0 === x1;
  if (Math.max(x0, x1) + LANE_PX < 0 || Math.min(x0, x1) - LANE_PX > width) return;
  const y = Math.round(row * rowPx - top + rowPx - 8) + 0.5;
  const tone = kind === ArrowKind.error ? "err" : kind === ArrowKind.reply ? "text2" : kind === ArrowKind.call ? "accent" : "text";
  c.strokeStyle = c.fillStyle = colours[tone]!;
  c.lineWidth = 1.4;
  c.setLineDash(kind === ArrowKind.reply || kind === ArrowKind.error ? [5, 3] : []);
  c.beginPath();
  if (self) {
    c.moveTo(x0, y - 6);
    c.lineTo(x0 + 28, y - 6);
    c.lineTo(x0 + 28, y + 3);
    c.lineTo(x0 + 4, y + 3);
  } else {
    c.moveTo(x0, y);
    c.lineTo(x1, y);
  }
  c.stroke();
  c.setLineDash([]);
  head(c, self ? x0 : x1, self ? y + 3 : y, self || x1 < x0 ? 1 : -1, kind, Number.isNaN(model.arrows.taken[a]!));
  const room = self ? LANE_PX - 44 : Math.abs(x1 - x0) - 20;
  const text = fit(picture.textOf(row), room);
  c.fillStyle = colours[kind === ArrowKind.error ? "err" : "text"]!;
  c.textAlign = "left";
  // Of a long arrow the name stands where it can be seen.
  const [low, high] = self ? [x0 + 34, x0 + LANE_PX] : [Math.min(x0, x1) + 10, Math.max(x0, x1) - 10];
  const seen = (Math.max(low, 0) + Math.min(high, width)) / 2 - measure(text) / 2;
  c.fillText(text, self ? low : Math.max(low, Math.min(seen, high - measure(text))), self ? y - 2 : y - 8);
}

/** A filled tip; open for what nobody has taken; a cross for an error. `side` is 1 when it comes from the right. */
function head(c: CanvasRenderingContext2D, x: number, y: number, side: 1 | -1, kind: number, open: boolean): void {
  c.beginPath();
  if (kind === ArrowKind.error) {
    const at = x + side * 6;
    c.lineWidth = 2;
    c.moveTo(at - 4, y - 4);
    c.lineTo(at + 4, y + 4);
    c.moveTo(at + 4, y - 4);
    c.lineTo(at - 4, y + 4);
    c.stroke();
    return;
  }
  c.moveTo(x + side * 8, y - 4);
  c.lineTo(x + side, y);
  c.lineTo(x + side * 8, y + 4);
  if (open) c.stroke();
  else c.fill();
}
