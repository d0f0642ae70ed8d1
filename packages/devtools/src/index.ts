/**
 * `@skyloom/devtools`: client, stores and panels of the inspector.
 *
 * @module
 */
export { createClient, STALE_MS } from "./client/client.ts";
export type { Client, ClientOptions } from "./client/client.ts";
export type { ConnectionPhase, ConnectionView, HostFigures, Trouble } from "./client/connection.ts";
export type { ClientLink, Dial, LinkEnd, LinkEvents } from "./client/link.ts";
export { pageDial } from "./client/page-link.ts";
export { webSocketDial } from "./client/websocket-link.ts";
export { Inspector } from "./shell/Inspector.tsx";
export type { InspectorProps } from "./shell/Inspector.tsx";
export { formatRoute, homeRoute, parseRoute } from "./stores/route.ts";
export type { Route } from "./stores/route.ts";
export { RequestError } from "./client/requests.ts";
export type { CommandResult } from "./client/requests.ts";
export { AlertStore } from "./stores/alert-store.ts";
export type { AlertView } from "./stores/alert-store.ts";
export type { EventView } from "./stores/event-reader.ts";
export type { SortKey } from "./stores/order.ts";
export { TableStore } from "./stores/table-store.ts";
export { createViewStore, defaultPreferences, formatPreferences, parsePreferences } from "./stores/view.ts";
export type { Density, Preferences, Theme, View, ViewStore } from "./stores/view.ts";
export * from "./traces/index.ts";
