/**
 * The hosts behind a client that joins several, and which of their nodes the user wants to see.
 *
 * Knows nothing of connections but that each host's client has one.
 *
 * @module
 */
import type { Client } from "../client/client.ts";

/** One of the hosts. */
export interface Host {
  /** What the address of the page calls it; empty for the host that served the page. */
  readonly key: string;
  readonly client: Client;
  /** What people call it: its name, with its address where another host has the same name. */
  readonly label: string;
}

/** A node, as panels name it. */
export interface HostNode {
  /** Its name, with the host's address where a node of another host has the same name. */
  readonly label: string;
  readonly host: Host;
}

/** See the file's comment. Its version is raised when hosts get their names, nodes are met, others are picked, or a connection changes. */
export interface HostList {
  readonly version: number;
  readonly subscribe: (listener: () => void) => () => void;
  readonly list: readonly Host[];
  /** The nodes met so far, by name. */
  readonly nodes: readonly HostNode[];
  /** Labels of the nodes that are shown; empty: all of them. */
  readonly picked: readonly string[];
  /** Shows only these nodes; none of them: all. */
  pick(labels: readonly string[]): void;
  /** Whether rows of this node are shown. */
  shows(node: string): boolean;
  /** What a node is called now; a label that was once given, or that a link carries, may be written otherwise. */
  current(node: string): string;
  /** The host of a node. */
  of(node: string): Host | undefined;
}
