/** sharedata, sharetable, datasheet, sharemap and stm (api.md §12), row by row: the same in Node and in a tab. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { builder, datasheet } from "@skyloom/runtime/datasheet";
import { sharedata } from "@skyloom/runtime/sharedata";
import { sharemap } from "@skyloom/runtime/sharemap";
import { sharetable } from "@skyloom/runtime/sharetable";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { stm } from "@skyloom/runtime/stm";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

type Body = (...args: never[]) => unknown;

/** Starts services of commands on one node; gives functions that call them. */
async function services(bodies: Record<string, () => Record<string, Body>>, border = false) {
  const defined = Object.fromEntries(
    Object.entries(bodies).map(([name, body]) => [name, defineService(body as () => Record<string, () => unknown>)]),
  );
  const { node, lines, start } = await startNode(defined, border ? { border: "always" } : {});
  const handles = new Map<string, number>();
  for (const name of Object.keys(bodies)) handles.set(name, await start(name));
  const call = <T = unknown>(name: string, command: string, ...args: unknown[]): Promise<T> =>
    node.call<T>(handles.get(name)!, "lua", command, ...args);
  /** What a call fails with. */
  const failure = async (name: string, command: string, ...args: unknown[]): Promise<string> => {
    try {
      return `no failure: ${JSON.stringify(await call(name, command, ...args))}`;
    } catch (error) {
      let deepest = error as Error;
      while (deepest.cause instanceof Error) deepest = deepest.cause;
      return deepest.message;
    }
  };
  return { call, failure, lines, node };
}

describe("sharedata.new, update, query, delete, deepcopy, flush", () => {
  interface Data {
    readonly n: number;
    readonly in?: { readonly er: { readonly x: number } };
    readonly list: readonly number[];
  }

  /** Publishes. */
  const writer = () => ({
    new: (name: string, value?: unknown, ...args: unknown[]) => sharedata.new(name, value, ...args),
    update: (name: string, value?: unknown, ...args: unknown[]) => sharedata.update(name, value, ...args),
    delete: (name: string) => sharedata.delete(name),
  });
  /** Holds views. */
  const reader = () => {
    let view: Data | undefined;
    let inner: { readonly x: number } | undefined;
    const identities: boolean[] = [];
    return {
      *open(name: string) {
        const again = yield* sharedata.query<Data>(name);
        identities.push(view === undefined || view === again);
        view = again;
        inner = view.in?.er;
        return identities;
      },
      see: () => [view?.n, view?.list.length, [...(view?.list ?? [])], Object.keys(view ?? {})],
      seeInner: () => inner!.x,
      write: () => void ((view as { n: number }).n = 5),
      add: () => void ((view as unknown as Record<string, number>)["fresh"] = 5),
      *during(other: number) {
        const before = view!.n;
        skynet.send(other, "lua", "update", "d", { n: 50, list: [] });
        const same = view!.n;
        yield* skynet.sleep(2);
        return [before, same, view!.n];
      },
      *copy(name: string, ...keys: string[]) {
        const mine = yield* sharedata.deepcopy<{ n?: number }>(name, ...keys);
        if (typeof mine === "object" && mine !== null) mine.n = -1;
        return mine;
      },
      flush: () => sharedata.flush(),
    };
  };
  const first = { n: 1, in: { er: { x: 1 } }, list: [1, 2, 3] };

  it.each([false, true])(
    "query gives a live view, the same object each time; update shows in it, at every depth (border %s)",
    async (border) => {
      const { call } = await services({ writer, reader, reader2: reader }, border);
      await call("writer", "new", "d", first);
      for (const r of ["reader", "reader2"]) await call(r, "open", "d");
      expect(await call("reader", "see")).toEqual([1, 3, [1, 2, 3], ["n", "in", "list"]]);
      await call("writer", "update", "d", { ...first, n: 2, in: { er: { x: 2 } }, list: [9] });
      for (const r of ["reader", "reader2"]) {
        expect(await call(r, "see")).toEqual([2, 1, [9], ["n", "in", "list"]]);
        expect(await call(r, "seeInner")).toBe(2);
      }
      await call("reader", "flush");
      expect(await call("reader", "open", "d")).toEqual([true, true]);
    },
  );

  it("what a view shows changes while its service waits, never while it runs", async () => {
    const { call, node } = await services({ writer, reader });
    await call("writer", "new", "d", first);
    await call("reader", "open", "d");
    const to = node.kernel.services().find((s) => s.args.includes("writer"))!.handle;
    expect(await call("reader", "during", to)).toEqual([1, 1, 50]);
  });

  it("writing throws; a nested view whose key vanished throws and names the key", async () => {
    const { call, failure } = await services({ writer, reader });
    await call("writer", "new", "d", first);
    await call("reader", "open", "d");
    expect(await failure("reader", "write")).toContain("Cannot assign to read only property 'n'");
    expect(await failure("reader", "add")).toContain("Error newindex, the key []");
    await call("writer", "update", "d", { n: 3, list: [] });
    expect(await failure("reader", "seeInner")).toBe("The key [in.er] doesn't exist after update");
    expect(await call("reader", "see")).toEqual([3, 0, [], ["n", "list"]]);
  });

  it("update twice, where only the first takes a key away: what was held of it goes on, as in Skynet", async () => {
    const { call } = await services({ writer, reader });
    await call("writer", "new", "d", first);
    await call("reader", "open", "d");
    await call("writer", "update", "d", { n: 2, list: [] });
    await call("writer", "update", "d", { ...first, in: { er: { x: 3 } } });
    expect(await call("reader", "seeInner")).toBe(3);
  });

  it("an update that fails leaves what there was", async () => {
    const { call, failure } = await services({ writer, reader });
    await call("writer", "new", "d", first);
    await call("reader", "open", "d");
    expect(await failure("writer", "update", "d", "return = 1")).toContain("d:1");
    expect(await call("reader", "seeInner")).toBe(1);
    expect(await call("reader", "copy", "d", "n")).toBe(1);
  });

  it("new of an existing name, query and delete of an unknown one fail; update creates", async () => {
    const { call, failure } = await services({ writer, reader });
    await call("writer", "update", "d", first);
    expect(await failure("writer", "new", "d", first)).toContain('there is shared data "d" already');
    expect(await failure("reader", "open", "nope")).toContain('there is no shared data "nope"');
    expect(await failure("writer", "delete", "nope")).toContain('there is no shared data "nope"');
    expect(await failure("writer", "new", "n", 5)).toContain("Unknown data type number");
    expect(await failure("writer", "new", 5 as never, {})).toContain("name of shared data must be text");
    await call("writer", "new", "empty");
    expect(await call("reader", "copy", "empty")).toEqual({ n: -1 });
  });

  it("after delete existing views keep the last value, and a new table of that name is another one", async () => {
    const { call, failure } = await services({ writer, reader });
    await call("writer", "new", "d", first);
    await call("reader", "open", "d");
    await call("writer", "delete", "d");
    expect(await call("reader", "see")).toEqual([1, 3, [1, 2, 3], ["n", "in", "list"]]);
    expect(await failure("reader", "open", "d")).toContain("no shared data");
    await call("writer", "new", "d", { n: 7, list: [] });
    expect(await call("reader", "see")).toEqual([1, 3, [1, 2, 3], ["n", "in", "list"]]);
    expect(await call("reader", "open", "d")).toEqual([true, false]);
    expect(await call("reader", "see")).toEqual([7, 0, [], ["n", "list"]]);
  });

  it("deepcopy gives a plain copy of a value or a branch, which the caller may change", async () => {
    const { call, failure } = await services({ writer, reader });
    await call("writer", "new", "d", first);
    expect(await call("reader", "copy", "d")).toEqual({ ...first, n: -1 });
    expect(await call("reader", "copy", "d", "in", "er")).toEqual({ x: 1, n: -1 });
    expect(await call("reader", "copy", "d", "in", "er", "x")).toBe(1);
    expect(await call("reader", "copy", "d", "list", 1)).toBe(2);
    expect(await call("reader", "copy", "d", "nope", "deeper")).toBeUndefined();
    expect(await failure("reader", "copy", "d", "n", "below")).toContain("goes below a value that is no table");
    await call("reader", "open", "d");
    expect(await call("reader", "see")).toEqual([1, 3, [1, 2, 3], ["n", "in", "list"]]);
  });

  it("text is read as JSON or Lua data, with its arguments; a file needs a host that has files", async () => {
    const { call, failure } = await services({ writer, reader });
    await call("writer", "new", "json", '{"n": 1, "list": [1, null], "gone": null}');
    expect(await call("reader", "copy", "json")).toMatchObject({ list: [1, undefined] });
    await call("writer", "new", "lua", "n = 5; list = { ... }", "a", "b");
    expect(await call("reader", "copy", "lua", "list")).toMatchObject(["a", "b"]);
    await call("writer", "new", "returned", "return { 1, 2 }");
    expect(await call("reader", "copy", "returned", 1)).toBe(2);
    await call("writer", "new", "bare", "{ [5] = 'five' }");
    expect(await call("reader", "copy", "bare", 5)).toBe("five");
    expect(await failure("writer", "new", "program", "return os.time()")).toContain("program:1:8: call cannot be used here");
    expect(await failure("writer", "new", "file", "@no/such/file.json")).toMatch(
      /no\/such\/file\.json: (there is no such file|this host has no files)|cannot open/,
    );
  });
});

describe("sharetable.loadtable, loadstring, query, queryall, update; load and save are the seed's", () => {
  interface Items {
    readonly sword?: { readonly price: number };
    readonly v: number;
  }
  const loader = () => ({
    table: (name: string, table: object) => sharetable.loadtable(name, table),
    save: (name: string, table: object) => sharetable.save(name, table),
    string: (name: string, source: string, ...args: unknown[]) => sharetable.loadstring(name, source, ...args),
    load: (name: string) => sharetable.load(name),
    refused: function* (): Operation<unknown[]> {
      const why: unknown[] = [];
      for (const bad of [{ f: () => 1 }, { d: new (class X {})() }, "text"])
        try {
          yield* sharetable.loadtable("bad", bad as object);
        } catch (error) {
          why.push((error as { code: string }).code);
        }
      return why;
    },
  });
  const user = () => {
    let items: Items | undefined;
    let sword: { readonly price: number } | undefined;
    return {
      *query(name: string) {
        items = yield* sharetable.query<Items>(name);
        sword = items?.sword;
        return items;
      },
      see: () => [items?.v, items?.sword?.price, sword?.price],
      *same(name: string) {
        return (yield* sharetable.query<Items>(name)) === items;
      },
      update: (...names: string[]) => sharetable.update(...names),
      updateTo: (name: string, table: object) => sharetable.update(name, table),
      *all(names?: string[]) {
        return yield* sharetable.queryall(names);
      },
      write: () => void ((items as { v: number }).v = 3),
    };
  };

  it.each([false, true])(
    "a table stays at its version until update, which shows the newest in the same object (border %s)",
    async (border) => {
      const { call } = await services({ loader, user, other: user }, border);
      await call("loader", "table", "items", { v: 1, sword: { price: 10 } });
      expect(await call("user", "query", "items")).toEqual({ v: 1, sword: { price: 10 } });
      expect(await call("user", "same", "items")).toBe(true);
      await call("other", "query", "items");
      await call("loader", "table", "items", { v: 2, sword: { price: 12 } });
      expect(await call("user", "see")).toEqual([1, 10, 10]);
      expect(await call("user", "same", "items")).toBe(false);
      await call("user", "update", "nobody asked for this", "items");
      expect(await call("user", "see")).toEqual([2, 12, 10]); // a part that is held belongs to its version
      expect(await call("user", "same", "items")).toBe(true);
      expect(await call("other", "see")).toEqual([1, 10, 10]);
      // Also when the newest has no such part.
      await call("user", "updateTo", "items", { v: 3 });
      expect(await call("user", "see")).toEqual([3, undefined, 10]);
    },
  );

  it("query of an unknown name gives nothing; queryall gives all, or those asked for that are there", async () => {
    const { call } = await services({ loader, user });
    expect(await call("user", "query", "nope")).toBeUndefined();
    await call("loader", "table", "a", { v: 1 });
    await call("loader", "save", "b", { v: 2 });
    await call("loader", "string", "c", "return { v = ... }", 3);
    expect(await call("user", "all")).toEqual({ a: { v: 1 }, b: { v: 2 }, c: { v: 3 } });
    expect(await call("user", "all", ["c", "nope"])).toEqual({ c: { v: 3 } });
  });

  it("writing throws; functions, instances and what is no table are refused; text that is no data fails", async () => {
    const { call, failure } = await services({ loader, user });
    await call("loader", "table", "items", { v: 1 });
    await call("user", "query", "items");
    expect(await failure("user", "write")).toMatch(/read only|newindex/);
    expect(await call("loader", "refused")).toEqual(["PACK", "PACK", "ARGUMENT"]);
    expect(await failure("loader", "string", "x", "local f = function() end; return { f = f }")).toContain("function cannot be used here");
    expect(await failure("loader", "string", "x", "return 5")).toBe("x must return a table, and it returns number");
    expect(await failure("loader", "string", "x", "local a = 1")).toBe("x must return a table, and it returns nothing");
    await call("loader", "string", "x", "a = 1");
    expect(await call("user", "query", "x")).toEqual({ a: 1 });
    expect(await failure("loader", "load", "no/such/file.lua")).toMatch(/cannot open|no files/);
  });
});

describe("datasheet.query and builder new, update, compile", () => {
  const maker = () => ({
    new: (name: string, table: object) => builder.new(name, table),
    update: (name: string, table: object) => builder.update(name, table),
    compiled: (name: string, table: object) => builder.new(name, builder.compile(table)),
    cycle() {
      const table: Record<string, unknown> = {};
      table["self"] = table;
      return builder.new("cycle", table);
    },
  });
  const viewer = () => {
    let sheet: Readonly<Record<string, unknown>> | undefined;
    let inner: Readonly<Record<string, unknown>> | undefined;
    return {
      *query(name: string) {
        sheet = yield* datasheet.query(name);
        inner = sheet["inner"] as typeof inner;
        return sheet;
      },
      see: () => sheet,
      inner: () => inner!["x"],
      write: () => void ((sheet as Record<string, unknown>)["n"] = 1),
    };
  };

  it("query waits for a builder; views change in place; what vanished throws", async () => {
    const { call, failure } = await services({ maker, viewer });
    const waiting = call("viewer", "query", "s");
    await call("maker", "new", "s", { n: 1, inner: { x: 1 }, list: ["a"] });
    expect(await waiting).toEqual({ n: 1, inner: { x: 1 }, list: ["a"] });
    await call("maker", "update", "s", { n: 2, inner: { x: 2, y: 3 }, list: ["a", "b"] });
    expect(await call("viewer", "see")).toEqual({ n: 2, inner: { x: 2, y: 3 }, list: ["a", "b"] });
    expect(await call("viewer", "inner")).toBe(2);
    await call("maker", "update", "s", { n: 3 });
    expect(await failure("viewer", "inner")).toContain("The key [inner] doesn't exist after update");
    expect(await failure("viewer", "write")).toContain("Cannot assign to read only property 'n'");
  });

  it("unknown names fail; new twice and update of what was not made here throw; compile's result is a table as well", async () => {
    const { call, failure } = await services({ maker, maker2: maker, viewer });
    await call("maker", "compiled", "c", { a: [1, 2], b: true });
    expect(await call("viewer", "query", "c")).toEqual({ a: [1, 2], b: true });
    expect(await failure("viewer", "query", "nope")).toContain("create data first");
    expect(await failure("maker", "new", "c", {})).toContain("was made by this service already");
    expect(await failure("maker", "update", "x", {})).toContain("was not made by this service");
    expect(await failure("maker2", "update", "c", {})).toContain("was not made by this service");
    await call("maker2", "new", "c", { taken: "over" });
    expect(await call("viewer", "see")).toEqual({ taken: "over" });
    expect(await failure("maker", "new", "m", new Map([[3, 1]]))).toContain("the table has the key 3");
    await call("maker", "new", "m", { ok: 1 });
    expect(await failure("maker", "cycle")).toMatch(
      /^datasheet: the table\.self\.self.* deeper than 32 tables, or a table that holds itself$/,
    );
  });
});

describe("stm.new, copy and newcopy", () => {
  it("a reader gets the newest bytes once; a copy is good for one reader, in any service", async () => {
    const writer = () => {
      const cell = stm.new("first");
      return { copy: () => stm.copy(cell), write: (text: string) => cell(text) };
    };
    const reader = () => {
      const readers: ReturnType<typeof stm.newcopy>[] = [];
      return {
        open: (copy: number) => void readers.push(stm.newcopy(copy)),
        read: (i: number) => readers[i]!((bytes, more: string) => [skynet.totext(bytes), more], "extra"),
      };
    };
    const { call, failure } = await services({ writer, reader });
    const [a, b] = [await call<number>("writer", "copy"), await call<number>("writer", "copy")];
    await call("reader", "open", a);
    expect(await call("reader", "read", 0)).toEqual([true, "first", "extra"]);
    expect(await call("reader", "read", 0)).toEqual([false]);
    await call("writer", "write", "second");
    await call("writer", "write", "third");
    expect(await call("reader", "read", 0)).toEqual([true, "third", "extra"]);
    await call("reader", "open", b);
    expect(await call("reader", "read", 1)).toEqual([true, "third", "extra"]);
    expect(await call("reader", "read", 0)).toEqual([false]);
    expect(await failure("reader", "open", a)).toContain("used already");
    expect(await failure("reader", "open", 999)).toContain("no copy of a cell");
  });
});

describe("sharemap.writer, reader, commit, copy, update; new, update and get are the seed's", () => {
  interface Player {
    hp: number;
    name?: string;
    bag?: { item: string }[];
  }
  const owner = () => {
    sprotoloader.save(sprotoparser.parse(".Item { item 0 : string } .Player { hp 0 : integer name 1 : string bag 2 : *Item }"), 0);
    const player = sharemap.new<Player>("Player", { hp: 10, bag: [{ item: "sword" }] });
    return {
      copy: () => player.copy(),
      set: (hp: number) => void (player.hp = hp),
      commit: () => player.commit(),
      merge: (data: Partial<Player>) => sharemap.update(player, data),
      get: (key: string) => sharemap.get(player, key),
      bad: (hp: unknown) => sharemap.update(player, { hp } as never),
      unknown: () => sharemap.writer("Nobody"),
    };
  };
  const watcher = () => {
    let seen: ReturnType<typeof sharemap.reader<Player>>;
    return {
      open: (copy: number) => void (seen = sharemap.reader<Player>("Player", copy)),
      see: () => [seen.hp, seen.name, seen.bag?.[0]?.item],
      update: () => seen.update()[0],
      updated: () => sharemap.update(seen),
      write: () => void ((seen as Player).hp = 1),
      get: (key: string) => sharemap.get(seen, key),
    };
  };

  it("readers see nothing until commit, and only after update", async () => {
    const { call, failure } = await services({ owner, watcher });
    await call("watcher", "open", await call("owner", "copy"));
    expect(await call("watcher", "see")).toEqual([10, undefined, "sword"]);
    expect(await call("watcher", "update")).toBe(false);
    await call("owner", "set", 9);
    expect(await call("watcher", "update")).toBe(false);
    await call("owner", "commit");
    expect(await call("watcher", "see")).toEqual([10, undefined, "sword"]);
    expect(await call("watcher", "update")).toBe(true);
    expect(await call("watcher", "see")).toEqual([9, undefined, "sword"]);
    expect(await failure("watcher", "write")).toContain("the field hp of a reader cannot be written");
  });

  it("update of a writer merges and commits, and says whether anything changed; get reads a field", async () => {
    const { call, failure } = await services({ owner, watcher });
    await call("watcher", "open", await call("owner", "copy"));
    expect(await call("owner", "merge", { name: "Ann" })).toEqual([true, { hp: 10, name: "Ann", bag: [{ item: "sword" }] }]);
    expect(await call("owner", "merge", { name: "Ann" })).toEqual([false]);
    expect(await call("watcher", "updated")).toEqual([true, { hp: 10, name: "Ann", bag: [{ item: "sword" }] }]);
    expect(await call("watcher", "updated")).toEqual([false]);
    expect([await call("owner", "get", "hp"), await call("watcher", "get", "name"), await call("watcher", "get", "update")]).toEqual([
      10,
      "Ann",
      undefined,
    ]);
    expect(await failure("owner", "bad", "many")).not.toContain("no failure");
    expect(await call("owner", "get", "hp")).toBe(10);
    await call("owner", "set", 4);
    expect(await call("owner", "merge", {})).toEqual([true, { hp: 4, name: "Ann", bag: [{ item: "sword" }] }]);
    expect(await failure("owner", "unknown")).toContain("Nobody");
  });
});
