/**
 * Figures as text: thousands separated, at most three significant digits where a unit is chosen, always with the unit.
 *
 * @module
 */

/** What stands for a figure that is not known. */
export const UNKNOWN = "–";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A count: `12,480`. */
export function count(n: number): string {
  return Number.isFinite(n) ? whole.format(n) : UNKNOWN;
}

/** A rate or a share with one decimal: `812.4`. */
export function decimal(n: number): string {
  return Number.isFinite(n) ? oneDecimal.format(n) : UNKNOWN;
}

/** A rate for the status bar: whole from ten upwards, so that it does not flicker. */
export function roundRate(n: number): string {
  return n >= 10 ? count(n) : decimal(n);
}

/** Bytes in units of 1024: `512 B`, `182 K`, `1.25 M`. */
export function bytes(n: number): string {
  if (!Number.isFinite(n) || n < 0) return UNKNOWN;
  if (n < 1024) return `${whole.format(n)} B`;
  let value = n;
  let unit = "B";
  for (const next of ["K", "M", "G", "T"]) {
    if (Number(value.toPrecision(3)) < 1000 && unit !== "B") break;
    value /= 1024;
    unit = next;
  }
  return `${threeDigits(value)} ${unit}`;
}

/** A span of time: `41 s`, `3m12`, `5h04`, `2d07`. */
export function age(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return UNKNOWN;
  const s = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h${two(Math.floor((s % 3600) / 60))}`;
  return `${Math.floor(s / 86_400)}d${two(Math.floor((s % 86_400) / 3600))}`;
}

/** Milliseconds with a unit: `0.4 ms`, `48 ms`, `1.20 s`. */
export function milliseconds(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 10) return `${oneDecimal.format(ms)} ms`;
  return ms < 1000 ? `${whole.format(ms)} ms` : `${threeDigits(ms / 1000)} s`;
}

function threeDigits(n: number): string {
  return n >= 99.95 ? whole.format(n) : n >= 9.995 ? n.toFixed(1) : n.toFixed(2);
}

/** From here on a task's number is the address of a thread in a C Skynet, with the number of its node above 48 bits. */
const THREADS_FROM = 2 ** 32;

/** A task's number; of a C Skynet as Lua prints the thread, `0x7f51780d4058`, so that `task` and `killtask` of its console know it. */
export function taskNumber(task: number): string {
  return task < THREADS_FROM ? String(task) : `0x${(task % 2 ** 48).toString(16)}`;
}
