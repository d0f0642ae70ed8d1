/**
 * Live views of frozen tables: objects that stay the same while what they show is exchanged.
 *
 * A view of a record is an ordinary object whose fields are getters, so that reading costs little more than a field; there is one for each
 * table that was looked at, and it knows its frozen table. Exchanging the table is one assignment; fields are renewed only where the keys are
 * others. Arrays are seen through a proxy, Maps through a Map. Writing throws. Knows no services.
 * Source: lualib/skynet/sharedata/corelib.lua; api.md §12.
 *
 * @module
 */
import { kindOf } from "../codec/plain.ts";
import { SkynetError } from "../errors/error.ts";

/** What a view of a table within becomes when the new version has no table there: one that throws, or one that keeps what it showed. */
export type Vanished = "throws" | "stays";

const NODE: unique symbol = Symbol("skyloom.view");

type Kind = "record" | "array" | "map";
type Record_ = Readonly<Record<string, unknown>>;

/** For how many updates a view whose key is gone is remembered; without an end, keys that come and go would fill the memory. */
const REMEMBERED = 8;

/** One table of a tree of views. */
class ViewNode {
  target: object;
  readonly kind: Kind;
  readonly parent: ViewNode | undefined;
  readonly key: unknown;
  /** Views of the tables within that were looked at. */
  kids: Map<unknown, ViewNode> | undefined = undefined;
  /** Those whose key is gone, and for how many more updates: they show it again when it comes back by then. */
  lost: [kid: ViewNode, left: number][] | undefined = undefined;
  /** The last table of a view that is lost. */
  last: object | undefined = undefined;
  readonly view: object;

  constructor(target: object, parent: ViewNode | undefined, key: unknown) {
    this.target = target;
    this.kind = kindOf(target) as Kind;
    this.parent = parent;
    this.key = key;
    this.view = this.kind === "record" ? recordView(this) : this.kind === "array" ? arrayView(this) : new MapView(this);
  }

  /** Dotted, as Skynet names it in errors. */
  get path(): string {
    const keys: string[] = [];
    // oxlint-disable-next-line typescript/no-this-alias -- the walk begins here
    for (let node: ViewNode = this; node.parent !== undefined; node = node.parent) keys.unshift(String(node.key));
    return keys.join(".");
  }

  /** What is shown for a value of the table. */
  shown(key: unknown, value: unknown): unknown {
    return typeof value === "object" && value !== null ? this.table(key, value) : value;
  }

  table(key: unknown, value: object): object {
    const known = this.kids?.get(key);
    if (known !== undefined) return known.view;
    const kind = kindOf(value);
    if (kind !== "record" && kind !== "array" && kind !== "map") return value;
    const made = new ViewNode(value, this, key);
    (this.kids ??= new Map()).set(key, made);
    return made.view;
  }

  /** Shows another table from now on. @param target - Of the same kind. */
  turnTo(target: object, vanished: Vanished): void {
    if (target === this.target) return;
    const before = this.last ?? this.target;
    this.last = undefined;
    this.target = target;
    if (this.kind === "record") renewFields(this.view, before, target);
    if (this.lost !== undefined) this.find(target);
    if (this.kids === undefined) return;
    for (const [key, kid] of this.kids) {
      const value = itemOf(target, this.kind, key);
      if (kid.fits(value)) kid.turnTo(value, vanished);
      else {
        this.kids.delete(key);
        if (vanished === "throws") this.miss(kid);
      }
    }
  }

  fits(value: unknown): value is object {
    return typeof value === "object" && value !== null && kindOf(value) === this.kind;
  }

  /** Its key is gone: whoever holds it is told at the next access. */
  lose(): void {
    const text = `The key [${this.path}] doesn't exist after update`;
    for (const kid of this.kids?.values() ?? []) this.miss(kid);
    this.kids = undefined;
    this.last = this.target;
    this.target = new Proxy(this.target, lost(text));
  }

  miss(kid: ViewNode): void {
    kid.lose();
    (this.lost ??= []).push([kid, REMEMBERED]);
  }

  /** Takes back those whose keys the table has, and forgets those that are gone too long. */
  find(target: object): void {
    const missing = this.lost ?? [];
    this.lost = undefined;
    for (const [kid, left] of missing) {
      if (!kid.fits(itemOf(target, this.kind, kid.key))) {
        if (left > 1) (this.lost ??= []).push([kid, left - 1]);
        continue;
      }
      const other = this.kids?.get(kid.key);
      if (other !== undefined) this.miss(other);
      (this.kids ??= new Map()).set(kid.key, kid);
    }
  }
}

function itemOf(table: object, kind: Kind, key: unknown): unknown {
  if (kind === "map") return (table as ReadonlyMap<unknown, unknown>).get(key);
  return Object.hasOwn(table, key as string) ? (table as Record<string, unknown>)[key as string] : undefined;
}

/** Every access to the table throws. */
function lost(text: string): ProxyHandler<object> {
  const fail = (): never => {
    throw new SkynetError("ARGUMENT", text);
  };
  return { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail };
}

function refuse(node: ViewNode | undefined, key: unknown): never {
  const path = node === undefined ? "" : node.path;
  throw new SkynetError(
    "ARGUMENT",
    `Error newindex, the key [${path}]: shared data cannot be changed by those who read it (writing ${String(key)})`,
  );
}

// --- records

interface Viewed {
  readonly [NODE]: ViewNode;
}

/** One getter for each name ever shown, so that records with the same keys have one shape. */
const fields = new Map<string, PropertyDescriptor>();
/** Beyond that names are no longer those of records, but keys that come and go. */
const MOST_FIELDS = 65_536;

function field(key: string): PropertyDescriptor {
  let known = fields.get(key);
  if (known === undefined) {
    if (fields.size >= MOST_FIELDS) fields.clear();
    known = {
      get(this: Viewed): unknown {
        const node = this[NODE];
        const value = (node.target as Record_)[key];
        return typeof value === "object" && value !== null ? node.table(key, value) : value;
      },
      set(this: Viewed): never {
        return refuse(this[NODE], key);
      },
      enumerable: true,
      configurable: true,
    };
    fields.set(key, known);
  }
  return known;
}

/** What records inherit: what every object has, and a refusal for fields that are not there. */
const guard: object = new Proxy(Object.create(null, Object.getOwnPropertyDescriptors(Object.prototype)) as object, {
  set: (_target, key, _value, receiver) => refuse((receiver as Partial<Viewed>)[NODE], key),
});

function recordView(node: ViewNode): object {
  const view = Object.create(guard, { [NODE]: { value: node } }) as object;
  for (const key of Object.keys(node.target)) Object.defineProperty(view, key, field(key));
  return view;
}

function renewFields(view: object, before: object, after: object): void {
  const [old, now] = [Object.keys(before), Object.keys(after)];
  if (old.length === now.length && old.every((key, i) => key === now[i])) return;
  // Backwards, so that the object goes back the way its shape has come.
  for (const key of old.toReversed()) Reflect.deleteProperty(view, key);
  for (const key of now) Object.defineProperty(view, key, field(key));
}

// --- arrays

/** A list through which nothing can be changed. The target is an array, so that it counts as one. */
function arrayView(node: ViewNode): object {
  const fail = (_target: object, key: string | symbol): never => refuse(node, key);
  const list = (): Record<string | symbol, unknown> => node.target as unknown as Record<string | symbol, unknown>;
  return new Proxy([], {
    get(target, key) {
      const items = list();
      if (key === "length") return items["length"];
      const value = typeof key === "string" && Object.hasOwn(items, key) ? items[key] : (Reflect.get(target, key) as unknown);
      return typeof value === "object" && value !== null ? node.table(key, value) : value;
    },
    has: (_target, key) => key in list(),
    ownKeys: () => Reflect.ownKeys(list()),
    getOwnPropertyDescriptor(target, key) {
      if (key === "length") return { ...Reflect.getOwnPropertyDescriptor(target, key)!, value: list()["length"] };
      if (!Object.hasOwn(list(), key)) return undefined;
      return { value: node.shown(key, list()[key]), writable: false, enumerable: true, configurable: true };
    },
    set: fail,
    deleteProperty: fail,
    defineProperty: fail,
    setPrototypeOf: () => refuse(node, "prototype"),
    preventExtensions: () => refuse(node, "extensions"),
  });
}

// --- Maps

class MapView extends Map<unknown, unknown> {
  readonly #node: ViewNode;
  constructor(node: ViewNode) {
    super();
    this.#node = node;
  }
  get #map(): ReadonlyMap<unknown, unknown> {
    return this.#node.target as ReadonlyMap<unknown, unknown>;
  }
  override get size(): number {
    return this.#map.size;
  }
  *#entries(): Generator<[unknown, unknown]> {
    for (const [key, value] of this.#map.entries()) yield [key, this.#node.shown(key, value)];
  }
  override get(key: unknown): unknown {
    return this.#node.shown(key, this.#map.get(key));
  }
  override has(key: unknown): boolean {
    return this.#map.has(key);
  }
  override entries(): MapIterator<[unknown, unknown]> {
    return this.#entries() as unknown as MapIterator<[unknown, unknown]>;
  }
  override [Symbol.iterator](): MapIterator<[unknown, unknown]> {
    return this.entries();
  }
  override keys(): MapIterator<unknown> {
    return this.#map.keys() as MapIterator<unknown>;
  }
  override *values(): MapIterator<unknown> {
    for (const [, value] of this.#entries()) yield value;
  }
  override forEach(callback: (value: unknown, key: unknown, map: Map<unknown, unknown>) => void): void {
    for (const [key, value] of this.#entries()) callback(value, key, this);
  }
  override set(key: unknown): never {
    return refuse(this.#node, key);
  }
  override delete(key: unknown): never {
    return refuse(this.#node, key);
  }
  override clear(): never {
    return refuse(this.#node, "all");
  }
}

/** The view of a whole table. */
export class LiveView<T extends object = object> {
  #node: ViewNode;
  readonly #vanished: Vanished;

  /** @param target - Frozen. */
  constructor(target: T, vanished: Vanished) {
    this.#node = new ViewNode(target, undefined, "");
    this.#vanished = vanished;
  }

  /** The object to read. It stays the same as long as the table stays of one kind: record, array or Map. */
  get view(): T {
    return this.#node.view as T;
  }

  /** The frozen table that is shown. */
  get target(): T {
    return this.#node.target as T;
  }

  /**
   * Shows another version from now on, also through the views of tables within.
   *
   * @returns false when it cannot, since the new version is of another kind: then this view stays what it is.
   */
  turnTo(target: T): boolean {
    if (kindOf(target) !== this.#node.kind) return false;
    this.#node.turnTo(target, this.#vanished);
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
