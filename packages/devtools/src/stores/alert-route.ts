/**
 * Where the story of an alert is told.
 *
 * @module
 */
import type { AlertFrame } from "@skyloom/runtime/inspect";
import type { Route } from "./route.ts";

/** Where the story of an alert is told. */
export function alertRoute(alert: AlertFrame): Partial<Route> & Pick<Route, "panel"> {
  switch (alert.kind) {
    case "deadlock":
    case "lost-queue":
      return { panel: "sessions", view: "deadlocks", sel: alert.id };
    case "stuck-call":
    case "lost-reply":
      return { panel: "sessions", view: "list", sel: idOf(alert.entities.find((e) => e.kind === "session")?.id) };
    case "overload":
      return { panel: "mailboxes", sel: idOf(alert.entities[0]?.id) };
    default:
      return serviceRoute(alert);
  }
}

/** Whether an alert has a card in the view of deadlocks: somebody waits who can never go on by himself. */
export const hasCard = ({ kind }: AlertFrame): boolean => kind === "deadlock" || kind === "lost-queue";

/** Whether a selection is the id of such an alert, and not a call or a task. */
export const isCardId = (sel: string): boolean => sel.startsWith("deadlock:") || sel.startsWith("lost-queue:");

/** The first service that an alert is about; the overview where it is about none. */
export function serviceRoute({ entities: [first] }: AlertFrame): Partial<Route> & Pick<Route, "panel"> {
  return first?.kind === "service" ? { panel: "services", sel: idOf(first.id) } : { panel: "overview" };
}

/** A host with several nodes writes the node before the address, a table behind it. */
const idOf = (id: string | undefined): string | undefined => id?.replace(/^([^@]+)\/(:[^@]+)$/, "$2@$1");
