/**
 * The host's figures over the last five minutes, summed over its nodes.
 *
 * @module
 */
import type { TableStore } from "../../stores/table-store.ts";

/** Samples kept: five minutes at one a second. */
const KEPT = 300;

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

/** See the file's comment. */
export class OverviewHistory {
  /** Oldest first; a new array with each sample. */
  moments: readonly Moment[] = [];

  /** Takes the table's values, once for each sample. */
  take(table: TableStore): void {
    const last = this.moments.at(-1);
    if (!table.ready || table.t === last?.t) return;
    if (last !== undefined && table.t < last.t) this.moments = [];
    const sum = (value: (row: number) => number): number => {
      let all = 0;
      for (let row = 0; row < table.high; row++) if (table.status[row] === 1) all += value(row);
      return all;
    };
    let oldestUs = 0;
    let heap = NaN;
    for (let row = 0; row < table.high; row++) {
      if (table.status[row] !== 1) continue;
      const oldest = table.number("oldestUs", row);
      oldestUs = Math.max(oldestUs, oldest < 0 ? NaN : oldest);
      const h = table.number("heap", row);
      if (h >= 0) heap = h;
    }
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
