/**
 * The in-memory TCP network: any number of hosts on one clock, with delay, loss, partitions and crashes, all decided by a seed.
 *
 * The same observable rules as real TCP (what a conformance suite can see of them), nothing of the host it runs on.
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";
import type { SocketFailure } from "../ports/tcp.ts";
import { NAME_UNKNOWN, NO_ROUTE } from "./failures.ts";
import { SimHost, type HostSettings } from "./host.ts";
import { Path, type PathOptions } from "./path.ts";
import { seededRandom } from "./random.ts";

/** How a simulated network is made. The path options hold for every pair of hosts until {@link SimNet.link} says otherwise; never for loopback. */
export interface SimNetOptions extends PathOptions {
  /** Virtual or real time. */
  readonly clock: Clock;
  /** Decides jitter, loss and where streams are cut. The same seed and the same calls give the same run. Default 1. */
  readonly seed?: number;
  /** Bytes of one direction that may be on their way or unread before the sender has to wait. Default 256 KiB. */
  readonly windowBytes?: number;
  /** Largest piece handed to a receiver at once. Default 64 KiB. */
  readonly segmentBytes?: number;
  /** Cut streams at seeded places, down to single bytes: finds decoders that trust packet borders. Default false. */
  readonly shred?: boolean;
  /** Connecting to a host that does not answer fails after this long. Default 127 s, as Linux. */
  readonly connectTimeoutMs?: number;
  /** A connection whose bytes cannot get through fails after this long. Default 924 s, as Linux. */
  readonly giveUpMs?: number;
}

/** A simulated network. */
export interface SimNet {
  /** The host with this address, made at the first call. It is a `TcpPort`. `127.0.0.1` and `localhost` on a host mean that host itself. */
  host(address: string): SimHost;
  /** Lets a name stand for an address, for all hosts. */
  name(name: string, address: string): void;
  /** Changes the way between two hosts, in both directions; with one address given twice, that host's loopback. */
  link(a: string, b: string, options: PathOptions): void;
  /** Nothing passes between the two sides any more; connections stall. A side is an address or several. */
  partition(a: string | readonly string[], b: string | readonly string[]): void;
  /** Takes back every partition between the two sides, or all there are. What stalled goes on. */
  heal(a?: string | readonly string[], b?: string | readonly string[]): void;
  /** Breaks all connections between the two sides; both ends see a reset. @returns how many there were. */
  reset(a: string | readonly string[], b: string | readonly string[]): number;
}

const LOOPBACK_PATH: PathOptions = {};
const DEFAULT_WINDOW = 256 * 1024;
const DEFAULT_SEGMENT = 64 * 1024;
const DEFAULT_CONNECT_TIMEOUT = 127_000;
const DEFAULT_GIVE_UP = 924_000;

/**
 * Makes an in-memory network.
 *
 * @throws RangeError when an option is out of range; the text names it.
 *
 * @example Two hosts, 20 ms apart
 * ```ts
 * import { createSimNet, VirtualClock } from "@skyloom/runtime/testing";
 *
 * const clock = new VirtualClock();
 * const net = createSimNet({ clock, seed: 7, latencyMs: 20 });
 * const server = net.host("10.0.0.1");   // a TcpPort for one node
 * const client = net.host("10.0.0.2");   // and for another
 * net.partition("10.0.0.1", "10.0.0.2");
 * ```
 */
export function createSimNet(options: SimNetOptions): SimNet {
  return new Net(options);
}

class Net implements SimNet {
  readonly #defaults: PathOptions;
  readonly #settings: HostSettings;
  readonly #random: () => number;
  readonly #hosts = new Map<string, SimHost>();
  readonly #names = new Map<string, string>();
  readonly #paths = new Map<SimHost, Map<SimHost, Path>>();
  /** Directions closed by a partition, so that healing twice or cutting twice does no harm. */
  readonly #cut = new Set<Path>();

  constructor(options: SimNetOptions) {
    this.#defaults = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#settings = {
      clock: options.clock,
      random: this.#random,
      windowBytes: positive("windowBytes", options.windowBytes ?? DEFAULT_WINDOW),
      segmentBytes: positive("segmentBytes", options.segmentBytes ?? DEFAULT_SEGMENT),
      shred: options.shred ?? false,
      connectTimeoutMs: positive("connectTimeoutMs", options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT),
      giveUpMs: positive("giveUpMs", options.giveUpMs ?? DEFAULT_GIVE_UP),
      path: (from, to) => this.#path(from, to),
      resolve: (name) => this.#resolve(name),
    };
    new Path(this.#random, options); // so that a bad default is refused here and not at the first connection
  }

  host(address: string): SimHost {
    let host = this.#hosts.get(address);
    if (host === undefined) {
      if (address === "") throw new RangeError("simulated network: a host needs an address, e.g. 10.0.0.1");
      const made = (host = new SimHost(this.#settings, address, (up) => this.#power(made, up)));
      this.#hosts.set(address, host);
    }
    return host;
  }

  name(name: string, address: string): void {
    this.#names.set(name, address);
  }

  link(a: string, b: string, options: PathOptions): void {
    this.#path(this.host(a), this.host(b)).set(options);
    this.#path(this.host(b), this.host(a)).set(options);
  }

  partition(a: string | readonly string[], b: string | readonly string[]): void {
    for (const path of this.#between(a, b)) {
      if (this.#cut.has(path)) continue;
      this.#cut.add(path);
      path.close();
    }
  }

  heal(a?: string | readonly string[], b?: string | readonly string[]): void {
    const paths = a === undefined || b === undefined ? [...this.#cut] : this.#between(a, b);
    for (const path of paths) if (this.#cut.delete(path)) path.open();
  }

  reset(a: string | readonly string[], b: string | readonly string[]): number {
    const far = new Set(list(b));
    let count = 0;
    for (const address of list(a)) {
      for (const link of this.host(address).links) {
        if (!far.has(link.remote.host)) continue;
        count++;
        link.break();
      }
    }
    return count;
  }

  /** All directions between two sides, loopback never among them. */
  #between(a: string | readonly string[], b: string | readonly string[]): Path[] {
    const paths: Path[] = [];
    for (const from of list(a)) {
      for (const to of list(b)) {
        if (from === to) continue;
        paths.push(this.#path(this.host(from), this.host(to)), this.#path(this.host(to), this.host(from)));
      }
    }
    return paths;
  }

  #path(from: SimHost, to: SimHost): Path {
    let row = this.#paths.get(from);
    if (row === undefined) this.#paths.set(from, (row = new Map()));
    let path = row.get(to);
    if (path === undefined) {
      row.set(to, (path = new Path(this.#random, from === to ? LOOPBACK_PATH : this.#defaults)));
      if (!from.up) path.close();
      if (!to.up && to !== from) path.close();
    }
    return path;
  }

  #power(host: SimHost, up: boolean): void {
    for (const [from, row] of this.#paths)
      for (const [to, path] of row) {
        if (from !== host && to !== host) continue;
        if (up) path.open();
        else path.close();
      }
  }

  #resolve(name: string): SimHost | SocketFailure {
    const address = this.#names.get(name) ?? name;
    const host = this.#hosts.get(address);
    if (host !== undefined) return host;
    return /^[\d.]+$|:/.test(address) ? NO_ROUTE : NAME_UNKNOWN;
  }
}

function list(side: string | readonly string[]): readonly string[] {
  return typeof side === "string" ? [side] : side;
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`simulated network: ${name} is ${value}; give a number above 0`);
  return value;
}
