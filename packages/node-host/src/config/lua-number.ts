/**
 * Number literals of Lua as configuration values.
 *
 * @module
 */

/**
 * The value of a literal as the parser found it. A number that JavaScript would print otherwise than Lua (integers beyond 2^53, `1e3`) comes
 * as Lua's text, as the environment of a node holds text.
 *
 * @param raw - The literal, e.g. `8`, `0x10`, `1e3`.
 */
export function luaNumber(raw: string): number | string {
  const isHex = /^0x/i.test(raw);
  if (isHex ? /^0x[0-9a-f]+$/i.test(raw) : /^\d+$/.test(raw)) {
    // Hexadecimal integers wrap around at 64 bits; decimal ones that do not fit are floats.
    const value = isHex ? BigInt.asIntN(64, BigInt(raw)) : BigInt(raw);
    if (value === BigInt.asIntN(64, value)) return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  const value = isHex ? hexFloat(raw) : Number(raw);
  const text = floatText(value);
  return text === String(value) ? value : text;
}

/** A float as Lua prints it: with as many digits as it takes to read it back, and `.0` where it looks like an integer. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const digits = Number(value.toPrecision(15)) === value ? 15 : 17;
  const text = general(value, digits);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** C's `%.<digits>g`. */
function general(value: number, digits: number): string {
  const [mantissa, power] = value.toExponential(digits - 1).split("e") as [string, string];
  const exponent = Number(power);
  const short = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) return short(value.toFixed(digits - 1 - exponent));
  return `${short(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** `0x1.8p3` */
function hexFloat(raw: string): number {
  const [mantissa = "", exponent = "0"] = raw.slice(2).toLowerCase().split("p");
  const [whole = "", fraction = ""] = mantissa.split(".");
  let value = 0;
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
  return value * 2 ** (Number(exponent) - 4 * fraction.length);
}
