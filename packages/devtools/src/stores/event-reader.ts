/**
 * Reads the batches of a stream: columns of bytes become numbers and texts, checked on the way.
 *
 * @module
 */
import { eventChannels, inspectLimits } from "@skyloom/runtime/inspect";
import type { EvFrame, EventChannel } from "@skyloom/runtime/inspect";
import type { StringTable } from "../client/string-table.ts";
import { BlockReader } from "./block-reader.ts";

/** A batch that was read. Fields that this client does not know are left out. */
export interface EventView {
  readonly t: number;
  readonly first: number;
  /** Events lost before this batch. */
  readonly dropped: number;
  /** Messages of that time that were not recorded, about. */
  readonly leftOut: number;
  readonly count: number;
  readonly numbers: ReadonlyMap<string, Float64Array>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly inline: ReadonlyMap<string, readonly string[]>;
}

/** See the file's comment. */
export class EventReader {
  readonly #strings: StringTable;
  readonly #reader: BlockReader;

  constructor(channel: EventChannel, strings: StringTable) {
    this.#strings = strings;
    this.#reader = new BlockReader(eventChannels[channel], strings);
  }

  /** Reads a frame. @returns the batch, or what is wrong with it. */
  read(frame: EvFrame): EventView | string {
    const { count, first, dropped, leftOut = 0, t } = frame as unknown as Readonly<Record<string, unknown>>;
    const isCount = (v: unknown): v is number => Number.isInteger(v) && (v as number) >= 0;
    if (
      !isCount(count) ||
      count > inspectLimits.eventsPerTurn ||
      !isCount(first) ||
      !isCount(dropped) ||
      !isCount(leftOut) ||
      typeof t !== "number"
    )
      return "its head is broken";
    const strings = this.#strings.add(frame.strings);
    if (strings !== undefined) return strings;
    if (typeof frame.columns !== "object" || frame.columns === null) return "it has no columns";
    const columns = this.#reader.columns(frame.columns, count);
    if (typeof columns === "string") return columns;
    const inline = new Map<string, readonly string[]>();
    for (const [name, values] of Object.entries((frame.inline as object | undefined) ?? {})) {
      if (!Array.isArray(values) || values.length !== count || !values.every((v) => typeof v === "string"))
        return `column ${name} is no list of ${count} texts`;
      inline.set(name, values);
    }
    return { t, first, dropped, leftOut, count, ...columns, inline };
  }
}
