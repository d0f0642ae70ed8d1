/**
 * Times of traces as text: short ones are microseconds.
 *
 * @module
 */
import { age, UNKNOWN } from "../../widgets/format.ts";

/** A span of time in microseconds, with three digits that count: `0 µs`, `850 µs`, `1.25 ms`, `48.1 ms`, `1.20 s`, `3m12`. */
export function duration(us: number): string {
  if (!Number.isFinite(us)) return UNKNOWN;
  if (us < 0) return `−${duration(-us)}`;
  if (us < 999.5) return `${us < 9.995 && us % 1 !== 0 ? us.toFixed(1) : Math.round(us)} µs`;
  if (us < 999_500) return `${digits(us / 1e3)} ms`;
  return us < 60e6 ? `${digits(us / 1e6)} s` : age(us / 1e6);
}

function digits(n: number): string {
  return n >= 99.95 ? n.toFixed(0) : n >= 9.995 ? n.toFixed(1) : n.toFixed(2);
}

/** A share from 0 to 1: `12 %`. */
export function share(part: number): string {
  return Number.isFinite(part) ? `${(part * 100).toFixed(part > 0 && part < 0.095 ? 1 : 0)} %` : UNKNOWN;
}
