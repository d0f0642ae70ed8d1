/**
 * The last messages of one service: what a person would like to read, of messages that are gone.
 *
 * Holds no message, only figures of it; previews of what they carried only when that was asked for, and made at once, because the receiver
 * may change what it got. Knows nothing of clients and rights.
 *
 * @module
 */
import type { Clock } from "../../ports/clock.ts";
import type { Message } from "../../kernel/message.ts";
import type { Service } from "../../kernel/service.ts";
import { previewBody } from "./preview.ts";
import type { Preview } from "./preview.ts";
import { commandOf } from "./traffic-probe.ts";
import type { Listener } from "./traffic-probe.ts";

/** Messages kept. */
export const MESSAGES_KEPT = 200;

/** One message. */
export interface NotedMessage {
  /** Counts the messages of this log from 0. */
  readonly nr: number;
  /** When it was posted, in milliseconds of the clock. */
  readonly atMs: number;
  /** Sent by the service; otherwise it got it. */
  readonly out: boolean;
  readonly type: number;
  /** The handle at the other side. */
  readonly peer: number;
  readonly session: number;
  readonly command: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** What it carried; absent unless that is kept. */
  readonly preview: Preview | undefined;
}

/** See the file's comment. */
export class MessageLog implements Listener {
  /** Whether previews are kept from now on. */
  previews = false;
  /** Messages noted in all. */
  count = 0;
  readonly #clock: Clock;
  readonly #ring: NotedMessage[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  got(message: Message): void {
    this.#note(message, false, message.source);
  }

  sent(to: Service, message: Message): void {
    // A message to itself was noted when it got it.
    if (to.handle !== message.source) this.#note(message, true, to.handle);
  }

  /** The message of this number, while it is kept. */
  find(nr: number): NotedMessage | undefined {
    const noted = this.#ring[nr % MESSAGES_KEPT];
    return noted?.nr === nr ? noted : undefined;
  }

  /** All that are kept, newest first. */
  *newest(): Generator<NotedMessage, void> {
    for (let nr = this.count - 1; nr >= 0 && nr >= this.count - MESSAGES_KEPT; nr--) yield this.#ring[nr % MESSAGES_KEPT]!;
  }

  /** Forgets the previews, and keeps none any more. */
  dropPreviews(): void {
    this.previews = false;
    for (const [i, noted] of this.#ring.entries()) if (noted.preview !== undefined) this.#ring[i] = { ...noted, preview: undefined };
  }

  #note(message: Message, out: boolean, peer: number): void {
    const { type, session, size, body } = message;
    const nr = this.count++;
    this.#ring[nr % MESSAGES_KEPT] = {
      nr,
      atMs: this.#clock.now(),
      out,
      type,
      peer,
      session,
      command: commandOf(message),
      size,
      preview: this.previews ? previewBody(body) : undefined,
    };
  }
}
