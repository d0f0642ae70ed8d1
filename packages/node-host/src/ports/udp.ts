/**
 * UDP of the operating system, on `node:dgram`.
 *
 * Knows sockets; ids, owners and messages are the driver's business.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import type { DatagramEvents, DatagramLink, SocketAddress, SocketFailure, UdpPort } from "@skyloom/runtime/ports";
import { failureOf } from "./failures.ts";

/**
 * Makes the {@link UdpPort} of this process.
 *
 * @example
 * ```ts
 * const link = nodeUdp().open("127.0.0.1", 0, { datagram: (bytes, from) => console.log(bytes, from), lost() {}, failed() {}, closed() {} });
 * if (!("code" in link)) link.send(new Uint8Array([1]), link.local!);
 * ```
 */
export function nodeUdp(): UdpPort {
  return {
    open(host, port, events) {
      if (!Number.isInteger(port) || port < 0 || port > 65535) return failureOf(Object.assign(new Error(), { code: "EAI_SERVICE" }));
      const link = new NodeDatagramLink(host, port, events);
      return link.early ?? link;
    },
  };
}

type Looked = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

class NodeDatagramLink implements DatagramLink {
  readonly family: 4 | 6;
  /** Why it could not be bound, where that showed at once. */
  early: SocketFailure | undefined;
  readonly #socket: Socket;
  readonly #events: DatagramEvents;
  /** `open` has returned: what fails from now on is reported. */
  #returned = false;
  #local: SocketAddress | undefined;
  #closed = false;

  constructor(host: string, port: number, events: DatagramEvents) {
    this.#events = events;
    this.family = isIP(host) === 6 ? 6 : 4;
    const { family } = this;
    // Node asks a resolver even for literal addresses, which makes binding wait for no reason, and its outcome come too late to be returned.
    const resolve = (name: string, _options: unknown, done: Looked): void => {
      if (isIP(name) > 0) done(null, name, family);
      else lookup(name, { family }, done);
    };
    this.#socket = createSocket({ ...(family === 6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" }), lookup: resolve as never });
    this.#socket.on("listening", this.#onListening);
    this.#socket.on("error", this.#onError);
    this.#socket.on("message", this.#onMessage);
    this.#socket.on("close", this.#onClose);
    this.#socket.bind({ port, address: host === "" ? "0.0.0.0" : host });
    this.#returned = true;
  }

  get local(): SocketAddress | undefined {
    return this.#local;
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (this.#closed) return;
    this.#socket.send(bytes, to.port, to.host, (error) => {
      if (error !== null && !this.#closed) setImmediate(() => this.#closed || this.#events.lost(failureOf(error), to));
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  readonly #onListening = (): void => {
    const { address, port } = this.#socket.address();
    this.#local = { host: address, port };
  };

  readonly #onError = (error: Error): void => {
    if (this.#closed) return;
    if (this.#returned) {
      this.#events.failed(failureOf(error));
      this.close();
      return;
    }
    this.early = failureOf(error);
    this.#closed = true;
    this.#socket.off("close", this.#onClose);
    this.#socket.close();
  };

  readonly #onMessage = (bytes: Buffer, from: RemoteInfo): void => {
    // Node makes one ArrayBuffer for each datagram and keeps none of it, so the view is the receiver's own.
    if (!this.#closed)
      this.#events.datagram(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), { host: from.address, port: from.port });
  };

  readonly #onClose = (): void => {
    this.#closed = true;
    this.#events.closed();
  };
}
