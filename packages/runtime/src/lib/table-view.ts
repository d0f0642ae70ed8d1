/**
 * Stable objects for frozen tables that are as cheap to read as the tables: what `skynet.sharetable` gives out.
 *
 * A view has the fields of its table, values and frozen tables within, as fields of its own that cannot be written; to show another version
 * its fields are replaced. The tables within are those that everybody shares, and belong to their version. Knows no services.
 *
 * @module
 */
import { kindOf } from "../codec/plain.ts";
import { SkynetError } from "../errors/error.ts";

function refuse(what: string): never {
  throw new SkynetError("ARGUMENT", `Error newindex: ${what} of a shared table cannot be written by those who read it`);
}

/** What the views of records inherit: what every object has, and a refusal for fields that are not there. */
const guard: object = new Proxy(Object.create(null, Object.getOwnPropertyDescriptors(Object.prototype)) as object, {
  set: (_target, key) => refuse(`the field ${String(key)}`),
});

/** Shows one table after another. */
export class TableView<T extends object = object> {
  /** The object to read. */
  readonly view: T;
  #target: T;
  readonly #kind: string;

  /** @param target - Frozen. */
  constructor(target: T) {
    this.#target = target;
    this.#kind = kindOf(target);
    if (this.#kind === "record") {
      this.view = Object.create(guard) as T;
      show(this.view, {}, target);
    } else
      this.view = (this.#kind === "map"
        ? new MapView(() => this.#target as unknown as Entries)
        : listView(() => this.#target)) as unknown as T;
  }

  /** Shows another version from now on. @returns false when it is of another kind (record, array, Map) and this view stays what it is. */
  turnTo(target: T): boolean {
    if (kindOf(target) !== this.#kind) return false;
    if (this.#kind === "record") show(this.view, this.#target, target);
    this.#target = target;
    return true;
  }
}

/** Gives a record's view its fields. Where the names are the same only values are exchanged, so that it keeps its shape. */
function show(view: object, before: object, after: object): void {
  const [old, now] = [Object.keys(before), Object.keys(after)];
  // Backwards, so that the object goes back the way its shape has come.
  if (old.length !== now.length || !old.every((key, i) => key === now[i]))
    for (const key of old.toReversed()) Reflect.deleteProperty(view, key);
  for (const key of now)
    Object.defineProperty(view, key, {
      value: (after as Record<string, unknown>)[key],
      writable: false,
      enumerable: true,
      configurable: true,
    });
}

/** The table is an array at its top: seen through a proxy, since nothing else can keep an array from being written and be renewed. */
function listView(target: () => object): object {
  const fail = (): never => refuse("an element");
  const list = (): Record<string | symbol, unknown> => target() as Record<string | symbol, unknown>;
  return new Proxy([], {
    get: (own, key) => (Object.hasOwn(list(), key) ? list()[key] : (Reflect.get(own, key) as unknown)),
    has: (_own, key) => key in list(),
    ownKeys: () => Reflect.ownKeys(list()),
    getOwnPropertyDescriptor(own, key) {
      if (key === "length") return { ...Reflect.getOwnPropertyDescriptor(own, key)!, value: list()["length"] };
      return Object.hasOwn(list(), key) ? { value: list()[key], writable: false, enumerable: true, configurable: true } : undefined;
    },
    set: fail,
    deleteProperty: fail,
    defineProperty: fail,
    setPrototypeOf: fail,
    preventExtensions: fail,
  });
}

type Entries = Map<unknown, unknown>;

class MapView extends Map<unknown, unknown> {
  readonly #target: () => Entries;
  constructor(target: () => Entries) {
    super();
    this.#target = target;
  }
  override get size(): number {
    return this.#target().size;
  }
  override get(key: unknown): unknown {
    return this.#target().get(key);
  }
  override has(key: unknown): boolean {
    return this.#target().has(key);
  }
  override entries(): MapIterator<[unknown, unknown]> {
    return this.#target().entries();
  }
  override [Symbol.iterator](): MapIterator<[unknown, unknown]> {
    return this.entries();
  }
  override keys(): MapIterator<unknown> {
    return this.#target().keys();
  }
  override values(): MapIterator<unknown> {
    return this.#target().values();
  }
  override forEach(callback: (value: unknown, key: unknown, map: Entries) => void): void {
    for (const [key, value] of this.#target()) callback(value, key, this);
  }
  override set(key: unknown): never {
    return refuse(`the key ${String(key)}`);
  }
  override delete(key: unknown): never {
    return refuse(`the key ${String(key)}`);
  }
  override clear(): never {
    return refuse("a key");
  }
}
