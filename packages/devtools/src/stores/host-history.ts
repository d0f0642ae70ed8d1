/**
 * The host's figures over the last hour, one sample a second, summed over its nodes: outside React, in columns, at most 0.6 MB (INS §9.5).
 *
 * Fed with every sample the client gets anyway: those of the overview while somebody watches that, else what each sign of life of the host
 * says. While the view is paused samples go on being taken, and readers see none of them. Knows nothing of panels.
 *
 * @module
 */
import type { Pausable } from "./pause.ts";

/** The series. Rates are per second, times in microseconds unless they say otherwise; NaN for what is not known. */
export const historySeries = [
  "services",
  "messageRate",
  "mqlen",
  "pending",
  "oldestUs",
  "cpu",
  "errorRate",
  "tasks",
  "sockets",
  "inRate",
  "outRate",
  "timers",
  "heap",
  "rss",
  "external",
  "lagMs",
  "agentPercent",
] as const;

/** One of the series. `cpu` and `agentPercent` are percent of one core, `heap`, `rss` and `external` bytes. */
export type HistorySeries = (typeof historySeries)[number];

/** The figures of one moment. */
export type HostSample = Partial<Readonly<Record<HistorySeries, number>>>;

/** Samples kept: an hour at one a second. */
export const HISTORY_SAMPLES = 3_600;
/** Two samples further apart than this have a gap between them, in microseconds. */
export const GAP_US = 3_500_000;
/** Samples nearer than this are the same moment. */
const SAME_US = 400_000;

/** Something that can be drawn over time. Oldest first; times are microseconds of the host's clock. */
export interface PlotSeries {
  readonly version: number;
  readonly subscribe: (listener: () => void) => () => void;
  readonly length: number;
  t(i: number): number;
  /** NaN where nothing is known. */
  value(i: number): number;
}

/** What plots see of it. */
export interface History {
  readonly version: number;
  readonly subscribe: (listener: () => void) => () => void;
  /** Samples there are to be seen. */
  readonly length: number;
  /** The last moment that is seen; 0 before the first. */
  readonly end: number;
  /** When sample `i` was taken, oldest first. */
  t(i: number): number;
  /** A figure of sample `i`. */
  value(series: HistorySeries, i: number): number;
  /** One series, the same object whenever it is asked for. */
  series(name: HistorySeries): PlotSeries;
}

/** See the file's comment. */
export class HostHistory implements History, Pausable {
  version = 0;
  /** By series; made with the first sample. */
  #columns: Map<HistorySeries | "t", Float64Array> | undefined;
  /** Samples ever taken; the ring holds the last {@link HISTORY_SAMPLES}. */
  #taken = 0;
  /** How many of them readers see, while the view is paused. */
  #held: number | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #series = new Map<HistorySeries, PlotSeries>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Samples there are to be seen. */
  get length(): number {
    return Math.max(0, this.#seen - this.#oldest);
  }

  /** When sample `i` was taken, oldest first. */
  t(i: number): number {
    return this.#at("t", i);
  }

  /** A figure of sample `i`. */
  value(series: HistorySeries, i: number): number {
    return this.#at(series, i);
  }

  /** The last moment that is seen; 0 before the first. */
  get end(): number {
    return this.length === 0 ? 0 : this.t(this.length - 1);
  }

  /** One series, the same object whenever it is asked for. */
  series(name: HistorySeries): PlotSeries {
    let series = this.#series.get(name);
    if (series === undefined) {
      // oxlint-disable-next-line unicorn/no-this-assignment, typescript/no-this-alias -- the accessors below belong to another object
      const history = this;
      series = {
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
      this.#series.set(name, series);
    }
    return series;
  }

  /** Takes the figures of a moment. Time that runs backwards is another run of the host; the same moment is taken once. */
  take(t: number, sample: HostSample): void {
    const columns = (this.#columns ??= new Map(
      (["t", ...historySeries] as const).map((name) => [name, new Float64Array(HISTORY_SAMPLES)]),
    ));
    const last = this.#taken === 0 ? -Infinity : columns.get("t")![(this.#taken - 1) % HISTORY_SAMPLES]!;
    if (t < last) this.clear();
    else if (t - last < SAME_US) return;
    const at = this.#taken++ % HISTORY_SAMPLES;
    columns.get("t")![at] = t;
    for (const name of historySeries) columns.get(name)![at] = sample[name] ?? NaN;
    if (this.#held === undefined) this.#changed();
  }

  /** Forgets everything: another run of the host is looked at. */
  clear(): void {
    this.#taken = 0;
    if (this.#held !== undefined) this.#held = 0;
    this.#changed();
  }

  /** Shows the same from now on. How much comes is counted by the tables already. */
  freeze(): void {
    this.#held ??= this.#taken;
  }

  thaw(): void {
    this.#held = undefined;
    this.#changed();
  }

  get #seen(): number {
    return this.#held ?? this.#taken;
  }

  get #oldest(): number {
    return Math.max(0, this.#taken - HISTORY_SAMPLES);
  }

  #at(name: HistorySeries | "t", i: number): number {
    return this.#columns?.get(name)?.[(this.#oldest + i) % HISTORY_SAMPLES] ?? NaN;
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

/** What a series says of a moment: the value of the sample nearest to it; NaN where none is near. */
export function valueAt(series: PlotSeries, t: number): number {
  const at = nearestSample(series, t);
  return at < 0 || Math.abs(series.t(at) - t) > GAP_US / 2 ? NaN : series.value(at);
}

/** The place of the sample nearest to a moment; -1 where there is none at all. */
export function nearestSample(series: Pick<PlotSeries, "length" | "t">, t: number): number {
  let low = 0;
  let high = series.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series.t(middle) < t) low = middle + 1;
    else high = middle;
  }
  return low > 0 && t - series.t(low - 1) < series.t(low) - t ? low - 1 : low;
}
