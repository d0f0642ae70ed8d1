/**
 * `http.url`: takes addresses of requests apart.
 *
 * Knows no sockets. Source: lualib/http/url.lua; api.md §7.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";

/** What a query says: a key that comes more than once has a list. It has no prototype, so that `constructor` is a key as any other. */
export type Query = Record<string, string | string[]>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const PERCENT = 37;

/** The value of a hexadecimal digit, or -1. */
function digit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function decode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  const from = encoder.encode(spaced);
  const to = new Uint8Array(from.length);
  let size = 0;
  for (let i = 0; i < from.length; i++) {
    // Fewer than two bytes behind it: it stands for itself.
    if (from[i] !== PERCENT || i + 2 >= from.length) {
      to[size++] = from[i]!;
      continue;
    }
    const value = digit(from[i + 1]) * 16 + digit(from[i + 2]);
    if (digit(from[i + 1]) < 0 || digit(from[i + 2]) < 0)
      throw new SkynetError("HTTP", `"${decoder.decode(from.subarray(i, i + 3))}" in "${text}" is no %XX of two hexadecimal digits`);
    to[size++] = value;
    i += 2;
  }
  return decoder.decode(to.subarray(0, size));
}

/**
 * Splits an address at its first `?` and decodes the path: `+` is a blank, `%XX` a byte of UTF-8.
 *
 * @returns path, and the query as it is: see {@link parse_query}.
 * @throws SkynetError `HTTP` for a `%` with something else than two hexadecimal digits behind it.
 *
 * @example
 * ```ts
 * import { url } from "@skyloom/runtime/url";
 *
 * const [path, query] = url.parse("/a%20b?x=1&x=2"); // "/a b", "x=1&x=2"
 * const { x } = url.parse_query(query); // ["1", "2"]
 * ```
 */
function parse(u: string): readonly [path: string, query: string] {
  const mark = u.indexOf("?");
  return mark < 0 ? [decode(u), ""] : [decode(u.slice(0, mark)), u.slice(mark + 1)];
}

/**
 * The pairs of a query, or of a form in a body. What has no `=` is not a pair.
 *
 * @returns an object without prototype; a key that comes more than once has a list.
 * @throws SkynetError `HTTP` as {@link parse}.
 */
function parse_query(q: string): Query {
  const result: Query = Object.create(null) as Query;
  for (let at = 0; at < q.length;) {
    const equal = q.indexOf("=", at);
    if (equal < 0) break;
    const and = q.indexOf("&", equal);
    const end = and < 0 ? q.length : and;
    const key = decode(q.slice(at, equal));
    const value = decode(q.slice(equal + 1, end));
    const before = result[key];
    if (before === undefined) result[key] = value;
    else if (typeof before === "string") result[key] = [before, value];
    else before.push(value);
    at = end + 1;
  }
  return result;
}

/** Addresses of requests. */
export const url: {
  readonly parse: typeof parse;
  readonly parse_query: typeof parse_query;
} = { parse, parse_query };
