/**
 * Draws a series over time: a line with a gap wherever data has one, and the crosshair.
 *
 * Knows nothing of React.
 *
 * @module
 */
import { GAP_US, nearestSample } from "../../stores/host-history.ts";
import type { PlotSeries } from "../../stores/host-history.ts";
import type { Paint } from "../painter.ts";

/** The top of a plot's axis never comes down within so many milliseconds (inspector.md §5.2). */
export const HOLD_MS = 10_000;

/** The top of an axis: up at once, down only after a while. */
export class AxisTop {
  #top = 0;
  #lowSince: number | undefined;

  /** @param most - The largest value in view. @param now - In milliseconds. */
  next(most: number, now: number): number {
    if (most >= this.#top) {
      this.#top = most;
      this.#lowSince = undefined;
    } else {
      this.#lowSince ??= now;
      if (now - this.#lowSince >= HOLD_MS) {
        this.#top = most;
        this.#lowSince = undefined;
      }
    }
    return this.#top;
  }
}

/** Places of the first sample in a window and of the one behind its last. */
export function placesIn(series: PlotSeries, from: number, to: number): readonly [first: number, end: number] {
  if (series.length === 0) return [0, 0];
  let first = nearestSample(series, from);
  if (series.t(first) < from) first++;
  let end = nearestSample(series, to);
  if (series.t(end) <= to) end++;
  return [first, Math.max(first, end)];
}

/** The largest value in a window; 0 where none is known. */
export function mostIn(series: PlotSeries, from: number, to: number): number {
  const [first, end] = placesIn(series, from, to);
  let most = 0;
  for (let i = first; i < end; i++) if (series.value(i) > most) most = series.value(i);
  return most;
}

/** Where a plot is drawn: pixels, and the ends of both axes. */
export interface PlotBox {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** Pixel of a moment. */
export const xOf = (box: PlotBox, t: number): number => box.left + ((t - box.from) / (box.to - box.from)) * (box.right - box.left);

/** Moment of a pixel. */
export const tOf = (box: PlotBox, x: number): number => box.from + ((x - box.left) / (box.right - box.left)) * (box.to - box.from);

const yOf = (box: PlotBox, value: number): number =>
  box.bottom - (box.most > 0 ? Math.min(1, value / box.most) : 0) * (box.bottom - box.top);

/** Draws the line, and the area below it where `fill` asks for one. Of several samples in one pixel the largest counts. */
export function drawSeries({ c, colours }: Paint, box: PlotBox, series: PlotSeries, fill: boolean): void {
  const [first, end] = placesIn(series, box.from, box.to);
  c.strokeStyle = c.fillStyle = colours["accent"]!;
  c.lineWidth = 1.5;
  c.lineJoin = "round";
  let begin = NaN;
  let x = NaN;
  let high = 0;
  let path = new Path2D();
  const finish = (): void => {
    if (Number.isNaN(begin)) return;
    path.lineTo(x, yOf(box, high));
    c.stroke(path);
    if (fill) {
      path.lineTo(x, box.bottom);
      path.lineTo(begin, box.bottom);
      c.globalAlpha = 0.16;
      c.fill(path);
      c.globalAlpha = 1;
    }
    begin = NaN;
    path = new Path2D();
  };
  let before = NaN;
  for (let i = first; i < end; i++) {
    const t = series.t(i);
    const value = series.value(i);
    if (Number.isNaN(value) || t - before > GAP_US) finish();
    before = t;
    if (Number.isNaN(value)) continue;
    const at = xOf(box, t);
    if (Number.isNaN(begin)) {
      begin = x = at;
      high = value;
      path.moveTo(at, yOf(box, value));
    } else if (at - x < 1) high = Math.max(high, value);
    else {
      path.lineTo(x, yOf(box, high));
      x = at;
      high = value;
    }
  }
  finish();
}

/** Draws the moment that is pointed at, with a text beside it. @param textTop - Where the text begins. */
export function drawCrosshair(
  { c, colours, measure }: Paint,
  box: PlotBox,
  t: number | undefined,
  text: string,
  textTop: number = box.top,
): void {
  if (t === undefined || t < box.from || t > box.to) return;
  const x = Math.round(xOf(box, t)) + 0.5;
  c.strokeStyle = colours["text"]!;
  c.lineWidth = 1;
  c.setLineDash([3, 2]);
  c.beginPath();
  c.moveTo(x, box.top);
  c.lineTo(x, box.bottom);
  c.stroke();
  c.setLineDash([]);
  if (text === "") return;
  const width = measure(text) + 8;
  const left = x + 4 + width <= box.right ? x + 4 : Math.max(box.left, x - 4 - width);
  c.fillStyle = colours["bg2"]!;
  c.fillRect(left, textTop, width, 16);
  c.fillStyle = colours["text"]!;
  c.textAlign = "left";
  c.fillText(text, left + 4, textTop + 8.5);
}
