/**
 * bson against what the real program gave, against the MongoDB project's own codec, and against bytes that are no documents.
 */
import { BSON, Binary, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineService } from "../index.ts";
import { SkynetError } from "../errors/error.ts";
import { copyValue } from "../codec/copy.ts";
import { float } from "../codec/float.ts";
import { pack, unpack } from "../codec/luaseri/index.ts";
import { testNode } from "../testing/index.ts";
import { canonical, fromHex, hex, read, shownHex, vectorBytes, vectorCases, vectorValue, wantedHex, written } from "../../test/vectors.ts";
import type { VectorBytes, VectorValue } from "../../test/vectors.ts";
import { bson } from "./bson.ts";

interface Case {
  readonly name?: string;
  readonly op: string;
  readonly value?: VectorValue;
  readonly input?: string;
  readonly bytes?: VectorBytes;
  readonly decoded?: VectorValue;
  readonly error?: string;
  readonly decode_error?: string;
  readonly fn?: "date" | "timestamp" | "regex" | "binary" | "objectid" | "int64";
  readonly args?: readonly VectorValue[];
  readonly arg?: VectorValue;
  readonly result?: VectorValue & readonly VectorValue[];
  readonly type?: readonly VectorValue[];
}

const cases = vectorCases<Case>("bson.json");
const decodes = vectorCases<Case>("bson_decode.json").filter((c) => c.op === "decode");
const named = (list: readonly Case[]): [string, Case][] => list.map((c) => [c.name ?? JSON.stringify(c.arg), c]);

/** An empty table of Lua is a document; ours is one when it is an object. */
function emptyAsObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(emptyAsObject);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, emptyAsObject(v)]));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, emptyAsObject(v)]));
  return value;
}

/** The part of an error text that is not about sizes or this implementation. */
const essence = (text: string): string => text.split(" (")[0]!.replace("object id short", "object id");

function nest(tables: number): object {
  let value: object = { v: 1 };
  for (let i = 1; i < tables; i++) value = { k: value };
  return value;
}

/** Inputs that the vectors describe in words, for Lua; those about metamethods have no counterpart. */
const inputs: Readonly<Record<string, unknown>> = {
  "function value": { f: () => 1 },
  "encoded bson as a value": { sub: bson.encode({ a: 1 }) },
  "nesting 127 documents": nest(127),
  "nesting 128 documents": nest(128),
  "nesting 129 documents": nest(129),
  "nesting 130 documents": nest(130),
  "circular reference": (() => {
    const t: Record<string, unknown> = {};
    t["self"] = t;
    return t;
  })(),
};

describe("bson.encode vectors", () => {
  const usable = cases.filter((c) => c.op === "encode" && (c.value !== undefined || Object.hasOwn(inputs, c.name!)));

  it.each(named(usable))("%s", (name, c) => {
    const value = c.value === undefined ? inputs[name] : emptyAsObject(vectorValue(c.value, written));
    if (c.error !== undefined) {
      expect(() => bson.encode(value as object)).toThrow(essence(c.error));
      return;
    }
    const doc = bson.encode(value as object);
    // JavaScript keeps no sign of NaN.
    if (name === "double -nan") expect(shownHex(doc.bytes).replace("f87f", "f8ff")).toBe(wantedHex(c.bytes!));
    else expect(shownHex(doc.bytes)).toBe(wantedHex(c.bytes!));
    if (c.decode_error !== undefined) expect(() => doc.decode()).toThrow(essence(c.decode_error));
    else if (c.value !== undefined || c.decoded !== undefined)
      expect(canonical(bson.decode(doc))).toEqual(canonical(vectorValue(c.decoded ?? c.value!, read)));
  });

  it("leaves out only what is about metamethods and coroutines", () => {
    const left = cases.filter((c) => c.op === "encode" && !usable.includes(c)).map((c) => c.name);
    expect(left).toEqual([
      "coroutine value",
      "table with __len",
      "empty table with __len 0 is an array",
      "__len returning a float",
      "__pairs on an inner table",
      "__pairs at the top",
    ]);
  });
});

describe("bson.encode_order vectors", () => {
  it.each(named(cases.filter((c) => c.op === "encode_order")))("%s", (_name, c) => {
    const args = c.args!.map((a) => emptyAsObject(vectorValue(a, written)));
    const keys = args.map((a, i) =>
      i % 2 === 0 && typeof a === "object" && a !== null && "value" in a ? (a as { value: number }).value : a,
    );
    if (c.error !== undefined) expect(() => bson.encode_order(...keys)).toThrow(essence(c.error));
    else {
      const doc = bson.encode_order(...keys);
      expect(hex(doc.bytes)).toBe(wantedHex(c.bytes!));
      expect(canonical(doc.decode())).toEqual(canonical(vectorValue(c.decoded!, read)));
    }
  });
});

describe("bson.date, timestamp, regex, binary, objectid, int64 and type: vectors", () => {
  it.each(named(cases.filter((c) => c.op === "make")))("%s", (_name, c) => {
    const args = c.args!.map((a) => vectorValue(a, { ...read, str: (b) => b }));
    const make = (): Uint8Array => (bson[c.fn!] as (...list: unknown[]) => Uint8Array)(...args);
    if (c.error !== undefined) {
      expect(make).toThrow(/Invalid objectid abc|no integer representation/);
      return;
    }
    expect(hex(make())).toBe((c.result as unknown as { str: string }).str);
    expect(bson.type(make()).map(canonical)).toEqual(c.type!.map((v) => canonical(vectorValue(v, read))));
  });

  it.each(named(cases.filter((c) => c.op === "type")))("type %s", (_name, c) => {
    const value = vectorValue(c.arg!, { ...read, str: (b) => b });
    if (c.error !== undefined) expect(() => bson.type(value)).toThrow(essence(c.error));
    else expect(bson.type(value).map(canonical)).toEqual(c.result!.map((v) => canonical(vectorValue(v, read))));
  });

  it("type takes text for bytes, as a border may have made one of the other", () => {
    expect(bson.type(bson.null)).toEqual(["nil"]);
    expect(bson.type("\0\x12\x01\0\0\0\0\0\0\0")).toEqual(["int64", 1]);
    expect(bson.type(null)).toEqual(["nil"]);
    expect(bson.type({})).toEqual(["table", {}]);
    expect(() => bson.type(() => 1)).toThrow("Invalid type function");
  });
});

describe("bson.decode vectors", () => {
  it.each(named(decodes))("%s", (_name, c) => {
    const bytes = vectorBytes(c.bytes!);
    if (c.error !== undefined) expect(() => bson.decode(bytes)).toThrow(essence(c.error));
    else expect(canonical(bson.decode(bytes))).toEqual(canonical(vectorValue(c.decoded!, read)));
  });
});

describe("bson.encode beyond the vectors", () => {
  it("writes an empty array as an array and an empty object as a document", () => {
    expect(bson.decode(bson.encode({ a: [], b: {}, c: new Map() }))).toEqual({ a: [], b: {}, c: {} });
  });

  it("writes null, leaves undefined out, refuses a hole", () => {
    const doc = bson.encode({ a: null, b: undefined });
    expect(doc.decode()).toEqual({ a: bson.null });
    expect(() => bson.encode({ list: [1, undefined] })).toThrow("Use bson.null instead: list.2 is undefined");
  });

  it("null is equal to itself after it was copied and after it crossed a border", () => {
    const { a } = bson.decode<{ a: unknown }>(bson.encode({ a: null }));
    expect(a).toBe(bson.null);
    expect(copyValue(a)).toBe(bson.null);
    expect(unpack(pack([a]))[0]).toBe(bson.null);
  });

  it("what it was decoded to is encoded again after it crossed a border", () => {
    const doc = bson.encode({
      d: bson.date(1),
      o: bson.objectid("000102030405060708090a0b"),
      m: bson.minkey,
      x: bson.maxkey,
      n: bson.null,
    });
    const there = unpack(pack([doc.decode()]))[0] as object;
    expect(hex(bson.encode(there).bytes)).toBe(hex(doc.bytes));
  });

  it("names the place of what it cannot encode", () => {
    expect(() => bson.encode({ a: { b: [1, Symbol("x")] } })).toThrow("a.b.2");
    expect(() => bson.encode({ a: new Date(0) })).toThrow("Invalid value type : an instance of a class (at a)");
    expect(() => bson.encode({ "a\0b": 1 })).toThrow("a byte 0");
    expect(() => bson.encode({ a: 2n ** 63n })).toThrow("64 bits");
    expect(() => bson.encode({ a: Uint8Array.of(0xff) })).toThrow("bson.binary takes any bytes");
    expect(() => bson.encode({ a: new Map([[2, 1]]) })).toThrow("key can't be number: 2 in a");
    expect(() => bson.encode([1])).toThrow("key can't be number");
    expect(() => bson.regex("a\0b")).toThrow("byte 0");
  });

  it("keeps __proto__ a field like any other", () => {
    const decoded = bson.decode<object>(bson.encode(JSON.parse('{"__proto__":{"x":1}}') as object));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.keys(decoded)).toEqual(["__proto__"]);
  });

  it("to_lightuserdata, decode of nothing, encode of what is encoded", () => {
    const doc = bson.encode({ a: 1 });
    expect(bson.decode(bson.to_lightuserdata(doc))).toEqual({ a: 1 });
    expect(bson.decode(undefined)).toBeUndefined();
    expect(bson.encode(doc)).toBe(doc);
    expect(doc.length).toBe(12);
  });
});

describe("document:makeindex", () => {
  const doc = (): ReturnType<ReturnType<typeof bson.encode>["makeindex"]> =>
    bson
      .encode({
        i: 1,
        l: 2n ** 40n,
        d: 0.5,
        b: true,
        t: bson.date(1),
        s: "text",
        o: bson.objectid("0".repeat(24)),
        ts: bson.timestamp(1, 1),
        inner: { i: 7 },
      })
      .makeindex();

  it("lets fields of fixed size be overwritten", () => {
    const d = doc();
    Object.assign(d, { i: -5, l: 3, d: 7, b: false, t: bson.date(9), o: bson.objectid("f".repeat(24)), ts: bson.timestamp(8, 9) });
    const back = bson.decode<Record<string, unknown>>(d);
    expect({ ...back, t: bson.type(back["t"]), o: bson.type(back["o"]), ts: bson.type(back["ts"]) }).toEqual({
      i: -5,
      l: 3,
      d: 7,
      b: false,
      t: ["date", 9],
      s: "text",
      o: ["objectid", "f".repeat(24)],
      ts: ["timestamp", 8, 9],
      inner: { i: 7 },
    });
  });

  it("refuses others, and other types", () => {
    const d = doc();
    expect(() => Object.assign(d, { s: "other" })).toThrow("Can't replace key : s");
    expect(() => Object.assign(d, { nope: 1 })).toThrow("Can't replace key : nope");
    expect(() => Object.assign(d, { i: 1.5 })).toThrow("must be a 32bit integer");
    expect(() => Object.assign(d, { i: 2 ** 31 })).toThrow("must be a 32bit integer");
    expect(() => Object.assign(d, { l: "1" })).toThrow("must be a 64bit integer");
    expect(() => Object.assign(d, { t: bson.timestamp(1, 1) })).toThrow("Type mismatch, need bson type 9");
    expect(() => Object.assign(bson.encode({ i: 1 }), { i: 2 })).toThrow("call makeindex first");
    expect(d.decode()).toEqual(doc().decode());
  });
});

describe("bson.objectid and bson.timestamp make new ones", () => {
  const maker = defineService(() => ({
    make: () => [bson.objectid(), bson.objectid(), bson.timestamp(5), bson.timestamp(5)].map((v) => bson.type(v)),
  }));

  it("count up in a node, carry its time, and say where they can be used", async () => {
    const t = await testNode({ seed: 3, services: { maker } });
    const made = await t.call<[string, string | number, number?][]>(await t.newservice("maker"), "lua", "make");
    const [a, b] = [BigInt(`0x${made[0]![1]}`), BigInt(`0x${made[1]![1]}`)];
    expect(b - a).toBe(1n);
    expect(Number(a >> 64n)).toBe(Math.floor(t.ports.clock.wall() / 1000));
    expect(made.slice(2)).toEqual([
      ["timestamp", 5, 0],
      ["timestamp", 5, 1],
    ]);
    await t.stop();
    expect(() => bson.objectid()).toThrow(/only in a service/);
    expect(() => bson.timestamp(1)).toThrow(/only in a service/);
  });
});

/** Documents of everything both codecs know, as ours and as theirs. */
const scalar: fc.Arbitrary<readonly [unknown, unknown]> = fc.oneof(
  fc.integer().map((n) => [n, new Int32(n)] as const),
  fc.bigInt({ min: 2n ** 31n, max: 2n ** 63n - 1n }).map((n) => [n, Long.fromBigInt(n)] as const),
  fc.double({ noNaN: true }).map((n) => [float(n), new Double(n)] as const),
  fc.boolean().map((b) => [b, b] as const),
  fc
    .string({ unit: "grapheme" })
    .filter((s) => !s.startsWith("\0"))
    .map((s) => [s, s] as const),
  fc.constant([null, null] as const),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((b) => [bson.objectid(hex(b)), new ObjectId(hex(b))] as const),
  fc.uint8Array().map((b) => [bson.binary(b), new Binary(b)] as const),
  fc.nat().map((n) => [bson.date(n), new Date(n * 1000)] as const),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => [bson.timestamp(t, i), new Timestamp({ t, i })] as const),
);
const key = fc.string({ unit: "grapheme" }).filter((k) => !k.includes("\0") && k !== "__proto__");
const { table } = fc.letrec<{ table: readonly [unknown, unknown]; value: readonly [unknown, unknown] }>((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, tie("table"), fc.array(tie("value"), { maxLength: 4 }).map(pairs)),
  table: fc.uniqueArray(fc.tuple(key, tie("value")), { selector: (e) => e[0], maxLength: 5 }).map((list) => {
    const sorted = list.filter(([k]) => !/^\d+$/.test(k));
    return [Object.fromEntries(sorted.map(([k, v]) => [k, v[0]])), Object.fromEntries(sorted.map(([k, v]) => [k, v[1]]))] as const;
  }),
}));

function pairs(list: readonly (readonly [unknown, unknown])[]): readonly [unknown, unknown] {
  return [list.map((v) => v[0]), list.map((v) => v[1])];
}

describe("bson and random documents", () => {
  it("encodes what MongoDB's own codec encodes, and reads it back to the same bytes", () =>
    fc.assert(
      fc.property(table, ([ours, theirs]) => {
        const doc = bson.encode(ours as object);
        expect(hex(doc.bytes)).toBe(Buffer.from(BSON.serialize(theirs as object)).toString("hex"));
        const again = bson.encode(bson.decode<object>(doc));
        // A double without fraction is a number, and so an integer the second time.
        expect(canonical(again.decode())).toEqual(canonical(doc.decode()));
      }),
    ));

  const orRefused = (bytes: Uint8Array): void => {
    try {
      bson.decode(bytes);
      bson.encode({ x: 1 });
    } catch (error) {
      expect(error).toBeInstanceOf(SkynetError);
      expect((error as SkynetError).code).toBe("BSON");
    }
  };

  it("decodes or refuses anything", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        orRefused(bytes);
        if (bytes.length < 4) return;
        // With a length that fits, more of it is looked at.
        const fitting = bytes.slice();
        new DataView(fitting.buffer).setInt32(0, bytes.length, true);
        orRefused(fitting);
      }),
      { numRuns: 2000 },
    ));

  it("refuses every cut of a document, and survives changed bytes", () =>
    fc.assert(
      fc.property(table, fc.nat(), fc.nat(), fc.nat(255), ([ours], cut, where, byte) => {
        const bytes = bson.encode(ours as object).bytes.slice();
        expect(() => bson.decode(bytes.slice(0, cut % bytes.length))).toThrow(SkynetError);
        bytes[where % bytes.length] = byte;
        orRefused(bytes);
      }),
      { numRuns: 500 },
    ));

  it("allocates nothing for lengths that are not there, and refuses deep nesting without using up the stack", () => {
    for (const kind of ["02", "05", "03", "04", "0c", "0d", "0e", "0f"])
      expect(() => bson.decode(fromHex(`0e000000${kind}7300ffffff7f610000`))).toThrow(/Invalid bson/);
    expect(() => bson.decode(fromHex("ffffff7f00"))).toThrow("Invalid bson block");
    let deep = Uint8Array.of(5, 0, 0, 0, 0);
    for (let i = 0; i < 20_000; i++) {
      if (i === 128) expect(bson.decode(deep)).toBeTypeOf("object");
      if (i === 129) expect(() => bson.decode(deep)).toThrow("more than 128 documents");
      const next = new Uint8Array(deep.length + 8);
      new DataView(next.buffer).setInt32(0, next.length, true);
      next.set([3, 107, 0], 4);
      next.set(deep, 7);
      deep = next;
      if (i > 200) i += 500;
    }
    expect(() => bson.decode(deep)).toThrow("more than 128 documents");
    // A list whose only key is huge is a Map of one entry.
    const sparse = bson.decode<{ a: Map<number, number> }>(fromHex("1d0000000461001500000010323134373438333634360007000000" + "0000"));
    expect([...sparse.a]).toEqual([[2147483647, 7]]);
  });
});
