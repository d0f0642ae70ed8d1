/**
 * Datagrams on the simulated network: delayed, out of order when there is jitter, lost as the dice say, never repeated.
 *
 * Knows its host's settings and how to find the datagram sockets of another host.
 *
 * @module
 */
import type { SocketAddress, SocketFailure } from "../ports/tcp.ts";
import type { DatagramEvents, DatagramLink, UdpPort } from "../ports/udp.ts";
import { BAD_PORT, MESSAGE_TOO_LONG, NOT_MY_ADDRESS, NO_ROUTE, PORT_TAKEN } from "./failures.ts";
import type { HostSettings, SimHost } from "./host.ts";

/** What fits into one datagram. */
const MOST_BYTES = 65_507;
const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;

/** The datagram sockets of one host. */
export class SimUdp implements UdpPort {
  readonly #net: HostSettings;
  readonly #host: SimHost;
  readonly #sockets = new Map<number, SimDatagramLink[]>();
  #nextPort = FIRST_EPHEMERAL;

  constructor(net: HostSettings, host: SimHost) {
    this.#net = net;
    this.#host = host;
  }

  open(host: string, port: number, events: DatagramEvents): DatagramLink | SocketFailure {
    if (!this.#host.up) throw new RangeError(`simulated network: udp on ${this.#host.address}, which has crashed; restart() it first`);
    if (!Number.isInteger(port) || port < 0 || port > 65535) return BAD_PORT;
    const at = this.#localAddress(host);
    if (typeof at === "object") return at;
    const real = port === 0 ? this.#freePort() : port;
    if (real === undefined || this.#sockets.get(real)?.some((s) => overlaps(s.local.host, at))) return PORT_TAKEN;
    const link = new SimDatagramLink({ host: at, port: real }, events, {
      send: (bytes, to) => this.#send(link, bytes, to),
      closed: () => this.#closed(link),
    });
    const here = this.#sockets.get(real);
    if (here === undefined) this.#sockets.set(real, [link]);
    else here.push(link);
    return link;
  }

  /** The process is gone, without a word. */
  vanish(): void {
    this.#sockets.clear();
  }

  #localAddress(host: string): string | SocketFailure {
    if (isWildcard(host)) return host === "" ? "0.0.0.0" : host;
    if (isLoopback(host)) return host === "::1" ? host : LOOPBACK;
    const found = this.#net.resolve(host);
    if (!("address" in found)) return found === NO_ROUTE ? NOT_MY_ADDRESS : found;
    return found === this.#host ? this.#host.address : NOT_MY_ADDRESS;
  }

  #send(from: SimDatagramLink, bytes: Uint8Array, to: SocketAddress): void {
    const { clock } = this.#net;
    const lost = (failure: SocketFailure): void => void clock.after(0, () => from.report((events) => events.lost(failure, to)));
    if (bytes.length > MOST_BYTES) return lost(MESSAGE_TOO_LONG);
    const loopback = isLoopback(to.host) || isWildcard(to.host);
    const target = loopback ? this.#host : this.#net.resolve(to.host);
    if (!("address" in target)) return lost(target);
    const path = this.#net.path(this.#host, target);
    const now = clock.now();
    const at = path.datagram(now, bytes.length);
    if (at === undefined) return;
    const own = from.local.host;
    const sender = {
      host: !isWildcard(own) ? own : loopback ? (from.family === 6 ? "::1" : LOOPBACK) : this.#host.address,
      port: from.local.port,
    };
    const reached = loopback ? (from.family === 6 ? "::1" : LOOPBACK) : target.address;
    clock.after(at - now, () => {
      if (!path.blocked && target.up) target.udp.#arrived(bytes.slice(), sender, { host: reached, port: to.port });
    });
  }

  #arrived(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const link = this.#sockets.get(to.port)?.find((s) => overlaps(s.local.host, to.host));
    link?.report((events) => events.datagram(bytes, from));
  }

  #closed(link: SimDatagramLink): void {
    const left = this.#sockets.get(link.local.port)?.filter((s) => s !== link) ?? [];
    if (left.length === 0) this.#sockets.delete(link.local.port);
    else this.#sockets.set(link.local.port, left);
    this.#net.clock.after(0, () => link.events.closed());
  }

  #freePort(): number | undefined {
    for (let tries = FIRST_EPHEMERAL; tries <= LAST_EPHEMERAL; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
      if (!this.#sockets.has(port)) return port;
    }
    return undefined;
  }
}

interface SimDatagramOwner {
  send(bytes: Uint8Array, to: SocketAddress): void;
  closed(): void;
}

/** One datagram socket of a simulated host. */
class SimDatagramLink implements DatagramLink {
  readonly local: SocketAddress;
  readonly family: 4 | 6;
  readonly events: DatagramEvents;
  readonly #owner: SimDatagramOwner;
  #closed = false;

  constructor(local: SocketAddress, events: DatagramEvents, owner: SimDatagramOwner) {
    this.local = local;
    this.family = local.host.includes(":") ? 6 : 4;
    this.events = events;
    this.#owner = owner;
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (!this.#closed) this.#owner.send(bytes, to);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.closed();
  }

  report(tell: (events: DatagramEvents) => void): void {
    if (!this.#closed) tell(this.events);
  }
}

const LOOPBACK = "127.0.0.1";

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function isWildcard(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

/** Whether a socket bound to `bound` and one bound to, or a datagram sent to, `at` meet. */
function overlaps(bound: string, at: string): boolean {
  if (bound.includes(":") !== at.includes(":")) return false;
  return isWildcard(bound) || isWildcard(at) || bound === at;
}
