/**
 * The datagram functions of `skynet.socket`. None of them suspends; datagrams come by callback.
 *
 * Source: lualib/skynet/socket.lua; api.md §8, wire.md §15.
 *
 * @module
 */
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { unpackAddress } from "../kernel/socket/index.ts";
import { driver, makeSocket, state } from "./socket-state.ts";
import type { DatagramCallback } from "./socket-state.ts";

const encoder = new TextEncoder();

function pooled(id: number, callback: DatagramCallback): number {
  makeSocket(id, { connecting: false, onDatagram: callback });
  return id;
}

/**
 * Opens a datagram socket.
 *
 * @param callback - Takes each datagram and the opaque address it came from. Plain or a generator.
 * @param host - What to bind to. Default: every IPv4 address; `::`: every IPv6 address.
 * @param port - Default: a free one; {@link udp_address} of the id tells which.
 * @returns its id. Close it with `socket.close`.
 * @throws SkynetError `UNSUPPORTED` when the host has no UDP; `SOCKET` `udp failed` with address and reason.
 *
 * @example
 * ```ts
 * import { socket } from "@skyloom/runtime/socket";
 *
 * const id = socket.udp((data, from) => void socket.sendto(id, from, data), "127.0.0.1", 8765);
 * ```
 */
export function udp(callback: DatagramCallback, host?: string, port?: number): number {
  return pooled(driver().udp(skynet.self(), host, port), callback);
}

/** Opens a datagram socket bound to an address. @throws SkynetError as {@link udp}. */
export function udp_listen(addr: string, port: number, callback: DatagramCallback): number {
  return pooled(driver().udp_listen(skynet.self(), addr, port), callback);
}

/** Opens a datagram socket with a peer, so that `socket.write` sends to it. @throws SkynetError as {@link udp}; `ARGUMENT` for a bad port. */
export function udp_dial(addr: string, port: number, callback: DatagramCallback): number {
  return pooled(driver().udp_dial(skynet.self(), addr, port), callback);
}

/**
 * Sets the peer that `socket.write` sends to. Datagrams of others still come.
 *
 * @param callback - Takes the datagrams from now on. Default: the one there is.
 * @throws SkynetError `SOCKET` for an id that is not a datagram socket of this service.
 */
export function udp_connect(id: number, addr: string, port: number, callback?: DatagramCallback): void {
  const s = state().sockets.get(id);
  if (s?.onDatagram === undefined) throw new SkynetError("SOCKET", `socket ${id} is not a UDP socket of this service`);
  if (callback !== undefined) s.onDatagram = callback;
  driver().udp_connect(id, addr, port);
}

/**
 * Sends one datagram, to the opaque address that came with another or to host and port.
 *
 * @returns false when there is no such socket or it is of the other address family. That a datagram does not arrive, nobody knows.
 * @throws SkynetError `ARGUMENT` `Invalid udp address` for opaque bytes that are none, or a port that is none.
 */
export function sendto(id: number, from: Uint8Array, data: string | Uint8Array): boolean;
export function sendto(id: number, addr: string, port: number, data: string | Uint8Array): boolean;
export function sendto(id: number, to: Uint8Array | string, third: string | Uint8Array | number, data?: string | Uint8Array): boolean {
  const payload = typeof to === "string" ? data : third;
  if (typeof payload !== "string" && !(payload instanceof Uint8Array))
    throw new SkynetError(
      "ARGUMENT",
      `socket.sendto takes (id, from, data) or (id, host, port, data); the data is ${payload === undefined ? "missing" : typeof payload}`,
    );
  const address = typeof to === "string" ? { host: to, port: Number(third) } : to;
  return driver().udp_send(id, address, typeof payload === "string" ? encoder.encode(payload) : payload);
}

/**
 * Reads an opaque address; with an id, tells what that socket is bound to.
 *
 * @returns `[ip, port]`.
 * @throws SkynetError `ARGUMENT` `Invalid udp address`; `SOCKET` for an id that is no bound datagram socket.
 */
export function udp_address(of: Uint8Array | number): readonly [ip: string, port: number] {
  const address = typeof of === "number" ? driver().udp_local(of) : unpackAddress(of);
  if (address === undefined) throw new SkynetError("SOCKET", `socket ${String(of)} is not a UDP socket, or not bound yet`);
  return [address.host, address.port];
}
