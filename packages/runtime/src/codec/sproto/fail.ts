/**
 * The one way sproto reports an error.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";

/** @throws {@link SkynetError} `SPROTO`, always. */
export function fail(text: string): never {
  throw new SkynetError("SPROTO", text);
}

/** What Lua would call the type of a value, for error texts. */
export function luaTypeName(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "bigint") return "number";
  if (typeof value !== "object") return typeof value;
  return value instanceof Uint8Array ? "string" : "table";
}
