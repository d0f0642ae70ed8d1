/**
 * Sending: the writes of one turn leave together, high priority first, in steps small enough for priority to mean something; and a warning
 * when more and more waits.
 *
 * Knows connections and their links; ids and events are the server's business.
 * Source: socket_server.c (send_socket, send_buffer); rules in semantics.md §21 and design.md D6.
 *
 * @module
 */
import type { Connection } from "./connection.ts";

/** Output handed to a link at a time. */
const HAND_OVER_BYTES = 256 * 1024;
/** The first WARNING; each further one at twice as much. */
const WARNING_BYTES = 1024 * 1024;

/** What a {@link Sender} needs of its server. */
export interface SenderOptions {
  /** Centiseconds. */
  readonly now: () => number;
  /** Something waits for {@link Sender.flush}, and nothing did before. */
  readonly onDirty: (() => void) | undefined;
  /** So many KiB wait; 0: none any more, after a warning. */
  readonly warn: (s: Connection, kib: number) => void;
}

/** The output of all connections of a server. */
export class Sender {
  readonly #now: () => number;
  readonly #onDirty: (() => void) | undefined;
  readonly #report: (s: Connection, kib: number) => void;
  #dirty: Connection[] = [];
  #spare: Connection[] = [];
  readonly #chunks: Uint8Array[] = [];

  constructor(options: SenderOptions) {
    this.#now = options.now;
    this.#onDirty = options.onDirty;
    this.#report = options.warn;
  }

  /** Adds a packet; it goes out at the next {@link flush}, or when the link has taken what it was given before. */
  queue(s: Connection, bytes: Uint8Array, low: boolean): void {
    if (bytes.length === 0) return;
    s.output.push(bytes, low);
    if (s.blocked) this.#warn(s);
    else if (!s.dirty) {
      s.dirty = true;
      if (this.#dirty.push(s) === 1) this.#onDirty?.();
    }
  }

  /** Hands over what all connections have queued, each in as few writes as the step size allows. */
  flush(): void {
    const list = this.#dirty;
    if (list.length === 0) return;
    this.#dirty = this.#spare;
    for (const s of list) {
      s.dirty = false;
      if (!s.gone && s.output.bytes > 0) this.#handOver(s);
    }
    list.length = 0;
    this.#spare = list;
  }

  /** The link has taken all it was given: on with the next step. */
  drained(s: Connection): void {
    s.blocked = false;
    s.wtime = this.#now();
    if (!s.closing) this.#handOver(s);
  }

  /** Hands over everything at once: the connection is being closed and nothing of higher priority can come. */
  finish(s: Connection): void {
    if (s.output.bytes > 0) this.#step(s, Infinity);
  }

  #handOver(s: Connection): void {
    while (s.output.bytes > 0 && !s.blocked) {
      this.#step(s, HAND_OVER_BYTES);
      s.blocked = s.link.queued > 0;
    }
    this.#warn(s);
  }

  #step(s: Connection, limit: number): void {
    const before = s.link.queued;
    const bytes = s.output.take(limit, this.#chunks);
    s.handed += bytes;
    s.link.write(this.#chunks);
    this.#chunks.length = 0;
    if (s.link.queued < before + bytes) s.wtime = this.#now();
  }

  #warn(s: Connection): void {
    const pending = s.pending;
    if (pending === 0) {
      if (s.warnAt === 0) return;
      s.warnAt = 0;
      this.#report(s, 0);
    } else if (pending >= WARNING_BYTES && pending >= s.warnAt) {
      s.warnAt = Math.max(s.warnAt, WARNING_BYTES) * 2;
      while (s.warnAt <= pending) s.warnAt *= 2;
      this.#report(s, Math.ceil(pending / 1024));
    }
  }
}
