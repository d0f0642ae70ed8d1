/**
 * Copies the rows of a channel from the source into its table, in steps.
 *
 * @module
 */
import type { FieldInfo } from "../channels/channel.ts";
import type { RowWalk } from "../source.ts";
import { limits } from "./limits.ts";
import type { RowTable } from "./row-table.ts";

interface Cell {
  readonly name: string;
  readonly index: number;
  readonly text: boolean;
  readonly numbers: ReadonlyMap<string, number> | undefined;
}

/** Reads rows into a table. Lives as long as the table, because it numbers the nodes it meets. */
export class TableSampler {
  readonly #table: RowTable;
  readonly #cells: readonly Cell[];
  readonly #identity: readonly string[];
  /** Whether rows are told apart by a number and their node. */
  readonly #numbered: boolean;
  readonly #nodes = new Map<string, number>();
  /** By slot: what the walk stamped the row with when it was copied last. */
  readonly #stamps: number[] = [];
  /** Rows in the next step: few at first, while the code that reads them is cold, and twice as many in each step after. */
  #step = 16;

  constructor(table: RowTable) {
    this.#table = table;
    const { fields, identity } = table.channel;
    this.#cells = fields.map((f, index) => ({ name: f.name, index, text: f.kind === "text", numbers: numbersOf(f) }));
    this.#identity = identity;
    this.#numbered = identity.length === 2 && identity[1] === "node";
  }

  /** Takes a sample at `t` (microseconds); yields after each step of at most {@link limits.stepRows} rows. Throws what the walk throws. */
  *sample(t: number, walk: RowWalk): Generator<void, void> {
    this.#table.begin(t);
    const visit = (row: object, stamp = NaN): void => this.#visit(row as Readonly<Record<string, number | string>>, stamp);
    const unchanged = (node: string, id: number, stamp: number): boolean => {
      const key = this.#nodeBase(node) + id;
      return this.#stamps[this.#table.find(key)] === stamp && this.#table.meet(key) >= 0;
    };
    while (walk.next(this.#step, visit, this.#numbered ? unchanged : undefined)) {
      this.#step = Math.min(limits.stepRows, this.#step * 2);
      yield;
    }
    this.#table.finish();
    yield;
  }

  #visit(row: Readonly<Record<string, number | string>>, stamp: number): void {
    const table = this.#table;
    const slot = table.meet(this.#key(row));
    if (slot < 0) return;
    this.#stamps[slot] = stamp;
    for (const { name, index, text, numbers } of this.#cells) {
      const value = row[name]!;
      if (text) table.text(slot, index, cut(value as string));
      else table.number(slot, index, numbers === undefined ? (value as number) : (numbers.get(value as string) ?? 0));
    }
  }

  /** Rows of services are told apart by a number, which is much cheaper than a text; the node is part of it, for a page may hold several. */
  #key(row: Readonly<Record<string, number | string>>): number | string {
    if (!this.#numbered) return this.#identity.map((name) => row[name]!).join(" ");
    return this.#nodeBase(row["node"] as string) + (row[this.#identity[0]!] as number);
  }

  #nodeBase(name: string): number {
    let node = this.#nodes.get(name);
    if (node === undefined) this.#nodes.set(name, (node = this.#nodes.size));
    return node * 0x1_0000_0000;
  }
}

/** From the words of a field to the numbers that travel. */
export function numbersOf(field: FieldInfo): ReadonlyMap<string, number> | undefined {
  return field.values === undefined ? undefined : new Map(field.values.map((word, i) => [word, i]));
}

/** Texts are cut where they would fill the string table. */
export function cut(text: string): string {
  return text.length <= limits.textLength ? text : `${text.slice(0, limits.textLength - 1)}…`;
}
