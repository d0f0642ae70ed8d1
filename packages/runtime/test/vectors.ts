/**
 * Reads the golden vectors recorded from the real Skynet (test/vectors/*.json): their byte strings and Lua values as ours.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { float } from "../src/codec/float.ts";

/** hex, a concatenation, a repetition, or the summary of something long. */
export type VectorBytes =
  | string
  | { readonly cat: readonly VectorBytes[] }
  | { readonly rep: readonly [string, number] }
  | { readonly len: number; readonly sha1: string };

export type VectorValue =
  | { readonly nil: true }
  | { readonly bool: boolean }
  | { readonly int: string }
  | { readonly float: string; readonly bits: string }
  | { readonly str: string }
  | { readonly rep: readonly [string, number] }
  | { readonly table: readonly (readonly [VectorValue, VectorValue])[] }
  | { readonly seq: readonly [VectorValue, number] }
  | { readonly fill: readonly [VectorValue, number] };

/** The cases of one file. */
export function vectorCases<T>(file: string): T[] {
  return (JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), "utf8")) as { cases: T[] }).cases;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** The bytes of a literal form (not of a summary). */
export function vectorBytes(form: VectorBytes): Uint8Array {
  if (typeof form === "string") return fromHex(form);
  if ("rep" in form) return fromHex(form.rep[0].repeat(form.rep[1]));
  if ("cat" in form) return new Uint8Array(Buffer.concat(form.cat.map(vectorBytes)));
  throw new Error("a summary has no bytes");
}

/** Hex of `bytes` in the same form as {@link wantedHex}, so that two long byte strings compare by digest. */
export function shownHex(bytes: Uint8Array): string {
  return bytes.length <= 4096 ? hex(bytes) : `${bytes.length} bytes sha1 ${createHash("sha1").update(bytes).digest("hex")}`;
}

export function wantedHex(form: VectorBytes): string {
  return typeof form === "object" && "sha1" in form ? `${form.len} bytes sha1 ${form.sha1}` : shownHex(vectorBytes(form));
}

/** What the vectors' integers, floats and strings are to the code under test. */
export interface Mapping {
  int(text: string): unknown;
  float(value: number): unknown;
  str(bytes: Uint8Array): unknown;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

function int(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

/** As a program would write the value: floats are forced, strings are text where they can be. */
export const written: Mapping = { int, float: (v) => float(v), str: text };
/** As a decoder gives the value. */
export const read: Mapping = { int, float: (v) => v, str: text };

/** A vector value as a JavaScript value. Tables keep their pair order: an array when it is one, else an object or a Map as the decoders choose. */
export function vectorValue(form: VectorValue, mapping: Mapping): unknown {
  if ("nil" in form) return undefined;
  if ("bool" in form) return form.bool;
  if ("int" in form) return mapping.int(form.int);
  if ("bits" in form) return mapping.float(new DataView(fromHex(form.bits).buffer).getFloat64(0));
  if ("str" in form) return mapping.str(fromHex(form.str));
  if ("rep" in form) return mapping.str(fromHex(form.rep[0].repeat(form.rep[1])));
  if ("seq" in form) return Array.from({ length: form.seq[1] }, (_, i) => Number((form.seq[0] as { int: string }).int) + i);
  if ("fill" in form) return Array.from({ length: form.fill[1] }, () => vectorValue(form.fill[0], mapping));
  const pairs = form.table.map(([k, v]) => [vectorValue(k, read), vectorValue(v, mapping)] as const);
  if (pairs.every(([k], i) => k === i + 1)) return pairs.map(([, v]) => v);
  if (pairs.every(([k]) => typeof k === "string" && !/^\d+$/.test(k))) return Object.fromEntries(pairs);
  return new Map(pairs);
}

/**
 * A form of any value in which two tables are equal when Lua would find the same pairs in them, whatever holds them here.
 * Meant for `expect(canonical(a)).toEqual(canonical(b))`.
 */
export function canonical(value: unknown): unknown {
  if (value === undefined || value === null) return "nil";
  if (value instanceof Uint8Array) {
    const as = text(value);
    return typeof as === "string" ? `str ${as}` : `bytes ${hex(value)}`;
  }
  if (typeof value === "string") return `str ${value}`;
  if (typeof value === "number") return Object.is(value, -0) ? "num -0" : `num ${Number.isInteger(value) ? BigInt(value) : value}`;
  if (typeof value === "bigint") return `num ${value}`;
  if (typeof value !== "object") return value;
  const pairs: [unknown, unknown][] = Array.isArray(value)
    ? value.map((v, i) => [i + 1, v])
    : value instanceof Map
      ? [...value]
      : Object.entries(value);
  return pairs
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => [JSON.stringify(canonical(k)), canonical(v)])
    .sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
}
