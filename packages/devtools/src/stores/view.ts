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
  readonly hideSystem: boolean;
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
export const defaultPreferences: Preferences = { theme: "system", density: "default", hideSystem: true };

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

/** Reads preferences that were stored as text; what is not one of the choices is left out. */
export function parsePreferences(text: string | null): Partial<Preferences> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const { theme, density, hideSystem } = value as Record<string, unknown>;
  return {
    ...(theme === "system" || theme === "dark" || theme === "light" || theme === "contrast" ? { theme } : {}),
    ...(density === "compact" || density === "default" || density === "comfortable" ? { density } : {}),
    ...(typeof hideSystem === "boolean" ? { hideSystem } : {}),
  };
}

/** Writes preferences as text. */
export function formatPreferences({ theme, density, hideSystem }: Preferences): string {
  return JSON.stringify({ theme, density, hideSystem });
}
