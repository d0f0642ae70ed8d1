/**
 * `skynet.sharetable`: immutable tables that all services of the node share, replaced in a service when that service says so.
 *
 * What `query` gives stays at its version until `update`; then the same object shows the newest. It is as cheap to read as a frozen object, and
 * the tables within are those that everybody shares: they belong to their version.
 * `load` and `save` are the seed's names. Source: lualib/skynet/sharetable.lua; api.md §12.
 *
 * @module
 */
import { markShared } from "../codec/plain.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { frozenTable, tableOfFile, tableOfText } from "./data-source.ts";
import { service } from "./service.ts";
import { TableView } from "./table-view.ts";

/** What the service knows of a table: number of the version, and the frozen table. */
type Version = readonly [version: number, table: object];

interface Seen {
  version: number;
  readonly live: TableView;
}

/** Body of the service that keeps the tables. */
function sharetableService(): void {
  const files = new Map<string, Version>();
  let last = 0;
  const keep = (name: string, table: object): void => void files.set(name, [++last, table]);

  const commands: Readonly<Record<string, (name: string, ...args: unknown[]) => unknown>> = {
    *loadfile(name, ...args) {
      keep(name, yield* tableOfFile(name, args, true));
      skynet.ret();
    },
    loadstring(name, source, ...args) {
      if (typeof source !== "string") throw new SkynetError("ARGUMENT", `sharetable.loadstring needs text, not ${typeof source}`);
      keep(name, source.startsWith("@") ? refuseFile(source) : tableOfText(source, name, args, true));
      skynet.ret();
    },
    loadtable(name, table) {
      keep(name, frozenTable(table, `sharetable "${name}"`));
      skynet.ret();
    },
    query(name) {
      const found = files.get(name);
      if (found === undefined) skynet.ret();
      else skynet.retpack(...found);
    },
    queryall(_none, names) {
      const wanted = Array.isArray(names) ? (names as string[]).filter((name) => files.has(name)) : [...files.keys()];
      skynet.retpack(wanted.map((name) => [name, ...files.get(name)!]));
    },
    /** From a service that ends. Versions nobody holds are collected with the rest of the memory. */
    close: () => undefined,
  };
  skynet.dispatch("lua", (_session, _source, command: string, name: string, ...args: unknown[]) => {
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined) throw new SkynetError("ARGUMENT", `sharetable has no command "${command}"`);
    if (typeof name !== "string" && command !== "queryall" && command !== "close")
      throw new SkynetError("ARGUMENT", `the name of a shared table must be text, not ${typeof name}`);
    return run(name, ...args);
  });
  skynet.info_func(() => Object.fromEntries([...files].map(([name, [version]]) => [name, { current: version }])));
}

function refuseFile(source: string): never {
  throw new SkynetError("ARGUMENT", `sharetable.loadstring was given "${source.slice(0, 40)}": a file is loaded by sharetable.loadfile`);
}

const address = (): Operation<number> => service.new("sharetable", sharetableService);

const records = perService(() => new Map<string, Seen[]>());

/** The object for a version: the one this service has already, or a new one. */
function seen(name: string, version: number, table: object): Seen {
  const map = records();
  let list = map.get(name);
  if (list === undefined) {
    list = [];
    map.set(name, list);
  }
  let found = list.find((one) => one.version === version);
  if (found === undefined) {
    found = { version, live: new TableView(markShared(table)) };
    list.push(found);
  }
  return found;
}

/**
 * Loads a file under its name: a module (`.ts`, `.js`) whose default export is the table or a function that makes it, else text of JSON or Lua data.
 *
 * @param args - Arguments for the function, or for `...` of the text.
 * @throws CallError when there is no such file or no table in it.
 * @remarks Suspends.
 */
function* loadfile(filename: string, ...args: unknown[]): Operation<void> {
  yield* skynet.call(yield* address(), "lua", "loadfile", filename, ...args);
}

/** Loads text of JSON or Lua data under a name. @throws CallError when there is no table in it. @remarks Suspends. */
function* loadstring(filename: string, source: string, ...args: unknown[]): Operation<void> {
  yield* skynet.call(yield* address(), "lua", "loadstring", filename, source, ...args);
}

/**
 * Loads a table under a name; it is copied.
 *
 * @throws SkynetError `PACK` for what cannot be sent (functions, instances of classes), `ARGUMENT` for what is no table.
 * @remarks Suspends.
 */
function* loadtable(filename: string, table: object): Operation<void> {
  if (typeof table !== "object" || table === null)
    throw new SkynetError("ARGUMENT", `sharetable.loadtable needs a table, not ${table === null ? "null" : typeof table}`);
  yield* skynet.call(yield* address(), "lua", "loadtable", filename, table);
}

/**
 * The table of that name, in its newest version: read-only, and shared with everybody who has that version.
 *
 * @returns the same object as long as the version is the same; `undefined` when there is no such table.
 * @remarks Suspends. The service remembers each version it was given, so that {@link update} can renew it: to follow a table that changes often,
 * ask once and call `update`.
 *
 * @example
 * ```ts
 * import { sharetable } from "@skyloom/runtime/sharetable";
 *
 * interface Items { readonly sword: { readonly price: number } }
 *
 * function* shop(): Operation<void> {
 *   yield* sharetable.loadtable("items", { sword: { price: 10 } });
 *   const items = (yield* sharetable.query<Items>("items"))!;
 *   yield* sharetable.loadtable("items", { sword: { price: 12 } });
 *   skynet.error(items.sword.price); // 10
 *   yield* sharetable.update("items");
 *   skynet.error(items.sword.price); // 12
 * }
 * ```
 */
function* query<T extends object = Readonly<Record<string, unknown>>>(filename: string): Operation<T | undefined> {
  const [version, table] = yield* skynet.callall<Version | readonly []>(yield* address(), "lua", "query", filename);
  return version === undefined || table === undefined ? undefined : (seen(filename, version, table).live.view as T);
}

/**
 * Many tables at once.
 *
 * @param filenames - Which; absent: all there are. Names without a table are left out.
 * @returns name → table.
 * @remarks Suspends.
 */
function* queryall<T extends object = Readonly<Record<string, unknown>>>(filenames?: readonly string[]): Operation<Record<string, T>> {
  const list = yield* skynet.call<readonly (readonly [string, ...Version])[]>(yield* address(), "lua", "queryall", "", filenames);
  return Object.fromEntries(list.map(([name, version, table]) => [name, seen(name, version, table).live.view as T]));
}

/**
 * Makes what this service has got of the named tables show their newest version. A table within them that the service holds by itself keeps
 * showing its version: read it from the table again. Names this service has never asked for are left out.
 *
 * As the seed has it, `update(name, table)` loads the table first.
 *
 * @remarks Suspends.
 */
function update(...names: string[]): Operation<void>;
function update(name: string, table: object): Operation<void>;
function* update(...list: (string | object)[]): Operation<void> {
  const [first, second] = list;
  if (typeof second === "object") yield* loadtable(first as string, second);
  const to = yield* address();
  for (const name of list) {
    if (typeof name !== "string") continue;
    const known = records().get(name);
    if (known === undefined) continue;
    const [version, table] = yield* skynet.callall<Version | readonly []>(to, "lua", "query", name);
    if (version === undefined || table === undefined) continue;
    const newest = markShared(table);
    for (const one of known) if (one.version !== version && one.live.turnTo(newest)) one.version = version;
  }
}

/** The functions of `skynet.sharetable`. */
export const sharetable: {
  readonly loadfile: typeof loadfile;
  readonly load: typeof loadfile;
  readonly loadstring: typeof loadstring;
  readonly loadtable: typeof loadtable;
  readonly save: typeof loadtable;
  readonly query: typeof query;
  readonly queryall: typeof queryall;
  readonly update: typeof update;
} = {
  loadfile: operation("sharetable.loadfile", loadfile),
  load: operation("sharetable.load", loadfile),
  loadstring: operation("sharetable.loadstring", loadstring),
  loadtable: operation("sharetable.loadtable", loadtable),
  save: operation("sharetable.save", loadtable),
  query: operation("sharetable.query", query),
  queryall: operation("sharetable.queryall", queryall),
  update: operation("sharetable.update", update) as typeof update,
};
