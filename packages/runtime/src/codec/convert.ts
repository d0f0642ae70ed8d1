/**
 * Reading a decoded value as the kind the program expects, where the wire cannot say it: text or bytes, list, map or record.
 *
 * The format has one string and one table. Which JavaScript value a decoder makes of them depends on content (ids 1..n against ids with gaps),
 * so programs that do not control the sender ask for the kind they need. Design decision D10.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { kindOf } from "./plain.ts";
import { decodeText, encodeText } from "./text.ts";

/**
 * The bytes of a text or byte string; numbers as their text, as Lua converts them.
 *
 * @throws {@link SkynetError} `ARGUMENT` for anything else.
 */
export function tobytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encodeText(value);
  if (typeof value === "number" || typeof value === "bigint") return encodeText(String(value));
  return wrong("tobytes", "a string", value);
}

/**
 * The text of a text or byte string; bytes that are not valid UTF-8 show as U+FFFD. Numbers as their text.
 *
 * @throws {@link SkynetError} `ARGUMENT` for anything else.
 */
export function totext(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return decodeText(value, 0, value.length) ?? lenient.decode(value);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return wrong("totext", "a string", value);
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The table's slots 1..n as an array: an array itself, or the keys 1, 2, 3 … of a Map up to the first gap. A record has none.
 *
 * @throws {@link SkynetError} `ARGUMENT` when the value is not a table.
 */
export function tolist(value: unknown): unknown[] {
  switch (tableKind(value)) {
    case "array":
      return value as unknown[];
    case "map": {
      const map = value as Map<unknown, unknown>;
      const list: unknown[] = [];
      for (let item = map.get(1); item !== undefined; item = map.get(list.length + 1)) list.push(item);
      return list;
    }
    case "record":
      return [];
    default:
      return wrong("tolist", "a table", value);
  }
}

/**
 * The table as a Map: an array gives the keys 1..n (empty slots left out), a record its text keys.
 *
 * @throws {@link SkynetError} `ARGUMENT` when the value is not a table.
 */
export function tomap(value: unknown): Map<unknown, unknown> {
  switch (tableKind(value)) {
    case "array": {
      const map = new Map<unknown, unknown>();
      (value as unknown[]).forEach((item, i) => item !== undefined && map.set(i + 1, item));
      return map;
    }
    case "map":
      return value as Map<unknown, unknown>;
    case "record":
      return new Map<unknown, unknown>(Object.entries(value as object));
    default:
      return wrong("tomap", "a table", value);
  }
}

/**
 * The table as a plain object: number keys become their text, and so do byte strings. An array gives "1".."n", the empty one `{}`.
 *
 * @throws {@link SkynetError} `ARGUMENT` when the value is not a table.
 */
export function torecord(value: unknown): Record<string, unknown> {
  switch (tableKind(value)) {
    case "record":
      return value as Record<string, unknown>;
    case "array":
    case "map":
      // fromEntries defines own properties, so a key `__proto__` is a key like any other.
      return Object.fromEntries([...tomap(value)].map(([key, item]) => [typeof key === "boolean" ? String(key) : totext(key), item]));
    default:
      return wrong("torecord", "a table", value);
  }
}

function tableKind(value: unknown): string {
  return typeof value === "object" && value !== null ? kindOf(value) : "other";
}

function wrong(name: string, wanted: string, value: unknown): never {
  throw new SkynetError("ARGUMENT", `${name}: ${wanted} is needed, not ${value === null ? "null" : typeof value}`);
}
