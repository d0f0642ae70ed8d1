/**
 * Binds the view store to the browser: route and address bar follow each other, preferences are remembered.
 *
 * @module
 */
import { formatPreferences, formatRoute, parsePreferences, parseRoute } from "@skyloom/devtools";
import type { Preferences, ViewStore } from "@skyloom/devtools";
import { splitToken } from "./token.ts";

const PREFERENCES = "skyloom.preferences";

/** What is remembered on this machine. */
export function storedPreferences(): Partial<Preferences> {
  try {
    return parsePreferences(localStorage.getItem(PREFERENCES));
  } catch {
    return {};
  }
}

/** See the file's comment. */
export function bindView(view: ViewStore): void {
  let connection = view.getState().route.rest["c"];
  let preferences = formatPreferences(view.getState());
  history.replaceState(null, "", formatRoute(view.getState().route));
  view.subscribe((state) => {
    // Changed from within the page: what it shows now is what the address says.
    connection = state.route.rest["c"];
    const hash = formatRoute(state.route);
    if (hash !== location.hash) {
      if (state.step === "push") history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    }
    const text = formatPreferences(state);
    if (text === preferences) return;
    preferences = text;
    try {
      localStorage.setItem(PREFERENCES, text);
    } catch {
      // Not remembered, then.
    }
  });
  const follow = (): void => {
    // Another host or a new token is another session: begin afresh.
    if (splitToken(location.hash) !== undefined) return location.reload();
    const route = parseRoute(location.hash);
    if (route.rest["c"] !== connection) return location.reload();
    if (formatRoute(route) !== formatRoute(view.getState().route))
      view.setState({ route, drawer: route.sel !== undefined, step: "replace" });
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
}
