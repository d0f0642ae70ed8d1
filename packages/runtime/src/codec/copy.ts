/**
 * The deep copy that isolates services: what is sent inside one realm is copied here, and checked on the way.
 *
 * Accepts and refuses exactly what lua-seri does, so that a message works the same whether its receiver is here or behind a border;
 * knows nothing of bytes on the wire. Rules: design decision D5.
 *
 * @module
 */
import { isShared, kindOf, MAX_DEPTH } from "./plain.ts";
import { explain, isInt64, Refusal } from "./refuse.ts";

/** What a number, a boolean, nil or a table counts in the estimate. */
const SCALAR_BYTES = 8;
const UNIT_BYTES = 2;

/** The estimate of the copy that runs, and of the last one that ended. */
let counted = 0;
let lastCounted = 0;

/**
 * Copies a list of message arguments.
 *
 * Primitives, {@link float} marks and shared values go by reference, everything else is new and belongs to the receiver. Copies of plain objects have
 * `Object.prototype`, getters have become values, keys that are symbols are not looked at.
 *
 * @returns a new array of the same length.
 * @throws {@link SkynetError} `PACK` naming the path to a value that cannot be sent: a function, a symbol, an instance of a class, a cycle,
 * more than 32 levels, a bigint outside int64.
 *
 * @example
 * ```ts
 * const mine = copyValues(["move", { x: 1, y: 2 }]);
 * ```
 */
export function copyValues(values: readonly unknown[]): unknown[] {
  const outer = counted;
  counted = 0;
  try {
    const copies: unknown[] = [];
    for (let i = 0; i < values.length; i++) copies.push(copyAny(values[i], 0));
    lastCounted = counted;
    return copies;
  } catch (thrown) {
    throw explain(thrown, values);
  } finally {
    counted = outer;
  }
}

/**
 * {@link copyValues} for a list that belongs to the caller and is given up, such as rest arguments: only what lies inside is copied.
 *
 * @param values - Changed in place; not to be used afterwards.
 * @returns the same list.
 */
export function isolate(values: unknown[]): unknown[] {
  let bytes = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    switch (typeof value) {
      case "string":
        bytes += value.length * UNIT_BYTES;
        break;
      case "number":
      case "boolean":
      case "undefined":
        bytes += SCALAR_BYTES;
        break;
      default:
        return isolateFrom(values, i, bytes);
    }
  }
  lastCounted = bytes;
  return values;
}

/** The rest of {@link isolate}, from the first value on that is no simple one. */
function isolateFrom(values: unknown[], first: number, bytes: number): unknown[] {
  const outer = counted;
  counted = bytes;
  try {
    for (let i = first; i < values.length; i++) values[i] = copyAny(values[i], 0);
    lastCounted = counted;
    return values;
  } catch (thrown) {
    throw explain(thrown, values);
  } finally {
    counted = outer;
  }
}

/**
 * Copies one value; as {@link copyValues}, and so are its errors, with the value as `[0]`.
 */
export function copyValue<T>(value: T): T {
  return copyValues([value])[0] as T;
}

/**
 * An estimate of what the last {@link copyValues} took: 8 bytes a scalar or table, 2 a UTF-16 unit of text, byte arrays exactly. Names of
 * fields and what is shared count nothing. Queue accounting shows it with ≈.
 */
export function copiedBytes(): number {
  return lastCounted;
}

/**
 * The same estimate for values that are not copied.
 *
 * @throws {@link SkynetError} `PACK` as {@link copyValues} does.
 */
export function estimate(values: readonly unknown[]): number {
  const kept = lastCounted;
  copyValues(values);
  const bytes = lastCounted;
  lastCounted = kept;
  return bytes;
}

function copyAny(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Refusal();
  switch (typeof value) {
    case "string":
      counted += value.length * UNIT_BYTES;
      return value;
    case "number":
    case "boolean":
    case "undefined":
      counted += SCALAR_BYTES;
      return value;
    case "object":
      counted += SCALAR_BYTES;
      return value === null ? null : copyObject(value, depth + 1);
    case "bigint":
      if (!isInt64(value)) throw new Refusal();
      counted += SCALAR_BYTES;
      return value;
    default:
      throw new Refusal();
  }
}

/** @param depth - Of what lies inside the object. */
function copyObject(value: object, depth: number): object {
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto === Object.prototype) return copyRecord(value as Record<string, unknown>, depth);
  if (proto === Array.prototype) return patchArray((value as unknown[]).slice(), depth);
  return copyRare(value, depth);
}

function copyRecord(value: Record<string, unknown>, depth: number): Record<string, unknown> {
  // A spread clones a known shape several times faster than a loop builds it; then only the fields that need it are replaced.
  const copy = { ...value };
  for (const key in copy) {
    if (depth > MAX_DEPTH) throw new Refusal();
    const item = copy[key];
    switch (typeof item) {
      case "string":
        counted += item.length * UNIT_BYTES;
        break;
      case "number":
      case "boolean":
      case "undefined":
        counted += SCALAR_BYTES;
        break;
      case "object":
        counted += SCALAR_BYTES;
        if (item !== null) replace(copy, key, copyObject(item, depth + 1));
        break;
      default:
        copyAny(item, depth);
    }
  }
  return copy;
}

/** `copy["__proto__"] = …` would set the prototype where the spread has made a field. */
function replace(copy: Record<string, unknown>, key: string, value: object): void {
  if (key === "__proto__") Object.defineProperty(copy, key, { value });
  else copy[key] = value;
}

function patchArray(copy: unknown[], depth: number): unknown[] {
  for (let i = 0; i < copy.length; i++) {
    const item = copy[i];
    if (typeof item === "number" && depth <= MAX_DEPTH) counted += SCALAR_BYTES;
    else if (typeof item === "object" && item !== null) copy[i] = copyAny(item, depth);
    else copyAny(item, depth);
  }
  return copy;
}

function copyRare(value: object, depth: number): object {
  if (isShared(value)) return value;
  switch (kindOf(value)) {
    case "record":
      return copyRecord(value as Record<string, unknown>, depth);
    case "array":
      return patchArray(Array.from(value as readonly unknown[]), depth);
    case "bytes": {
      const bytes = value as Uint8Array;
      counted += bytes.length - SCALAR_BYTES;
      return new Uint8Array(bytes);
    }
    case "map": {
      const copy = new Map<unknown, unknown>();
      for (const [key, item] of value as Map<unknown, unknown>) {
        if (key === undefined || key === null || Number.isNaN(key)) throw new Refusal();
        copy.set(copyAny(key, depth), copyAny(item, depth));
      }
      return copy;
    }
    case "float":
      return value;
    default:
      throw new Refusal();
  }
}
