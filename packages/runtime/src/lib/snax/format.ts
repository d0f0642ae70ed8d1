/**
 * `%d`, `%s` and their kin, as far as log lines need them.
 *
 * @module
 */
import { inspectValue } from "../../core/inspect-value.ts";
import { SkynetError } from "../../errors/error.ts";

const ITEM = /%([-+ #0]*)(\d{1,2})?(?:\.(\d{1,2}))?(.)?/gs;

/**
 * Formats as Lua's string.format does: `%d %i %u %c %x %X %o %e %g %f %a %q %s %%`, with width and precision.
 *
 * @throws SkynetError `ARGUMENT` for an unknown item, or too few arguments.
 */
export function format(text: string, args: readonly unknown[]): string {
  let at = 0;
  return text.replace(ITEM, (item, flags: string, width?: string, precision?: string, kind?: string) => {
    if (kind === "%") return "%";
    if (kind === undefined || !"dicuxXoeEgGfFasq".includes(kind))
      throw new SkynetError("ARGUMENT", `invalid conversion "${item}" to format "${text}"`);
    if (at >= args.length) throw new SkynetError("ARGUMENT", `bad argument #${at + 2} to format "${text}": no value for ${item}`);
    const value = args[at++];
    const digits = precision === undefined ? undefined : Number(precision);
    return pad(one(kind, value, digits, flags, at), flags, width === undefined ? 0 : Number(width), kind);
  });
}

function one(kind: string, value: unknown, precision: number | undefined, flags: string, at: number): string {
  if (kind === "s") return precision === undefined ? inspectValue(value) : inspectValue(value).slice(0, precision);
  if (kind === "q") return typeof value === "string" ? JSON.stringify(value) : inspectValue(value);
  const number = typeof value === "bigint" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "bigint" && (typeof number !== "number" || (typeof value === "string" && Number.isNaN(number))))
    throw new SkynetError("ARGUMENT", `bad argument #${at + 1} to format (number expected, got ${typeof value})`);
  const sign = number >= 0 ? (flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") : "";
  switch (kind) {
    case "c":
      return String.fromCodePoint(Number(number));
    case "f":
    case "F":
      return sign + fixed(Number(number), precision ?? 6);
    case "e":
    case "E":
      return cased(kind, sign + exponent(Number(number).toExponential(precision ?? 6)));
    case "g":
    case "G":
    case "a":
      return cased(kind, sign + general(Number(number), precision ?? 6));
    default: {
      if (typeof number === "number" && (!Number.isInteger(number) || Math.abs(number) > 2 ** 63))
        throw new SkynetError("ARGUMENT", `bad argument #${at + 1} to format (number has no integer representation)`);
      const radix = kind === "x" || kind === "X" ? 16 : kind === "o" ? 8 : 10;
      // As in C, what is not decimal shows the 64 bits of a negative number.
      const shown = radix !== 10 && number < 0 ? BigInt.asUintN(64, BigInt(number)) : number;
      const text = shown.toString(radix);
      const zeros = text.replace("-", "").padStart(precision ?? 0, "0");
      return cased(
        kind,
        (radix === 10 ? sign : flags.includes("#") && radix === 16 && number !== 0 ? "0x" : "") + (text.startsWith("-") ? "-" : "") + zeros,
      );
    }
  }
}

/** JavaScript's toFixed gives up at 10^21. */
function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return general(value, precision);
  if (Math.abs(value) < 1e21) return value.toFixed(precision);
  return BigInt(value).toString() + (precision === 0 ? "" : `.${"0".repeat(precision)}`);
}

function cased(kind: string, text: string): string {
  return kind >= "A" && kind <= "Z" ? text.toUpperCase() : text;
}

/** An exponent of two digits at least. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function general(value: number, precision: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : value > 0 ? "inf" : Number.isNaN(value) ? "nan" : "-inf";
  const power = Number(value.toExponential(Math.max(0, precision - 1)).split("e")[1]);
  const bare = (text: string): string => (text.includes(".") ? text.replace(/\.?0+(?=e|$)/, "") : text);
  if (power < -4 || power >= Math.max(1, precision)) return bare(exponent(value.toExponential(Math.max(0, precision - 1))));
  return bare(value.toFixed(Math.max(0, precision - 1 - power)));
}

function pad(text: string, flags: string, width: number, kind: string): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || kind === "s" || kind === "q") return text.padStart(width);
  const sign = /^[+\- ]?(?:0x)?/i.exec(text)![0];
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}
