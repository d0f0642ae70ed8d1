/**
 * The agent's one copy of a channel's rows, shared by all its subscriptions: values by column, and for each cell the tick it last changed in,
 * so that a client that missed frames gets the union of what it missed without a copy of its own.
 *
 * Knows nothing of clients and frames. A row keeps its slot while it lives; a freed slot is used again.
 *
 * @module
 */
import type { TableInfo } from "../channels/channel.ts";

const FIRST_CAPACITY = 256;

/** Columns, slots and change marks. */
export class RowTable {
  readonly channel: TableInfo;
  /** Number of the last finished or running sample; 0 before the first. */
  tick = 0;
  /** Slots in use are below this. */
  high = 0;
  /** Rows alive. */
  live = 0;
  /** Rows the last walk met, also those beyond the cap. */
  total = 0;
  /** When the last sample was taken, in microseconds of the agent's clock. */
  t = 0;
  /** Values of number fields by field index; for text fields an empty array. */
  readonly numbers: Float64Array[];
  /** Values of text fields by field index; for number fields an empty array. */
  readonly texts: string[][];
  /** By field index and slot: the tick the cell last changed in. */
  readonly changed: Uint32Array[];
  /** By slot: the tick any cell last changed in. */
  touched: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  /** By slot: the tick its row came in; 0 = never used. */
  born: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  /** By slot: the tick its row went in; 0 = it is alive or never lived. */
  gone: Uint32Array = new Uint32Array(FIRST_CAPACITY);

  readonly #cap: number;
  readonly #slots = new Map<number | string, number>();
  readonly #keys: (number | string)[] = [];
  readonly #free: number[] = [];
  #seen: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #capacity = FIRST_CAPACITY;

  /** @param cap - Rows beyond this many are counted and not kept. */
  constructor(channel: TableInfo, cap: number) {
    this.channel = channel;
    this.#cap = cap;
    this.numbers = channel.fields.map((f) => new Float64Array(f.kind === "number" ? FIRST_CAPACITY : 0));
    this.texts = channel.fields.map(() => []);
    this.changed = channel.fields.map(() => new Uint32Array(FIRST_CAPACITY));
  }

  /** Starts a sample. */
  begin(t: number): void {
    this.tick++;
    this.t = t;
    this.total = 0;
  }

  /**
   * The slot for a row met in this sample.
   *
   * @param key - What tells the row from all others alive.
   * @returns The slot, or -1 when the table is full.
   */
  meet(key: number | string): number {
    this.total++;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      if (this.live >= this.#cap) return -1;
      slot = this.#free.pop() ?? this.high;
      if (slot === this.high) {
        this.high++;
        if (slot >= this.#capacity) this.#grow();
      }
      this.live++;
      this.#slots.set(key, slot);
      this.#keys[slot] = key;
      this.born[slot] = this.tick;
      this.gone[slot] = 0;
      this.touched[slot] = this.tick;
      for (const column of this.changed) column[slot] = this.tick;
    }
    this.#seen[slot] = this.tick;
    return slot;
  }

  /** The slot of a row that is alive, or -1. */
  find(key: number | string): number {
    return this.#slots.get(key) ?? -1;
  }

  /** Sets a number and marks it when it is another one. */
  number(slot: number, field: number, value: number): void {
    const column = this.numbers[field]!;
    const old = column[slot]!;
    if (old === value || (old !== old && value !== value)) return;
    column[slot] = value;
    this.changed[field]![slot] = this.tick;
    this.touched[slot] = this.tick;
  }

  /** Sets a text and marks it when it is another one. */
  text(slot: number, field: number, value: string): void {
    const column = this.texts[field]!;
    if (column[slot] === value) return;
    column[slot] = value;
    this.changed[field]![slot] = this.tick;
    this.touched[slot] = this.tick;
  }

  /** Ends a sample: rows that were not met are gone. */
  finish(): void {
    for (let slot = 0; slot < this.high; slot++) {
      if (this.gone[slot] !== 0 || this.#seen[slot] === this.tick) continue;
      this.gone[slot] = this.tick;
      this.live--;
      this.#slots.delete(this.#keys[slot]!);
      for (const column of this.texts) if (column.length > slot) column[slot] = "";
      this.#free.push(slot);
    }
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    const wider = (old: Uint32Array): Uint32Array => {
      const grown = new Uint32Array(capacity);
      grown.set(old);
      return grown;
    };
    for (let f = 0; f < this.changed.length; f++) {
      this.changed[f] = wider(this.changed[f]!);
      if (this.numbers[f]!.length === 0) continue;
      const grown = new Float64Array(capacity);
      grown.set(this.numbers[f]!);
      this.numbers[f] = grown;
    }
    this.touched = wider(this.touched);
    this.born = wider(this.born);
    this.gone = wider(this.gone);
    this.#seen = wider(this.#seen);
    this.#capacity = capacity;
  }
}
