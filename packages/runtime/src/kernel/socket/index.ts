/**
 * Sockets of the kernel: the driver a node uses, and the layer below it.
 *
 * @module
 */
export { SocketDriver } from "./driver.ts";
export type { SocketDriverOptions } from "./driver.ts";
export { parseAddress, formatAddress } from "./address.ts";
export type { EventData, SocketEvent, SocketMessageType } from "./events.ts";
export type { ListenInfo, SocketInfo, StreamInfo } from "./info.ts";
export { addressBytes, addressText, unpackAddress } from "./udp-address.ts";
