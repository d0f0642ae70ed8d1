/**
 * The `sockets` channel: the rows of `socket.netstat`.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** Bits of {@link SocketSample.flags}. */
export const SocketFlag = { reading: 1, writing: 2 } as const;

/** One socket at one moment. Counters are cumulative. */
export interface SocketSample {
  id: number;
  node: string;
  /** `TCP`, `LISTEN`, `CLOSING`, … as netstat says. */
  type: string;
  owner: number;
  ownerName: string;
  local: string;
  peer: string;
  /** Bytes read and written since it was opened. */
  read: number;
  write: number;
  /** When bytes last came and went, in microseconds of the host's monotonic clock; -1: never. */
  rtimeUs: number;
  wtimeUs: number;
  /** Bytes that wait to be sent. */
  wbuffer: number;
  /** Connections a listener has accepted. */
  accepted: number;
  /** Bits of {@link SocketFlag}. */
  flags: number;
}

/** See the file's comment. */
export const socketsChannel: TableInfo = {
  name: "sockets",
  hz: 1,
  identity: ["id", "node"],
  fields: [
    ...numbers("id"),
    ...texts("node", "type"),
    ...numbers("owner"),
    ...texts("ownerName", "local", "peer"),
    ...numbers("read", "write", "rtimeUs", "wtimeUs", "wbuffer", "accepted", "flags"),
  ],
};
