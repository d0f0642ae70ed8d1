/**
 * What may be sent: the kinds of objects messages are made of, and the brand of values that are shared instead of copied.
 *
 * Knows no format. Source of the list: the value mapping of the message model (undefined, null, boolean, number, bigint in int64,
 * text, bytes, array, plain object, Map); everything else is refused by name.
 *
 * @module
 */
import { LuaFloat } from "./float.ts";

/** Values nested in more tables than this are refused, as Skynet's serializer does (`MAX_DEPTH`). */
export const MAX_DEPTH = 32;

/** How an object travels. */
export type ObjectKind = "array" | "record" | "map" | "bytes" | "float" | "other";

const shared: unique symbol = Symbol("skyloom.shared");

const sharedRecord: object = Object.create(Object.prototype, { [shared]: { value: true } });
const sharedArray: object = Object.create(Array.prototype, { [shared]: { value: true } });
const refuseWrite = { value: refuseMapWrite };
const sharedMap: object = Object.create(Map.prototype, {
  [shared]: { value: true },
  set: refuseWrite,
  delete: refuseWrite,
  clear: refuseWrite,
});

function refuseMapWrite(): never {
  throw new TypeError("this Map is shared between services and cannot be changed; make a copy with new Map(…) first");
}

/** Tells objects apart. An object of another realm (frame, vm context) counts as what it is there. */
export function kindOf(value: object): ObjectKind {
  if (Array.isArray(value)) return "array";
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto === Object.prototype || proto === null || proto === sharedRecord) return "record";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Map) return "map";
  if (value instanceof LuaFloat) return "float";
  // A record of another realm: its prototype is the root of a chain and has what every Object.prototype has.
  if (Object.getPrototypeOf(proto) === null && Object.hasOwn(proto as object, "isPrototypeOf")) return "record";
  return "other";
}

/**
 * Brands a value and everything in it as shared: messages carry it by reference, nobody can change it any more.
 *
 * Arrays and plain objects are frozen, Maps refuse their changing methods. Bytes cannot be frozen by the language and stay as they are.
 * The caller must own the value: what is not plain data inside it is left alone and will be refused when a border packs it.
 *
 * @returns the same object.
 */
export function markShared<T extends object>(value: T): T {
  if (isShared(value)) return value;
  switch (kindOf(value)) {
    case "array":
      Object.setPrototypeOf(value, sharedArray);
      for (const item of value as unknown as unknown[]) if (typeof item === "object" && item !== null) markShared(item);
      return Object.freeze(value);
    case "record":
      Object.setPrototypeOf(value, sharedRecord);
      for (const item of Object.values(value)) if (typeof item === "object" && item !== null) markShared(item as object);
      return Object.freeze(value);
    case "map":
      Object.setPrototypeOf(value, sharedMap);
      for (const [key, item] of value as unknown as Map<unknown, unknown>) {
        if (typeof key === "object" && key !== null) markShared(key);
        if (typeof item === "object" && item !== null) markShared(item);
      }
      return Object.freeze(value);
    default:
      return value;
  }
}

/** Whether {@link markShared} has branded this value. Bytes on the wire cannot carry the brand. */
export function isShared(value: object): boolean {
  return (value as { readonly [shared]?: true })[shared] === true;
}
