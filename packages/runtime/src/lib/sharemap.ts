/**
 * `skynet.sharemap`: one object with a schema, written by one service and read by many.
 *
 * What is written is seen by nobody until it is committed, and by each reader only when it asks. `new`, `update` and `get` are the seed's.
 * Source: lualib/skynet/sharemap.lua; api.md §12.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { Sproto, SprotoInput } from "./sproto.ts";
import { sprotoloader } from "./sprotoloader.ts";
import { stm, type StmCopy } from "./stm.ts";

/** The slot of the node that holds the schema. */
const SLOT = 0;

type Data = Record<string, unknown>;

/** The object itself, with two methods. */
export type SharemapWriter<T extends object = Data> = T & {
  /** Makes what was written the version that readers get. @throws SkynetError `SPROTO` for values that do not fit the schema. */
  commit(): void;
  /** A handle for one {@link sharemap.reader}; may be sent. */
  copy(): StmCopy;
};

/** The object as it was at the last update, with one method. */
export type SharemapReader<T extends object = Data> = Readonly<T> & {
  /** Takes the newest committed version: true and the object when there is one, else false. */
  update(): readonly [changed: false] | readonly [changed: true, data: Readonly<T>];
};

interface Hidden {
  readonly data: Data;
  /** For writers: merges and commits, when that changes anything. For readers: takes the newest version. */
  readonly take: (data?: Data) => readonly [changed: false] | readonly [changed: true, data: Data];
}

const hidden = new WeakMap<object, Hidden>();

/** An object with methods that come before its fields. */
function withMethods(data: Data, methods: Readonly<Record<string, unknown>>, write: (key: string, value: unknown) => boolean): object {
  const own = (key: string | symbol): boolean => typeof key === "string" && Object.hasOwn(methods, key);
  return new Proxy(data, {
    get: (target, key) => (own(key) ? methods[key as string] : Object.hasOwn(target, key) ? target[key as string] : undefined),
    has: (target, key) => own(key) || Object.hasOwn(target, key),
    set: (_target, key, value) => write(String(key), value),
    defineProperty: (_target, key, descriptor) => write(String(key), descriptor.value),
    deleteProperty: (_target, key) => write(String(key), undefined),
  });
}

/** Loads the schema from a file into slot 0 of the node. @throws SkynetError `SPROTO`. */
function register(protofile: string): void {
  sprotoloader.register(protofile, SLOT);
}

function schema(): Sproto {
  return sprotoloader.load(SLOT);
}

/**
 * Makes an object to write.
 *
 * @param typename - A type of the schema.
 * @param obj - First content, and committed; belongs to the writer from now on.
 * @throws SkynetError `SPROTO` for a type or content the schema does not know, or no schema: `nil sproto at index 0`.
 *
 * @example
 * ```ts
 * import { sharemap } from "@skyloom/runtime/sharemap";
 *
 * sharemap.register("./player.sproto");
 * const player = sharemap.writer<{ hp: number }>("Player", { hp: 10 });
 * const copy = player.copy(); // sent to another service, which reads: sharemap.reader("Player", copy)
 * player.hp = 9;
 * player.commit();
 * ```
 */
function writer<T extends object = Data>(typename: string, obj: T = {} as T): SharemapWriter<T> {
  const sp = schema();
  const data = obj as Data;
  const encode = (): Uint8Array => sp.encode(typename, data as SprotoInput);
  let committed = encode();
  const cell = stm.new(committed);
  const commit = (): void => {
    committed = encode();
    cell(committed);
  };
  const made = withMethods(data, { commit, copy: () => stm.copy(cell) }, (key, value) => {
    if (value === undefined) Reflect.deleteProperty(data, key);
    else data[key] = value;
    return true;
  });
  const take = (more: Data = {}): readonly [false] | readonly [true, Data] => {
    const kept = { ...data };
    Object.assign(data, more);
    let after: Uint8Array;
    try {
      after = encode();
    } catch (error) {
      for (const key of Object.keys(data)) Reflect.deleteProperty(data, key);
      Object.assign(data, kept);
      throw error;
    }
    if (after.length === committed.length && after.every((byte, i) => byte === committed[i])) return [false];
    committed = after;
    cell(after);
    return [true, data];
  };
  hidden.set(made, { data, take });
  return made as SharemapWriter<T>;
}

/**
 * The object behind a handle, as it is now.
 *
 * @throws SkynetError `ARGUMENT` for a handle that was used, `SPROTO` for an unknown type. Writing to it throws.
 */
function reader<T extends object = Data>(typename: string, copy: StmCopy): SharemapReader<T> {
  const sp = schema();
  const read = stm.newcopy(copy);
  const data: Data = {};
  const decode = (bytes: Uint8Array): readonly [Data] => {
    const [fresh] = sp.decode(typename, bytes);
    for (const key of Object.keys(data)) Reflect.deleteProperty(data, key);
    return [Object.assign(data, fresh)];
  };
  read(decode);
  const update = (): readonly [false] | readonly [true, Data] => read(decode);
  const made = withMethods(data, { update }, (key) => {
    throw new SkynetError("ARGUMENT", `sharemap: the field ${key} of a reader cannot be written; the writer commits what readers see`);
  });
  hidden.set(made, { data, take: update });
  return made as SharemapReader<T>;
}

function inside(map: object, what: string): Hidden {
  const found = hidden.get(map);
  if (found === undefined) throw new SkynetError("ARGUMENT", `sharemap.${what} needs a writer or a reader made by sharemap`);
  return found;
}

/**
 * For a reader: takes the newest version. For a writer: merges fields into it and commits.
 *
 * @returns true and the object when something changed, else false.
 */
function update<T extends object>(
  map: SharemapReader<T> | SharemapWriter<T>,
  data?: Partial<T>,
): readonly [changed: false] | readonly [changed: true, data: Readonly<T>] {
  return inside(map, "update").take(data as Data | undefined) as readonly [false] | readonly [true, Readonly<T>];
}

/** A field of a reader or a writer, also one named like a method. */
function get(map: object, key: string): unknown {
  const { data } = inside(map, "get");
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

/** The functions of `skynet.sharemap`. */
export const sharemap: {
  readonly register: typeof register;
  readonly writer: typeof writer;
  readonly new: typeof writer;
  readonly reader: typeof reader;
  readonly update: typeof update;
  readonly get: typeof get;
} = { register, writer, new: writer, reader, update, get };
