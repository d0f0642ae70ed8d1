/**
 * Live views of frozen tables: objects that stay the same, at every depth, while what they show is exchanged.
 *
 * Each table of a tree has one object. An exchange gives those whose tables are still there their new content; those whose tables are gone
 * throw, until their tables come back. Knows no services. Source: lualib/skynet/sharedata/corelib.lua; api.md §12.
 *
 * @module
 */
import { kindOf } from "../codec/plain.ts";
import { SkynetError } from "../errors/error.ts";
import { surfaceOf, type Surface } from "./view-surface.ts";

/** For how many updates a view whose key is gone is remembered; without an end, keys that come and go would fill the memory. */
const REMEMBERED = 8;

const isTable = (value: unknown): value is object =>
  typeof value === "object" && value !== null && ["record", "array", "map"].includes(kindOf(value));

/** One table of a tree of views. */
class ViewNode {
  readonly surface: Surface;
  readonly parent: ViewNode | undefined;
  readonly key: unknown;
  /** The tables within. */
  kids: Map<unknown, ViewNode> | undefined = undefined;
  /** Those whose key is gone, and for how many more updates: they show it again when it comes back by then. */
  lost: [kid: ViewNode, left: number][] | undefined = undefined;

  constructor(table: object, parent: ViewNode | undefined, key: unknown) {
    this.parent = parent;
    this.key = key;
    this.surface = surfaceOf(this.content(table), (written) => {
      throw new SkynetError(
        "ARGUMENT",
        `Error newindex, the key [${this.path}]: shared data cannot be changed by those who read it (writing ${String(written)})`,
      );
    })!;
  }

  /** Dotted, as Skynet names it in errors. */
  get path(): string {
    const keys: string[] = [];
    // oxlint-disable-next-line typescript/no-this-alias -- the walk begins here
    for (let node: ViewNode = this; node.parent !== undefined; node = node.parent) keys.unshift(String(node.key));
    return keys.join(".");
  }

  fits(table: object): boolean {
    return kindOf(table) === this.surface.kind;
  }

  /** Shows another table from now on. @param table - That fits. */
  turnTo(table: object): void {
    this.surface.show(this.content(table));
  }

  /** The table with views in place of the tables within; it itself when there are none. */
  content(table: object): object {
    const { kids: before, lost: missing } = this;
    const kids = new Map<unknown, ViewNode>();
    const content = mapTables(table, (key, value) => {
      let kid = before?.get(key);
      if (kid?.fits(value) === true) before!.delete(key);
      else kid = missing?.find(([one]) => one.key === key && one.fits(value))?.[0];
      if (kid === undefined) kid = new ViewNode(value, this, key);
      else kid.turnTo(value);
      kids.set(key, kid);
      return kid.surface.view;
    });
    this.kids = kids.size > 0 ? kids : undefined;
    this.lost = missing?.flatMap(([kid, left]) => (left > 1 && kids.get(kid.key) !== kid ? [[kid, left - 1]] : []));
    for (const kid of before?.values() ?? []) this.lose(kid);
    return content;
  }

  /** The key of a table within is gone: whoever holds its view is told at the next access. */
  lose(kid: ViewNode): void {
    (this.lost ??= []).push([kid, REMEMBERED]);
    const text = `The key [${kid.path}] doesn't exist after update`;
    kid.surface.close(() => {
      throw new SkynetError("ARGUMENT", text);
    });
    const { kids } = kid;
    kid.kids = undefined;
    for (const inner of kids?.values() ?? []) kid.lose(inner);
  }
}

/** A copy with other objects in place of the tables in it; the table itself when there are none. */
function mapTables(table: object, other: (key: unknown, value: object) => object): object {
  if (Array.isArray(table)) {
    if (!table.some(isTable)) return table;
    return Object.freeze(table.map((item: unknown, i) => (isTable(item) ? other(i, item) : item)));
  }
  const entries: [unknown, unknown][] = table instanceof Map ? [...table] : Object.entries(table);
  if (!entries.some(([, item]) => isTable(item))) return table;
  const mapped = entries.map(([key, item]): [unknown, unknown] => [key, isTable(item) ? other(key, item) : item]);
  return table instanceof Map ? new Map(mapped) : Object.fromEntries(mapped as [string, unknown][]);
}

/** The view of a whole table. */
export class LiveView<T extends object = object> {
  readonly #root: ViewNode;

  /** @param table - Frozen: a record, an array or a Map. */
  constructor(table: T) {
    this.#root = new ViewNode(table, undefined, "");
  }

  /** The object to read. It stays the same as long as the table stays of one kind: record, array or Map. */
  get view(): T {
    return this.#root.surface.view as T;
  }

  /**
   * Shows another version from now on, also through the views of tables within.
   *
   * @returns false when it cannot, since the new version is of another kind: then this view stays what it is.
   */
  turnTo(table: T): boolean {
    if (!this.#root.fits(table)) return false;
    this.#root.turnTo(table);
    return true;
  }
}

/** A copy of a frozen table, or of a view, that belongs to the caller and can be changed. */
export function thawed<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  switch (kindOf(value)) {
    case "array":
      return Array.from(value as unknown as readonly unknown[], thawed) as unknown as T;
    case "record":
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, thawed(item as unknown)])) as T;
    case "map":
      return new Map([...(value as unknown as Map<unknown, unknown>)].map(([key, item]) => [thawed(key), thawed(item)])) as unknown as T;
    case "bytes":
      return (value as unknown as Uint8Array).slice() as unknown as T;
    default:
      return value;
  }
}
