/**
 * The lines above a body: header fields in both directions, and the first lines of requests and answers.
 *
 * Text in, values out: knows no sockets. What is refused here is what two programs in a row could understand differently.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";

/** Header fields by lower-case name; a field that comes more than once has a list. */
export type Header = Record<string, string | string[]>;

/** Fields to send: a list repeats the field. */
export type SentHeader = Readonly<Record<string, string | number | readonly (string | number)[]>>;

/** Most bytes of a header block, and of trailers. */
export const HEADER_LIMIT = 8192;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// What a line cannot have inside: its own end, and the byte that ends texts elsewhere.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const BROKEN = /[\0\r\n]/;

/** A header of nothing. It has no prototype: `constructor` is a field as any other. */
export function makeHeader(): Header {
  return Object.create(null) as Header;
}

function put(header: Header, name: string, value: string | string[]): void {
  // A table that somebody gave us has a prototype, which no peer shall set.
  if (name === "__proto__") Object.defineProperty(header, name, { value, writable: true, enumerable: true, configurable: true });
  else header[name] = value;
}

/**
 * Reads fields from `lines`, beginning with line `from`, into `header`. A line that begins with a tab continues the one before.
 *
 * @returns whether they were fields.
 */
export function parseFields(lines: readonly string[], from: number, header: Header): boolean {
  let name: string | undefined;
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!;
    if (BROKEN.test(line)) return false;
    if (line.startsWith("\t")) {
      if (name === undefined) return false;
      const before = header[name]!;
      if (typeof before === "string") put(header, name, before + line.slice(1));
      else before.push(before.pop()! + line.slice(1));
      continue;
    }
    const colon = line.indexOf(":");
    if (colon < 1) return false;
    name = line.slice(0, colon).toLowerCase();
    if (!TOKEN.test(name)) return false;
    const value = line.slice(colon + 1).trim();
    const before = Object.hasOwn(header, name) ? header[name]! : undefined;
    if (before === undefined) put(header, name, value);
    else if (typeof before === "string") put(header, name, [before, value]);
    else before.push(value);
  }
  return true;
}

/** A field's only value; `undefined` when there is none, or more than one. */
export function single(header: Readonly<Header>, name: string): string | undefined {
  const value = Object.hasOwn(header, name) ? header[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** How long a body is. */
export type Framing = "chunked" | "bad" | "unknown encoding" | number | undefined;

/** What the fields say of the body's length: bytes, in chunks, nothing, or what cannot be. */
export function framing(header: Readonly<Header>): Framing {
  const length = Object.hasOwn(header, "content-length") ? header["content-length"] : undefined;
  const encoding = Object.hasOwn(header, "transfer-encoding") ? header["transfer-encoding"] : undefined;
  if (encoding !== undefined) {
    const mode = typeof encoding === "string" ? encoding.toLowerCase() : "";
    if (mode !== "identity" && mode !== "chunked") return "unknown encoding";
    // Two lengths: who is in between may believe the other one.
    if (mode === "chunked") return length === undefined ? "chunked" : "bad";
  }
  if (length === undefined) return undefined;
  if (typeof length !== "string" || !/^\d{1,15}$/.test(length)) return "bad";
  return Number(length);
}

/** @throws SkynetError `ARGUMENT` for a name or value that would break out of its line. */
function field(name: string, separator: string, value: string | number): string {
  const text = String(value);
  if (!TOKEN.test(name)) throw new SkynetError("ARGUMENT", `${JSON.stringify(name)} is no name of an HTTP header field`);
  if (BROKEN.test(text))
    throw new SkynetError("ARGUMENT", `the HTTP header field ${name} must not have line ends or zero bytes in it: ${JSON.stringify(text)}`);
  return `${name}${separator}${text}\r\n`;
}

/**
 * Fields as they are sent.
 *
 * @param separator - Between name and value.
 * @param without - Lower-case names that are left out.
 * @throws SkynetError `ARGUMENT` naming the field that cannot be sent.
 */
export function formatFields(header: SentHeader | undefined, separator: string, without: readonly string[]): string {
  let lines = "";
  for (const [name, value] of Object.entries(header ?? {})) {
    if (without.length > 0 && without.includes(name.toLowerCase())) continue;
    if (typeof value === "object") for (const one of value) lines += field(name, separator, one);
    else lines += field(name, separator, value);
  }
  return lines;
}

/** Is there such a field, in whatever letters? */
export function hasField(header: SentHeader, name: string): boolean {
  return Object.keys(header).some((key) => key.toLowerCase() === name);
}

/** The first line of a request. @throws SkynetError `ARGUMENT` for what would be more than that line. */
export function requestLine(method: string, url: string): string {
  if (!TOKEN.test(method)) throw new SkynetError("ARGUMENT", `${JSON.stringify(method)} is no HTTP method`);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\0-\x20\x7f]/.test(url))
    throw new SkynetError("ARGUMENT", `${JSON.stringify(url)} has blanks or control characters, which an address must write as %XX`);
  return `${method} ${url === "" ? "/" : url} HTTP/1.1\r\n`;
}

/** What the first line of a request says; `undefined` when it is none. */
export function parseRequestLine(line: string): { readonly method: string; readonly url: string; readonly version: number } | undefined {
  const first = line.search(/[ \t]/);
  const last = Math.max(line.lastIndexOf(" "), line.lastIndexOf("\t"));
  if (first < 1 || last <= first || BROKEN.test(line)) return undefined;
  const method = line.slice(0, first);
  const url = line.slice(first, last).trim();
  const version = /^HTTP\/(\d{1,3}(?:\.\d{1,3})?)$/.exec(line.slice(last + 1))?.[1];
  if (!TOKEN.test(method) || url === "" || version === undefined) return undefined;
  return { method, url, version: Number(version) };
}

/** The code in the first line of an answer; `undefined` when it is none. */
export function parseStatusLine(line: string): number | undefined {
  const code = /^HTTP\/\d{1,3}(?:\.\d{1,3})?[ \t]+(\d{3})(?:[ \t]|$)/.exec(line)?.[1];
  return code === undefined ? undefined : Number(code);
}
