/**
 * The datagram half of the socket server: opening sockets, peers, sending.
 *
 * Knows the UDP port; the table and the events are the server's, which it is handed. Source: socket_server.c; rules in semantics.md §21.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { SocketAddress } from "../../ports/tcp.ts";
import type { UdpPort } from "../../ports/udp.ts";
import { addressBytes, unpackAddress } from "./udp-address.ts";
import { UdpSocket, type UdpOwner } from "./udp-socket.ts";

/** What the datagram half needs of its server. */
export interface UdpOptions extends UdpOwner {
  readonly udp: UdpPort | undefined;
  /** @throws SkynetError `SOCKET` when none is free. */
  readonly needId: () => number;
  readonly add: (s: UdpSocket) => void;
}

/** Opens datagram sockets and sends on them. */
export class Datagrams {
  readonly #options: UdpOptions;

  constructor(options: UdpOptions) {
    this.#options = options;
  }

  /**
   * Opens a socket, bound to an address.
   *
   * @throws SkynetError `UNSUPPORTED` when the host has no UDP; `SOCKET` `udp … failed` with address and reason.
   */
  open(what: string, opaque: number, host: string, port: number): UdpSocket {
    const { udp, needId, add } = this.#options;
    if (udp === undefined)
      throw new SkynetError(
        "UNSUPPORTED",
        `socket ${what} is not supported here: this host has no UDP; give createNode ports with udp (nodePorts() in Node, a simulated network in a tab), or use TCP`,
      );
    const s = new UdpSocket(this.#options, needId(), opaque);
    const link = udp.open(host, port, s);
    if ("code" in link) throw new SkynetError("SOCKET", `${what} failed: cannot bind ${host === "" ? "*" : host}:${port}: ${link.text}`);
    s.link = link;
    add(s);
    return s;
  }

  /** Opens a socket of the family of `host`, with it as its peer. @throws SkynetError as {@link open}. */
  dial(opaque: number, host: string, port: number): UdpSocket {
    checkPort(host, port);
    const s = this.open("udp_dial", opaque, addressBytes(host)?.length === 16 ? "::" : "", 0);
    s.peer = { host, port };
    return s;
  }

  /** Sets where `write` sends to. @returns false when the address is of the other family. @throws SkynetError `ARGUMENT` for a bad port. */
  connect(s: UdpSocket, host: string, port: number): boolean {
    checkPort(host, port);
    if (!matches(s, host)) return false;
    s.peer = { host, port };
    return true;
  }

  /** Sends one datagram. @returns false when the address is of the other family. @throws SkynetError `ARGUMENT` for a bad address or port. */
  send(s: UdpSocket, to: Uint8Array | SocketAddress, bytes: Uint8Array): boolean {
    const address = to instanceof Uint8Array ? unpackAddress(to) : to;
    checkPort(address.host, address.port);
    if (!matches(s, address.host)) return false;
    s.sendTo(bytes, address);
    return true;
  }
}

function matches(s: UdpSocket, host: string): boolean {
  const bytes = addressBytes(host);
  return bytes === undefined || (bytes.length === 4) === (s.link.family === 4);
}

function checkPort(host: string, port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new SkynetError("ARGUMENT", `a datagram to ${host} needs a port from 1 to 65535, not ${port}`);
}
