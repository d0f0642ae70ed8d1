/**
 * Lua's float subtype, for the one case where JavaScript cannot say it: a number without fraction that must not become an integer.
 *
 * @module
 */

/** A number that is written as a Lua float even when it is integral. Immutable; counts as its number in arithmetic. */
export class LuaFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
    Object.freeze(this);
  }
  valueOf(): number {
    return this.value;
  }
  toJSON(): number {
    return this.value;
  }
}

/**
 * Marks a number as a Lua float: `float(3)` reaches a Lua peer as `3.0`, a bare `3` as the integer `3`.
 *
 * Numbers with a fraction, infinities, NaN and -0 need no mark. A decoded float is a plain number again.
 *
 * @throws TypeError when `value` is not a number.
 *
 * @example
 * ```ts
 * const packed = skynet.pack(float(3), 3); // 3.0 and 3
 * ```
 */
export function float(value: number): LuaFloat {
  if (typeof value !== "number") throw new TypeError(`float: a number is needed, not ${typeof value}`);
  return new LuaFloat(value);
}
