/**
 * Filters under a name: kept with the preferences, each for one panel, and carried from machine to machine as a file.
 *
 * Knows nothing of React and of where preferences are stored.
 *
 * @module
 */
import { parseFilter } from "./filter/parse.ts";

/** One of them. */
export interface SavedFilter {
  readonly name: string;
  /** The panel it belongs to, as in addresses. */
  readonly panel: string;
  /** As it stands in the filter box. */
  readonly query: string;
}

/** Limits. */
export const filterLimits: { readonly filters: number; readonly name: number; readonly query: number } = {
  filters: 200,
  name: 60,
  query: 2_000,
};

/** What a file of filters says it is. */
const FORMAT = "skyloom-filters";
const VERSION = 1;
/** A file beyond so many characters is none of these. */
const MOST_TEXT = 1 << 20;

/** Panels that have a filter box. */
export const filterPanels: readonly string[] = ["services", "mailboxes", "sessions", "traces", "memory", "sockets", "timers", "logs"];

/** Panels whose box takes words and not the filter language. */
const plain: ReadonlySet<string> = new Set(["logs"]);

/** Those of a panel, by name. */
export function filtersOf(list: readonly SavedFilter[], panel: string): readonly SavedFilter[] {
  return list.filter((f) => f.panel === panel).toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** Why a name cannot be used; `undefined` when it can. @param but - The filter that has it already and may keep it. */
export function nameFault(list: readonly SavedFilter[], panel: string, name: string, but?: SavedFilter): string | undefined {
  if (name.trim() === "") return "A name is missing.";
  if (name.trim().length > filterLimits.name) return `A name has at most ${filterLimits.name} characters.`;
  if (list.some((f) => f !== but && f.panel === panel && f.name === name.trim())) return `There is a filter “${name.trim()}” here already.`;
  return undefined;
}

/** Adds one; one of that name in the panel is replaced. */
export function withFilter(list: readonly SavedFilter[], filter: SavedFilter): readonly SavedFilter[] {
  const clean = { ...filter, name: filter.name.trim(), query: filter.query.trim() };
  return [...list.filter((f) => f.panel !== clean.panel || f.name !== clean.name), clean];
}

/** Writes all of them as a file. */
export function exportFilters(list: readonly SavedFilter[]): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, filters: list }, undefined, 2)}\n`;
}

/** What an import makes of what there is and of a file. */
export interface Imported {
  readonly filters: readonly SavedFilter[];
  readonly added: number;
  /** Those that were there already, word for word. */
  readonly known: number;
  /** Those that came under another name, because theirs was taken by another query. */
  readonly renamed: number;
}

/**
 * Reads a file of filters and joins them with those there are: nothing that is there is lost or changed. All of a file or nothing of it.
 *
 * @throws Error with a text for people: what is wrong, and at which filter.
 */
export function importFilters(list: readonly SavedFilter[], text: string): Imported {
  if (text.length > MOST_TEXT) throw new Error("The file is larger than 1 MiB: it is not a file of filters.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The file is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}`, { cause: error });
  }
  const { format, version, filters } = isRecord(value) ? value : {};
  if (format !== FORMAT || !Array.isArray(filters))
    throw new Error(`The file holds no filters: it should be an object with "format": "${FORMAT}" and a list "filters".`);
  if (version !== VERSION)
    throw new Error(`The file has version ${JSON.stringify(version) ?? "?"} of the format; this page reads ${VERSION}.`);
  let next = list;
  let [known, renamed] = [0, 0];
  for (const [i, entry] of (filters as unknown[]).entries()) {
    const filter = readFilter(entry, true);
    if (typeof filter === "string") throw new Error(`Filter ${i + 1} of the file: ${filter} Nothing was imported.`);
    const same = next.find((f) => f.panel === filter.panel && f.name === filter.name);
    if (same?.query === filter.query) {
      known++;
      continue;
    }
    if (same !== undefined) renamed++;
    next = [...next, same === undefined ? filter : { ...filter, name: freeName(next, filter) }];
  }
  if (next.length > filterLimits.filters)
    throw new Error(`There would be ${next.length} filters, and ${filterLimits.filters} can be kept. Nothing was imported.`);
  return { filters: next, added: next.length - list.length, known, renamed };
}

/** Reads what was stored; what is not a filter is left out, for nobody is there to be told. */
export function parseFilters(value: unknown): readonly SavedFilter[] {
  if (!Array.isArray(value)) return [];
  const list: SavedFilter[] = [];
  for (const entry of value.slice(0, filterLimits.filters)) {
    const filter = readFilter(entry, false);
    if (typeof filter !== "string" && nameFault(list, filter.panel, filter.name) === undefined) list.push(filter);
  }
  return list;
}

/** A filter, or what is wrong with it. @param strict - Whether it must be of a panel there is, and its query of the language. */
function readFilter(value: unknown, strict: boolean): SavedFilter | string {
  if (!isRecord(value)) return "it is not an object.";
  const read: Record<string, string> = {};
  for (const field of ["name", "panel", "query"] as const) {
    const text = value[field];
    if (typeof text !== "string" || text.trim() === "")
      return `"${field}" should be a text and is ${text === undefined ? "missing" : "not"}.`;
    read[field] = text.trim();
  }
  const { name = "", panel = "", query = "" } = read;
  if (name.length > filterLimits.name) return `its name has ${name.length} characters, at most ${filterLimits.name} are possible.`;
  if (query.length > filterLimits.query) return `its query has ${query.length} characters, at most ${filterLimits.query} are possible.`;
  if (!strict) return { name, panel, query };
  if (!filterPanels.includes(panel)) return `no panel “${panel.slice(0, 40)}” has filters; these do: ${filterPanels.join(", ")}.`;
  if (!plain.has(panel)) {
    const parsed = parseFilter(query);
    if ("fault" in parsed) return `its query cannot be read: ${parsed.fault.message}.`;
  }
  return { name, panel, query };
}

function freeName(list: readonly SavedFilter[], { name, panel }: SavedFilter): string {
  for (let n = 2; ; n++) {
    const mark = ` (${n})`;
    const free = name.slice(0, filterLimits.name - mark.length) + mark;
    if (!list.some((f) => f.panel === panel && f.name === free)) return free;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
