/**
 * The entries of the socket table: one connection, one listener. They keep state and pass what their links report to the server.
 *
 * @module
 */
import type { ListenEvents, ListenLink, SocketAddress, SocketEvents, SocketFailure, SocketLink } from "../../ports/tcp.ts";
import { OutputQueue } from "./output.ts";

/** Where a connection is in its life. */
export const CONNECTING = 0;
/** Accepted, not started: nothing is read and nothing sent. */
export const ACCEPTED = 1;
export const CONNECTED = 2;
/** CLOSE was reported: the peer has ended its stream, or we are closing. Writing may go on. */
export const ENDED = 3;

/** What entries tell the server. */
export interface EntryOwner {
  opened(s: Connection): void;
  data(s: Connection, bytes: Uint8Array): void;
  ended(s: Connection): void;
  drained(s: Connection): void;
  failed(s: Connection, failure: SocketFailure): void;
  closed(s: Connection): void;
  listening(s: Listener, address: SocketAddress): void;
  accepted(s: Listener, link: SocketLink): void;
  listenFailed(s: Listener, failure: SocketFailure): void;
}

/** A connection in the table. */
export class Connection implements SocketEvents {
  readonly kind = "connection";
  readonly id: number;
  opaque: number;
  state: number;
  link!: SocketLink;
  readonly output: OutputQueue = new OutputQueue();
  reading: boolean;
  /** Closed by its owner, while output is still on its way. */
  closing = false;
  /** Waits for flush. */
  dirty = false;
  /** The link has not taken all it was given; `drained` will come. */
  blocked = false;
  /** Bytes at which the next WARNING is due; 0: none was given since it was last drained. */
  warnAt = 0;
  /** Bytes given to the link so far. */
  handed = 0;
  read = 0;
  rtime = 0;
  wtime = 0;
  /** Removed from the table: whatever the link still reports concerns nobody. */
  gone = false;
  /** A descriptor of the system, taken over by bind. */
  adopted = false;
  /** Told of the outcome in place of an OPEN or ERROR event (block_connect). */
  outcome: ((failure: SocketFailure | undefined) => void) | undefined;
  readonly #owner: EntryOwner;

  constructor(owner: EntryOwner, id: number, opaque: number, state: number) {
    this.#owner = owner;
    this.id = id;
    this.opaque = opaque;
    this.state = state;
    this.reading = state === CONNECTING;
  }

  /** Bytes accepted from the service and not yet with the system. */
  get pending(): number {
    return this.output.bytes + this.link.queued;
  }

  opened(): void {
    if (!this.gone) this.#owner.opened(this);
  }

  data(bytes: Uint8Array): void {
    if (!this.gone && this.state === CONNECTED) this.#owner.data(this, bytes);
  }

  ended(): void {
    if (!this.gone) this.#owner.ended(this);
  }

  drained(): void {
    if (!this.gone) this.#owner.drained(this);
  }

  failed(failure: SocketFailure): void {
    if (!this.gone) this.#owner.failed(this, failure);
  }

  closed(): void {
    if (!this.gone) this.#owner.closed(this);
  }
}

/** A listener in the table. */
export class Listener implements ListenEvents {
  readonly kind = "listener";
  readonly id: number;
  opaque: number;
  link!: ListenLink;
  /** Set once the system has bound it. */
  bound: SocketAddress | undefined;
  started = false;
  accepts = 0;
  rtime = 0;
  gone = false;
  readonly #owner: EntryOwner;

  constructor(owner: EntryOwner, id: number, opaque: number) {
    this.#owner = owner;
    this.id = id;
    this.opaque = opaque;
  }

  listening(address: SocketAddress): void {
    if (!this.gone) this.#owner.listening(this, address);
  }

  accepted(link: SocketLink): void {
    if (this.gone) link.destroy();
    else this.#owner.accepted(this, link);
  }

  failed(failure: SocketFailure): void {
    if (!this.gone) this.#owner.listenFailed(this, failure);
  }

  closed(): void {
    // Closing a listener takes it out of the table at once, and a failed one was taken out by `failed`.
  }
}
