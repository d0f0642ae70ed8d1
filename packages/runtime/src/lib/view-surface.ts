/**
 * The objects through which frozen tables are read: stable while their content is exchanged, not to be written, and as cheap to read as a
 * plain frozen object as far as the language lets them.
 *
 * Records and lists have what their table has as properties of their own that cannot be written but can be defined anew; a Map holds its
 * entries itself. The engine keeps such elements of an array in a dictionary, so that `list[i]` costs some four times what it costs in a frozen
 * array; methods and iteration run on the frozen array behind the list. Knows no services and no versions.
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
  /** From now on every access but that to a list's `length` throws what `fail` throws, until something is shown again. */
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

// --- records and lists: properties that cannot be written, and can be defined anew

/** What stands behind a view whose properties are asked for. */
abstract class OwnedView<V extends object> {
  readonly view: V;
  readonly refuse: Refuse;
  closed: (() => never) | undefined = undefined;

  constructor(view: V, refuse: Refuse) {
    this.view = view;
    this.refuse = refuse;
    // oxlint-disable-next-line no-new -- the view gets the field
    new Owner(view, this);
  }

  protected define(key: string | number, value: unknown): void {
    Object.defineProperty(this.view, key, { value, writable: false, enumerable: true, configurable: true });
  }

  protected fail(key: string | number, fail: () => never): void {
    Object.defineProperty(this.view, key, { get: fail, set: fail, enumerable: true, configurable: true });
  }
}

class Itself {
  constructor(object: object) {
    return object;
  }
}

/** Gives a view a private field, which nobody else sees and what inherits from the view does not have. */
class Owner extends Itself {
  readonly #owner: OwnedView<object>;
  constructor(view: object, owner: OwnedView<object>) {
    super(view);
    this.#owner = owner;
  }
  static of(view: object): OwnedView<object> | undefined {
    return #owner in view ? view.#owner : undefined;
  }
}

/** Stands behind what views inherit, where only what they do not have arrives: a word from their surface about it. */
const guarded = (inherited: object): object =>
  new Proxy(inherited, {
    get(target, key, receiver) {
      if (!(key in target)) Owner.of(receiver as object)?.closed?.();
      return Reflect.get(target, key) as unknown;
    },
    set(_target, key, value, receiver) {
      const owner = Owner.of(receiver as object);
      if (owner !== undefined) return owner.refuse(key);
      return Reflect.defineProperty(receiver as object, key, { value, writable: true, enumerable: true, configurable: true });
    },
  });

/** What records inherit: what every object has. */
const recordProto: object = guarded(Object.create(null, Object.getOwnPropertyDescriptors(Object.prototype)) as object);

class RecordSurface extends OwnedView<object> implements Surface {
  readonly kind = "record";

  constructor(content: Fields, refuse: Refuse) {
    super(Object.create(recordProto) as object, refuse);
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
    for (const key of now) this.define(key, content[key]);
  }

  close(fail: () => never): void {
    this.closed = fail;
    for (const key of Object.keys(this.view)) this.fail(key, fail);
  }
}

type Method = (this: List, ...args: unknown[]) => unknown;

const methodsOf = (
  names: readonly (string | symbol)[],
  run: (method: Method, list: List, owner: ListSurface | undefined, args: unknown[]) => unknown,
): PropertyDescriptorMap =>
  Object.fromEntries(
    names.map((name) => {
      const method = Array.prototype[name as "at"] as Method;
      const value = function (this: List, ...args: unknown[]): unknown {
        return run(method, this, Owner.of(this) as ListSurface | undefined, args);
      };
      return [name, { value }];
    }),
  );

/** What lists inherit: an array's methods; those that read run on the frozen array behind the list, those that write are refused. */
const listProto: object = Object.create(guarded(Object.create(Array.prototype) as object), {
  // V8 forgets that an array is one here, when it looks for this name behind a proxy.
  [Symbol.toStringTag]: { value: "Array" },
  ...methodsOf(
    [
      Symbol.iterator,
      ..."at concat entries every filter find findIndex findLast findLastIndex flat flatMap forEach includes indexOf join keys".split(" "),
      ..."lastIndexOf map reduce reduceRight slice some toLocaleString toReversed toSorted toSpliced toString values with".split(" "),
    ],
    (method, list, owner, args) => {
      owner?.closed?.();
      return method.apply(owner?.items ?? list, args);
    },
  ),
  ...methodsOf("copyWithin fill pop push reverse shift sort splice unshift".split(" "), (method, list, owner, args) => {
    owner?.refuse(method.name);
    return method.apply(list, args);
  }),
}) as object;

class ListSurface extends OwnedView<unknown[]> implements Surface {
  readonly kind = "array";
  items: List = [];

  constructor(content: List, refuse: Refuse) {
    super(Object.setPrototypeOf([], listProto) as unknown[], refuse);
    this.show(content);
  }

  show(content: List): void {
    this.closed = undefined;
    this.items = content;
    this.view.length = content.length;
    for (const [i, item] of content.entries()) this.define(i, item);
  }

  close(fail: () => never): void {
    this.closed = fail;
    this.items = [];
    // The length of an array cannot be made to fail. One element can, so that a loop over a list that was empty ends in the error too.
    this.view.length = 1;
    this.fail(0, fail);
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
