/**
 * The lines of a host's log, outside React: at most 100,000 lines or 16 MiB, the oldest dropped and counted.
 *
 * @module
 */
import { logLevels } from "@skyloom/runtime/inspect";
import type { LogLevel } from "@skyloom/runtime/inspect";
import type { EventView } from "./event-reader.ts";
import type { Pausable } from "./pause.ts";

/** Lines kept. */
const MAX_LINES = 100_000;
/** Characters kept; two bytes each at most. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

/** One line; `times` when the same was said again and again. */
export interface LogLine {
  /** Number of the line since the store began; stays the same. */
  readonly id: number;
  /** In microseconds of the host's clock. */
  readonly t: number;
  readonly addr: number;
  readonly node: string;
  readonly name: string;
  readonly level: LogLevel;
  readonly text: string;
  readonly times: number;
}

/** See the file's comment. */
export class LogStore implements Pausable {
  version = 0;
  /** Oldest first. A new array whenever it changes; do not change it. */
  lines: readonly LogLine[] = [];
  /** Lines that were dropped here because there were too many. */
  forgotten = 0;
  /** Lines that never came, because they were written faster than they could be sent. */
  dropped = 0;
  /** All lines; those shown may be fewer while the view is paused. */
  #all: readonly LogLine[] = [];
  #held: (() => void) | undefined;
  #characters = 0;
  #next = 0;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a batch. */
  take(batch: EventView): void {
    this.dropped += batch.dropped;
    const lines = [...this.#all];
    const { numbers, texts, inline } = batch;
    for (let i = 0; i < batch.count; i++) {
      const line: LogLine = {
        id: this.#next,
        t: numbers.get("t")?.[i] ?? 0,
        addr: numbers.get("addr")?.[i] ?? 0,
        node: texts.get("node")?.[i] ?? "",
        name: texts.get("name")?.[i] ?? "",
        level: logLevels[numbers.get("level")?.[i] ?? 2] ?? "info",
        text: inline.get("text")?.[i] ?? "",
        times: 1,
      };
      const last = lines.at(-1);
      if (last !== undefined && last.text === line.text && last.addr === line.addr && last.node === line.node)
        lines[lines.length - 1] = { ...last, t: line.t, times: last.times + 1 };
      else {
        lines.push(line);
        this.#next++;
        this.#characters += line.text.length;
      }
    }
    let cut = Math.max(0, lines.length - MAX_LINES);
    for (let i = 0; i < cut; i++) this.#characters -= lines[i]!.text.length;
    while (this.#characters > MAX_CHARACTERS && cut < lines.length) this.#characters -= lines[cut++]!.text.length;
    this.forgotten += cut;
    this.#all = cut === 0 ? lines : lines.slice(cut);
    if (this.#held !== undefined) return this.#held();
    this.lines = this.#all;
    this.#changed();
  }

  /** Empties the view; the host's own log is not touched. */
  clear(): void {
    this.lines = this.#all = [];
    this.#characters = this.forgotten = this.dropped = 0;
    this.#changed();
  }

  freeze(missed: () => void): void {
    this.#held = missed;
  }

  thaw(): void {
    this.#held = undefined;
    if (this.lines === this.#all) return;
    this.lines = this.#all;
    this.#changed();
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
