/**
 * TLS of Node.js, on `node:tls` over a stream that leads nowhere but to the session's events.
 *
 * Knows no sockets.
 *
 * @module
 */
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import type { TlsEvents, TlsOptions, TlsPort, TlsSession } from "@skyloom/runtime/ports";
import { failureOf } from "./failures.ts";

/** Makes the {@link TlsPort} of this process. */
export function nodeTls(): TlsPort {
  return {
    client(options, events) {
      const { hostname, verify = true } = options;
      const wire = new Wire(events);
      const socket = connect({
        socket: wire,
        secureContext: contextOf(options),
        rejectUnauthorized: verify,
        ...(hostname === undefined ? {} : { host: hostname, ...(isIP(hostname) === 0 ? { servername: hostname } : {}) }),
      });
      return new NodeSession(wire, socket, "secureConnect", events);
    },
    server(options, events) {
      const wire = new Wire(events);
      const socket = new TLSSocket(wire, { isServer: true, secureContext: contextOf(options) });
      return new NodeSession(wire, socket, "secure", events);
    },
  };
}

function contextOf({ cert, key, ca, ciphers }: TlsOptions): ReturnType<typeof createSecureContext> {
  return createSecureContext({
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(ciphers === undefined ? {} : { ciphers }),
  });
}

/** The end of the wire: what is written to it is output, what is pushed into it came from the peer. */
class Wire extends Duplex {
  readonly #events: TlsEvents;
  silent = false;

  constructor(events: TlsEvents) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#events = events;
  }

  override _read(): void {
    // Whatever comes is pushed when it comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // Node may use its memory again once this is done.
    if (!this.silent) this.#events.output(new Uint8Array(chunk));
    done();
  }

  override _final(done: () => void): void {
    if (!this.silent) setImmediate(() => this.silent || this.#events.finished());
    done();
  }
}

class NodeSession implements TlsSession {
  readonly #wire: Wire;
  readonly #socket: TLSSocket;
  readonly #events: TlsEvents;
  #over = false;
  #inputEnded = false;

  constructor(wire: Wire, socket: TLSSocket, secured: "secureConnect" | "secure", events: TlsEvents) {
    this.#wire = wire;
    this.#socket = socket;
    this.#events = events;
    socket.on(secured, () => this.#over || events.secured());
    socket.on("data", (bytes: Buffer) => this.#over || events.data(new Uint8Array(bytes)));
    socket.on("end", () => this.#over || events.ended());
    socket.on("error", (error) => this.#fail(error));
    // A peer that goes away in the middle of the handshake closes without an error of its own.
    socket.on("close", () => this.#fail(Object.assign(new Error(), { code: "ECONNRESET" })));
  }

  receive(bytes: Uint8Array): void {
    if (!this.#over && !this.#inputEnded) this.#wire.push(bytes);
  }

  receiveEnd(): void {
    if (this.#over || this.#inputEnded) return;
    this.#inputEnded = true;
    this.#wire.push(null);
  }

  write(bytes: Uint8Array): void {
    if (!this.#over && !this.#socket.writableEnded) this.#socket.write(bytes);
  }

  end(): void {
    if (!this.#over) this.#socket.end();
  }

  destroy(): void {
    this.#over = true;
    this.#wire.silent = true;
    this.#socket.destroy();
    this.#wire.destroy();
  }

  #fail(error: Error): void {
    if (this.#over) return;
    // An alert that tells the peer why is on its way; it goes out before anything is torn down.
    this.#over = true;
    setImmediate(() => {
      this.#events.failed(failureOf(error));
      this.destroy();
    });
  }
}
