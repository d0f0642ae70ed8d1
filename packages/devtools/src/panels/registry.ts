/**
 * All panels in the order of the rail. A panel that does not exist here yet says why, so that the rail never promises what a click cannot keep.
 *
 * @module
 */
import type { ComponentType } from "react";
import { ConsolePanel } from "./console/ConsolePanel.tsx";
import { LogsPanel } from "./logs/LogsPanel.tsx";
import { MailboxesPanel } from "./mailboxes/MailboxesPanel.tsx";
import { MemoryPanel } from "./memory/MemoryPanel.tsx";
import { OverviewPanel } from "./overview/OverviewPanel.tsx";
import { ServicesPanel } from "./services/ServicesPanel.tsx";
import { SessionsPanel } from "./sessions/index.tsx";
import { SocketsPanel } from "./sockets/SocketsPanel.tsx";
import { TimersPanel } from "./timers/TimersPanel.tsx";
import { TracesEntry } from "./traces/entry.tsx";

/** One entry of the rail. */
export interface PanelEntry {
  /** As in addresses: `#/services`. */
  readonly name: string;
  readonly title: string;
  /** Second key of `g …`. */
  readonly key: string;
  /** Path of a 16 × 16 line drawing. */
  readonly icon: string;
  readonly component?: ComponentType;
}

/** Why a panel without a component cannot be opened. */
export const notBuilt = (title: string): string => `${title}: this version of the inspector does not have this panel yet.`;

/** See the file's comment. */
export const panels: readonly PanelEntry[] = [
  { name: "overview", title: "Overview", key: "o", icon: "M2 2h5v6H2zM9 2h5v3H9zM9 7h5v7H9zM2 10h5v4H2z", component: OverviewPanel },
  { name: "services", title: "Services", key: "s", icon: "M2 3.5h12M2 8h12M2 12.5h12", component: ServicesPanel },
  { name: "mailboxes", title: "Mailboxes", key: "m", icon: "M2 4h12v8.5H2zM2 4l6 5 6-5", component: MailboxesPanel },
  {
    name: "sessions",
    title: "Sessions",
    key: "e",
    icon: "M3 5h9M9.5 2.5 12 5 9.5 7.5M13 11H4M6.500 8.500 4 11l2.500 2.500",
    component: SessionsPanel,
  },
  { name: "traces", title: "Traces", key: "t", icon: "M2 3.500h7M5 8h6M8 12.500h6", component: TracesEntry },
  {
    name: "memory",
    title: "Memory",
    key: "y",
    component: MemoryPanel,
    icon: "M4 4h8v8H4zM6 1.500V4M10 1.500V4M6 12v2.500M10 12v2.500M1.500 6H4M1.500 10H4M12 6h2.500M12 10h2.500",
  },
  {
    name: "sockets",
    title: "Sockets",
    key: "k",
    icon: "M5 2v4M11 2v4M3.500 6h9v2a4.500 4.500 0 0 1-9 0zM8 12.500V15",
    component: SocketsPanel,
  },
  {
    name: "cluster",
    title: "Cluster",
    key: "c",
    icon: "M8 2.500v4M4 11l3-3M12 11 9 8M8 1.200a1.500 1.500 0 1 0 .01 0M3 10.500a1.500 1.500 0 1 0 .01 0M13 10.500a1.500 1.500 0 1 0 .01 0",
  },
  { name: "timers", title: "Timers", key: "i", icon: "M8 2.500a5.500 5.500 0 1 0 .01 0M8 5v3.200l2.200 1.300", component: TimersPanel },
  { name: "logs", title: "Logs", key: "l", icon: "M3 2h10v12H3zM5.500 5h5M5.500 8h5M5.500 11h3", component: LogsPanel },
  { name: "console", title: "Console", key: "n", icon: "M2 3h12v10H2zM4.500 6l2 2-2 2M8 10h3", component: ConsolePanel },
  { name: "simulator", title: "Simulator", key: "u", icon: "M4 2.500v11L13 8z" },
];
