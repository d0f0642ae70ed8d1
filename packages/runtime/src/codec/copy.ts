/** Temporary. */
export function estimateBytes(values: readonly unknown[]): number {
  return values.length * 8;
}
export function copyValues(args: readonly unknown[]): unknown[] {
  return args.map((a) => (typeof a === "object" && a !== null ? structuredCopy(a) : a));
}
function structuredCopy(v: object): unknown {
  if (Array.isArray(v)) return copyValues(v);
  if (v instanceof Uint8Array) return v.slice();
  if (v instanceof Map) return new Map([...v].map(([k, x]) => [k, typeof x === "object" && x !== null ? structuredCopy(x) : x]));
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, typeof x === "object" && x !== null ? structuredCopy(x) : x]));
}
