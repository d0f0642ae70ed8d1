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
  switch (alert.kind) {
    case "deadlock":
      return { panel: "sessions", view: "deadlocks", sel: alert.id };
    case "stuck-call":
    case "lost-reply":
      return { panel: "sessions", view: "list", sel: alert.entities.find((e) => e.kind === "session")?.id };
    case "overload":
      return { panel: "mailboxes", sel: first?.id };
    default:
      return first?.kind === "service" ? { panel: "services", sel: first.id } : { panel: "overview" };
  }
}
