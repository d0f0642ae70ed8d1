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

/** A block that was read. Fields that this client does not know are left out. */
export interface Block {
  readonly slots: Float64Array;
  readonly numbers: ReadonlyMap<string, Float64Array>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/** See the file's comment. */
export class BlockReader {
  readonly #kinds: ReadonlyMap<string, FieldInfo["kind"]>;
  #strings: string[] = [];

  constructor(channel: TableInfo) {
    this.#kinds = new Map(channel.fields.map((f) => [f.name, f.kind]));
  }

  /** Takes the texts that came with a frame. @returns what is wrong with them, if anything. */
  strings(additions: unknown): string | undefined {
    if (additions === undefined) return undefined;
    const { first, values } = (additions ?? {}) as { first?: unknown; values?: unknown };
    if (!Array.isArray(values) || !values.every((v) => typeof v === "string")) return "its texts are no list of texts";
    if (typeof first !== "number") return "its texts do not say where they begin";
    if (first === 0) this.#strings = [];
    if (first !== this.#strings.length) return `its texts begin at ${first} where ${this.#strings.length} are known`;
    for (const value of values) this.#strings.push(value);
    return undefined;
  }

  /** Reads a block. @returns the block, or what is wrong with it. */
  read(raw: unknown): Block | string {
    const { count, slots, columns } = (raw ?? {}) as { count?: unknown; slots?: Column; columns?: Record<string, Column> };
    if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > inspectLimits.rows)
      return "a block has no sound number of rows";
    if (typeof columns !== "object" || columns === null || typeof slots !== "object" || slots === null) return "a block has no columns";
    const read = (name: string, column: Column): Float64Array | string => {
      if (typeof column !== "object" || column === null) return `column ${name} is no column`;
      const out = new Float64Array(count);
      const fault = decodeColumn(column, count, out);
      return fault === undefined ? out : `column ${name} ${fault}`;
    };
    const rows = read("slots", slots);
    if (typeof rows === "string") return rows;
    const numbers = new Map<string, Float64Array>();
    const texts = new Map<string, readonly string[]>();
    for (const name of Object.keys(columns)) {
      const kind = this.#kinds.get(name);
      if (kind === undefined) continue;
      const values = read(name, columns[name]!);
      if (typeof values === "string") return values;
      if (((columns[name]!.type & TEXT_COLUMN) !== 0) !== (kind === "text")) return `column ${name} is of the wrong kind`;
      if (kind === "number") numbers.set(name, values);
      else {
        const list: string[] = Array.from({ length: count });
        for (let i = 0; i < count; i++) {
          const text = this.#strings[values[i]!];
          if (text === undefined) return `column ${name} names the unknown text ${values[i]}`;
          list[i] = text;
        }
        texts.set(name, list);
      }
    }
    return { slots: rows, numbers, texts };
  }
}
