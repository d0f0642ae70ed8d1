/**
 * A way to a console as an SSH tunnel over a bad line is one: late, in small pieces, and sometimes cut.
 *
 * @module
 */
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A tunnel that is open. */
export interface Tunnel {
  readonly port: number;
  /** Cuts all connections that there are; new ones are passed on. */
  cut(): void;
  close(): Promise<void>;
}

/** How bad it is. */
export interface TunnelOptions {
  /** On the way in each direction, in milliseconds. */
  readonly delayMs: number;
  /** Longest piece, in bytes; lengths go round from 1 to that. */
  readonly bytes: number;
}

/** Opens a tunnel to a port of this machine. */
export async function openTunnel(to: number, { delayMs, bytes }: TunnelOptions): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  let length = 0;
  const pass = (from: Socket, into: Socket): void => {
    from.on("data", (data) => {
      const pieces: Buffer[] = [];
      for (let at = 0; at < data.length; at += length) {
        length = (length % bytes) + 1;
        pieces.push(data.subarray(at, at + length));
      }
      // All at their time, each in a packet of its own.
      setTimeout(() => {
        for (const piece of pieces) if (into.writable) into.write(piece);
      }, delayMs);
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      sockets.delete(from);
      setTimeout(() => into.destroy(), delayMs);
    });
    sockets.add(from);
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: to, host: "127.0.0.1", noDelay: true });
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
