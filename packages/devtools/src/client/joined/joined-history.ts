/**
 * The figures of several hosts over time, as one: sums, and the worst of what cannot be summed.
 *
 * Nothing is kept: the times are those of the host that spoke last, and each of the others says what it said nearest to them. A host that is
 * lost counts up to where it was lost. Knows nothing of panels.
 *
 * @module
 */
import { valueAt } from "../../stores/host-history.ts";
import type { History, HistorySeries, PlotSeries } from "../../stores/host-history.ts";
import type { Part } from "./part.ts";

/** What is not the sum over the hosts, but the worst of them. */
const worst: ReadonlySet<HistorySeries> = new Set(["oldestUs", "lagMs"]);

/** See the file's comment. Times are those of the clock that the hosts share. */
export class JoinedHistory implements History {
  readonly #parts: readonly Part[];
  readonly #series = new Map<HistorySeries, PlotSeries>();

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  get version(): number {
    return this.#parts.reduce((n, { client, shiftUs }) => n + client.history.version + shiftUs, 0);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const stops = this.#parts.map(({ client }) => client.history.subscribe(listener));
    return () => {
      for (const stop of stops) stop();
    };
  };

  get length(): number {
    return this.#base.client.history.length;
  }

  get end(): number {
    return endOf(this.#base);
  }

  t(i: number): number {
    const base = this.#base;
    return base.moment(base.client.history.t(i));
  }

  value(name: HistorySeries, i: number): number {
    const base = this.#base;
    const t = this.t(i);
    let all = NaN;
    for (const part of this.#parts) {
      const { history } = part.client;
      const value = part === base ? history.value(name, i) : valueAt(history.series(name), t - part.shiftUs);
      if (!Number.isNaN(value)) all = Number.isNaN(all) ? value : worst.has(name) ? Math.max(all, value) : all + value;
    }
    return all;
  }

  series(name: HistorySeries): PlotSeries {
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, (series = this.#join(name)));
    return series;
  }

  /** The host that spoke last. */
  get #base(): Part {
    return this.#parts.reduce((last, part) => (endOf(part) > endOf(last) ? part : last));
  }

  #join(name: HistorySeries): PlotSeries {
    // oxlint-disable-next-line unicorn/no-this-assignment, typescript/no-this-alias -- the accessors below belong to another object
    const history = this;
    return {
      get version() {
        return history.version;
      },
      subscribe: this.subscribe,
      get length() {
        return history.length;
      },
      t: (i) => history.t(i),
      value: (i) => history.value(name, i),
    };
  }
}

function endOf(part: Part): number {
  const { history } = part.client;
  return history.length === 0 ? -Infinity : part.moment(history.end);
}
