/**
 * A socket that writes down what is reported to it, and the checks that hold for every event of every connection.
 *
 * @module
 */
import type { ListenEvents, ListenLink, SocketAddress, SocketEvents, SocketFailure, SocketLink, TcpPort } from "../../ports/tcp.ts";

/** Set while a call into a link runs: whatever is reported meanwhile breaks the contract. */
let inCall = "";

/** Breaches seen so far; a suite expects it to stay empty. */
export class Breaches {
  readonly list: string[] = [];

  call(what: string, fn: () => void): void {
    inCall = what;
    try {
      fn();
    } finally {
      inCall = "";
    }
  }

  check(event: string, closed: boolean): void {
    if (inCall !== "") this.list.push(`${event} was reported inside ${inCall}`);
    if (closed) this.list.push(`${event} was reported after closed`);
  }
}

/** One end of a connection under test. */
export class Probe implements SocketEvents {
  readonly log: string[] = [];
  readonly failures: SocketFailure[] = [];
  link!: SocketLink;
  received = 0;
  isOpen = false;
  isEnded = false;
  isClosed = false;
  drains = 0;
  /** Called with each piece, inside the report. */
  onData: ((bytes: Uint8Array) => void) | undefined;
  onEnded: (() => void) | undefined;
  /** Kept only while somebody wants to look at it. */
  keep = true;
  readonly #breaches: Breaches;
  readonly #pieces: Uint8Array[] = [];

  constructor(breaches: Breaches) {
    this.#breaches = breaches;
  }

  /** Everything received so far. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.received);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  call(what: keyof SocketLink, ...args: readonly unknown[]): void {
    this.#breaches.call(what, () => (this.link[what] as (...a: readonly unknown[]) => void)(...args));
  }

  write(...texts: readonly string[]): void {
    this.call(
      "write",
      texts.map((t) => new TextEncoder().encode(t)),
    );
  }

  opened(): void {
    this.#note("opened");
    this.isOpen = true;
  }

  data(bytes: Uint8Array): void {
    this.#breaches.check("data", this.isClosed);
    if (this.isEnded) this.#breaches.list.push("data was reported after ended");
    if (bytes.length === 0) this.#breaches.list.push("data without a byte");
    if (Object.getPrototypeOf(bytes) !== Uint8Array.prototype) this.#breaches.list.push("data is a subclass of Uint8Array");
    this.received += bytes.length;
    if (this.keep) this.#pieces.push(bytes);
    this.onData?.(bytes);
  }

  ended(): void {
    this.#note("ended");
    this.isEnded = true;
    this.onEnded?.();
  }

  drained(): void {
    this.#breaches.check("drained", this.isClosed);
    if (this.link.queued !== 0) this.#breaches.list.push(`drained was reported with ${this.link.queued} bytes queued`);
    this.drains++;
  }

  failed(failure: SocketFailure): void {
    this.#note("failed");
    this.failures.push(failure);
  }

  closed(): void {
    this.#note("closed");
    this.isClosed = true;
  }

  #note(event: string): void {
    this.#breaches.check(event, this.isClosed);
    this.log.push(event);
  }
}

/** A listener under test. */
export class ListenProbe implements ListenEvents {
  readonly log: string[] = [];
  readonly failures: SocketFailure[] = [];
  readonly links: SocketLink[] = [];
  link!: ListenLink;
  address: SocketAddress | undefined;
  onAccepted: ((link: SocketLink) => void) | undefined;
  readonly #breaches: Breaches;

  constructor(breaches: Breaches) {
    this.#breaches = breaches;
  }

  listening(address: SocketAddress): void {
    this.#note("listening");
    this.address = address;
  }

  accepted(link: SocketLink): void {
    this.#breaches.check("accepted", false);
    this.links.push(link);
    this.onAccepted?.(link);
  }

  failed(failure: SocketFailure): void {
    this.#note("failed");
    this.failures.push(failure);
  }

  closed(): void {
    this.#note("closed");
  }

  #note(event: string): void {
    this.#breaches.check(event, this.log.includes("closed"));
    this.log.push(event);
  }
}

/** Connects a probe. */
export function dial(port: TcpPort, breaches: Breaches, host: string, portNumber: number): Probe {
  const probe = new Probe(breaches);
  breaches.call("connect", () => (probe.link = port.connect(host, portNumber, probe)));
  return probe;
}

/** Starts a listening probe. */
export function listen(port: TcpPort, breaches: Breaches, host: string, portNumber: number, backlog = 32): ListenProbe {
  const probe = new ListenProbe(breaches);
  breaches.call("listen", () => (probe.link = port.listen(host, portNumber, backlog, probe)));
  return probe;
}
