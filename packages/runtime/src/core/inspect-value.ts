/**
 * Values as text, the way log lines and the console show them.
 *
 * @module
 */

/** Text of any value: as Lua's tostring where both have it, JSON-like for the rest. */
export function inspectValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "nil";
  if (value instanceof Error) return value.stack ?? value.message;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value !== "object") return String(value as number | bigint | boolean | symbol | (() => unknown));
  const own: unknown = Reflect.get(value, "toString");
  if (typeof own === "function" && own !== Object.prototype.toString && !Array.isArray(value) && !(value instanceof Map))
    return String(Reflect.apply(own, value, []));
  try {
    return JSON.stringify(value, (_key, v: unknown) => {
      if (typeof v === "bigint") return v.toString();
      if (v instanceof Map) return Object.fromEntries([...v].map(([k, x]) => [String(k), x]));
      if (v instanceof Uint8Array) return `<${v.length} bytes>`;
      return v;
    });
  } catch {
    return Object.prototype.toString.call(value);
  }
}
