/**
 * Named tables of a node that services read through views: what one service publishes, all others see from their next turn on.
 *
 * @module
 */
import type { ServiceContext } from "../core/context.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import { LiveView } from "./shared-view.ts";

interface Entry {
  value: object;
  readonly readers: Map<ServiceContext, LiveView>;
  /** Readers at which those that have ended are looked for. */
  threshold: number;
}

/** Few enough to look at without a thought. */
const FEW = 16;

/** The tables of one library on one node. */
export class LiveStore {
  readonly #entries = new Map<string, Entry>();

  /** Whether there is a table of that name. */
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The frozen table of that name. */
  value(name: string): object | undefined {
    return this.#entries.get(name)?.value;
  }

  /** Names and how many services read them. */
  info(): Record<string, { readers: number }> {
    return Object.fromEntries([...this.#entries].map(([name, entry]) => [name, { readers: entry.readers.size }]));
  }

  /** Makes or replaces a table; views show it at once. @param value - Frozen. */
  publish(name: string, value: object): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      this.#entries.set(name, { value, readers: new Map(), threshold: FEW });
      return;
    }
    entry.value = value;
    forgetEnded(entry);
    // A view cannot turn from a record into a list: its service gets another one when it asks again.
    for (const [context, live] of entry.readers) if (!live.turnTo(value)) entry.readers.delete(context);
  }

  /** Removes a table; views keep the last value. */
  remove(name: string): void {
    this.#entries.delete(name);
  }

  /** The running service's view, when it has one. */
  known(name: string): object | undefined {
    return this.#entries.get(name)?.readers.get(currentContext("shared data"))?.view;
  }

  /** The running service's view. @throws SkynetError `ARGUMENT` when there is no such table. */
  read(name: string): object {
    const context = currentContext("shared data");
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new SkynetError("ARGUMENT", `there is no shared table "${name}" any more`);
    let live = entry.readers.get(context);
    if (live === undefined) {
      live = new LiveView(entry.value, "throws");
      entry.readers.set(context, live);
      if (entry.readers.size > entry.threshold) {
        forgetEnded(entry);
        entry.threshold = Math.max(FEW, entry.readers.size * 2);
      }
    }
    return live.view;
  }
}

function forgetEnded(entry: Entry): void {
  for (const context of entry.readers.keys()) if (context.ended) entry.readers.delete(context);
}
