/**
 * `skynet.datasheet` and its builder: tables that one service builds and all services of the node read, always in their newest version.
 *
 * Source: lualib/skynet/datasheet; api.md §12.
 *
 * @module
 */
import { unpack } from "../codec/luaseri/index.ts";
import { kindOf } from "../codec/plain.ts";
import type { Operation } from "../core/operation.ts";
import { perNode } from "../core/per-node.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { frozenTable } from "./data-source.ts";
import { LiveStore } from "./live-store.ts";
import { service } from "./service.ts";

const sheets = perNode(() => new LiveStore());

/** Body of the service that keeps the sheets. The one that starts it brings the first: whoever waits for the service finds it there. */
function datasheetService(first: string, sheet: object): void {
  const store = sheets();
  store.publish(first, frozenTable(sheet, `datasheet "${first}"`));
  skynet.dispatch("lua", (_session, _source, command: string, name: string, table?: unknown) => {
    if (typeof name !== "string") throw new SkynetError("ARGUMENT", `the name of a datasheet must be text, not ${typeof name}`);
    if (command === "update") store.publish(name, frozenTable(table, `datasheet "${name}"`));
    else if (command !== "query") throw new SkynetError("ARGUMENT", `datasheet has no command "${command}"; it has update, query`);
    else if (!store.has(name)) throw new SkynetError("ARGUMENT", `create data first: there is no datasheet "${name}"`);
    skynet.ret();
  });
  skynet.info_func(() => store.info());
}

/**
 * The view of a sheet, which always shows the newest version; read-only as in {@link sharedata}. Waits until some service of the
 * node has used the builder.
 *
 * @throws CallError for an unknown name.
 * @remarks Suspends.
 */
function* query<T extends object = Readonly<Record<string, unknown>>>(name: string): Operation<T> {
  const known = sheets().known(name);
  if (known !== undefined) return known as T;
  yield* skynet.call(yield* service.query("datasheet"), "lua", "query", name);
  return sheets().read(name) as T;
}

/** Names this service has made. */
const made = perService(() => new Set<string>());

/** A table as sheets have them: lists, or text keys; or what {@link compile} made of one. */
function checked(value: object): object {
  if (value instanceof Uint8Array) {
    const [table] = unpack(value);
    return checked(table as object);
  }
  checkTable(value, "the table");
  return value;
}

/** As deep as a message can be. */
const DEPTH = 32;

function checkTable(value: unknown, path: string, depth = 0): void {
  if (depth > DEPTH) throw new SkynetError("ARGUMENT", `datasheet: ${path} is deeper than ${DEPTH} tables, or a table that holds itself`);
  const kind = typeof value === "object" && value !== null ? kindOf(value) : "other";
  if (kind === "map") {
    const map = value as Map<unknown, unknown>;
    let array = 0;
    while (map.has(array + 1)) array++;
    for (const key of map.keys())
      if (typeof key !== "string" && !(typeof key === "number" && Number.isInteger(key) && key >= 1 && key <= array))
        throw new SkynetError("ARGUMENT", `datasheet: ${path} has the key ${String(key)}; keys are texts, and numbers 1 to n without gaps`);
    for (const [key, item] of map) checkValue(item, `${path}.${String(key)}`, depth);
    return;
  }
  if (kind !== "array" && kind !== "record") throw new SkynetError("ARGUMENT", `datasheet: ${path} must be an object, an array or a Map`);
  for (const [key, item] of Object.entries(value as object)) checkValue(item, `${path}.${key}`, depth);
}

function checkValue(value: unknown, path: string, depth: number): void {
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) checkTable(value, path, depth + 1);
  else if (!["number", "bigint", "boolean", "string", "object", "undefined"].includes(typeof value))
    throw new SkynetError("ARGUMENT", `datasheet: Unsupport value ${typeof value} at ${path}`);
}

const store = (name: string, sheet: object): Operation<number> => service.new("datasheet", datasheetService, name, sheet);

/**
 * Makes a sheet, or takes over one that another service has made.
 *
 * @throws SkynetError `ARGUMENT` for a name this service has made already, and for what is no table of lists and text keys.
 * @remarks Suspends.
 */
function* newSheet(name: string, table: object): Operation<void> {
  if (made().has(name))
    throw new SkynetError("ARGUMENT", `datasheet "${name}" was made by this service already: builder.update changes it`);
  const value = checked(table);
  made().add(name);
  try {
    yield* skynet.call(yield* store(name, value), "lua", "update", name, value);
  } catch (error) {
    made().delete(name);
    throw error;
  }
}

/** Changes a sheet this service has made; views show it at once. @throws SkynetError `ARGUMENT` as {@link newSheet}. @remarks Suspends. */
function* update(name: string, table: object): Operation<void> {
  if (!made().has(name)) throw new SkynetError("ARGUMENT", `datasheet "${name}" was not made by this service: builder.new makes it`);
  const value = checked(table);
  yield* skynet.call(yield* store(name, value), "lua", "update", name, value);
}

/** A table as bytes that {@link newSheet} and {@link update} take in its place. @throws SkynetError `ARGUMENT` as they do. */
function compile(table: object): Uint8Array {
  return skynet.pack(checked(table));
}

/** `skynet.datasheet.builder`. */
export const builder: { readonly new: typeof newSheet; readonly update: typeof update; readonly compile: typeof compile } = {
  new: operation("builder.new", newSheet),
  update: operation("builder.update", update),
  compile,
};

/** `skynet.datasheet`, with its builder. */
export const datasheet: { readonly query: typeof query; readonly builder: typeof builder } = {
  query: operation("datasheet.query", query),
  builder,
};
