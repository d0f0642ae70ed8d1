/**
 * One direction of one simulated connection: segments on their way, in order, each with its time of arrival.
 *
 * Knows clock and path; what a segment means is the link's business.
 *
 * @module
 */
import type { Clock, ClockTimer } from "../ports/clock.ts";
import type { Path } from "./path.ts";

/** What travels: bytes, a credit for bytes that were read, or a sign. */
export type Segment = Uint8Array | number | "syn" | "open" | "fin" | "rst";

interface OnTheWay {
  readonly segment: Segment;
  at: number;
}

/** A first-in-first-out line with delay. Delivers from clock callbacks only. */
export class Pipe {
  readonly path: Path;
  readonly #clock: Clock;
  readonly #deliver: (segment: Segment) => void;
  readonly #giveUpMs: number;
  readonly #giveUp: () => void;
  #line: OnTheWay[] = [];
  #head = 0;
  #lastAt = 0;
  #timer: ClockTimer | undefined;
  #patience: ClockTimer | undefined;

  /**
   * @param giveUpMs - How long segments may be held up by a closed path, in milliseconds.
   * @param giveUp - Called when they were held up that long; not for mere credits, whose sender waits for nothing.
   */
  constructor(clock: Clock, path: Path, deliver: (segment: Segment) => void, giveUpMs: number, giveUp: () => void) {
    this.#clock = clock;
    this.path = path;
    this.#deliver = deliver;
    this.#giveUpMs = giveUpMs;
    this.#giveUp = giveUp;
  }

  /** Puts a segment on its way. */
  send(segment: Segment): void {
    const bytes = typeof segment === "object" ? segment.length : 0;
    this.#lastAt = Math.max(this.#lastAt, this.path.arrival(this.#clock.now(), bytes));
    this.#line.push({ segment, at: this.#lastAt });
    this.#arm();
  }

  /** Forgets everything on its way. */
  clear(): void {
    this.#line = [];
    this.#head = 0;
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    this.path.offOpen(this.#opened);
    this.#calm();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#head === this.#line.length) return;
    this.#timer = this.#clock.after(this.#line[this.#head]!.at - this.#clock.now(), this.#due);
  }

  readonly #due = (): void => {
    this.#timer = undefined;
    if (this.path.blocked) {
      this.path.onOpen(this.#opened);
      this.#patience ??= this.#clock.after(this.#giveUpMs, () => {
        this.#patience = undefined;
        if (this.#line.slice(this.#head).some((o) => typeof o.segment !== "number")) this.#giveUp();
      });
      return;
    }
    try {
      const now = this.#clock.now();
      while (this.#head < this.#line.length && this.#line[this.#head]!.at <= now) {
        const { segment } = this.#line[this.#head++]!;
        if (this.#head === this.#line.length || this.#head > 1024) {
          this.#line = this.#line.slice(this.#head);
          this.#head = 0;
        }
        this.#deliver(segment);
        if (this.path.blocked) break;
      }
    } finally {
      this.#arm();
    }
  };

  /** The path is open again: what waited is retransmitted now. */
  readonly #opened = (): void => {
    this.#calm();
    const at = this.path.arrival(this.#clock.now(), 0);
    for (let i = this.#head; i < this.#line.length; i++) this.#line[i]!.at = Math.max(this.#line[i]!.at, at);
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#arm();
  };

  #calm(): void {
    if (this.#patience !== undefined) this.#clock.cancel(this.#patience);
    this.#patience = undefined;
  }
}
