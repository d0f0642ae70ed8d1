/**
 * The objects through which frozen tables are read: stable while their content is exchanged, not to be written, and as cheap to read as a
 * plain frozen object as far as the language lets them.
 *
 * A record has the fields of its table as fields of its own that cannot be written; a Map holds its entries itself. Only an array cannot be
 * kept from being written and still be renewed: it is a proxy, whose methods and iteration run on the frozen array behind it at full speed,
 * so that only `list[i]` goes through a trap. Knows no services and no versions.
 *
 * @module
 */
import { kindOf } from "../codec/plain.ts";

/** Tells that somebody writes. @param key - What they write: a field, an index, a key of a Map. */
export type Refuse = (key: unknown) => never;

/** An object to read, and what only its owner can do with it. */
export interface Surface {
  readonly kind: "record" | "array" | "map";
  /** The object to read. */
  readonly view: object;
  /** Shows this content from now on. @param content - Of this kind; an array must be frozen. */
  show(content: object): void;
  /** From now on every access throws what `fail` throws, until something is shown again. */
  close(fail: () => never): void;
}

/** @param content - An array must be frozen. @returns `undefined` for what is no table. */
export function surfaceOf(content: object, refuse: Refuse): Surface | undefined {
  switch (kindOf(content)) {
    case "record":
      return new RecordSurface(content as Fields, refuse);
    case "array":
      return new ListSurface(content as List, refuse);
    case "map":
      return new MapSurface(content as Entries, refuse);
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;
type List = readonly unknown[];
type Entries = ReadonlyMap<unknown, unknown>;

// --- records

const OWNER: unique symbol = Symbol("skyloom.surface");

/** What records inherit: what every object has; and a word from their surface about fields that are not there. */
const guard: object = new Proxy(Object.create(null, Object.getOwnPropertyDescriptors(Object.prototype)) as object, {
  get(target, key, receiver) {
    if (!(key in target)) ownerOf(receiver)?.closed?.();
    return Reflect.get(target, key) as unknown;
  },
  set(_target, key, value, receiver) {
    const owner = ownerOf(receiver);
    if (owner !== undefined) return owner.refuse(key);
    return Reflect.defineProperty(receiver as object, key, { value, writable: true, enumerable: true, configurable: true });
  },
});

/** Its surface, which a record knows; what inherits from a record is none. */
function ownerOf(record: unknown): RecordSurface | undefined {
  return (Reflect.getOwnPropertyDescriptor(record as object, OWNER) as { value: RecordSurface } | undefined)?.value;
}

class RecordSurface implements Surface {
  readonly kind = "record";
  readonly view: object;
  readonly refuse: Refuse;
  closed: (() => never) | undefined = undefined;

  constructor(content: Fields, refuse: Refuse) {
    this.refuse = refuse;
    this.view = Object.create(guard, { [OWNER]: { value: this } }) as object;
    this.show(content);
  }

  show(content: Fields): void {
    const { view } = this;
    this.closed = undefined;
    const [old, now] = [Object.keys(view), Object.keys(content)];
    // Where the names are the same only values are exchanged, so that the object keeps its shape. Backwards, so that it goes back the way its
    // shape has come.
    if (old.length !== now.length || !old.every((key, i) => key === now[i]))
      for (const key of old.toReversed()) Reflect.deleteProperty(view, key);
    for (const key of now) Object.defineProperty(view, key, { value: content[key], writable: false, enumerable: true, configurable: true });
  }

  close(fail: () => never): void {
    this.closed = fail;
    for (const key of Object.keys(this.view))
      Object.defineProperty(this.view, key, { get: fail, set: fail, enumerable: true, configurable: true });
  }
}

// --- arrays

const BEHIND: unique symbol = Symbol("skyloom.list");

/** What lists inherit: an array's methods that only read, run on the frozen array behind the list. */
const listMethods: object = Object.create(
  Array.prototype,
  Object.fromEntries(
    [
      Symbol.iterator,
      ..."at concat entries every filter find findIndex findLast findLastIndex flat flatMap forEach includes indexOf join keys".split(" "),
      ..."lastIndexOf map reduce reduceRight slice some toLocaleString toReversed toSorted toSpliced toString values with".split(" "),
    ].map((name) => {
      const method = Array.prototype[name as "at"] as (...args: unknown[]) => unknown;
      const value = function (this: { readonly [BEHIND]?: List }, ...args: unknown[]): unknown {
        return method.apply(this[BEHIND] ?? this, args);
      };
      return [name, { value }];
    }),
  ),
) as object;

/** Indexes reach the traps as text. */
const isIndex = (key: string): boolean => (key.charCodeAt(0) - 48) >>> 0 <= 9;

class ListSurface implements Surface {
  readonly kind = "array";
  readonly view: object;
  #items: List;

  constructor(content: List, refuse: Refuse) {
    this.#items = content;
    const items = (): Fields & List => this.#items as Fields & List;
    const fail = (_target: object, key: string | symbol): never => refuse(key);
    // The target is an array, so that the list counts as one.
    this.view = new Proxy(Object.setPrototypeOf([], listMethods) as unknown[], {
      get(target, key) {
        if (typeof key === "string") {
          if (isIndex(key)) return items()[key];
          if (key === "length") return items().length;
        } else if (key === BEHIND) return items();
        return Reflect.get(target, key) as unknown;
      },
      has: (_target, key) => key in items(),
      ownKeys: () => Reflect.ownKeys(items()),
      getOwnPropertyDescriptor(target, key) {
        if (key === "length") return { ...Reflect.getOwnPropertyDescriptor(target, key)!, value: items().length };
        if (!Object.hasOwn(items(), key)) return undefined;
        return { value: items()[key as string], writable: false, enumerable: true, configurable: true };
      },
      set: fail,
      deleteProperty: fail,
      defineProperty: fail,
      setPrototypeOf: () => refuse("prototype"),
      preventExtensions: () => refuse("extensions"),
    });
  }

  show(content: List): void {
    this.#items = content;
  }

  close(fail: () => never): void {
    this.#items = new Proxy([], { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail });
  }
}

// --- Maps

const RENEW: unique symbol = Symbol("skyloom.renew");

class MapView extends Map<unknown, unknown> {
  readonly #refuse: Refuse;
  constructor(refuse: Refuse) {
    super();
    this.#refuse = refuse;
  }
  [RENEW](content: Entries): void {
    super.clear();
    for (const [key, value] of content) super.set(key, value);
  }
  override set(key: unknown): never {
    return this.#refuse(key);
  }
  override delete(key: unknown): never {
    return this.#refuse(key);
  }
  override clear(): never {
    return this.#refuse("all");
  }
}

const mapReaders = ["get", "has", "keys", "values", "entries", "forEach", Symbol.iterator] as const;

class MapSurface implements Surface {
  readonly kind = "map";
  readonly view: MapView;

  constructor(content: Entries, refuse: Refuse) {
    this.view = new MapView(refuse);
    this.show(content);
  }

  show(content: Entries): void {
    for (const name of [...mapReaders, "size"]) Reflect.deleteProperty(this.view, name);
    this.view[RENEW](content);
  }

  close(fail: () => never): void {
    for (const name of mapReaders) Object.defineProperty(this.view, name, { value: fail, configurable: true });
    Object.defineProperty(this.view, "size", { get: fail, configurable: true });
  }
}
