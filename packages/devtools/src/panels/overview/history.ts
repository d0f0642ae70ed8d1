/**
 * The host's figures over the last five minutes, summed over its nodes, and over all hosts where there are several.
 *
 * @module
 */
import type { TableStore } from "../../stores/table-store.ts";

/** Samples kept: five minutes at one a second. */
const KEPT = 300;

/** Samples of several hosts come one after the other: closer than this they count as one. */
const APART_US = 700_000;

/** One moment. NaN for what is not known. */
export interface Moment {
  /** In microseconds of the host's clock. */
  readonly t: number;
  readonly services: number;
  readonly messageRate: number;
  readonly mqlen: number;
  readonly pending: number;
  readonly oldestUs: number;
  /** Percent of one core. */
  readonly cpu: number;
  readonly errorRate: number;
  readonly tasks: number;
  readonly sockets: number;
  readonly inRate: number;
  readonly outRate: number;
  readonly timers: number;
  readonly heap: number;
}

/** What a lost host last said is not what is going on now; where nothing else is known it has to do. */
function counts(table: TableStore, row: number): boolean {
  return table.status[row] === 1 && !(table.hosts > 1 && table.stale(row));
}

/** See the file's comment. */
export class OverviewHistory {
  /** Oldest first; a new array with each sample. */
  moments: readonly Moment[] = [];

  /** Takes the table's values, once for each sample. */
  take(table: TableStore): void {
    const last = this.moments.at(-1);
    if (!table.ready || table.t === last?.t) return;
    if (last !== undefined && table.t < last.t) this.moments = [];
    else if (last !== undefined && table.t - last.t < APART_US) return;
    const sum = (value: (row: number) => number): number => {
      let all = 0;
      for (let row = 0; row < table.high; row++) if (counts(table, row)) all += value(row);
      return all;
    };
    let oldestUs = 0;
    /** By host: its nodes share one heap. */
    const heaps = new Map<number, number>();
    for (let row = 0; row < table.high; row++) {
      if (!counts(table, row)) continue;
      const oldest = table.number("oldestUs", row);
      oldestUs = Math.max(oldestUs, oldest < 0 ? NaN : oldest);
      const h = table.number("heap", row);
      if (h >= 0) heaps.set(table.host(row), h);
    }
    const heap = heaps.size === 0 ? NaN : [...heaps.values()].reduce((a, b) => a + b, 0);
    // Below zero is what the host cannot tell.
    const known = (name: string, row: number, value: number): number => (table.number(name, row) < 0 ? NaN : value);
    const field = (name: string): number => sum((row) => known(name, row, table.number(name, row)));
    const rate = (name: string): number => sum((row) => known(name, row, table.rate(name, row)));
    const moment: Moment = {
      t: table.t,
      services: field("services"),
      messageRate: rate("messages"),
      mqlen: field("mqlen"),
      pending: field("pending"),
      oldestUs,
      cpu: rate("cpuUs") / 1e4,
      errorRate: rate("errors"),
      tasks: field("tasks"),
      sockets: field("sockets"),
      inRate: rate("bytesIn"),
      outRate: rate("bytesOut"),
      timers: field("timers"),
      heap,
    };
    this.moments = [...this.moments, moment].slice(-KEPT);
  }
}
