/**
 * Copies texts, and links to what is on the screen.
 *
 * @module
 */
import { formatRoute } from "../stores/route.ts";
import type { Route } from "../stores/route.ts";
import { say } from "../stores/view.ts";
import type { ViewStore } from "../stores/view.ts";

/** The address that shows a route, in the page this inspector is part of. */
export function linkTo(route: Route): string {
  return `${location.href.replace(/#.*/s, "")}${formatRoute(route)}`;
}

/** Copies a text and says so. */
export function copyText(view: ViewStore, text: string, what: string): void {
  // Without a secure context there is no clipboard at all.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  const refused = (): void => say(view, "The browser did not allow copying.");
  if (clipboard === undefined) return refused();
  clipboard.writeText(text).then(() => say(view, `${what} copied.`), refused);
}
