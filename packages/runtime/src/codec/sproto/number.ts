/**
 * Values as Lua numbers: what sproto accepts for an integer or a number besides numbers.
 *
 * @module
 */
import { LuaFloat } from "../float.ts";
import { isInt64 } from "../refuse.ts";
import { decodeText } from "../text.ts";

const INT64_EDGE = 0x8000000000000000;

/** The value as an integer in int64 (a number when that is exact), or `undefined` where Lua finds none. Numeric text counts. */
export function luaInteger(value: unknown): number | bigint | undefined {
  if (typeof value === "bigint") return isInt64(value) ? value : undefined;
  if (typeof value === "string" || value instanceof Uint8Array) return fromText(textOf(value), true);
  const number = value instanceof LuaFloat ? value.value : value;
  if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
  return number >= -INT64_EDGE && number < INT64_EDGE ? number + 0 : undefined;
}

/** The value as a number; 0 where Lua finds none. */
export function luaNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof LuaFloat) return value.value;
  if (typeof value === "string" || value instanceof Uint8Array) return Number(fromText(textOf(value), false) ?? 0);
  return 0;
}

/** Rounds half away from zero, as C's `round`. */
export function roundAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

function textOf(value: string | Uint8Array): string {
  return typeof value === "string" ? value : (decodeText(value, 0, value.length) ?? "");
}

const DECIMAL = /^[+-]?\d+$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]+)$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function fromText(text: string, integral: boolean): number | bigint | undefined {
  const trimmed = text.trim();
  const hex = HEX.exec(trimmed);
  if (hex !== null) {
    const magnitude = BigInt(`0x${hex[2]!}`);
    return narrow(BigInt.asIntN(64, hex[1] === "-" ? -magnitude : magnitude));
  }
  if (DECIMAL.test(trimmed)) {
    const exact = BigInt(trimmed.startsWith("+") ? trimmed.slice(1) : trimmed);
    if (isInt64(exact)) return narrow(exact);
  }
  if (!FLOAT.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return integral ? luaInteger(value) : value;
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
