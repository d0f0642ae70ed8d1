/**
 * The few ways in which components look at what lives outside React.
 *
 * @module
 */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { Context } from "react";
import { useStore } from "zustand";
import type { Client } from "../client/client.ts";
import type { ConnectionView } from "../client/connection.ts";
import type { CommandStore } from "../stores/command-store.ts";
import type { Crosshair } from "../stores/crosshair.ts";
import type { HostList } from "../stores/host-list.ts";
import type { View, ViewStore } from "../stores/view.ts";

/** What all components of one inspector share. Never changes while it is mounted. */
export interface InspectorParts {
  readonly client: Client;
  readonly view: ViewStore;
  /** The way to make the host do something. */
  readonly commands: CommandStore;
  /** The moment that is pointed at, in all plots. */
  readonly crosshair: Crosshair;
  /** What else could be looked at, where the page around offers it. */
  readonly connections?: Connections;
}

/** A host that could be looked at. */
export interface ConnectionChoice {
  /** As the parameter `c` of the address names it; `undefined`: the host that served the page. */
  readonly c: string | undefined;
  readonly title: string;
  /** What kind of host it is, in a word or two. */
  readonly detail: string;
  /** Whether it can be looked at beside what is looked at now. */
  readonly addable?: boolean;
  /** Whether it is one of several that are looked at now. */
  readonly shown?: boolean;
}

/** The way from one host to another, and to snapshots. Belongs to the page around the inspector. */
export interface Connections extends Versioned {
  readonly choices: readonly ConnectionChoice[];
  /** The one that is looked at now. */
  readonly current: string | undefined;
  /** Keeps {@link Connections.choices} up to date until the returned function is called. */
  look(): () => void;
  /** @param token - Handed over with it, for a host that asks for one. */
  choose(c: string | undefined, token?: string): void;
  /** Looks at a host beside those that are looked at, or gives one of them a token. */
  add?(c: string | undefined, token?: string): void;
  /** Looks at one of several hosts no longer. @param key - As {@link Host.key}. */
  remove?(key: string): void;
  /** Opens a snapshot. @throws SkyiError */
  openFile(file: File): Promise<void>;
}

/** Provided by the shell. */
export const InspectorContext: Context<InspectorParts | undefined> = createContext<InspectorParts | undefined>(undefined);

/** The client and the view of the inspector around. */
export function useInspector(): InspectorParts {
  const parts = useContext(InspectorContext);
  if (parts === undefined) throw new Error("this component belongs inside <Inspector>");
  return parts;
}

/** Part of the connection's state. */
export function useConnection<T>(select: (connection: ConnectionView) => T): T {
  return useStore(useInspector().client.connection as Parameters<typeof useStore>[0], select as (state: unknown) => T);
}

/** The hosts behind the client change: they get names, are lost and found, others of their nodes are picked. */
export function useHosts(): HostList | undefined {
  const { hosts } = useInspector().client;
  useSyncExternalStore(hosts?.subscribe ?? NEVER, () => hosts?.version);
  return hosts;
}

const NEVER = () => (): void => {};

/** The connection to the host of a node; without one, or where there is one host, the whole. */
export function connectionOf(client: Client, node: string | undefined): ConnectionView {
  const host = node === undefined || node === "" ? undefined : client.hosts?.of(node);
  return (host?.client ?? client).connection.getState();
}

/** Names of the hosts that were met, as they call themselves. */
export function hostNames(client: Client): readonly string[] {
  return (client.hosts?.list.map((h) => h.client) ?? [client]).flatMap((c) => c.connection.getState().host?.name ?? []);
}

/** Part of what the user has chosen. */
export function useView<T>(select: (view: View) => T): T {
  return useStore(useInspector().view, select);
}

/** Something with a version that can be watched. */
export interface Versioned {
  readonly version: number;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Renders again with each version. */
export function useVersion(of: Versioned): number {
  return useSyncExternalStore(of.subscribe, () => of.version);
}

/** The client's clock, read anew every `everyMs` milliseconds. */
export function useNow(everyMs: number): number {
  const { client } = useInspector();
  const [now, setNow] = useState(() => client.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(client.now()), everyMs);
    return () => clearInterval(timer);
  }, [client, everyMs]);
  return now;
}

/** The same, but standing still at what was last heard while the connection is not live: nothing is known of longer. */
export function useKnownNow(everyMs: number): number {
  const now = useNow(everyMs);
  const until = useConnection((c) => (c.phase === "live" ? undefined : c.heardAt));
  return until ?? now;
}

/** Whether `ms` milliseconds have passed since this was mounted. */
export function useElapsed(ms: number): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return over;
}
