/**
 * What the client adds to the channels of the protocol: how a row is named, and which rates are made of its counters.
 *
 * @module
 */
import { tableChannels } from "@skyloom/runtime/inspect";
import type { TableChannel, TableInfo } from "@skyloom/runtime/inspect";

/** How a client keeps a channel's rows. */
export interface TableShape {
  readonly channel: TableInfo;
  /** Fields that are subscribed to. */
  readonly fields: readonly string[];
  /** The part of a row's id before `@node`, made of the values of its identity fields. */
  readonly id: (identity: readonly (number | string)[]) => string;
  /** Counters of which a rate per second is kept. */
  readonly rates: readonly string[];
  /** Fields that grow by themselves: that they are others is no news of a row. */
  readonly ages: readonly string[];
}

/** Writes a handle as Skynet does: a colon and eight hex digits. */
export function formatAddress(addr: number): string {
  return `:${addr.toString(16).padStart(8, "0")}`;
}

/** Reads what {@link formatAddress} wrote; the colon and leading zeros may be missing. */
export function parseAddress(text: string): number | undefined {
  return /^:?[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text.replace(":", ""), 16) : undefined;
}

const shape = (
  name: TableChannel,
  id: (identity: readonly (number | string)[]) => string,
  rates: readonly string[] = [],
  without: readonly string[] = [],
  ages: readonly string[] = [],
): TableShape => {
  const channel = tableChannels[name];
  return { channel, id, rates, ages, fields: channel.fields.map((f) => f.name).filter((f) => !without.includes(f)) };
};

const byAddress = ([addr]: readonly (number | string)[]): string => formatAddress(addr as number);
const bySession = ([addr, session]: readonly (number | string)[]): string => `${formatAddress(addr as number)}-${session}`;

/** All tables of the protocol. */
export const tableShapes: Readonly<Record<TableChannel, TableShape>> = {
  overview: shape("overview", ([node]) => String(node), ["messages", "cpuUs", "errors", "bytesIn", "bytesOut"]),
  services: shape("services", byAddress, ["msg", "cpuUs"], ["mqmax"], ["oldestUs"]),
  mailboxes: shape("mailboxes", byAddress, ["in", "out"]),
  sessions: shape("sessions", bySession),
  waits: shape("waits", ([task, index]) => `${task}.${index}`),
  memory: shape("memory", byAddress),
  sockets: shape("sockets", ([id]) => String(id), ["read", "write"]),
  timers: shape("timers", bySession),
};
