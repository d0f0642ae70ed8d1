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
  /** The frozen table, until somebody reads it: from then on it exists as its view, which is the same for all. */
  content: object | LiveView;
  readonly readers: Set<ServiceContext>;
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

  /** The table of that name, to be copied. */
  value(name: string): object | undefined {
    const content = this.#entries.get(name)?.content;
    return content instanceof LiveView ? content.view : content;
  }

  /** Names and how many services read them. */
  info(): Record<string, { readers: number }> {
    return Object.fromEntries([...this.#entries].map(([name, entry]) => [name, { readers: entry.readers.size }]));
  }

  /** Makes or replaces a table; views show it at once. @param table - Frozen. */
  publish(name: string, table: object): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      this.#entries.set(name, { content: table, readers: new Set(), threshold: FEW });
      return;
    }
    forgetEnded(entry);
    if (entry.content instanceof LiveView && entry.content.turnTo(table)) return;
    // A view cannot turn from a record into a list: services get another one when they ask again.
    entry.content = table;
    entry.readers.clear();
  }

  /** Removes a table; views keep the last value. */
  remove(name: string): void {
    this.#entries.delete(name);
  }

  /** The view, when the running service has asked for it before. */
  known(name: string): object | undefined {
    const entry = this.#entries.get(name);
    return entry?.content instanceof LiveView && entry.readers.has(currentContext("shared data")) ? entry.content.view : undefined;
  }

  /** The view, for the running service. @throws SkynetError `ARGUMENT` when there is no such table. */
  read(name: string): object {
    const context = currentContext("shared data");
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new SkynetError("ARGUMENT", `there is no shared table "${name}" any more`);
    entry.readers.add(context);
    if (entry.readers.size > entry.threshold) {
      forgetEnded(entry);
      entry.threshold = Math.max(FEW, entry.readers.size * 2);
    }
    const live = entry.content instanceof LiveView ? entry.content : new LiveView(entry.content);
    entry.content = live;
    return live.view;
  }
}

function forgetEnded(entry: Entry): void {
  for (const context of entry.readers) if (context.ended) entry.readers.delete(context);
}
