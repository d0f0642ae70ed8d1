/**
 * What a channel is: its name, its rate, the fields of its rows or events.
 *
 * Knows nothing of where the values come from or how they travel.
 *
 * @module
 */
import type { EventChannel, TableChannel } from "../frames.ts";

/** One field of a channel's rows or events. */
export interface FieldInfo {
  readonly name: string;
  /** `inline` texts travel with their event; `text` ones once per connection, as ids of the string table. */
  readonly kind: "number" | "text" | "inline";
  /** The words that a number of this field stands for; the order is part of the protocol and only grows at the end. */
  readonly values?: readonly string[];
}

/** A channel that shows a table. */
export interface TableInfo {
  readonly name: TableChannel;
  /** Frames per second when the client does not say. */
  readonly hz: number;
  readonly fields: readonly FieldInfo[];
  /** Fields that are sent whether asked for or not, because together they say which row it is. */
  readonly identity: readonly string[];
}

/** A channel that shows a stream of events. */
export interface EventInfo {
  readonly name: EventChannel;
  /** Batches per second when the client does not say. */
  readonly hz: number;
  readonly fields: readonly FieldInfo[];
}

/** Fields of numbers, in one line. */
export const numbers = (...names: readonly string[]): FieldInfo[] => names.map((name) => ({ name, kind: "number" }));

/** Fields of texts that repeat from row to row. */
export const texts = (...names: readonly string[]): FieldInfo[] => names.map((name) => ({ name, kind: "text" }));
