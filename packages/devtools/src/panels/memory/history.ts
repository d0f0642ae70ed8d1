/**
 * What each service held in the past: remembered by the client while the panel is open, in bounded memory.
 *
 * @module
 */
import type { TableStore } from "../../stores/table-store.ts";

/** Samples kept for each service: more than ten minutes at one in five seconds. */
const KEPT = 128;
/** Samples a slope is made of, and from how many on it is shown. */
const SLOPE_SAMPLES = 10;
const SLOPE_LEAST = 5;

interface Past {
  /** Seconds and bytes, one after the other, in a ring. */
  readonly t: Float64Array;
  readonly mem: Float64Array;
  count: number;
  seen: number;
}

/** How fast something grows. */
export interface Slope {
  /** Bytes per minute. */
  readonly perMinute: number;
  /** How well a line fits: 0 to 1. */
  readonly fit: number;
}

/** See the file's comment. */
export class MemoryHistory {
  readonly #past = new Map<string, Past>();
  #samples = 0;
  #lastT = -1;

  /** Takes the table's values, once for each sample. */
  take(table: TableStore): void {
    if (!table.ready || table.t === this.#lastT) return;
    // Time that runs backwards is another run of the host.
    if (table.t < this.#lastT) this.#past.clear();
    this.#lastT = table.t;
    this.#samples++;
    for (let row = 0; row < table.high; row++) {
      if (table.status[row] !== 1) continue;
      const id = table.id(row);
      let past = this.#past.get(id);
      if (past === undefined) this.#past.set(id, (past = { t: new Float64Array(KEPT), mem: new Float64Array(KEPT), count: 0, seen: 0 }));
      past.seen = this.#samples;
      const t = table.at(row) / 1e6;
      // Of several hosts, this one has not been sampled since.
      if (past.count > 0 && past.t[(past.count - 1) % KEPT] === t) continue;
      const at = past.count++ % KEPT;
      past.t[at] = t;
      past.mem[at] = table.number("mem", row);
    }
    for (const [id, past] of this.#past) if (this.#samples - past.seen > 2) this.#past.delete(id);
  }

  /** Change within the last so many seconds, or since the first sample; NaN before there are two. */
  change(id: string, seconds: number): number {
    const past = this.#past.get(id);
    if (past === undefined || past.count < 2) return NaN;
    const last = (past.count - 1) % KEPT;
    const from = past.t[last]! - seconds;
    let first = last;
    for (let i = 1; i < Math.min(KEPT, past.count); i++) {
      const at = (past.count - 1 - i) % KEPT;
      if (past.t[at]! < from) break;
      first = at;
    }
    return first === last ? NaN : past.mem[last]! - past.mem[first]!;
  }

  /** A line through the last ten samples; `undefined` before there are five. */
  slope(id: string): Slope | undefined {
    const past = this.#past.get(id);
    if (past === undefined || past.count < SLOPE_LEAST) return undefined;
    const n = Math.min(SLOPE_SAMPLES, past.count);
    let [st, sm] = [0, 0];
    for (let i = 0; i < n; i++) {
      const at = (past.count - 1 - i) % KEPT;
      st += past.t[at]!;
      sm += past.mem[at]!;
    }
    const [mt, mm] = [st / n, sm / n];
    let [tt, tm, qq] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const at = (past.count - 1 - i) % KEPT;
      const [dt, dm] = [past.t[at]! - mt, past.mem[at]! - mm];
      tt += dt * dt;
      tm += dt * dm;
      qq += dm * dm;
    }
    if (tt === 0) return undefined;
    return { perMinute: (tm / tt) * 60, fit: qq === 0 ? 1 : (tm * tm) / (tt * qq) };
  }
}
