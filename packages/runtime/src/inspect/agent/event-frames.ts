/**
 * Turns the events of a stream into the frames one subscription needs.
 *
 * Knows nothing of connections and timing. What a client was too slow for has been overwritten in the feed: it is counted, and the client told.
 *
 * @module
 */
import type { EventInfo } from "../channels/channel.ts";
import type { Column, EvFrame } from "../frames.ts";
import type { EventFeed } from "../source.ts";
import { encodeColumn } from "./columns.ts";
import { limits } from "./limits.ts";
import { cut, numbersOf } from "./sampler.ts";
import type { StringTable } from "./string-table.ts";

/** How far a subscription has come. */
export interface EventCursor {
  readonly id: number;
  /** Number of its last frame. */
  seq: number;
  /** Number of the next event it wants. */
  at: number;
  /** Events lost since its last frame. */
  lost: number;
  /** What the feed had left out when the last frame was made. */
  leftOut?: number;
}

/** The frames that bring a client up to date; none when there is nothing new. The cursor moves on with each frame taken. */
export function* eventFrames(
  channel: EventInfo,
  feed: EventFeed,
  cursor: EventCursor,
  strings: StringTable,
  t: number,
): Generator<EvFrame, void> {
  const end = Math.min(feed.head, cursor.at + limits.eventsPerTurn);
  const leftOut = feed.leftOut ?? 0;
  cursor.leftOut ??= leftOut;
  while (cursor.at < end || cursor.lost > 0 || cursor.leftOut < leftOut) {
    const batch = feed.read(cursor.at, Math.min(limits.eventsPerFrame, Math.max(0, end - cursor.at)));
    cursor.lost += batch.first - cursor.at;
    cursor.at = batch.first + batch.count;
    const columns: Record<string, Column> = {};
    const inline: Record<string, readonly string[]> = {};
    if (batch.count > 0)
      for (const field of channel.fields) {
        const values = batch.columns[field.name]!;
        if (field.kind === "inline") {
          inline[field.name] = Array.from(values as ArrayLike<string>, cut);
          continue;
        }
        const words = numbersOf(field);
        const numbers =
          field.kind === "text"
            ? textIds(values as ArrayLike<string>, batch.count, strings)
            : words === undefined
              ? (values as ArrayLike<number>)
              : Array.from(values, (v) => (typeof v === "number" ? v : (words.get(v) ?? 0)));
        columns[field.name] = encodeColumn(numbers, batch.count, field.kind === "text");
      }
    const additions = strings.take();
    const dropped = cursor.lost;
    cursor.lost = 0;
    const more = leftOut - cursor.leftOut;
    cursor.leftOut = leftOut;
    yield {
      type: "ev",
      ch: channel.name,
      id: cursor.id,
      seq: ++cursor.seq,
      t,
      first: batch.first,
      dropped,
      ...(more > 0 ? { leftOut: more } : {}),
      count: batch.count,
      columns,
      ...(Object.keys(inline).length === 0 ? {} : { inline }),
      ...(additions === undefined ? {} : { strings: additions }),
    };
    if (batch.count === 0) return;
  }
}

/** Ids of texts, most of which are the same as the one before. */
function textIds(values: ArrayLike<string>, count: number, strings: StringTable): Uint32Array {
  const ids = new Uint32Array(count);
  let last: string | undefined;
  let id = 0;
  for (let i = 0; i < count; i++) {
    const text = values[i]!;
    if (text !== last) {
      last = text;
      id = strings.id(cut(text));
    }
    ids[i] = id;
  }
  return ids;
}

/** Payload bytes of a frame, as `frameBytes` counts those of tables. */
export function eventBytes(frame: EvFrame): number {
  let bytes = 0;
  for (const name in frame.columns) bytes += frame.columns[name]!.data.length;
  for (const list of Object.values(frame.inline ?? {})) for (const text of list) bytes += text.length;
  for (const text of frame.strings?.values ?? []) bytes += text.length;
  return bytes;
}
