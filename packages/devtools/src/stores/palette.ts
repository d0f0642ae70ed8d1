/**
 * What the command palette finds: reads what was typed, and ranks names and rows against it.
 *
 * Knows nothing of React and of what an entry does. Rows are scanned where they lie, in one pass, so that 10,000 of them answer at once.
 *
 * @module
 */
import { formatAddress, parseAddress } from "./channels.ts";
import type { TableStore } from "./table-store.ts";

/** Where is searched: everywhere, or in what a prefix names. */
export type PaletteScope = "all" | "actions" | "addresses" | "nodes" | "traces";

/** What was typed, without its prefix, in lower case. */
export interface PaletteQuery {
  readonly scope: PaletteScope;
  readonly wanted: string;
}

const prefixes: Readonly<Record<string, PaletteScope>> = { ">": "actions", ":": "addresses", "@": "nodes", "#": "traces" };

/** Reads what was typed. */
export function readPaletteQuery(text: string): PaletteQuery {
  const trimmed = text.trim().toLowerCase();
  const scope = prefixes[trimmed.charAt(0)];
  return scope === undefined ? { scope: "all", wanted: trimmed } : { scope, wanted: trimmed.slice(1).trim() };
}

/** How many ranks {@link rank} has. */
const RANKS = 5;

/**
 * How well a text fits: 0 = it is what was typed, 1 = begins with it, 2 = a word begins with it, 3 = has it, 4 = has all its words;
 * -1 = it does not fit. `text` must be in lower case.
 */
export function rank(text: string, wanted: string): number {
  const at = text.indexOf(wanted);
  if (at === 0) return text.length === wanted.length ? 0 : 1;
  if (at > 0) return wordStart(text, wanted, at) ? 2 : 3;
  if (!wanted.includes(" ")) return -1;
  return wanted.split(/\s+/).every((word) => text.includes(word)) ? 4 : -1;
}

function wordStart(text: string, wanted: string, first: number): boolean {
  for (let at = first; at > 0; at = text.indexOf(wanted, at + 1)) if (!/[\p{L}\p{N}]/u.test(text[at - 1]!)) return true;
  return false;
}

/** The best of a list, best first; equal ones stay in their order. */
export function best<T>(list: Iterable<T>, wanted: string, text: (entry: T) => string, limit: number): T[] {
  const found = Array.from({ length: RANKS }, (): T[] => []);
  for (const entry of list) {
    const r = rank(text(entry).toLowerCase(), wanted);
    if (r >= 0 && found[r]!.length < limit) found[r]!.push(entry);
  }
  return found.flat().slice(0, limit);
}

/** Rows alive whose name or address fits, best first. `wanted` is in lower case; an empty one fits all. */
export function findRows(table: TableStore, wanted: string, limit: number): number[] {
  const found = Array.from({ length: RANKS }, (): number[] => []);
  const hex = /^:?[0-9a-f]{1,8}$/.test(wanted) ? wanted.replace(":", "") : undefined;
  for (let row = 0; row < table.high; row++) {
    if (table.status[row] !== 1) continue;
    let r = rank(table.text("name", row).toLowerCase(), wanted);
    if (hex !== undefined && (r < 0 || r > 2)) r = better(r, addressRank(table.number("addr", row), hex));
    if (r < 0 || found[r]!.length >= limit) continue;
    found[r]!.push(row);
    if (r === 0 && found[0]!.length === limit) break;
  }
  return found.flat().slice(0, limit);
}

/** Rows alive whose address fits, best first. */
export function findAddresses(table: TableStore, wanted: string, limit: number): number[] {
  const rows: number[] = [];
  if (wanted !== "" && parseAddress(wanted) === undefined) return rows;
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) rows.push(row);
  const hex = wanted.replace(":", "");
  const found = Array.from({ length: RANKS }, (): number[] => []);
  for (const row of rows) {
    const r = addressRank(table.number("addr", row), hex);
    if (r >= 0) found[r]!.push(row);
  }
  return found.flat().slice(0, limit);
}

/** Leading zeros need not be typed: `1c` is first of all the address 1c. */
function addressRank(addr: number, hex: string): number {
  const text = formatAddress(addr).slice(1);
  const bare = text.replace(/^0+(?=.)/, "");
  if (text === hex || bare === hex) return 0;
  if (text.startsWith(hex) || bare.startsWith(hex)) return 1;
  return text.includes(hex) ? 3 : -1;
}

const better = (a: number, b: number): number => (a < 0 ? b : b < 0 ? a : Math.min(a, b));

/** Names of the nodes in a table, each once. */
export function nodesOf(table: TableStore): string[] {
  const nodes = new Set<string>();
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) nodes.add(table.text("node", row));
  nodes.delete("");
  return [...nodes];
}
