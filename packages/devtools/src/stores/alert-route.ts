/**
 * Where the story of an alert is told.
 *
 * @module
 */
import type { AlertFrame } from "@skyloom/runtime/inspect";
import type { Route } from "./route.ts";

/** Where the story of an alert is told. */
export function alertRoute(alert: AlertFrame): Partial<Route> & Pick<Route, "panel"> {
  const first = alert.entities[0];
  // A host with several nodes writes the node before the address, a table behind it.
  const idOf = (id: string | undefined): string | undefined => id?.replace(/^([^@]+)\/(:[^@]+)$/, "$2@$1");
  switch (alert.kind) {
    case "deadlock":
      return { panel: "sessions", view: "deadlocks", sel: alert.id };
    case "stuck-call":
    case "lost-reply":
      return { panel: "sessions", view: "list", sel: idOf(alert.entities.find((e) => e.kind === "session")?.id) };
    case "overload":
      return { panel: "mailboxes", sel: idOf(first?.id) };
    default:
      return first?.kind === "service" ? { panel: "services", sel: idOf(first.id) } : { panel: "overview" };
  }
}
