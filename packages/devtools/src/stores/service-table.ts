/**
 * All services of a host as columns, outside React: fed by frames, read by accessors, watched through one version number (INS-ARC-4).
 *
 * Knows nothing of connections, of sorting and of how a row looks. Rows keep their number while they live and for a moment after, so that a
 * service that has ended can be shown greyed; an address that is used again gets a row of its own.
 *
 * @module
 */
import { servicesChannel } from "@skyloom/runtime/inspect";
import type { DeltaFrame, KeyFrame } from "@skyloom/runtime/inspect";
import { BlockReader } from "./block-reader.ts";
import type { Block } from "./block-reader.ts";

/** How long a service that has ended stays in the table, in milliseconds (INS-TAB-4). */
export const GHOST_MS = 3_000;
/** Rates over a shorter time than this would be noise. */
const MIN_RATE_US = 200_000;
/** Slots beyond this are not believed. */
const MAX_SLOT = 1 << 20;

const numberFields = ["addr", "state", "mqlen", "task", "msg", "cpuUs", "mem", "err", "flags", "startUs"] as const;
const textFields = ["name", "type", "node"] as const;

/** Fields with numbers. */
export type NumberField = (typeof numberFields)[number];
/** Fields with texts. */
export type TextField = (typeof textFields)[number];

/** See the file's comment. */
export class ServiceTable {
  /** What a client subscribes to for this table. */
  static readonly fields: readonly string[] = [...numberFields, ...textFields];

  /** Raised whenever something a reader could see has changed. */
  version = 0;
  /** Raised when rows came or went. */
  membership = 0;
  /** Whether a whole table has arrived. */
  ready = false;
  /** Services the host has, also those beyond what it sends. */
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
  /** Messages per second; NaN while it is not known. */
  msgRate: Float64Array = new Float64Array(256);
  /** Share of one core in percent; NaN while it is not known. */
  cpuPercent: Float64Array = new Float64Array(256);

  readonly #now: () => number;
  readonly #reader = new BlockReader(servicesChannel);
  readonly #numbers: Record<NumberField, Float64Array>;
  readonly #texts: Record<TextField, string[]>;
  readonly #rowOfSlot = new Map<number, number>();
  readonly #rowOfKey = new Map<string, number>();
  readonly #ghosts = new Map<number, number>();
  readonly #free: number[] = [];
  readonly #listeners = new Set<() => void>();
  #baseMsg: Float64Array = new Float64Array(256);
  #baseCpu: Float64Array = new Float64Array(256);
  #baseT: Float64Array = new Float64Array(256);
  #inKey: Uint32Array = new Uint32Array(256);
  #keys = 0;
  #keyOpen = false;
  #seq = 0;
  #nodes = new Map<string, number>();
  #pinned = -1;

  /** @param now - The client's clock, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#numbers = Object.fromEntries(numberFields.map((f) => [f, new Float64Array(256)])) as Record<NumberField, Float64Array>;
    this.#texts = Object.fromEntries(textFields.map((f) => [f, [] as string[]])) as Record<TextField, string[]>;
  }

  /** A number of a row. */
  number(field: NumberField, row: number): number {
    return this.#numbers[field][row]!;
  }

  /** A whole column, for sorting. Do not change it. */
  numbers(field: NumberField): Float64Array {
    return this.#numbers[field];
  }

  /** A text of a row. */
  text(field: TextField, row: number): string {
    return this.#texts[field][row] ?? "";
  }

  /** Whether rows of several nodes are in the table. */
  get manyNodes(): boolean {
    return this.#nodes.size > 1;
  }

  /** The stable name of a row: its address, with `@node` where several nodes are shown. */
  id(row: number): string {
    const address = formatAddress(this.#numbers.addr[row]!);
    return this.manyNodes ? `${address}@${this.text("node", row)}` : address;
  }

  /** The row with that {@link ServiceTable.id | id}, preferring one that is alive; -1 when there is none. */
  find(id: string): number {
    const [address = "", node] = id.split("@");
    const addr = parseAddress(address);
    if (addr === undefined) return -1;
    for (const name of node === undefined ? this.#nodes.keys() : [node]) {
      const row = this.#rowOfKey.get(`${addr}@${name}`);
      if (row !== undefined) return row;
    }
    for (const row of this.#ghosts.keys())
      if (this.#numbers.addr[row] === addr && (node === undefined || this.text("node", row) === node)) return row;
    return -1;
  }

  /** Keeps a row when its service ends, until another one is pinned; -1 pins none. */
  pin(row: number): void {
    this.#pinned = row;
  }

  /** Calls `listener` after each change of {@link ServiceTable.version}. Returns how to stop that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another run of the host is behind the connection now: counters begin anew. */
  newHost(): void {
    this.#baseT.fill(0);
    this.msgRate.fill(NaN);
    this.cpuPercent.fill(NaN);
  }

  /** Removes what ended long enough ago; called with each frame, and by whoever shows ghosts while no frames come. */
  sweep(): void {
    const now = this.#now();
    let swept = false;
    for (const [row, since] of this.#ghosts) {
      if (now - since < GHOST_MS || row === this.#pinned) continue;
      this.#ghosts.delete(row);
      this.status[row] = 0;
      this.rowVersion[row]!++;
      for (const f of textFields) this.#texts[f][row] = "";
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
    const strings = this.#reader.strings(frame.strings);
    if (strings !== undefined) return strings;
    this.#seq = frame.seq;
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
    const addrs = block.numbers.get("addr");
    const nodes = block.texts.get("node");
    if (block.slots.length > 0 && (addrs === undefined || nodes === undefined)) return "its new rows do not say which services they are";
    for (let i = 0; i < block.slots.length; i++) {
      const slot = block.slots[i]!;
      const key = `${addrs![i]!}@${nodes![i]!}`;
      const before = this.#rowOfSlot.get(slot);
      let row = this.#rowOfKey.get(key);
      // In a key frame a known service keeps its row; in a delta a service that comes is a new one, also at an old address.
      if (before !== undefined && before !== row) this.#end(before);
      if (row !== undefined && !this.#keyOpen) {
        this.#end(row);
        row = undefined;
      }
      const fresh = row === undefined;
      if (row === undefined) {
        row = this.#allocate();
        this.#rowOfKey.set(key, row);
        this.#nodes.set(nodes![i]!, (this.#nodes.get(nodes![i]!) ?? 0) + 1);
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
    for (const f of numberFields) {
      const values = block.numbers.get(f);
      if (values !== undefined && (fresh || f !== "addr")) this.#numbers[f][row] = values[i]!;
    }
    for (const f of textFields) {
      const values = block.texts.get(f);
      if (values !== undefined && (fresh || f !== "node")) this.#texts[f][row] = values[i]!;
    }
    this.rowVersion[row]!++;
  }

  #end(row: number): void {
    if (this.status[row] !== 1) return;
    this.status[row] = 2;
    this.rowVersion[row]!++;
    this.#ghosts.set(row, this.#now());
    const node = this.#texts.node[row]!;
    this.#rowOfKey.delete(`${this.#numbers.addr[row]!}@${node}`);
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
    this.#rates(frame.t);
    this.t = frame.t;
    this.arrivedAt = this.#now();
    this.sweep();
    this.#changed();
  }

  /** Rates from cumulative counters and host time, so that a frame that never came does no harm (INS-PRO-2). */
  #rates(t: number): void {
    const { msg, cpuUs } = this.#numbers;
    for (let row = 0; row < this.high; row++) {
      if (this.status[row] !== 1) continue;
      const base = this.#baseT[row]!;
      const us = t - base;
      if (base !== 0 && us < MIN_RATE_US && us >= 0) continue;
      const messages = msg[row]! - this.#baseMsg[row]!;
      const cpu = cpuUs[row]! - this.#baseCpu[row]!;
      // A counter that went back belongs to another life of the service.
      const known = base !== 0 && us > 0 && messages >= 0 && cpu >= 0;
      const rate = known ? (messages / us) * 1e6 : NaN;
      const percent = known ? (cpu / us) * 100 : NaN;
      if (!Object.is(rate, this.msgRate[row]) || !Object.is(percent, this.cpuPercent[row])) {
        this.msgRate[row] = rate;
        this.cpuPercent[row] = percent;
        this.rowVersion[row]!++;
      }
      this.#baseMsg[row] = msg[row]!;
      this.#baseCpu[row] = cpuUs[row]!;
      this.#baseT[row] = t;
    }
  }

  #allocate(): number {
    const row = this.#free.pop() ?? this.high++;
    if (row >= this.status.length) this.#grow();
    this.status[row] = 1;
    this.#baseT[row] = 0;
    this.msgRate[row] = NaN;
    this.cpuPercent[row] = NaN;
    for (const f of numberFields) this.#numbers[f][row] = f === "startUs" ? -1 : 0;
    for (const f of textFields) this.#texts[f][row] = "";
    return row;
  }

  #grow(): void {
    const size = this.status.length * 2;
    const wider = <T extends Float64Array | Uint32Array | Uint8Array>(old: T): T => {
      const grown = new (old.constructor as new (n: number) => T)(size);
      grown.set(old);
      return grown;
    };
    for (const f of numberFields) this.#numbers[f] = wider(this.#numbers[f]);
    this.rowVersion = wider(this.rowVersion);
    this.status = wider(this.status);
    this.msgRate = wider(this.msgRate);
    this.cpuPercent = wider(this.cpuPercent);
    this.#baseMsg = wider(this.#baseMsg);
    this.#baseCpu = wider(this.#baseCpu);
    this.#baseT = wider(this.#baseT);
    this.#inKey = wider(this.#inKey);
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** Writes a handle as Skynet does: a colon and eight hex digits. */
export function formatAddress(addr: number): string {
  return `:${addr.toString(16).padStart(8, "0")}`;
}

/** Reads what {@link formatAddress} wrote; the colon and leading zeros may be missing. */
export function parseAddress(text: string): number | undefined {
  return /^:?[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text.replace(":", ""), 16) : undefined;
}
