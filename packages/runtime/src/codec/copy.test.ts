import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { hex } from "../../test/vectors.ts";
import { SkynetError } from "../errors/error.ts";
import { copiedBytes, copyValue, copyValues, estimate } from "./copy.ts";
import { float } from "./float.ts";
import { pack } from "./luaseri/index.ts";
import { isShared, markShared } from "./plain.ts";

const refusal = (value: unknown): string => {
  try {
    copyValues([0, value]);
  } catch (e) {
    expect(e).toBeInstanceOf(SkynetError);
    expect((e as SkynetError).code).toBe("PACK");
    return (e as SkynetError).message;
  }
  throw new Error("was copied");
};

describe("messages are isolated by copying at send (design D5)", () => {
  it("copies everything that could change, at every level", () => {
    const value = { list: [{ n: 1 }], map: new Map([[{ k: 1 }, [2]]]), bytes: new Uint8Array([1, 2]), none: null, gone: undefined };
    const copy = copyValue(value);
    expect(copy).toEqual(value);
    expect(Object.keys(copy)).toEqual(Object.keys(value));
    expect(copy.list).not.toBe(value.list);
    expect(copy.list[0]).not.toBe(value.list[0]);
    expect(copy.bytes).not.toBe(value.bytes);
    expect(copy.bytes.buffer).not.toBe(value.bytes.buffer);
    expect([...copy.map.keys()][0]).not.toBe([...value.map.keys()][0]);
    expect([...copy.map.values()][0]).not.toBe([...value.map.values()][0]);
  });

  it("makes plain objects of objects without prototype, of other realms, and of Buffers bytes of their own", () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(Object.getPrototypeOf(copyValue(bare))).toBe(Object.prototype);
    const foreign: unknown = runInNewContext("({ a: [1, { b: 2 }] })");
    const copy = copyValue(foreign) as { a: unknown[] };
    expect(copy).toEqual({ a: [1, { b: 2 }] });
    expect(Object.getPrototypeOf(copy.a)).toBe(Array.prototype);
    const buffer = Buffer.from("hi");
    const bytes = copyValue<Uint8Array>(buffer);
    buffer[0] = 0;
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect([...bytes]).toEqual([104, 105]);
  });

  it("a field __proto__ is a field", () => {
    const value = JSON.parse('{"__proto__": {"x": 1}, "a": 2}') as Record<string, unknown>;
    const copy = copyValue(value);
    expect(Object.keys(copy)).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(copy, "__proto__")!.value).not.toBe(Object.getOwnPropertyDescriptor(value, "__proto__")!.value);
  });

  it("a getter is read once and is a value afterwards", () => {
    let reads = 0;
    const copy = copyValue({ get n() { return { reads: ++reads }; } }); // prettier-ignore
    expect(copy.n).toBe(copy.n);
    expect(reads).toBe(1);
  });

  it("refuses what cannot cross a border, naming the path", () => {
    expect(refusal({ items: [1, { fn: () => 1 }] })).toContain("[1].items[1].fn: function cannot be sent");
    expect(refusal(Symbol("s"))).toContain("[1]: symbol cannot be sent");
    expect(refusal([new (class Point {})()])).toContain("[1][0]: instance of Point cannot be sent");
    expect(refusal({ n: 2n ** 64n })).toContain("bigint 18446744073709551616n cannot be sent");
    expect(refusal(new Map([[NaN, 1]]))).toContain("table index is NaN");
    const cycle: unknown[] = [];
    cycle.push([cycle]);
    expect(refusal(cycle)).toContain("[1][0][0]: leads back to [1]");
  });

  it("errors of a getter come through as they are, and the next copy is unharmed", () => {
    const bad = { get x(): number { throw new RangeError("mine"); } }; // prettier-ignore
    expect(() => copyValue(bad)).toThrow(new RangeError("mine"));
    expect(copyValues([1, "a"])).toEqual([1, "a"]);
    expect(copiedBytes()).toBe(10);
  });

  it("32 levels pass, 33 do not, as on the wire", () => {
    const nest = (n: number, inner: unknown, map: boolean): unknown =>
      n === 0 ? inner : map ? { k: nest(n - 1, inner, map) } : [nest(n - 1, inner, map)];
    for (const map of [false, true]) {
      expect(copyValue(nest(32, 1, map))).toEqual(nest(32, 1, map));
      expect(copyValue(nest(33, 1, map) && nest(32, [], map))).toEqual(nest(32, [], map));
      for (const inner of [1, "s", undefined, true, []])
        expect(refusal(nest(33, inner, map))).toContain("serialize can't pack too depth table");
      expect(() => pack([nest(33, 1, map)])).toThrow("too depth");
    }
  });
});

describe("shared values", () => {
  it("go by reference, frozen at every level, and pack like what they are", () => {
    const value = { list: [{ n: 1 }], map: new Map([["k", { v: 1 }]]) };
    const before = hex(pack([value]));
    const branded = markShared(value);
    expect(branded).toBe(value);
    expect(isShared(branded) && isShared(branded.list[0]!)).toBe(true);
    expect(isShared({ list: [] })).toBe(false);
    const copy = copyValue({ inside: branded, part: branded.list });
    expect(copy.inside).toBe(branded);
    expect(copy.part).toBe(branded.list);
    expect(() => branded.list.push({ n: 2 })).toThrow(TypeError);
    expect(() => (branded.list[0]!.n = 5)).toThrow(TypeError);
    expect(() => branded.map.set("x", { v: 2 })).toThrow("this Map is shared");
    expect(hex(pack([branded]))).toBe(before);
    expect(Array.isArray(branded.list) && [...branded.list].length).toBe(1);
  });
});

describe("the estimate", () => {
  it("counts 8 for a scalar or table, 2 for a UTF-16 unit, byte arrays exactly", () => {
    copyValues([1, "abc", true, undefined, null, new Uint8Array(100)]);
    expect(copiedBytes()).toBe(8 + 6 + 8 + 8 + 8 + 100);
    copyValues([{ a: 1, b: "xy" }, [1, 2, "z"], new Map([["k", 1]])]);
    expect(copiedBytes()).toBe(8 + 8 + 4 + (8 + 16 + 2) + (8 + 2 + 8));
    expect(estimate(["abc"])).toBe(6);
    expect(copiedBytes()).toBe(20 + 26 + 18);
  });
});

const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(undefined, null, true, false, -0, float(2)),
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.dictionary(fc.string(), tie("value")),
    fc.array(fc.tuple(fc.oneof(fc.string(), fc.integer(), fc.boolean()), tie("value"))).map((pairs) => new Map(pairs)),
  ),
})).value;

it("a copy packs to the same bytes as the original", () => {
  fc.assert(
    fc.property(fc.array(anyValue), (values) => {
      expect(hex(pack(copyValues(values)))).toBe(hex(pack(values)));
    }),
    { numRuns: 300 },
  );
});
