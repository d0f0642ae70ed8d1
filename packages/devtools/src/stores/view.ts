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
}

/** See the file's comment. */
export interface View extends Preferences {
  readonly route: Route;
  /** Whether the detail drawer is open for the selection. */
  readonly drawer: boolean;
  /** Whether the last change of the route is a place to come back to. */
  readonly step: "push" | "replace";
}

/** The store of one inspector. */
export type ViewStore = StoreApi<View>;

/** What a visit begins with when nothing is remembered. */
export const defaultPreferences: Preferences = { theme: "system", density: "default", shownFlags: [], drawerPx: 380 };

/** Makes the store. */
export function createViewStore(route: Route = homeRoute, preferences: Partial<Preferences> = {}): ViewStore {
  return createStore<View>(() => ({
    ...defaultPreferences,
    ...preferences,
    route,
    drawer: route.sel !== undefined,
    step: "replace",
  }));
}

/** Goes somewhere: `push` makes a place to come back to, `replace` does not. */
export function navigate(store: ViewStore, part: Partial<Route>, step: View["step"]): void {
  store.setState((view) => ({ route: { ...view.route, ...part }, step }));
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

/** Reads preferences that were stored as text; what is not one of the choices is left out. */
export function parsePreferences(text: string | null): Partial<Preferences> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const { theme, density, shownFlags, drawerPx } = value as Record<string, unknown>;
  return {
    ...(theme === "system" || theme === "dark" || theme === "light" || theme === "contrast" ? { theme } : {}),
    ...(density === "compact" || density === "default" || density === "comfortable" ? { density } : {}),
    ...(Array.isArray(shownFlags) && shownFlags.every((f) => typeof f === "string") ? { shownFlags: shownFlags.slice(0, 32) } : {}),
    ...(typeof drawerPx === "number" && drawerPx >= 280 && drawerPx <= 720 ? { drawerPx } : {}),
  };
}

/** Writes preferences as text. */
export function formatPreferences({ theme, density, shownFlags, drawerPx }: Preferences): string {
  return JSON.stringify({ theme, density, shownFlags, drawerPx });
}
