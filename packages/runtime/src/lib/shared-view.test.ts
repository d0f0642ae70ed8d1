/** Views of frozen tables: what they show, what they refuse, and what becomes of them when the table is exchanged. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyValue } from "../codec/copy.ts";
import { pack, unpack } from "../codec/luaseri/index.ts";
import { markShared } from "../codec/plain.ts";
import { LiveView, thawed } from "./shared-view.ts";

const live = <T extends object>(table: T): LiveView<T> => new LiveView(markShared(structuredClone(table)));
const turn = <T extends object>(view: LiveView<T>, table: object): boolean => view.turnTo(markShared(structuredClone(table)) as T);

describe("a view", () => {
  const table = {
    n: 1,
    text: "x",
    list: [1, { deep: true }, [2]],
    rec: { a: { b: 2 } },
    map: new Map<unknown, unknown>([
      [5, { five: 5 }],
      ["k", 1],
    ]),
  };

  it("reads as the table does: fields, keys, length, iteration, JSON, spread", () => {
    const { view } = live(table);
    expect(Object.keys(view)).toEqual(Object.keys(table));
    expect(JSON.stringify({ ...view, map: 0 })).toBe(JSON.stringify({ ...table, map: 0 }));
    expect(view.list).toHaveLength(3);
    expect(Array.isArray(view.list)).toBe(true);
    expect([...view.list].length).toBe(3);
    expect(view.list.map((x) => typeof x)).toEqual(["number", "object", "object"]);
    expect(view.list.includes(1)).toBe(true);
    expect("n" in view && !("nope" in view) && 2 in view.list && !(3 in view.list)).toBe(true);
    expect((view as Record<string, unknown>)["nope"]).toBeUndefined();
    expect(view.map.get(5)).toEqual({ five: 5 });
    expect([...view.map.keys()]).toEqual([5, "k"]);
    expect([...view.map.values()]).toEqual([{ five: 5 }, 1]);
    expect(view.map.size).toBe(2);
    const seen: unknown[] = [];
    view.map.forEach((value, key) => seen.push([key, value]));
    expect(seen).toEqual([...view.map]);
    expect(view.hasOwnProperty("n")).toBe(true);
  });

  it("a list has every method of an array that only reads, on the elements the view has; what inherits from a record reads it", () => {
    const { view } = live(table);
    const array = [...view.list];
    const plain: readonly unknown[] = table.list;
    expect(view.list.map((x) => x)).toEqual(plain);
    expect([view.list.at(-1), view.list.indexOf(array[1]!), view.list.slice(1)[0], view.list.concat([9]).length]).toEqual([
      [2],
      1,
      array[1],
      4,
    ]);
    expect(view.list.find((x) => typeof x === "object")).toBe(view.list[1]);
    expect([...view.list.entries()]).toEqual([...plain.entries()]);
    expect(view.list.toReversed()).toEqual(plain.toReversed());
    expect(live([1, 2]).view.join("-")).toBe("1-2");
    expect(([] as unknown[]).concat(view.list)).toEqual(plain);
    const heir = Object.create(view) as typeof view & { own?: number };
    expect([heir.n, heir.own]).toEqual([1, undefined]);
    heir.own = 5;
    expect([heir.own, Object.keys(heir), "own" in view]).toEqual([5, ["own"], false]);
    const listHeir = Object.create(view.list) as unknown[] & { own?: number };
    listHeir.own = 5;
    expect([listHeir[0], listHeir.own, "own" in view.list]).toEqual([1, 5, false]);
    // Each method of an array is one that reads here and gives what it gives there, or one that writes and is refused.
    const ours = Object.getPrototypeOf(view.list) as object;
    for (const name of Object.getOwnPropertyNames(Array.prototype)) {
      if (["length", "constructor"].includes(name)) continue;
      expect(Object.hasOwn(ours, name), name).toBe(true);
    }
    for (const name of ["copyWithin", "fill", "pop", "push", "reverse", "shift", "sort", "splice", "unshift"]) {
      const write = (view.list as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!;
      expect(() => write.apply(view.list, name === "sort" ? [] : [0, 1, 2]), name).toThrow("Error newindex");
    }
    expect(view.list).toEqual(plain);
    expect([Object.prototype.toString.call(view.list), view.list instanceof Array]).toEqual(["[object Array]", true]);
    expect(structuredClone(view.list)).toEqual(plain);
  });

  it("is one object for each table", () => {
    const { view } = live(table);
    expect(view.rec.a).toBe(view.rec.a);
    expect(view.list).toBe(view.list);
    expect(view.list[1]).toBe(view.list[1]);
    expect(view.map.get(5)).toBe(view.map.get(5));
  });

  it("cannot be written to, and says which table was meant", () => {
    const view = live(table).view as Record<string, never> & typeof table;
    const refused = (write: () => unknown, path: string): void => {
      expect(write).toThrow(`Error newindex, the key [${path}]`);
    };
    const readonly = (write: () => unknown, key: string): void => {
      expect(write).toThrow(TypeError);
      expect(write).toThrow(`Cannot assign to read only property '${key}'`);
    };
    readonly(() => (view.n = 2), "n");
    readonly(() => (view.rec.a.b = 3), "b");
    refused(() => ((view as Record<string, unknown>)["fresh"] = 2), "");
    refused(() => ((view.rec.a as Record<string, unknown>)["fresh"] = 3), "rec.a");
    readonly(() => (view.list[0] = 3), "0");
    refused(() => (view.list[3] = 3), "list");
    refused(() => view.list.push(3), "list");
    refused(() => view.list.splice(0, 1), "list");
    refused(() => ((view.list as unknown as Record<string, unknown>)["name"] = 3), "list");
    refused(() => view.map.set(1, 1), "map");
    refused(() => view.map.delete(5), "map");
    refused(() => view.map.clear(), "map");
    expect(thawed(view)).toEqual(table);
  });

  it("can be sent: the message holds a plain copy", () => {
    const { view } = live(table);
    const sent = copyValue(view);
    expect(sent).toEqual(table);
    sent.rec.a.b = 99;
    expect(view.rec.a.b).toBe(2);
    expect(unpack(pack([view.rec, view.list]))).toEqual([{ a: { b: 2 } }, [1, { deep: true }, [2]]]);
  });

  it("thawed gives a copy that can be changed", () => {
    const { view } = live(table);
    for (const from of [view, markShared(structuredClone(table))]) {
      const mine = thawed(from);
      expect(mine).toEqual(table);
      mine.rec.a.b = 3;
      mine.list.push(1);
      mine.map.set("new", 1);
    }
    expect(thawed(view)).toEqual(table);
  });

  it("keeps __proto__ a field", () => {
    const { view } = live(JSON.parse('{"__proto__": {"x": 1}, "a": 1}') as { a: number });
    expect(Object.keys(view)).toEqual(["__proto__", "a"]);
    expect((view as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

describe("an exchange", () => {
  it("shows in the same objects, at every depth", () => {
    const v = live<Record<string, unknown>>({ a: { b: { c: 1 } }, list: [{ x: 1 }], gone: 1 });
    const { view } = v;
    const { b } = view["a"] as { b: { c: number } };
    const [first] = view["list"] as { x: number }[];
    const list = view["list"] as unknown[];
    expect(turn(v, { a: { b: { c: 2, d: 3 } }, list: [{ x: 2 }, 5], fresh: true })).toBe(true);
    expect(v.view).toBe(view);
    expect(b).toEqual({ c: 2, d: 3 });
    expect(first).toEqual({ x: 2 });
    expect(list).toEqual([{ x: 2 }, 5]);
    expect(Object.keys(view)).toEqual(["a", "list", "fresh"]);
    expect((view["a"] as { b: unknown }).b).toBe(b);
  });

  it("a table within whose key is gone throws at each access", () => {
    const before = { a: { b: { c: 1 } }, list: [1], map: new Map([[1, 1]]) };
    const v = live<Partial<typeof before>>(before);
    const { a, list, map } = v.view as typeof before;
    const { b } = a;
    turn(v, { a: 5 });
    const text = (path: string): string => `The key [${path}] doesn't exist after update`;
    expect(() => a.b).toThrow(text("a"));
    expect(() => b.c).toThrow(text("a.b"));
    for (const index of [0, 1, 7]) expect(() => list[index]).toThrow(text("list"));
    expect(() => map.get(1)).toThrow(text("map"));
    expect(() => map.size).toThrow(text("map"));
    expect(() => [...map]).toThrow(text("map"));
    expect(() => (a as Record<string, unknown>)["never there"]).toThrow(text("a"));
    expect(() => list.map(String)).toThrow(text("list"));
    expect(() => [...list]).toThrow(text("list"));
  });

  it("a table within that comes back is shown again by those who held it, with what they held of it", () => {
    const v = live<Record<string, unknown>>({ a: { b: { c: 1 } }, list: [{ x: 1 }], map: new Map([[1, { y: 1 }]]) });
    const { a, list, map } = v.view as { a: { b: { c: number } }; list: { x: number }[]; map: Map<number, { y: number }> };
    const [b, first, y] = [a.b, list[0]!, map.get(1)!];
    turn(v, { n: 1, list: [] });
    expect(() => b.c).toThrow("The key [a.b] doesn't exist after update");
    expect(() => first.x).toThrow("The key [list.0] doesn't exist after update");
    turn(v, { a: { e: 5 }, list: 7, map: { other: "kind" } });
    expect(() => b.c).toThrow("The key [a.b] doesn't exist after update");
    expect(() => list[0]).toThrow("The key [list] doesn't exist after update");
    expect(a).toEqual({ e: 5 });
    const between = v.view["map"] as object;
    turn(v, { a: { b: { c: 2, d: 3 } }, list: [{ x: 9 }], map: new Map([[1, { y: 4 }]]) });
    expect([b, first, y]).toEqual([{ c: 2, d: 3 }, { x: 9 }, { y: 4 }]);
    expect([v.view["a"], a.b, v.view["list"], list[0], v.view["map"]].map((x, i) => x === [a, b, list, first, map][i])).toEqual(
      Array(5).fill(true),
    );
    expect(() => Object.values(between)).toThrow("The key [map] doesn't exist after update");
    turn(v, { map: { other: "again" } });
    expect(between).toEqual({ other: "again" });
    expect(v.view["map"]).toBe(between);
  });

  it("a table within that is gone for more than 8 updates is forgotten: it throws for ever", () => {
    for (const [updates, back] of [
      [8, true],
      [9, false],
    ] as const) {
      const v = live<Record<string, unknown>>({ a: { b: 1 } });
      const a = v.view["a"] as { b: number };
      for (let i = 0; i < updates; i++) turn(v, { i });
      turn(v, { a: { b: 2 } });
      if (back) expect(a.b).toBe(2);
      else expect(() => a.b).toThrow("The key [a] doesn't exist after update");
      expect(v.view["a"]).toEqual({ b: 2 });
    }
  });

  it("cannot turn a record into a list", () => {
    const v = live<object>({ a: 1 });
    expect(turn(v, [1])).toBe(false);
    expect(v.view).toEqual({ a: 1 });
  });

  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
  const key = fc.constantFrom("a", "b", "c", "d", "__proto__");
  const { table } = fc.letrec<{ value: unknown; table: object }>((tie) => ({
    value: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("table")),
    table: fc.oneof(
      fc
        .uniqueArray(fc.tuple(key, tie("value")), { selector: (e) => e[0], maxLength: 4 })
        .map((list) => Object.fromEntries(list) as object),
      fc.array(tie("value"), { maxLength: 4 }) as fc.Arbitrary<object>,
      fc
        .uniqueArray(fc.tuple(fc.oneof(key, fc.nat(5)), tie("value")), { selector: (e) => e[0], maxLength: 3 })
        .map((list) => new Map(list) as object),
    ),
  }));

  /** All views of a table, itself first. */
  function* all(view: object): Generator<object> {
    yield view;
    for (const item of view instanceof Map ? view.values() : Object.values(view)) if (typeof item === "object") yield* all(item as object);
  }

  it("random tables: the view equals the newest version, what was held shows a part of it or throws", () =>
    fc.assert(
      fc.property(fc.array(table, { minLength: 2, maxLength: 5 }), (versions) => {
        const [first, ...later] = versions.map((v) => ({ root: v }));
        const v = live(first!);
        const held = new Set(all(v.view));
        for (const next of later) {
          turn(v, next);
          expect(thawed(v.view)).toEqual(next);
          const now = new Set(all(v.view));
          for (const old of held) {
            if (now.has(old)) continue;
            expect(() => (old instanceof Map ? old.size : Object.keys(old).map((k) => (old as Record<string, unknown>)[k]))).toSatisfy(
              (f: () => unknown) => {
                try {
                  const result = f();
                  return Array.isArray(result) && result.length === 0;
                } catch (error) {
                  return /doesn't exist after update/.test((error as Error).message);
                }
              },
            );
          }
          for (const one of now) held.add(one);
        }
      }),
    ));
});
