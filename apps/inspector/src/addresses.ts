/**
 * The parameter `c` of the address: which hosts the page looks at, e.g. `c=ws://a:7400/inspect,ws://b:7400/inspect` or `c=own,page`.
 *
 * @module
 */

/** The host that served the page, where others stand beside it. */
const OWN = "own";
/** Hosts that are looked at together. */
const MOST = 16;

/** Reads it: one key for each host, each once; empty for the host that served the page. */
export function readConnections(c: string | undefined): readonly string[] {
  const parts = (c ?? OWN).split(",").map((part) => part.trim());
  const keys = [...new Set(parts.filter((part) => part !== "").map((part) => (part === OWN ? "" : part)))].slice(0, MOST);
  return keys.length === 0 ? [""] : keys;
}

/** Writes it; `undefined` for the host that served the page alone. */
export function writeConnections(keys: readonly string[]): string | undefined {
  if (keys.length === 1 && keys[0] === "") return undefined;
  return keys.map((key) => (key === "" ? OWN : key)).join(",");
}

/** How a host is called before it has said its name. */
export function titleOf(url: string): string {
  return url.replace(/^wss?:\/\//, "").replace(/\/inspect$/, "");
}
