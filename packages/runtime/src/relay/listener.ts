/**
 * A listener over a relay, as the tab sees it.
 *
 * @module
 */
import type { ListenEvents, ListenLink, SocketAddress, SocketFailure } from "../ports/tcp.ts";
import type { RelayLink, RelayWire } from "./link.ts";

/** A listening socket of the host. */
export class RelayListener implements ListenLink {
  readonly id: number;
  readonly #wire: RelayWire;
  readonly #events: ListenEvents;
  #waiting: RelayLink[] = [];
  #paused = true;
  #bound = false;
  #closing = false;
  #over = false;

  constructor(wire: RelayWire, id: number, events: ListenEvents) {
    this.#wire = wire;
    this.id = id;
    this.#events = events;
  }

  resume(): void {
    if (!this.#paused || this.#closing) return;
    this.#paused = false;
    this.#wire.send({ type: "accept", id: this.id });
    if (this.#waiting.length > 0) this.#wire.later(() => this.#accept());
  }

  pause(): void {
    if (this.#paused || this.#closing) return;
    this.#paused = true;
    this.#wire.send({ type: "hold", id: this.id });
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    for (const link of this.#waiting.splice(0)) link.destroy();
    this.#wire.send({ type: "destroy", id: this.id });
  }

  listening(local: SocketAddress): void {
    this.#bound = true;
    if (!this.#closing) this.#events.listening(local);
  }

  /** A connection has come. @returns whether it is taken. */
  accepted(link: RelayLink): void {
    if (this.#closing) return link.destroy();
    this.#waiting.push(link);
    this.#accept();
  }

  /** Binding failed; or one accept did, and the listener lives on. */
  failed(failure: SocketFailure): void {
    if (this.#over || this.#closing) return;
    this.#events.failed(failure);
    if (!this.#bound) this.closed();
  }

  /** The listener is gone, here and there. */
  closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closing = true;
    for (const link of this.#waiting.splice(0)) link.destroy();
    this.#wire.forget(this.id);
    this.#events.closed();
  }

  /** Fails for good, after the current call; with nothing to say when it was being closed anyway. */
  failLater(failure: SocketFailure): void {
    this.#wire.later(() => {
      if (this.#over) return;
      if (!this.#closing) this.#events.failed(failure);
      this.closed();
    });
  }

  #accept(): void {
    while (!this.#paused && this.#waiting.length > 0) this.#events.accepted(this.#waiting.shift()!);
  }
}
