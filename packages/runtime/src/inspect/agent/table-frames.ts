/**
 * Turns the rows of a table into the frames one subscription needs: everything for a key frame, else what changed since its last frame.
 *
 * Knows nothing of connections and timing. Frames are made one at a time, so that the caller can breathe in between.
 *
 * @module
 */
import { encodeColumn } from "./columns.ts";
import type { TableInfo } from "../channels/channel.ts";
import type { Column, DeltaFrame, KeyFrame, RowBlock } from "../frames.ts";
import type { RowTable } from "./row-table.ts";
import type { StringTable } from "./string-table.ts";

/** Rows per frame: few enough that making and encoding one stays far below the slice limit. */
export const ROWS_PER_FRAME = 512;

/** … and how many the first frame of a subscription has, which is often made by code that has never run: each one after it may have twice as many. */
const FIRST_ROWS = 64;

const scratch = new Float64Array(ROWS_PER_FRAME);

/** What a subscription wants and how far it has come. */
export interface TableCursor {
  readonly id: number;
  /** Indexes of the wanted fields. */
  fields: readonly number[];
  /** Whether the client needs the whole table. */
  key: boolean;
  /** The tick of its last complete frame. */
  tick: number;
  /** Number of its last frame. */
  seq: number;
}

/** Indexes of the wanted fields in the channel's order; those that identify a row are always among them. */
export function fieldIndexes(table: TableInfo, wanted: readonly string[] | undefined): readonly number[] {
  const all = table.fields.map((_, i) => i);
  if (wanted === undefined) return all;
  return all.filter((i) => wanted.includes(table.fields[i]!.name) || table.identity.includes(table.fields[i]!.name));
}

/**
 * The frames that bring a client up to date. Always at least one: an empty delta says that the host is alive.
 *
 * The table must not change until the last frame was taken. The cursor moves on with each frame taken.
 */
export function* tableFrames(table: RowTable, cursor: TableCursor, strings: StringTable): Generator<KeyFrame | DeltaFrame, void> {
  const since = cursor.key ? 0 : cursor.tick;
  const removed: number[] = [];
  const added: number[] = [];
  const changed: number[] = [];
  for (let slot = 0; slot < table.high; slot++) {
    if (table.gone[slot] !== 0) {
      // Also when the row that went had never been sent: before it, the slot may have held one that the client still shows.
      if (!cursor.key && table.gone[slot]! > since) removed.push(slot);
    } else if (cursor.key || table.born[slot]! > since) added.push(slot);
    else if (table.touched[slot]! > since && cursor.fields.some((f) => table.changed[f]![slot]! > since)) changed.push(slot);
  }
  // A slot that was freed and taken again since then is in `added`: the new row overwrites the old one.

  let rest = removed.length + added.length + changed.length;
  let key = cursor.key;
  const lists = [removed, added, changed] as const;
  const at = [0, 0, 0];
  let size = cursor.seq === 0 ? FIRST_ROWS : ROWS_PER_FRAME;
  do {
    let room = size;
    size = Math.min(ROWS_PER_FRAME, size * 2);
    const parts = lists.map((list, i) => {
      const from = at[i]!;
      const to = Math.min(list.length, from + room);
      // Later lists wait until the earlier ones are through, so that a slot goes before it comes again.
      room = to < list.length ? 0 : room - (to - from);
      at[i] = to;
      return list.slice(from, to);
    });
    rest -= parts[0]!.length + parts[1]!.length + parts[2]!.length;
    const addedBlock = block(table, cursor.fields, parts[1]!, strings, 0);
    const changedBlock = block(table, cursor.fields, parts[2]!, strings, since);
    const additions = strings.take();
    const head = {
      ch: table.channel.name,
      id: cursor.id,
      seq: ++cursor.seq,
      t: table.t,
      rest,
      total: table.total,
      ...(additions === undefined ? {} : { strings: additions }),
    };
    if (key) yield { type: "key", ...head, added: addedBlock };
    else
      yield {
        type: "delta",
        ...head,
        ...(parts[0]!.length > 0 ? { removed: block(table, [], parts[0]!, strings, 0) } : {}),
        ...(parts[1]!.length > 0 ? { added: addedBlock } : {}),
        ...(parts[2]!.length > 0 ? { changed: changedBlock } : {}),
      };
    key = false;
  } while (rest > 0);
  cursor.key = false;
  cursor.tick = table.tick;
}

/** The wanted columns of some rows. With `since`, only columns in which at least one of these rows changed after it. */
function block(table: RowTable, fields: readonly number[], slots: readonly number[], strings: StringTable, since: number): RowBlock {
  const count = slots.length;
  const columns: Record<string, Column> = {};
  for (const f of fields) {
    if (count === 0) break;
    const marks = table.changed[f]!;
    if (since > 0 && !slots.some((slot) => marks[slot]! > since)) continue;
    const info = table.channel.fields[f]!;
    if (info.kind === "text") {
      const texts = table.texts[f]!;
      for (let i = 0; i < count; i++) scratch[i] = strings.id(texts[slots[i]!]!);
    } else {
      const numbers = table.numbers[f]!;
      for (let i = 0; i < count; i++) scratch[i] = numbers[slots[i]!]!;
    }
    columns[info.name] = encodeColumn(scratch, count, info.kind === "text");
  }
  return { count, slots: encodeColumn(slots, count), columns };
}

/** Payload bytes of a frame: its columns and texts, without what the encoding adds. An estimate for texts (one byte per UTF-16 unit). */
export function frameBytes(frame: KeyFrame | DeltaFrame): number {
  let bytes = 0;
  const of = (rows: RowBlock | undefined): void => {
    if (rows === undefined) return;
    bytes += rows.slots.data.length;
    for (const name in rows.columns) bytes += rows.columns[name]!.data.length;
  };
  if (frame.type === "delta") {
    of(frame.removed);
    of(frame.changed);
  }
  of(frame.added);
  for (const text of frame.strings?.values ?? []) bytes += text.length;
  return bytes;
}
