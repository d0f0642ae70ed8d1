/**
 * What sockets report, under the names and numbers of Skynet's socket server, and the shape in which a service gets it.
 *
 * @module
 */

/** What the socket server reports. `EXIT` and the rest keep the numbers of Skynet's C layer. */
export const DATA = 0;
export const CLOSE = 1;
export const OPEN = 2;
export const ACCEPT = 3;
export const ERROR = 4;
export const EXIT = 5;
export const UDP = 6;
export const WARNING = 7;

/** One of {@link DATA}, {@link CLOSE}, {@link OPEN}, {@link ACCEPT}, {@link ERROR}, {@link EXIT}, {@link UDP}, {@link WARNING}. */
export type ServerEventType = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** What came with an event: bytes (DATA, UDP), a text (OPEN, ACCEPT, ERROR), or nothing. */
export type EventData = Uint8Array | string | undefined;

/** One event of the socket server, as `poll` gives it. */
export interface ServerEvent {
  readonly type: ServerEventType;
  /** Who owns the socket: the value given to the call that made or last started it. */
  readonly opaque: number;
  readonly id: number;
  /** DATA: size; ACCEPT: the new id; OPEN of a listener: its port; WARNING: KiB that wait; else 0. */
  readonly ud: number;
  readonly data: EventData;
  /** UDP: where it came from; see `udp_address`. */
  readonly address?: Uint8Array;
}

/** Takes events as they happen. It must not run services from inside. */
export type ServerEventSink = (
  type: ServerEventType,
  opaque: number,
  id: number,
  ud: number,
  data: EventData,
  address?: Uint8Array,
) => void;

/** The numbers services know (PTYPE_SOCKET messages), by the numbers above; EXIT never reaches a service. */
export const MESSAGE_TYPE: readonly (SocketMessageType | undefined)[] = [1, 3, 2, 4, 5, undefined, 6, 7];

/** 1 DATA, 2 CONNECT, 3 CLOSE, 4 ACCEPT, 5 ERROR, 6 UDP, 7 WARNING. */
export type SocketMessageType = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** A PTYPE_SOCKET message before it is a message: type, id, ud, data (semantics.md §21), and for UDP where it came from. */
export type SocketEvent = readonly [type: SocketMessageType, id: number, ud: number, data: EventData, address?: Uint8Array];
