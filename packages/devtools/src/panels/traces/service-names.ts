/**
 * Services that a user names by hand: addresses, names, or the beginning of a name.
 *
 * @module
 */
import { formatAddress, parseAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";

/** Handles and the node of each, or the words that name no service. */
export type Chosen = {
  readonly handles: readonly number[];
  /** By handle's place; empty where an address was written: then it is that address on every node. */
  readonly nodes: readonly string[];
  readonly unknown: readonly string[];
};

/** Reads `:0000001c gate .launcher`, parted by spaces or commas. A name chooses all services that have it. */
export function readServices(text: string, table: TableStore): Chosen {
  const found = new Map<string, { readonly handle: number; readonly node: string }>();
  const add = (handle: number, node: string): void => void found.set(`${handle} ${node}`, { handle, node });
  const unknown: string[] = [];
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    // With a colon it is an address, whether or not the service is in the list yet.
    const address = word.startsWith(":") ? parseAddress(word) : undefined;
    if (address !== undefined && address > 0) {
      add(address, "");
      continue;
    }
    let known = false;
    for (let row = 0; row < table.high; row++) {
      if (table.status[row] !== 1 || !table.text("name", row).split(" ").includes(word)) continue;
      add(table.number("addr", row), table.hosts > 1 ? table.text("node", row) : "");
      known = true;
    }
    if (!known) unknown.push(word);
  }
  const chosen = [...found.values()];
  return { handles: chosen.map((c) => c.handle), nodes: chosen.map((c) => c.node), unknown };
}

/** Names to choose from, each once; addresses where a service has none. */
export function serviceChoices(table: TableStore, most: number): string[] {
  const names = new Set<string>();
  for (let row = 0; row < table.high && names.size < most; row++) {
    if (table.status[row] !== 1) continue;
    const name = table.text("name", row).split(" ", 1)[0] ?? "";
    names.add(name === "" ? formatAddress(table.number("addr", row)) : name);
  }
  return [...names].sort();
}
