/**
 * Which messages of one mailbox belong to a trace: the count of messages a service has handled numbers them, so that the messages
 * themselves need no field for it.
 *
 * Knows nothing of events. A message that was dropped or handled by no task leaves its note behind; the next one removes it.
 *
 * @module
 */
import type { TracedMail } from "../../kernel/probe.ts";

/** Numbers of one note besides its time: index, trace, parent task, size, command. */
const STRIDE = 5;

/** See the file's comment. The fields besides {@link length} are what {@link take} found. */
export class Mail implements TracedMail {
  length = 0;
  trace = 0;
  parent = 0;
  size = 0;
  cmd = 0;
  #times = new Float64Array(4);
  #notes = new Int32Array(4 * STRIDE);
  #mask = 3;
  #first = 0;
  #taken = 0;

  /** When the message that was taken last was posted. */
  get t(): number {
    return this.#times[this.#taken]!;
  }

  /** Notes message number `index`, the youngest of the mailbox. @param handled - Messages the service has taken so far. */
  add(index: number, handled: number, trace: number, parent: number, t: number, size: number, cmd: number): void {
    // Numbers of 32 bits: their distance is right also when they start over.
    while (this.length > 0 && ((handled - this.#notes[this.#first * STRIDE]!) | 0) > 0) this.#drop();
    if (this.length > this.#mask) this.#double();
    const slot = (this.#first + this.length) & this.#mask;
    const at = slot * STRIDE;
    const notes = this.#notes;
    this.#times[slot] = t;
    notes[at] = index;
    notes[at + 1] = trace;
    notes[at + 2] = parent;
    notes[at + 3] = size;
    notes[at + 4] = cmd;
    this.length++;
  }

  /** Looks for the note of message number `index`, which is being handled. Its numbers are then in the fields. */
  take(index: number): boolean {
    while (this.length > 0) {
      const notes = this.#notes;
      const slot = this.#first;
      const at = slot * STRIDE;
      const ahead = (notes[at]! - index) | 0;
      if (ahead > 0) return false;
      this.#drop();
      if (ahead !== 0) continue;
      this.trace = notes[at + 1]!;
      this.parent = notes[at + 2]!;
      this.size = notes[at + 3]!;
      this.cmd = notes[at + 4]!;
      this.#taken = slot;
      return true;
    }
    return false;
  }

  #drop(): void {
    this.#first = (this.#first + 1) & this.#mask;
    this.length--;
  }

  #double(): void {
    const slots = this.#mask + 1;
    const notes = new Int32Array(2 * slots * STRIDE);
    const times = new Float64Array(2 * slots);
    for (let i = 0; i < this.length; i++) {
      const slot = (this.#first + i) & this.#mask;
      notes.set(this.#notes.subarray(slot * STRIDE, (slot + 1) * STRIDE), i * STRIDE);
      times[i] = this.#times[slot]!;
    }
    this.#notes = notes;
    this.#times = times;
    this.#mask = 2 * slots - 1;
    this.#first = 0;
  }
}
