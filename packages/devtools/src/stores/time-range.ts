/**
 * The stretch of time that all plots and lists show: the last minutes, or from one moment to another (the parameter `r` of the address).
 *
 * Knows nothing of what is shown.
 *
 * @module
 */
import { navigate } from "./view.ts";
import type { View, ViewStore } from "./view.ts";

/** The last so many microseconds, or a stretch that stands still; both in microseconds of the host's clock. */
export type TimeRange =
  | { readonly kind: "live"; readonly us: number }
  | { readonly kind: "fixed"; readonly from: number; readonly to: number };

/** Stretches up to now that are offered, as the address writes them. */
export const livePresets: readonly { readonly r: string; readonly us: number; readonly title: string }[] = [
  { r: "live-1m", us: 60e6, title: "1 min" },
  { r: "live-5m", us: 300e6, title: "5 min" },
  { r: "live-15m", us: 900e6, title: "15 min" },
  { r: "live-1h", us: 3600e6, title: "1 h" },
];

/** What is shown when the address says nothing: five minutes. */
export const defaultRange: TimeRange = { kind: "live", us: 300e6 };

/** A fixed stretch is never shorter, in microseconds. */
export const SHORTEST_US = 1_000_000;

/** Reads the parameter; what cannot be read is the default. */
export function readTimeRange(r: string | undefined): TimeRange {
  const preset = livePresets.find((p) => p.r === r);
  if (preset !== undefined) return { kind: "live", us: preset.us };
  const match = /^(-?\d{1,16}(?:\.\d+)?)\.\.(-?\d{1,16}(?:\.\d+)?)$/.exec(r ?? "");
  if (match === null) return defaultRange;
  const [from, to] = [Number(match[1]), Number(match[2])];
  return from <= to ? { kind: "fixed", from, to } : defaultRange;
}

/** Writes a fixed stretch; whichever end comes first. */
export function writeTimeRange(a: number, b: number): string {
  return `${Math.round(Math.min(a, b))}..${Math.round(Math.max(a, b))}`;
}

/** The ends of what a plot shows. @param end - The last moment that is known. */
export function windowOf(range: TimeRange, end: number): readonly [from: number, to: number] {
  return range.kind === "live" ? [end - range.us, end] : [range.from, Math.max(range.to, range.from + 1)];
}

/** Whether a moment lies in a range; in one that is live everything does. */
export const within = (range: TimeRange, t: number): boolean => range.kind === "live" || (t >= range.from && t <= range.to);

/** Puts a range into the address; `undefined`: the default. */
export function showRange(view: ViewStore, r: string | undefined, step: View["step"]): void {
  const { r: _old, ...rest } = view.getState().route.rest;
  navigate(view, { rest: r === undefined ? rest : { ...rest, r } }, step);
}

/**
 * Half the stretch or twice as much, around a moment that stays where it is. Beyond what is known it is the last hour, live.
 *
 * @param oldest - The first moment that is known.
 */
export function zoomed(window: readonly [number, number], factor: number, at: number, oldest: number, end: number): string {
  const [from, to] = window;
  const part = to > from ? Math.min(1, Math.max(0, (at - from) / (to - from))) : 0.5;
  const width = Math.max(SHORTEST_US * 5, (to - from) * factor);
  if (factor > 1 && width >= Math.max(end - oldest, 60e6)) return livePresets.find((p) => p.us >= width)?.r ?? "live-1h";
  const start = at - width * part;
  return writeTimeRange(start, start + width);
}
