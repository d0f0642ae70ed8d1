/**
 * Reads the row blocks of table frames: columns of bytes become numbers and texts, checked on the way.
 *
 * Knows a channel's fields and the connection's string table, and nothing of rows. What the host sends is not trusted: a broken block gives a
 * text that says what is wrong, never an exception.
 *
 * @module
 */
import { decodeColumn, inspectLimits, TEXT_COLUMN } from "@skyloom/runtime/inspect";
import type { Column, FieldInfo, TableInfo } from "@skyloom/runtime/inspect";
import type { StringTable } from "../client/string-table.ts";

/** A block that was read. Fields that this client does not know are left out. */
export interface Block {
  readonly slots: Float64Array;
  readonly numbers: ReadonlyMap<string, Float64Array>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/** See the file's comment. */
export class BlockReader {
  readonly #kinds: ReadonlyMap<string, FieldInfo["kind"]>;
  readonly #strings: StringTable;

  constructor(channel: Pick<TableInfo, "fields">, strings: StringTable) {
    this.#strings = strings;
    this.#kinds = new Map(channel.fields.map((f) => [f.name, f.kind]));
  }

  /** Reads a block. @returns the block, or what is wrong with it. */
  read(raw: unknown): Block | string {
    const { count, slots, columns } = (raw ?? {}) as { count?: unknown; slots?: Column; columns?: Record<string, Column> };
    if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > inspectLimits.rows)
      return "a block has no sound number of rows";
    if (typeof columns !== "object" || columns === null || typeof slots !== "object" || slots === null) return "a block has no columns";
    const rows = numbersOf("slots", slots, count);
    if (typeof rows === "string") return rows;
    const read = this.columns(columns, count);
    return typeof read === "string" ? read : { slots: rows, ...read };
  }

  /** Reads the columns of a block or a batch of events. @returns them, or what is wrong with one. */
  columns(columns: Readonly<Record<string, Column>>, count: number): Omit<Block, "slots"> | string {
    const numbers = new Map<string, Float64Array>();
    const texts = new Map<string, readonly string[]>();
    for (const name of Object.keys(columns)) {
      const kind = this.#kinds.get(name);
      if (kind === undefined) continue;
      const values = numbersOf(name, columns[name]!, count);
      if (typeof values === "string") return values;
      if (((columns[name]!.type & TEXT_COLUMN) !== 0) !== (kind === "text")) return `column ${name} is of the wrong kind`;
      if (kind === "number") numbers.set(name, values);
      else {
        const list: string[] = Array.from({ length: count });
        for (let i = 0; i < count; i++) {
          const text = this.#strings.get(values[i]!);
          if (text === undefined) return `column ${name} names the unknown text ${values[i]}`;
          list[i] = text;
        }
        texts.set(name, list);
      }
    }
    return { numbers, texts };
  }
}

function numbersOf(name: string, column: Column, count: number): Float64Array | string {
  if (typeof column !== "object" || column === null) return `column ${name} is no column`;
  const out = new Float64Array(count);
  const fault = decodeColumn(column, count, out);
  return fault === undefined ? out : `column ${name} ${fault}`;
}
