/**
 * The beginning of what a message carries, as a short text for people who may see it.
 *
 * Bounded in length, depth and time whatever the message holds. What stands under a key that sounds like a secret is left out; what stands
 * under no key, or in bytes that are no text, cannot be told apart and is shown. Runs no code of the message.
 *
 * @module
 */
import type { Body, Failure, Foreign } from "../../kernel/message.ts";

/** Characters of a preview. */
export const PREVIEW_LENGTH = 256;
/** Levels that are opened. */
const DEPTH = 6;
/** Bytes that are shown as numbers. */
const RAW_BYTES = 64;
/** Stands for what is left out. */
const HIDDEN = "•••";

const SECRET = /pass|token|secret|key|auth/i;
/** `password=x`, `"token": "x"`, `Authorization: Bearer x` inside of texts; also where the text was cut. */
const SECRET_IN_TEXT =
  /((?:pass|token|secret|key|auth)[\w-]{0,20}["']?\s{0,4}[:=]\s{0,4})("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|(?:(?:bearer|basic)\s{1,4})?[^\s,;&}\]]+)/gi;

/** A preview. */
export interface Preview {
  readonly text: string;
  /** Whether the message holds more than is shown. */
  readonly more: boolean;
}

/** Makes a preview of at most {@link PREVIEW_LENGTH} characters. */
export function previewBody(body: Body): Preview {
  if (body === undefined) return { text: "", more: false };
  const out = new Writer();
  if (typeof body === "string") out.add(textOf(body));
  else if (body instanceof Uint8Array) out.bytes(body);
  else if (Array.isArray(body)) for (const [i, value] of (body as unknown[]).slice(0, PREVIEW_LENGTH).entries()) out.item(i, value, 0);
  else if (typeof (body as Partial<Failure>).reason === "string") out.add(`failed: ${(body as Failure).reason}`);
  else out.add(`${(body as Partial<Foreign>).length ?? "some"} bytes of another realm`);
  return out.end();
}

/** Writes until there is no room left. */
class Writer {
  #text = "";
  #full = false;

  add(text: string): void {
    if (this.#full) return;
    this.#text += text;
    if (this.#text.length > PREVIEW_LENGTH) this.#full = true;
  }

  item(i: number, value: unknown, depth: number): void {
    if (this.#full) return;
    if (i > 0) this.add(", ");
    this.value(value, depth);
  }

  value(value: unknown, depth: number): void {
    if (this.#full) return;
    if (typeof value === "string") return this.add(JSON.stringify(textOf(value)));
    if (typeof value === "bigint") return this.add(`${value}n`);
    if (value === undefined) return this.add("nil");
    if (typeof value !== "object" || value === null) return this.add(String(value as number | boolean | null));
    if (value instanceof Uint8Array) return this.bytes(value);
    if (depth >= DEPTH) return this.add("…");
    if (Array.isArray(value)) {
      this.add("[");
      for (let i = 0; i < value.length && !this.#full; i++) this.item(i, value[i], depth + 1);
      return this.add("]");
    }
    this.add("{");
    let i = 0;
    if (value instanceof Map) {
      for (const [key, held] of value) {
        if (this.#full) return;
        this.#pair(i++, key, held, depth);
      }
    } else
      for (const key in value) {
        if (this.#full) return;
        // A getter is code of the service; copies have none, shared values may.
        const own = Object.getOwnPropertyDescriptor(value, key);
        if (own !== undefined) this.#pair(i++, key, "value" in own ? own.value : undefined, depth);
      }
    this.add("}");
  }

  /** Bytes that are text as text, others as numbers. */
  bytes(bytes: Uint8Array): void {
    const head = bytes.subarray(0, PREVIEW_LENGTH * 2);
    if (head.every((b) => (b >= 0x20 && b < 0x7f) || b === 9 || b === 10 || b === 13))
      return this.add(JSON.stringify(textOf(String.fromCharCode(...head))) + (bytes.length > head.length ? "…" : ""));
    this.add(`<${bytes.length} bytes`);
    for (const b of bytes.subarray(0, RAW_BYTES)) this.add(` ${b.toString(16).padStart(2, "0")}`);
    this.add(bytes.length > RAW_BYTES ? " …>" : ">");
  }

  end(): Preview {
    return { text: this.#full ? `${this.#text.slice(0, PREVIEW_LENGTH - 1)}…` : this.#text, more: this.#full };
  }

  #pair(i: number, key: unknown, held: unknown, depth: number): void {
    if (i > 0) this.add(", ");
    const name = typeof key === "string" ? key : "";
    if (typeof key === "string") this.add(/^\w+$/.test(key) ? key : JSON.stringify(key.slice(0, PREVIEW_LENGTH)));
    else this.value(key, depth + 1);
    this.add(": ");
    if (SECRET.test(name)) this.add(HIDDEN);
    else this.value(held, depth + 1);
  }
}

/** The beginning of a text, without what sounds like a secret in it. */
function textOf(text: string): string {
  return text.slice(0, PREVIEW_LENGTH * 2).replace(SECRET_IN_TEXT, `$1${HIDDEN}`);
}
