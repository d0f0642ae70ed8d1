/**
 * `@skyloom/devtools`: client, stores and panels of the inspector.
 *
 * @module
 */
export { createClient, STALE_MS } from "./client/client.ts";
export type { Client, ClientOptions, HostClient } from "./client/client.ts";
export { joinHosts } from "./client/joined/joined-client.ts";
export type { JoinedHost, JoinedHosts } from "./client/joined/joined-client.ts";
export type { Host, HostList, HostNode } from "./stores/host-list.ts";
export type { ConnectionPhase, ConnectionView, HostFigures, Trouble } from "./client/connection.ts";
export type { ClientLink, Dial, LinkEnd, LinkEvents } from "./client/link.ts";
export { portDial } from "./client/port-link.ts";
export { TabList, tabDial } from "./client/tab-link.ts";
export type { OpenChannel, TabHost } from "./client/tab-link.ts";
export { pageDial } from "./client/page-link.ts";
export { webSocketDial } from "./client/websocket-link.ts";
export { Inspector } from "./shell/Inspector.tsx";
export type { InspectorProps } from "./shell/Inspector.tsx";
export { attachOverlay } from "./shell/overlay.tsx";
export type { Overlay, OverlayOptions } from "./shell/overlay.tsx";
export { formatRoute, homeRoute, parseRoute } from "./stores/route.ts";
export type { Route } from "./stores/route.ts";
export { RequestError } from "./client/requests.ts";
export type { CommandResult } from "./client/requests.ts";
export { AlertStore } from "./stores/alert-store.ts";
export type { Alerts, AlertView } from "./stores/alert-store.ts";
export type { EventView } from "./stores/event-reader.ts";
export type { SortKey } from "./stores/order.ts";
export type { TableStore } from "./stores/table-store.ts";
export { createViewStore, defaultPreferences, formatPreferences, parsePreferences } from "./stores/view.ts";
export type { Density, Preferences, Theme, View, ViewStore } from "./stores/view.ts";
export { fileDial } from "./recording/file-link.ts";
export { readSkyi, SkyiError, skyiLimits, writeSkyi } from "./recording/skyi.ts";
export type { Recording } from "./recording/skyi.ts";
export { takeSnapshot } from "./recording/take-snapshot.ts";
export type { SnapshotChoice } from "./recording/take-snapshot.ts";
export type { ConnectionChoice, Connections } from "./widgets/hooks.ts";
export * from "./traces/index.ts";
