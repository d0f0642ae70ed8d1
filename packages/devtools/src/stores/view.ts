/**
 * What the user has chosen: the route, which goes into the address, and the preferences, which stay on this machine.
 *
 * Knows nothing of data. One store per inspector, so that several can share a page.
 *
 * @module
 */
import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import { homeRoute } from "./route.ts";
import type { Route } from "./route.ts";
import { parseFilters } from "./saved-filters.ts";
import type { SavedFilter } from "./saved-filters.ts";

/** Colours. `system` follows the machine. */
export type Theme = "system" | "dark" | "light" | "contrast";
/** Row heights: 24, 28, 36 px. */
export type Density = "compact" | "default" | "comfortable";

/** Height of a table row in pixels. */
export const rowHeights: Readonly<Record<Density, number>> = { compact: 24, default: 28, comfortable: 36 };

/** What is remembered between visits. */
export interface Preferences {
  readonly theme: Theme;
  readonly density: Density;
  /** Marks that tables hide unless asked, and the user has asked to see, e.g. `system`. */
  readonly shownFlags: readonly string[];
  /** Width of the detail drawer in pixels. */
  readonly drawerPx: number;
  /** Whether keys without Ctrl do something by themselves. */
  readonly singleKeys: boolean;
  /** Names of the hosts on which the user wants to use no more than the right to read. */
  readonly readOnlyHosts: readonly string[];
  /** Widths of columns the user has chosen, in pixels, by table and column: `services.name`. */
  readonly columnPx: Readonly<Record<string, number>>;
  /** Filters under a name. */
  readonly savedFilters: readonly SavedFilter[];
  /** Whether the time strip is shown. */
  readonly timeStrip: boolean;
}

/** What covers the page: the palette, the list of shortcuts, the question what goes into a snapshot. */
export type Overlay = "palette" | "help" | "save";

/** Least and greatest width of a column in pixels. */
export const columnWidths: { readonly least: number; readonly most: number } = { least: 40, most: 1200 };
/** Widths, and hosts, that are remembered. */
const MOST_REMEMBERED = 256;

/** See the file's comment. */
export interface View extends Preferences {
  readonly route: Route;
  /** Whether the detail drawer is open for the selection. */
  readonly drawer: boolean;
  /** Whether the last change of the route is a place to come back to. */
  readonly step: "push" | "replace";
  /** What covers the page now. */
  readonly overlay: Overlay | undefined;
  /** Something to tell the user for a moment. */
  readonly notice: { readonly id: number; readonly text: string } | undefined;
}

/** The store of one inspector. */
export type ViewStore = StoreApi<View>;

/** What a visit begins with when nothing is remembered. */
export const defaultPreferences: Preferences = {
  theme: "system",
  density: "default",
  shownFlags: [],
  drawerPx: 380,
  singleKeys: true,
  readOnlyHosts: [],
  columnPx: {},
  savedFilters: [],
  timeStrip: true,
};

/** Makes the store. */
export function createViewStore(route: Route = homeRoute, preferences: Partial<Preferences> = {}): ViewStore {
  return createStore<View>(() => ({
    ...defaultPreferences,
    ...preferences,
    route,
    drawer: route.sel !== undefined,
    step: "replace",
    overlay: undefined,
    notice: undefined,
  }));
}

/** Goes somewhere: `push` makes a place to come back to, `replace` does not. */
export function navigate(store: ViewStore, part: Partial<Route>, step: View["step"]): void {
  store.setState((view) => ({ route: { ...view.route, ...part }, step }));
}

/** Tells the user something for a moment. */
export function say(store: ViewStore, text: string): void {
  store.setState(({ notice }) => ({ notice: { id: (notice?.id ?? 0) + 1, text } }));
}

/** The marks of a table's chips that are hidden. */
export function hiddenFlags(chips: readonly { readonly flag: string }[], shownFlags: readonly string[]): readonly string[] {
  return chips.map((c) => c.flag).filter((flag) => !shownFlags.includes(flag));
}

/** Hides what a mark names, or shows it. */
export function toggleHidden(store: ViewStore, flag: string): void {
  store.setState(({ shownFlags }) => ({
    shownFlags: shownFlags.includes(flag) ? shownFlags.filter((f) => f !== flag) : [...shownFlags, flag],
  }));
}

/** Sets the width of a table's column; `undefined`: the panel's own choice again. */
export function setColumnPx(store: ViewStore, table: string, column: string, px: number | undefined): void {
  store.setState(({ columnPx }) => {
    const { [`${table}.${column}`]: _old, ...others } = columnPx;
    if (px === undefined) return { columnPx: others };
    const width = Math.min(columnWidths.most, Math.max(columnWidths.least, Math.round(px)));
    return { columnPx: { ...others, [`${table}.${column}`]: width } };
  });
}

/** Uses no more than the right to read on these hosts from now on, or all that is granted. */
export function setReadOnlyHosts(store: ViewStore, hosts: readonly string[], on: boolean): void {
  store.setState(({ readOnlyHosts }) => {
    const others = readOnlyHosts.filter((name) => !hosts.includes(name));
    return { readOnlyHosts: on ? [...others, ...new Set(hosts)].slice(-MOST_REMEMBERED) : others };
  });
}

/** Reads preferences that were stored as text; what is not one of the choices is left out. */
export function parsePreferences(text: string | null): Partial<Preferences> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const { theme, density, shownFlags, drawerPx, singleKeys, readOnlyHosts, columnPx, savedFilters, timeStrip } = value as Record<
    string,
    unknown
  >;
  const isWidth = (px: unknown): boolean => typeof px === "number" && px >= columnWidths.least && px <= columnWidths.most;
  return {
    ...(theme === "system" || theme === "dark" || theme === "light" || theme === "contrast" ? { theme } : {}),
    ...(density === "compact" || density === "default" || density === "comfortable" ? { density } : {}),
    ...(Array.isArray(shownFlags) && shownFlags.every((f) => typeof f === "string") ? { shownFlags: shownFlags.slice(0, 32) } : {}),
    ...(typeof drawerPx === "number" && drawerPx >= 280 && drawerPx <= 720 ? { drawerPx } : {}),
    ...(typeof singleKeys === "boolean" ? { singleKeys } : {}),
    ...(Array.isArray(readOnlyHosts) && readOnlyHosts.every((h) => typeof h === "string")
      ? { readOnlyHosts: readOnlyHosts.slice(-MOST_REMEMBERED) }
      : {}),
    ...(savedFilters === undefined ? {} : { savedFilters: parseFilters(savedFilters) }),
    ...(typeof timeStrip === "boolean" ? { timeStrip } : {}),
    ...(typeof columnPx === "object" && columnPx !== null
      ? {
          columnPx: Object.fromEntries(
            Object.entries(columnPx)
              .filter(([, px]) => isWidth(px))
              .slice(0, MOST_REMEMBERED),
          ),
        }
      : {}),
  };
}

/** Writes preferences as text. */
export function formatPreferences(view: Preferences): string {
  const { theme, density, shownFlags, drawerPx, singleKeys, readOnlyHosts, columnPx, savedFilters, timeStrip } = view;
  return JSON.stringify({ theme, density, shownFlags, drawerPx, singleKeys, readOnlyHosts, columnPx, savedFilters, timeStrip });
}
