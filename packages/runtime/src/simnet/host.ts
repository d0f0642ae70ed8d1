/**
 * One machine on a simulated network: its address, its ports, its listeners and the ends of its connections. It is a {@link TcpPort}.
 *
 * Knows how to find other hosts through {@link HostSettings}; bytes are the link's business.
 *
 * @module
 */
import type { DnsPort } from "../ports/dns.ts";
import type { ListenEvents, ListenLink, SocketAddress, SocketEvents, SocketFailure, SocketLink, TcpPort } from "../ports/tcp.ts";
import { BAD_PORT, NOT_MY_ADDRESS, NO_ROUTE, PORT_TAKEN } from "./failures.ts";
import { SimLink, type LinkSettings } from "./link.ts";
import type { Path } from "./path.ts";
import { SimUdp } from "./udp.ts";

const LOOPBACK = "127.0.0.1";
const FIRST_EPHEMERAL = 32768;
const LAST_EPHEMERAL = 60999;
/** A connection request that found the queue full is repeated after this long, then after twice as long, and so on. */
const SYN_RETRY_MS = 1000;

/** What a host needs of its network. */
export interface HostSettings extends LinkSettings {
  readonly connectTimeoutMs: number;
  path(from: SimHost, to: SimHost): Path;
  /** Finds the host behind a name or an address. */
  resolve(name: string): SimHost | SocketFailure;
}

/** A machine on a simulated network. */
export class SimHost implements TcpPort {
  readonly address: string;
  /** Datagrams of this host. */
  readonly udp: SimUdp;
  /** Names that the network knows. */
  readonly dns: DnsPort;
  readonly #net: HostSettings;
  readonly #listeners = new Map<number, SimListener[]>();
  readonly #links = new Set<SimLink>();
  readonly #clientPorts = new Set<number>();
  #nextPort = FIRST_EPHEMERAL;
  #up = true;
  /** Called when the host goes down (`false`) or comes back (`true`). */
  readonly #onPower: (up: boolean) => void;

  constructor(net: HostSettings, address: string, onPower: (up: boolean) => void) {
    this.#net = net;
    this.address = address;
    this.#onPower = onPower;
    this.udp = new SimUdp(net, this);
    this.dns = {
      resolve: (host, done) => {
        const found = isLoopback(host) ? undefined : net.resolve(host);
        const answer = found === undefined ? [LOOPBACK] : found instanceof SimHost ? [found.address] : found === NO_ROUTE ? [host] : found;
        net.clock.after(0, () => done(answer));
      },
    };
  }

  /** Whether the machine runs. */
  get up(): boolean {
    return this.#up;
  }

  /** Connections with an end here. */
  get links(): ReadonlySet<SimLink> {
    return this.#links;
  }

  /** The machine dies: its listeners and connections are gone without a word, here and on the wire. Peers find out when they write, or never. */
  crash(): void {
    if (!this.#up) return;
    this.#up = false;
    for (const link of this.#links) link.vanish();
    for (const here of this.#listeners.values()) for (const listener of here) listener.vanish();
    this.#listeners.clear();
    this.udp.vanish();
    this.#onPower(false);
  }

  /** The machine runs again, with no memory of its connections: segments that belong to them are answered with a reset. */
  restart(): void {
    if (this.#up) return;
    this.#up = true;
    this.#onPower(true);
  }

  connect(host: string, port: number, events: SocketEvents): SocketLink {
    this.#mustBeUp("connect");
    const loopback = isLoopback(host);
    const target = loopback ? this : this.#net.resolve(host);
    const found = target instanceof SimHost;
    const local = { host: loopback ? LOOPBACK : this.address, port: this.#clientPort() ?? 0 };
    const remote = { host: found && !loopback ? target.address : loopback ? LOOPBACK : host, port };
    const link = this.#newLink(this.#net.path(this, found ? target : this), local, remote, events);
    const peer = (found ? target : this).#newLink(this.#net.path(found ? target : this, this), remote, local, undefined);
    link.peer = peer;
    peer.peer = link;
    link.onGone = () => {
      this.#links.delete(link);
      this.#clientPorts.delete(local.port);
    };
    this.#links.add(link);
    if (!found) {
      link.phase = "connecting";
      link.fail(target);
    } else if (!isPort(port)) {
      link.phase = "connecting";
      link.fail(BAD_PORT);
    } else if (local.port === 0) {
      link.phase = "connecting";
      link.fail(NOT_MY_ADDRESS);
    } else {
      let retry = SYN_RETRY_MS;
      peer.onSyn = () => {
        if (target.#arrived(peer)) return;
        this.#net.clock.after(retry, () => link.phase === "connecting" && peer.onSyn!());
        retry *= 2;
      };
      link.connect(this.#net.connectTimeoutMs);
    }
    return link;
  }

  listen(host: string, port: number, backlog: number, events: ListenEvents): ListenLink {
    this.#mustBeUp("listen");
    const wildcard = host === "" || host === "0.0.0.0" || host === "::";
    const at = wildcard ? (host === "" ? "0.0.0.0" : host) : isLoopback(host) ? LOOPBACK : this.address;
    const listener = new SimListener(this.#net, Math.max(1, backlog), events, () => this.#remove(listener));
    let failure: SocketFailure | undefined;
    if (!isPort(port)) failure = BAD_PORT;
    else if (!wildcard && !isLoopback(host)) {
      const found = this.#net.resolve(host);
      if (!(found instanceof SimHost)) failure = found === NO_ROUTE ? NOT_MY_ADDRESS : found;
      else if (found !== this) failure = NOT_MY_ADDRESS;
    }
    const real = failure === undefined && port === 0 ? this.#freePort() : port;
    if (real === undefined || (failure === undefined && this.#taken(real, at))) failure = PORT_TAKEN;
    if (failure !== undefined) {
      listener.fail(failure);
      return listener;
    }
    listener.bound = { host: at, port: real! };
    const here = this.#listeners.get(real!);
    if (here === undefined) this.#listeners.set(real!, [listener]);
    else here.push(listener);
    this.#net.clock.after(0, () => listener.report());
    return listener;
  }

  /** A connection request has come to this host. False: the listener's queue is full. */
  #arrived(link: SimLink): boolean {
    const { host, port } = link.local;
    const listener = this.#listeners.get(port)?.find((l) => isWildcard(l.bound!.host) || l.bound!.host === host);
    if (listener === undefined) {
      link.refuse();
      return true;
    }
    if (listener.full) return false;
    link.onGone = () => this.#links.delete(link);
    this.#links.add(link);
    link.accept();
    listener.arrived(link);
    return true;
  }

  #newLink(path: Path, local: SocketAddress, remote: SocketAddress, events: SocketEvents | undefined): SimLink {
    return new SimLink(this.#net, path, local, remote, events);
  }

  #taken(port: number, at: string): boolean {
    const here = this.#listeners.get(port);
    return here !== undefined && here.some((l) => isWildcard(at) || isWildcard(l.bound!.host) || l.bound!.host === at);
  }

  #remove(listener: SimListener): void {
    const port = listener.bound?.port;
    const here = port === undefined ? undefined : this.#listeners.get(port);
    if (here === undefined) return;
    const at = here.indexOf(listener);
    if (at >= 0) here.splice(at, 1);
    if (here.length === 0) this.#listeners.delete(port!);
  }

  #freePort(): number | undefined {
    for (let tries = FIRST_EPHEMERAL; tries <= LAST_EPHEMERAL; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
      if (!this.#listeners.has(port) && !this.#clientPorts.has(port)) return port;
    }
    return undefined;
  }

  #clientPort(): number | undefined {
    const port = this.#freePort();
    if (port !== undefined) this.#clientPorts.add(port);
    return port;
  }

  #mustBeUp(what: string): void {
    if (!this.#up) throw new RangeError(`simulated network: ${what} on ${this.address}, which has crashed; restart() it first`);
  }
}

/** A listening socket of a simulated host. */
class SimListener implements ListenLink {
  bound: SocketAddress | undefined;
  readonly #net: HostSettings;
  readonly #backlog: number;
  readonly #events: ListenEvents;
  readonly #remove: () => void;
  #waiting: SimLink[] = [];
  #paused = true;
  #closed = false;
  #reported = false;

  constructor(net: HostSettings, backlog: number, events: ListenEvents, remove: () => void) {
    this.#net = net;
    this.#backlog = backlog;
    this.#events = events;
    this.#remove = remove;
  }

  get full(): boolean {
    return this.#waiting.length >= this.#backlog;
  }

  arrived(link: SimLink): void {
    this.#waiting.push(link);
    this.#accept();
  }

  report(): void {
    if (this.#closed) return;
    this.#reported = true;
    this.#events.listening(this.bound!);
    this.#accept();
  }

  fail(failure: SocketFailure): void {
    this.#closed = true;
    this.#net.clock.after(0, () => {
      this.#events.failed(failure);
      this.#events.closed();
    });
  }

  /** The process is gone: nothing is reported any more. */
  vanish(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#waiting.length > 0) this.#net.clock.after(0, () => this.#accept());
  }

  pause(): void {
    this.#paused = true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#remove();
    for (const link of this.#waiting) link.refuse();
    this.#waiting = [];
    this.#net.clock.after(0, () => this.#events.closed());
  }

  #accept(): void {
    while (this.#reported && !this.#paused && !this.#closed && this.#waiting.length > 0) this.#events.accepted(this.#waiting.shift()!);
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function isLoopback(host: string): boolean {
  return host === "" || host === "localhost" || host === "::1" || isWildcard(host) || /^127(\.\d{1,3}){3}$/.test(host);
}
