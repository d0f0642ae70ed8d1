/**
 * Services that a user names by hand: addresses, names, or the beginning of a name.
 *
 * @module
 */
import { formatAddress, parseAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";

/** Handles, or the words that name no service. */
export type Chosen = { readonly handles: readonly number[]; readonly unknown: readonly string[] };

/** Reads `:0000001c gate .launcher`, parted by spaces or commas. A name chooses all services that have it. */
export function readServices(text: string, table: TableStore): Chosen {
  const handles = new Set<number>();
  const unknown: string[] = [];
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    // With a colon it is an address, whether or not the service is in the list yet.
    const address = word.startsWith(":") ? parseAddress(word) : undefined;
    if (address !== undefined && address > 0) {
      handles.add(address);
      continue;
    }
    let found = false;
    for (let row = 0; row < table.high; row++) {
      if (table.status[row] !== 1 || !table.text("name", row).split(" ").includes(word)) continue;
      handles.add(table.number("addr", row));
      found = true;
    }
    if (!found) unknown.push(word);
  }
  return { handles: [...handles], unknown };
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
