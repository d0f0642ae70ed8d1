/** The simplest client there can be: applies table frames to a map from slot to row, and checks what the protocol promises on the way. */
import { decodeColumn, TEXT_COLUMN } from "../../src/inspect/agent/columns.ts";
import type { AgentFrame, DeltaFrame, KeyFrame, RowBlock } from "../../src/inspect/frames.ts";

export type Row = Record<string, number | string>;

/** See the file's comment. */
export class Mirror {
  readonly rows = new Map<number, Row>();
  readonly strings: string[] = [];
  seq = 0;
  rest = 0;
  total = 0;
  t = 0;

  apply(frame: KeyFrame | DeltaFrame): void {
    if (frame.type === "key") this.rows.clear();
    else if (frame.seq !== this.seq + 1) throw new Error(`gap: ${this.seq} then ${frame.seq}`);
    this.seq = frame.seq;
    this.rest = frame.rest;
    this.total = frame.total;
    this.t = frame.t;
    if (frame.strings !== undefined) {
      if (frame.strings.first === 0) this.strings.length = 0;
      if (frame.strings.first !== this.strings.length)
        throw new Error(`strings begin at ${frame.strings.first}, have ${this.strings.length}`);
      this.strings.push(...frame.strings.values);
    }
    if (frame.type === "delta" && frame.removed !== undefined) for (const slot of column(frame.removed, "slots")) this.rows.delete(slot);
    if (frame.added !== undefined) this.#set(frame.added, true);
    if (frame.type === "delta" && frame.changed !== undefined) this.#set(frame.changed, false);
  }

  /** The rows by address, in order. */
  byAddress(): Row[] {
    return [...this.rows.values()].sort((a, b) => (a["addr"] as number) - (b["addr"] as number));
  }

  #set(block: RowBlock, fresh: boolean): void {
    const slots = column(block, "slots");
    for (const slot of slots) {
      if (fresh) this.rows.set(slot, {});
      else if (!this.rows.has(slot)) throw new Error(`slot ${slot} changed before it was added`);
    }
    for (const name of Object.keys(block.columns)) {
      const values = column(block, name);
      const text = (block.columns[name]!.type & TEXT_COLUMN) !== 0;
      slots.forEach((slot, i) => {
        const value = text ? this.strings[values[i]!] : values[i]!;
        if (value === undefined) throw new Error(`string ${values[i]} was never sent`);
        this.rows.get(slot)![name] = value;
      });
    }
  }
}

function column(block: RowBlock, name: string): number[] {
  const out: number[] = [];
  const fault = decodeColumn(name === "slots" ? block.slots : block.columns[name]!, block.count, out);
  if (fault !== undefined) throw new Error(`${name} ${fault}`);
  return out;
}

/** Collects what an agent sends, keeping tables by subscription. */
export class Recorder {
  readonly frames: AgentFrame[] = [];
  readonly tables = new Map<number, Mirror>();
  queuedBytes = 0;
  closed: string | undefined;
  /** One string table for the connection: the mirrors share it. */
  readonly #strings: string[] = [];

  readonly send = (frame: AgentFrame): void => {
    if (this.closed !== undefined) throw new Error("a frame after close");
    this.frames.push(frame);
    if (frame.type !== "key" && frame.type !== "delta") return;
    let mirror = this.tables.get(frame.id);
    if (mirror === undefined) {
      mirror = new Mirror();
      Object.defineProperty(mirror, "strings", { value: this.#strings });
      this.tables.set(frame.id, mirror);
    }
    mirror.apply(frame);
  };
  readonly queued = (): number => this.queuedBytes;
  readonly close = (reason: string): void => {
    this.closed = reason;
  };

  of<T extends AgentFrame["type"]>(type: T): Extract<AgentFrame, { type: T }>[] {
    return this.frames.filter((f): f is Extract<AgentFrame, { type: T }> => f.type === type);
  }
}
