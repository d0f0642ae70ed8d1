/**
 * The timer wheel: timeouts in ticks of 10 ms, kept in five rings as Skynet keeps them.
 *
 * Knows ticks only; who turns the wheel, and when, is the node's business.
 * Source: skynet-src/skynet_timer.c; semantics.md §9.
 *
 * @module
 */

const NEAR_BITS = 8;
const NEAR = 1 << NEAR_BITS;
const NEAR_MASK = NEAR - 1;
const LEVEL_BITS = 6;
const LEVEL = 1 << LEVEL_BITS;
const LEVEL_MASK = LEVEL - 1;

/** One timeout. */
export class TimerEntry {
  next: TimerEntry | undefined = undefined;
  expire = 0;
  readonly handle: number;
  readonly session: number;
  constructor(handle: number, session: number) {
    this.handle = handle;
    this.session = session;
  }
}

class Slot {
  head: TimerEntry | undefined = undefined;
  tail: TimerEntry | undefined = undefined;

  push(entry: TimerEntry): void {
    entry.next = undefined;
    if (this.tail === undefined) this.head = entry;
    else this.tail.next = entry;
    this.tail = entry;
  }

  take(): TimerEntry | undefined {
    const head = this.head;
    this.head = undefined;
    this.tail = undefined;
    return head;
  }
}

const slots = (n: number): Slot[] => Array.from({ length: n }, () => new Slot());

/** Timeouts that fire in order of their tick, and within a tick in order of creation. */
export class TimerWheel {
  readonly #near = slots(NEAR);
  readonly #levels = [slots(LEVEL), slots(LEVEL), slots(LEVEL), slots(LEVEL)];
  readonly #fire: (entry: TimerEntry) => void;
  /** Ticks turned so far, as an unsigned 32-bit number. */
  #time = 0;
  #count = 0;

  /** @param fire - Called for each entry that is due. */
  constructor(fire: (entry: TimerEntry) => void) {
    this.#fire = fire;
  }

  /** Entries waiting. */
  get count(): number {
    return this.#count;
  }

  /** Ticks turned so far, as an unsigned 32-bit number. */
  get time(): number {
    return this.#time;
  }

  /** Adds a timeout of `ticks` (1 or more) counted from the last tick turned. */
  add(entry: TimerEntry, ticks: number): void {
    entry.expire = (this.#time + ticks) >>> 0;
    this.#count++;
    this.#place(entry);
  }

  /** Turns the wheel by `ticks`, firing what comes due. */
  turn(ticks: number): void {
    if (this.#count === 0) {
      this.#time = (this.#time + ticks) >>> 0;
      return;
    }
    for (let i = 0; i < ticks; i++) {
      this.#shift();
      this.#execute();
      if (this.#count === 0) {
        this.#time = (this.#time + (ticks - i - 1)) >>> 0;
        return;
      }
    }
  }

  /** Ticks until the next entry may be due; `undefined` when there is none. Exact within 2.56 s, else the next look is due. */
  due(): number | undefined {
    if (this.#count === 0) return undefined;
    for (let i = 1; i < NEAR; i++) {
      const at = (this.#time + i) >>> 0;
      if (this.#near[at & NEAR_MASK]!.head !== undefined || (at & NEAR_MASK) === 0) return i;
    }
    return NEAR;
  }

  /** Every entry, for inspection, with the ticks left; in no order. */
  entries(): { readonly handle: number; readonly session: number; readonly ticks: number }[] {
    const list: { handle: number; session: number; ticks: number }[] = [];
    for (const ring of [this.#near, ...this.#levels])
      for (const slot of ring)
        for (let e = slot.head; e !== undefined; e = e.next)
          list.push({ handle: e.handle, session: e.session, ticks: (e.expire - this.#time) >>> 0 });
    return list;
  }

  #place(entry: TimerEntry): void {
    const { expire } = entry;
    const time = this.#time;
    if ((expire | NEAR_MASK) === (time | NEAR_MASK)) {
      this.#near[expire & NEAR_MASK]!.push(entry);
      return;
    }
    let level = 0;
    let mask = NEAR << LEVEL_BITS;
    for (; level < 3; level++) {
      if ((expire | (mask - 1)) === (time | (mask - 1))) break;
      mask <<= LEVEL_BITS;
    }
    this.#levels[level]![(expire >>> (NEAR_BITS + level * LEVEL_BITS)) & LEVEL_MASK]!.push(entry);
  }

  #execute(): void {
    const slot = this.#near[this.#time & NEAR_MASK]!;
    while (slot.head !== undefined) {
      let entry = slot.take();
      while (entry !== undefined) {
        const { next } = entry;
        this.#count--;
        this.#fire(entry);
        entry = next;
      }
    }
  }

  #shift(): void {
    const time = (this.#time = (this.#time + 1) >>> 0);
    if (time === 0) {
      this.#cascade(3, 0);
      return;
    }
    let rest = time >>> NEAR_BITS;
    let mask = NEAR;
    for (let level = 0; (time & (mask - 1)) === 0; level++) {
      const index = rest & LEVEL_MASK;
      if (index !== 0) {
        this.#cascade(level, index);
        return;
      }
      mask <<= LEVEL_BITS;
      rest >>>= LEVEL_BITS;
    }
  }

  #cascade(level: number, index: number): void {
    let entry = this.#levels[level]![index]!.take();
    while (entry !== undefined) {
      const { next } = entry;
      this.#place(entry);
      entry = next;
    }
  }
}
