/** Views of shared tables: as cheap as the table, stable, and not to be written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyValue } from "../codec/copy.ts";
import { markShared } from "../codec/plain.ts";
import { thawed } from "./shared-view.ts";
import { TableView } from "./table-view.ts";

const of = <T extends object>(table: T): TableView<T> => new TableView(markShared(structuredClone(table)));

describe("TableView", () => {
  it("has the table's fields, and the very tables within", () => {
    const table = markShared({ n: 1, in: { x: 1 }, list: [1, 2] });
    const { view } = new TableView(table);
    expect(view).toEqual(table);
    expect(Object.keys(view)).toEqual(["n", "in", "list"]);
    expect(view.in).toBe(table.in);
    expect(JSON.stringify(view)).toBe(JSON.stringify(table));
    // A message carries a copy of the view, with the shared tables within as they are.
    const sent = copyValue(view);
    expect(sent).toEqual(table);
    expect(sent.in).toBe(table.in);
  });

  it("shows another version in the same object; what is within belongs to its version", () => {
    const v = of<Record<string, unknown>>({ a: 1, in: { x: 1 }, gone: 1 });
    const { view } = v;
    const inner = view["in"];
    expect(v.turnTo(markShared({ a: 2, in: { x: 2 } }))).toBe(true);
    expect([view, Object.keys(view), inner]).toEqual([{ a: 2, in: { x: 2 } }, ["a", "in"], { x: 1 }]);
    expect(v.turnTo(markShared({ a: 3, in: { x: 3 } }))).toBe(true);
    expect(view).toEqual({ a: 3, in: { x: 3 } });
    expect(v.turnTo(markShared([1]) as never)).toBe(false);
  });

  it("cannot be written to", () => {
    const record = of({ n: 1, in: { x: 1 } }).view as Record<string, unknown> & { in: { x: number } };
    expect(() => (record["n"] = 2)).toThrow(TypeError);
    expect(() => (record["fresh"] = 2)).toThrow("Error newindex: the field fresh");
    expect(() => (record.in.x = 2)).toThrow(TypeError);
    const list = of<unknown[]>([1, [2]]).view;
    for (const write of [() => list.push(1), () => (list[2] = 5), () => list.reverse()]) expect(write).toThrow("Error newindex");
    expect(() => (list[0] = 5)).toThrow(TypeError);
    const map = of(new Map([[1, 1]])).view;
    for (const write of [() => map.set(1, 2), () => map.delete(1), () => map.clear()]) expect(write).toThrow("Error newindex");
    expect([thawed(record), [...list], [...map]]).toEqual([{ n: 1, in: { x: 1 } }, [1, [2]], [[1, 1]]]);
  });

  it("random tables one after the other: the view equals the newest of its kind", () => {
    const value = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 2 }));
    const table = fc.oneof(
      fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "1"), value) as fc.Arbitrary<object>,
      fc.array(value, { maxLength: 4 }) as fc.Arbitrary<object>,
      fc.array(fc.tuple(fc.nat(4), value), { maxLength: 4 }).map((list) => new Map(list) as object),
    );
    fc.assert(
      fc.property(fc.array(table, { minLength: 1, maxLength: 6 }), ([first, ...later]) => {
        const v = of(first!);
        let shown = first!;
        for (const next of later) {
          if (v.turnTo(markShared(structuredClone(next)))) shown = next;
          expect(thawed(v.view)).toEqual(thawed(shown));
        }
      }),
    );
  });
});
