/**
 * TCP of the operating system, on `node:net`.
 *
 * Knows sockets and listeners; ids, owners and messages are the driver's business.
 *
 * @module
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ListenEvents, ListenLink, SocketAddress, SocketEvents, SocketLink, TcpPort } from "@skyloom/runtime/ports";
import { failureOf } from "./failures.ts";

/** First keep-alive probe after two hours of silence: what Linux does by default, and Skynet with it. */
const KEEP_ALIVE_MS = 7_200_000;
/** Chunks below this are copied together; above it a copy costs more than one more entry for writev. */
const JOIN_BELOW = 8 * 1024;
/** Joined pieces are not made larger than this. */
const JOIN_BYTES = 64 * 1024;

/**
 * Makes the {@link TcpPort} of this process.
 *
 * @example
 * ```ts
 * const tcp = nodeTcp();
 * tcp.listen("127.0.0.1", 0, 32, { listening: (a) => console.log(a.port), accepted: (link) => link.destroy(), failed() {}, closed() {} });
 * ```
 */
export function nodeTcp(): TcpPort {
  return new NodeTcp();
}

class NodeTcp implements TcpPort {
  connect(host: string, port: number, events: SocketEvents): SocketLink {
    // Node throws for a port that is none; the contract reports it, as it reports a refusal.
    const real = isPort(port) ? port : 0;
    const socket = connect({ host, port: real, allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    const link = new NodeLink(socket, true, events);
    if (!isPort(port)) socket.destroy(Object.assign(new Error(`port ${port}`), { code: "EAI_SERVICE" }));
    return link;
  }

  listen(host: string, port: number, backlog: number, events: ListenEvents): ListenLink {
    return new NodeListener(host, port, backlog, events);
  }
}

/** One connection. */
class NodeLink implements SocketLink {
  readonly #socket: Socket;
  #events: SocketEvents | undefined;
  #opening: boolean;
  #local: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  #nodelay: boolean | undefined;
  #paused = true;
  #closing = false;
  #destroyed = false;
  #closed = false;
  /** A write left bytes queued: `drained` is due. */
  #draining = false;

  constructor(socket: Socket, opening: boolean, events: SocketEvents | undefined) {
    this.#socket = socket;
    this.#opening = opening;
    this.#events = events;
    socket.pause();
    socket.on("data", this.#onData);
    if (opening) socket.once("connect", this.#onConnect);
    else this.#readAddresses();
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  get local(): SocketAddress | undefined {
    return (this.#local ??= address(this.#socket.localAddress, this.#socket.localPort));
  }

  get remote(): SocketAddress | undefined {
    return this.#remote;
  }

  get queued(): number {
    return this.#destroyed ? 0 : this.#socket.writableLength;
  }

  attach(events: SocketEvents): void {
    if (this.#events !== undefined)
      throw new TypeError(`the connection from ${this.#remote?.host}:${this.#remote?.port} is attached already`);
    this.#events = events;
    if (this.#closed) process.nextTick(() => events.closed());
  }

  write(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (this.#destroyed || socket.writableEnded || socket.destroyed) return;
    if (chunks.length === 1) {
      if (chunks[0]!.length > 0) socket.write(chunks[0]!, this.#onSent);
    } else this.#writeJoined(chunks);
    if (socket.writableLength > 0) this.#draining = true;
  }

  pause(): void {
    this.#paused = true;
    if (!this.#closing) this.#socket.pause();
  }

  resume(): void {
    if (this.#events === undefined || !this.#paused || this.#closing) return;
    this.#paused = false;
    this.#socket.resume();
  }

  nodelay(on: boolean): void {
    if (this.#opening) this.#nodelay = on;
    else if (!this.#destroyed) this.#socket.setNoDelay(on);
  }

  endOutput(): void {
    if (!this.#destroyed) this.#socket.end();
  }

  end(): void {
    if (this.#destroyed || this.#closing) return;
    this.#closing = true;
    const socket = this.#socket;
    // Closing a descriptor with unread input would send a reset and could cost the peer the last bytes: read it away meanwhile.
    socket.resume();
    if (socket.writableFinished) this.destroy();
    else socket.end(() => this.destroy());
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#socket.destroy();
  }

  #writeJoined(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket;
    socket.cork();
    for (let i = 0; i < chunks.length;) {
      let bytes = chunks[i]!.length;
      let next = i + 1;
      if (bytes < JOIN_BELOW)
        while (next < chunks.length && chunks[next]!.length < JOIN_BELOW && bytes + chunks[next]!.length <= JOIN_BYTES)
          bytes += chunks[next++]!.length;
      if (next === i + 1) {
        if (bytes > 0) socket.write(chunks[i]!, this.#onSent);
      } else if (bytes > 0) {
        const joined = Buffer.allocUnsafe(bytes);
        for (let j = i, at = 0; j < next; at += chunks[j++]!.length) joined.set(chunks[j]!, at);
        socket.write(joined, this.#onSent);
      }
      i = next;
    }
    socket.uncork();
  }

  #readAddresses(): void {
    this.#remote = address(this.#socket.remoteAddress, this.#socket.remotePort);
    this.#local = address(this.#socket.localAddress, this.#socket.localPort);
  }

  readonly #onConnect = (): void => {
    this.#opening = false;
    if (this.#nodelay !== undefined) this.#socket.setNoDelay(this.#nodelay);
    this.#readAddresses();
    if (!this.#closing) this.#events!.opened();
  };

  readonly #onData = (bytes: Buffer): void => {
    // Node makes one ArrayBuffer for each read and keeps none of it, so the view is the receiver's own.
    if (!this.#closing) this.#events!.data(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  };

  readonly #onEnd = (): void => {
    if (!this.#closing) this.#events!.ended();
  };

  readonly #onSent = (): void => {
    if (!this.#draining || this.#destroyed || this.#socket.destroyed || this.#socket.writableLength > 0) return;
    this.#draining = false;
    this.#events?.drained();
  };

  readonly #onError = (error: Error): void => {
    if (!this.#destroyed) this.#events?.failed(failureOf(error));
  };

  readonly #onClose = (): void => {
    this.#closed = true;
    this.#destroyed = true;
    this.#events?.closed();
  };
}

/** One listening socket. */
class NodeListener implements ListenLink {
  readonly #server: Server;
  readonly #events: ListenEvents;
  readonly #backlog: number;
  #waiting: NodeLink[] = [];
  #paused = true;
  #bound = false;
  #closed = false;

  constructor(host: string, port: number, backlog: number, events: ListenEvents) {
    this.#events = events;
    this.#backlog = Math.max(1, backlog);
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    this.#server.on("listening", this.#onListening);
    this.#server.on("connection", this.#onConnection);
    this.#server.on("error", this.#onError);
    if (isPort(port)) this.#server.listen({ host: host === "" ? "0.0.0.0" : host, port, backlog: this.#backlog });
    else setImmediate(() => this.#onError(Object.assign(new Error(`port ${port}`), { code: "EAI_SERVICE" })));
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#waiting.length > 0) process.nextTick(this.#accept);
  }

  pause(): void {
    this.#paused = true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const link of this.#waiting) link.destroy();
    this.#waiting = [];
    this.#server.close();
    // Node reports `close` when the last connection is over, too; ours are not the listener's any more.
    setImmediate(() => this.#events.closed());
  }

  readonly #onListening = (): void => {
    if (this.#closed) {
      this.#server.close();
      return;
    }
    this.#bound = true;
    const at = this.#server.address() as { address: string; port: number };
    this.#events.listening({ host: at.address, port: at.port });
  };

  readonly #onConnection = (socket: Socket): void => {
    const link = new NodeLink(socket, false, undefined);
    if (this.#closed || this.#waiting.length >= this.#backlog) link.destroy();
    else {
      this.#waiting.push(link);
      this.#accept();
    }
  };

  readonly #accept = (): void => {
    while (!this.#paused && this.#waiting.length > 0) this.#events.accepted(this.#waiting.shift()!);
  };

  readonly #onError = (error: Error): void => {
    if (this.#closed) return;
    this.#events.failed(failureOf(error));
    if (this.#bound) return;
    this.#closed = true;
    this.#events.closed();
  };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}

function address(host: string | undefined, port: number | undefined): SocketAddress | undefined {
  return host === undefined || port === undefined ? undefined : { host, port };
}
