/**
 * Why a value cannot be sent, said with the path to it.
 *
 * The encoders and the copier only notice that something is wrong; they keep no path, since that would cost every good message.
 * They throw a {@link Refusal}, and the values are walked again here, slowly, to find the place.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { kindOf, MAX_DEPTH } from "./plain.ts";

/** Thrown in a hot loop, caught at its entry and replaced by what {@link explain} finds. */
export class Refusal extends Error {}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Whether a bigint fits a Lua integer. */
export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

const hints: Readonly<Record<string, string>> = {
  Date: "send its getTime()",
  Set: "send an array of its items",
  Error: "send its message",
  Promise: "wait for it first, with yield* skynet.await(promise), and send the result",
  RegExp: "send its source",
  WeakMap: "send a Map",
  ArrayBuffer: "send new Uint8Array(buffer)",
  DataView: "send a Uint8Array of its bytes",
};

/**
 * Turns what an encoder or the copier threw into the error for the user; errors of others (a getter's, say) pass through unchanged.
 *
 * @param values - The values that were given to it.
 */
export function explain(thrown: unknown, values: readonly unknown[]): unknown {
  if (!(thrown instanceof Refusal)) return thrown;
  for (let i = 0; i < values.length; i++) {
    const reason = search(values[i], `[${i}]`, 0, []);
    if (reason !== undefined) return new SkynetError("PACK", reason);
  }
  return new SkynetError("PACK", "a value cannot be sent, but it had changed before it could be named; is there a getter in the message?");
}

interface Trail {
  readonly value: object;
  readonly path: string;
}

function search(value: unknown, path: string, depth: number, trail: readonly Trail[]): string | undefined {
  if (depth > MAX_DEPTH) return tooDeep(value, path, trail);
  switch (typeof value) {
    case "function":
      return `${path}: function cannot be sent; send data, or the address of a service that has it (Unsupport type function to serialize)`;
    case "symbol":
      return `${path}: symbol cannot be sent; send its text (Unsupport type symbol to serialize)`;
    case "bigint":
      return isInt64(value) ? undefined : `${path}: bigint ${value}n cannot be sent; Lua integers are -2^63 to 2^63-1`;
    case "object":
      return value === null ? undefined : searchObject(value, path, depth, trail);
    default:
      return undefined;
  }
}

function searchObject(value: object, path: string, depth: number, trail: readonly Trail[]): string | undefined {
  const known = trail.find((t) => t.value === value);
  if (known !== undefined)
    return `${path}: leads back to ${known.path}, and a cycle cannot be sent; send ids instead of references (serialize can't pack too depth table)`;
  const kind = kindOf(value);
  if (kind === "other") return instance(value, path);
  if (kind === "bytes" || kind === "float") return undefined;
  const here = [...trail, { value, path }];
  if (kind === "array") {
    const list = value as readonly unknown[];
    for (let i = 0; i < list.length; i++) {
      const reason = search(list[i], `${path}[${i}]`, depth + 1, here);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
  const entries: Iterable<[unknown, unknown]> = kind === "map" ? (value as Map<unknown, unknown>) : Object.entries(value);
  for (const [key, item] of entries) {
    if (kind === "map") {
      if (key === undefined || key === null) return `${path}: a Map key cannot be nil (table index is nil)`;
      if (typeof key === "number" && Number.isNaN(key)) return `${path}: a Map key cannot be NaN (table index is NaN)`;
    }
    const reason =
      (typeof key === "string" ? undefined : search(key, `${path}<key>`, depth + 1, here)) ??
      search(item, path + step(key), depth + 1, here);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function tooDeep(value: unknown, path: string, trail: readonly Trail[]): string {
  const known = trail.find((t) => t.value === value);
  if (known !== undefined) return searchObject(value as object, path, 0, trail)!;
  return `${path}: lies in more than ${MAX_DEPTH} tables; send a flatter shape (serialize can't pack too depth table)`;
}

function instance(value: object, path: string): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const made: unknown = (value as { constructor?: unknown }).constructor;
  const name = typeof made === "function" && made.name !== "" && tag !== "Generator" ? made.name : tag;
  const hint =
    hints[name] ??
    (value instanceof Error
      ? hints["Error"]
      : tag === "Generator"
        ? "write yield* before it and send the result"
        : "send a plain object with its fields");
  return `${path}: instance of ${name} cannot be sent; ${hint!} (Unsupport type userdata to serialize)`;
}

function step(key: unknown): string {
  if (typeof key === "string") return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return typeof key === "number" || typeof key === "bigint" || typeof key === "boolean" ? `.get(${key})` : "<value>";
}
