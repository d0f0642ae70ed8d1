/**
 * The columns behind a table: fed by frames, read by accessors.
 *
 * Knows nothing of who reads it, of sorting and of how a row looks. Rows keep their number while they live and for a moment after, so that
 * what has ended can be shown greyed; an identity that is used again gets a row of its own.
 *
 * @module
 */
import type { DeltaFrame, KeyFrame } from "@skyloom/runtime/inspect";
import type { StringTable } from "../client/string-table.ts";
import { BlockReader } from "./block-reader.ts";
import type { Block } from "./block-reader.ts";
import type { TableShape } from "./channels.ts";

/** How long a row that has ended stays in the table, in milliseconds (INS-TAB-4). */
export const GHOST_MS = 3_000;
/** Rates over a shorter time than this would be noise. */
const MIN_RATE_US = 200_000;
/** Slots beyond this are not believed. */
const MAX_SLOT = 1 << 20;

/** Which rows stay when they end, by {@link TableData.key}. */
export interface Pins {
  has(key: string): boolean;
}

/** A counter of which a rate is kept. */
interface Rate {
  readonly field: string;
  /** Per second; NaN while it is not known. */
  values: Float64Array;
  base: Float64Array;
}

/** See the file's comment. */
export class TableData {
  readonly shape: TableShape;
  /** Raised when rows came or went. */
  membership = 0;
  /** Whether a whole table has arrived. */
  ready = false;
  /** Rows the host has, also those beyond what it sends. */
  total = 0;
  /** Rows alive. */
  live = 0;
  /** When the values were sampled, in microseconds of the host's clock. */
  t = 0;
  /** When they arrived, in milliseconds of the client's clock. */
  arrivedAt = 0;
  /** Rows ever used are below this. */
  high = 0;
  /** By row: how often it has changed. */
  rowVersion: Uint32Array = new Uint32Array(256);
  /** By row: 0 = unused, 1 = alive, 2 = has ended. */
  status: Uint8Array = new Uint8Array(256);

  /** By row: when the host last said something new of it, in microseconds of its clock; -Infinity before the first news. */
  changedAt: Float64Array = new Float64Array(256);

  readonly #now: () => number;
  readonly #strings: StringTable;
  readonly #reader: BlockReader;
  readonly #numberFields: readonly string[];
  readonly #textFields: readonly string[];
  #numbers: Record<string, Float64Array> = {};
  #texts: Record<string, string[]> = {};
  #rates: readonly Rate[];
  #ids: string[] = [];
  #rowOfSlot = new Map<number, number>();
  #rowOfKey = new Map<string, number>();
  #ghosts = new Map<number, number>();
  #free: number[] = [];
  readonly #changed: () => void;
  #baseT: Float64Array = new Float64Array(256);
  #inKey: Uint32Array = new Uint32Array(256);
  #keys = 0;
  #keyOpen = false;
  #seq = 0;
  #frameT = 0;
  #nodes = new Map<string, number>();
  readonly #pins: Pins;

  /**
   * @param strings - The string table of the connection the frames come over.
   * @param now - The client's clock, in milliseconds.
   * @param changed - Called after each change that a reader could see.
   */
  constructor(shape: TableShape, strings: StringTable, now: () => number, pins: Pins, changed: () => void) {
    this.shape = shape;
    this.#pins = pins;
    this.#changed = changed;
    this.#now = now;
    this.#strings = strings;
    this.#reader = new BlockReader(shape.channel, strings);
    const names = (kind: "number" | "text"): string[] =>
      shape.channel.fields.filter((f) => f.kind === kind && shape.fields.includes(f.name)).map((f) => f.name);
    this.#numberFields = names("number");
    this.#textFields = names("text");
    for (const f of this.#numberFields) this.#numbers[f] = new Float64Array(256);
    for (const f of this.#textFields) this.#texts[f] = [];
    this.#rates = shape.rates.map((field) => ({ field, values: new Float64Array(256), base: new Float64Array(256) }));
  }

  /** A number of a row. */
  number(field: string, row: number): number {
    return this.#numbers[field]![row]!;
  }

  /** A text of a row. */
  text(field: string, row: number): string {
    return this.#texts[field]![row] ?? "";
  }

  /** The word that a number of a row stands for. */
  word(field: string, row: number): string {
    return this.shape.channel.fields.find((f) => f.name === field)?.values?.[this.number(field, row)] ?? "unknown";
  }

  /** How fast a counter of a row grows, per second; NaN while that is not known. */
  rate(field: string, row: number): number {
    return this.#rates.find((r) => r.field === field)!.values[row]!;
  }

  /** Names of the nodes whose rows are alive. */
  get nodes(): Iterable<string> {
    return this.#nodes.keys();
  }

  /** Whether rows of several nodes are in the table. */
  get manyNodes(): boolean {
    return this.#nodes.size > 1;
  }

  /** The stable name of a row, with `@node` where rows of several nodes are shown. */
  id(row: number): string {
    const id = this.#ids[row] ?? "";
    return this.manyNodes ? id : id.slice(0, id.lastIndexOf("@"));
  }

  /** The row with that {@link TableStore.id | id}, preferring one that is alive; -1 when there is none. */
  find(id: string): number {
    const at = id.lastIndexOf("@");
    const wanted = at >= 0 ? [id] : [...this.#nodes.keys()].map((node) => `${id}@${node}`);
    for (const name of wanted) {
      const row = this.#rowOfKey.get(name);
      if (row !== undefined) return row;
    }
    for (const row of this.#ghosts.keys()) {
      const ghost = this.#ids[row]!;
      if (at >= 0 ? ghost === id : ghost.startsWith(`${id}@`)) return row;
    }
    return -1;
  }

  /** What tells a row from all others, whatever nodes are shown. */
  key(row: number): string {
    return this.#ids[row] ?? "";
  }

  /** The same values, which no frame changes any more. */
  copy(): TableData {
    const copy = new TableData(this.shape, this.#strings, this.#now, this.#pins, () => {});
    const { membership, ready, total, live, t, arrivedAt, high } = this;
    Object.assign(copy, { membership, ready, total, live, t, arrivedAt, high });
    copy.rowVersion = this.rowVersion.slice();
    copy.status = this.status.slice();
    copy.changedAt = this.changedAt.slice();
    copy.#numbers = Object.fromEntries(Object.entries(this.#numbers).map(([f, values]) => [f, values.slice()]));
    copy.#texts = Object.fromEntries(Object.entries(this.#texts).map(([f, values]) => [f, values.slice()]));
    copy.#rates = this.#rates.map(({ field, values, base }) => ({ field, values: values.slice(), base: base.slice() }));
    copy.#ids = this.#ids.slice();
    copy.#rowOfKey = new Map(this.#rowOfKey);
    copy.#ghosts = new Map(this.#ghosts);
    copy.#nodes = new Map(this.#nodes);
    return copy;
  }

  /** Another run of the host is behind the connection now: counters begin anew. */
  newHost(): void {
    this.#baseT.fill(0);
    for (const rate of this.#rates) rate.values.fill(NaN);
  }

  /** Removes what ended long enough ago; called with each frame, and by whoever shows ghosts while no frames come. */
  sweep(): void {
    const now = this.#now();
    let swept = false;
    for (const [row, since] of this.#ghosts) {
      if (now - since < GHOST_MS || this.#pins.has(this.#ids[row]!)) continue;
      this.#ghosts.delete(row);
      this.status[row] = 0;
      this.rowVersion[row]!++;
      for (const f of this.#textFields) this.#texts[f]![row] = "";
      this.#free.push(row);
      swept = true;
    }
    if (!swept) return;
    this.membership++;
    this.#changed();
  }

  /**
   * Takes a frame.
   *
   * @returns `undefined`, `"gap"` when a frame before it is missing (nothing was changed), or what is wrong with it. After either, the table
   * stays as it is until the next key frame.
   */
  apply(frame: KeyFrame | DeltaFrame): string | undefined {
    // Types first: comparing or printing a foreign object can throw.
    if (!Number.isInteger(frame.seq) || !Number.isFinite(frame.t) || !isCount(frame.rest) || !isCount(frame.total))
      return "its head is broken";
    if (frame.type === "delta" && frame.seq !== this.#seq + 1) return "gap";
    const strings = this.#strings.add(frame.strings);
    if (strings !== undefined) return strings;
    this.#seq = frame.seq;
    this.#frameT = frame.t;
    if (frame.type === "key") {
      this.#rowOfSlot.clear();
      this.#keys++;
      this.#keyOpen = true;
    } else {
      const fault = frame.removed === undefined ? undefined : this.#read(frame.removed, (block) => this.#remove(block));
      if (fault !== undefined) return fault;
    }
    const added = frame.added === undefined ? undefined : this.#read(frame.added, (block) => this.#add(block));
    if (added !== undefined) return added;
    const changed =
      frame.type === "delta" && frame.changed !== undefined ? this.#read(frame.changed, (block) => this.#change(block)) : undefined;
    if (changed !== undefined) return changed;
    if (frame.rest === 0) this.#complete(frame);
    return undefined;
  }

  #read(raw: unknown, use: (block: Block) => string | undefined): string | undefined {
    const block = this.#reader.read(raw);
    if (typeof block === "string") return block;
    for (const slot of block.slots) if (!(Number.isInteger(slot) && slot >= 0 && slot < MAX_SLOT)) return `there is no slot ${slot}`;
    return use(block);
  }

  #remove(block: Block): undefined {
    for (const slot of block.slots) {
      const row = this.#rowOfSlot.get(slot);
      this.#rowOfSlot.delete(slot);
      if (row !== undefined) this.#end(row);
    }
    return undefined;
  }

  #add(block: Block): string | undefined {
    if (block.slots.length === 0) return undefined;
    const { identity } = this.shape.channel;
    const parts = identity.map((name) => block.numbers.get(name) ?? block.texts.get(name));
    const missing = parts.indexOf(undefined);
    if (missing >= 0) return `its new rows do not say what they are: ${identity[missing]} is missing`;
    const nodes = block.texts.get("node");
    const values: (number | string)[] = [];
    for (let i = 0; i < block.slots.length; i++) {
      const slot = block.slots[i]!;
      for (let p = 0; p < parts.length; p++) values[p] = parts[p]![i]!;
      const node = nodes?.[i] ?? "";
      const key = `${this.shape.id(values)}@${node}`;
      const before = this.#rowOfSlot.get(slot);
      let row = this.#rowOfKey.get(key);
      // In a key frame a known row stays; in a delta one that comes is a new one, also with an old identity.
      if (before !== undefined && before !== row) this.#end(before);
      if (row !== undefined && !this.#keyOpen) {
        this.#end(row);
        row = undefined;
      }
      const fresh = row === undefined;
      if (row === undefined) {
        row = this.#allocate();
        this.#ids[row] = key;
        this.#rowOfKey.set(key, row);
        this.#nodes.set(node, (this.#nodes.get(node) ?? 0) + 1);
        this.live++;
        this.membership++;
      }
      this.#rowOfSlot.set(slot, row);
      this.#inKey[row] = this.#keys;
      this.#set(block, i, row, fresh);
    }
    return undefined;
  }

  #change(block: Block): string | undefined {
    for (let i = 0; i < block.slots.length; i++) {
      const row = this.#rowOfSlot.get(block.slots[i]!);
      if (row === undefined) return `slot ${block.slots[i]} changes and was never filled`;
      this.#set(block, i, row, false);
    }
    return undefined;
  }

  /** Sets what the block carries. Identity is set once: it must not change under a row that is known by it. */
  #set(block: Block, i: number, row: number, fresh: boolean): void {
    const { ages } = this.shape;
    const { identity } = this.shape.channel;
    let news = fresh;
    for (const [f, values] of block.numbers) {
      const column = this.#numbers[f];
      if (column === undefined || (!fresh && identity.includes(f))) continue;
      const value = values[i]!;
      if (column[row] === value) continue;
      column[row] = value;
      if (!news && !ages.includes(f)) news = true;
    }
    for (const [f, values] of block.texts) {
      const column = this.#texts[f];
      if (column === undefined || (!fresh && identity.includes(f)) || column[row] === values[i]) continue;
      column[row] = values[i]!;
      news = true;
    }
    // What the first table says was not seen to change.
    if (news) this.changedAt[row] = fresh && !this.ready ? -Infinity : this.#frameT;
    this.rowVersion[row]!++;
  }

  #end(row: number): void {
    if (this.status[row] !== 1) return;
    this.status[row] = 2;
    this.rowVersion[row]!++;
    this.#ghosts.set(row, this.#now());
    const id = this.#ids[row]!;
    this.#rowOfKey.delete(id);
    const node = id.slice(id.lastIndexOf("@") + 1);
    const left = this.#nodes.get(node)! - 1;
    if (left === 0) this.#nodes.delete(node);
    else this.#nodes.set(node, left);
    this.live--;
    this.membership++;
  }

  #complete(frame: KeyFrame | DeltaFrame): void {
    if (this.#keyOpen) {
      this.#keyOpen = false;
      for (let row = 0; row < this.high; row++) if (this.status[row] === 1 && this.#inKey[row] !== this.#keys) this.#end(row);
    }
    this.ready = true;
    this.total = frame.total;
    this.#measure(frame.t);
    this.t = frame.t;
    this.arrivedAt = this.#now();
    this.sweep();
    this.#changed();
  }

  /** Rates from cumulative counters and host time, so that a frame that never came does no harm (INS-PRO-2). */
  #measure(t: number): void {
    if (this.#rates.length === 0) return;
    for (let row = 0; row < this.high; row++) {
      if (this.status[row] !== 1) continue;
      const since = this.#baseT[row]!;
      const us = t - since;
      if (since !== 0 && us < MIN_RATE_US && us >= 0) continue;
      let moved = false;
      for (const rate of this.#rates) {
        const now = this.#numbers[rate.field]![row]!;
        const grown = now - rate.base[row]!;
        // A counter that went back belongs to another life of the row.
        const value = since !== 0 && us > 0 && grown >= 0 ? (grown / us) * 1e6 : NaN;
        if (!Object.is(value, rate.values[row])) {
          rate.values[row] = value;
          moved = true;
        }
        rate.base[row] = now;
      }
      if (moved) this.rowVersion[row]!++;
      this.#baseT[row] = t;
    }
  }

  #allocate(): number {
    const row = this.#free.pop() ?? this.high++;
    if (row >= this.status.length) this.#grow();
    this.status[row] = 1;
    this.#baseT[row] = 0;
    for (const rate of this.#rates) rate.values[row] = NaN;
    for (const f of this.#numberFields) this.#numbers[f]![row] = 0;
    for (const f of this.#textFields) this.#texts[f]![row] = "";
    return row;
  }

  #grow(): void {
    const size = this.status.length * 2;
    const wider = <T extends Float64Array | Uint32Array | Uint8Array>(old: T): T => {
      const grown = new (old.constructor as new (n: number) => T)(size);
      grown.set(old);
      return grown;
    };
    for (const f of this.#numberFields) this.#numbers[f] = wider(this.#numbers[f]!);
    for (const rate of this.#rates) {
      rate.values = wider(rate.values);
      rate.base = wider(rate.base);
    }
    this.rowVersion = wider(this.rowVersion);
    this.changedAt = wider(this.changedAt);
    this.status = wider(this.status);
    this.#baseT = wider(this.#baseT);
    this.#inKey = wider(this.#inKey);
  }
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}
