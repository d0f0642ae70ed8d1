/**
 * The figures of one service over the last five minutes: kept while its details are open, made of the samples as they come.
 *
 * @module
 */
import type { PlotSeries } from "../../stores/host-history.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { cpuPercent } from "./columns.tsx";

/** Samples kept: five minutes at one a second. */
export const SAMPLES = 300;
/** A longer time than this between two samples is a gap, in microseconds. */
const GAP_US = 3_500_000;

/** The lines that are drawn. */
export type Line = "mqlen" | "rate" | "cpu" | "mem";

/** See the file's comment. */
export class RowHistory {
  /** The service, by its id in the table. */
  readonly id: string;
  /** Oldest first; NaN where nothing is known. */
  readonly lines: Readonly<Record<Line, number[]>> = { mqlen: [], rate: [], cpu: [], mem: [] };
  /** When each was taken, in microseconds of the host's clock. */
  readonly times: number[] = [];
  version = 0;
  readonly #listeners = new Set<() => void>();
  readonly #series = new Map<Line, PlotSeries>();
  #t = -1;

  constructor(id: string) {
    this.id = id;
  }

  /** Takes the values of the row, once for each sample of the table. */
  take(table: TableStore, row: number): void {
    if (row < 0 || table.status[row] !== 1) return;
    const t = table.at(row);
    if (t === this.#t) return;
    // Time that runs backwards is another run of the host.
    if (t < this.#t) for (const line of [this.times, ...Object.values(this.lines)]) line.length = 0;
    else if (this.#t >= 0 && t - this.#t > GAP_US) this.#push((this.#t + t) / 2, { mqlen: NaN, rate: NaN, cpu: NaN, mem: NaN });
    this.#t = t;
    this.#push(t, {
      mqlen: table.number("mqlen", row),
      rate: table.rate("msg", row),
      cpu: cpuPercent(table, row),
      mem: table.number("mem", row),
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** One line for a plot, the same object whenever it is asked for. */
  series(name: Line): PlotSeries {
    let series = this.#series.get(name);
    if (series === undefined) {
      const { lines, times } = this;
      const version = (): number => this.version;
      series = {
        get version() {
          return version();
        },
        subscribe: this.subscribe,
        get length() {
          return times.length;
        },
        t: (i) => times[i] ?? NaN,
        value: (i) => lines[name][i] ?? NaN,
      };
      this.#series.set(name, series);
    }
    return series;
  }

  #push(t: number, values: Readonly<Record<Line, number>>): void {
    this.times.push(t);
    if (this.times.length > SAMPLES) this.times.shift();
    for (const name of Object.keys(this.lines) as Line[]) {
      const line = this.lines[name];
      line.push(values[name]);
      if (line.length > SAMPLES) line.shift();
    }
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
