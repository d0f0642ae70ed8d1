/**
 * Copies texts, and links to what is on the screen.
 *
 * @module
 */
import { formatRoute } from "../stores/route.ts";
import type { Route } from "../stores/route.ts";
import { say } from "../stores/view.ts";
import type { ViewStore } from "../stores/view.ts";
import { copyText } from "./clipboard.ts";

/** The address that shows a route, in the page this inspector is part of. */
export function linkTo(route: Route): string {
  return `${location.href.replace(/#.*/s, "")}${formatRoute(route)}`;
}

/** Copies a text and says so. */
export function copyAndSay(view: ViewStore, text: string, what: string): void {
  void copyText(text).then((done) => say(view, done ? `${what} copied.` : "The browser did not allow copying."));
}
