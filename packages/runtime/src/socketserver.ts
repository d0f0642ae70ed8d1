/**
 * `@skyloom/runtime/socketserver`: sockets as numbers, with commands and events, below services (seed 003); and the driver over it that a node uses.
 *
 * @module
 */
import * as E from "./kernel/socket/events.ts";
import { SocketServer, type SocketServerOptions } from "./kernel/socket/server.ts";

export { SocketServer } from "./kernel/socket/server.ts";
export type { SocketServerOptions } from "./kernel/socket/server.ts";
export { SocketDriver } from "./kernel/socket/driver.ts";
export type { SocketDriverOptions } from "./kernel/socket/driver.ts";
export type { EventData, ServerEvent, ServerEventSink, ServerEventType, SocketEvent, SocketMessageType } from "./kernel/socket/events.ts";
export type { ListenInfo, SocketInfo, StreamInfo } from "./kernel/socket/info.ts";

/**
 * The layer under the names of the seed's index: `create`, and the event numbers.
 *
 * @example
 * ```ts
 * import { socketserver } from "@skyloom/runtime/socketserver";
 *
 * const server = socketserver.create({ tcp: ports.tcp });
 * server.listen(1, "127.0.0.1", 8888, 32);
 * for (let event = server.poll(); event !== undefined; event = server.poll()) if (event.type === socketserver.ACCEPT) server.start(1, event.ud);
 * server.flush();
 * server.release();
 * ```
 */
export const socketserver: {
  create(options?: SocketServerOptions): SocketServer;
  readonly DATA: typeof E.DATA;
  readonly CLOSE: typeof E.CLOSE;
  readonly OPEN: typeof E.OPEN;
  readonly ACCEPT: typeof E.ACCEPT;
  readonly ERROR: typeof E.ERROR;
  readonly EXIT: typeof E.EXIT;
  readonly UDP: typeof E.UDP;
  readonly WARNING: typeof E.WARNING;
} = {
  create: (options) => new SocketServer(options),
  DATA: E.DATA,
  CLOSE: E.CLOSE,
  OPEN: E.OPEN,
  ACCEPT: E.ACCEPT,
  ERROR: E.ERROR,
  EXIT: E.EXIT,
  UDP: E.UDP,
  WARNING: E.WARNING,
};
