import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonical,
  fromHex,
  hex,
  read,
  shownHex,
  vectorBytes,
  vectorCases,
  vectorValue,
  wantedHex,
  written,
} from "../../../test/vectors.ts";
import type { VectorBytes, VectorValue } from "../../../test/vectors.ts";
import { SkynetError } from "../../errors/error.ts";
import { float } from "../float.ts";
import { pack, unpack } from "./index.ts";

interface Case {
  readonly name: string;
  readonly op: "pack" | "unpack";
  readonly values?: readonly VectorValue[];
  readonly unpacked?: readonly VectorValue[];
  readonly input?: string;
  readonly bytes?: VectorBytes;
  readonly error?: string;
}

const code = (run: () => unknown): SkynetError => {
  try {
    run();
  } catch (e) {
    expect(e).toBeInstanceOf(SkynetError);
    expect((e as SkynetError).code).toBe("PACK");
    return e as SkynetError;
  }
  throw new Error("nothing was thrown");
};

const hasNaN = (form: VectorBytes): boolean => typeof form === "string" && /f[8-f]7?f|f[8-f]ff/.test(form);

describe("lua-seri equals the real program (wire.md §1)", () => {
  const cases = vectorCases<Case>("luaseri.json");
  it.each(cases.filter((c) => c.op === "pack" && c.values && c.error === undefined).map((c) => [c.name, c] as const))(
    "pack: %s",
    (_, c) => {
      const values = c.values!.map((v) => vectorValue(v, written));
      // JavaScript has one NaN; its payload and sign are not ours to keep.
      const nan = values.length === 1 && Number.isNaN(Number(values[0])) && hasNaN(c.bytes!);
      if (!nan) expect(shownHex(pack(values))).toBe(wantedHex(c.bytes!));
      if (typeof c.bytes === "object" && "sha1" in c.bytes) return;
      const decoded = (c.unpacked ?? c.values!).map((v) => vectorValue(v, read));
      expect(unpack(vectorBytes(c.bytes!)).map(canonical)).toEqual(decoded.map(canonical));
    },
  );

  it.each(cases.filter((c) => c.op === "pack" && c.values && c.error !== undefined).map((c) => [c.name, c] as const))(
    "pack refuses: %s",
    (_, c) => {
      expect(code(() => pack(c.values!.map((v) => vectorValue(v, written)))).message).toContain(c.error);
    },
  );

  it.each(cases.filter((c) => c.op === "unpack").map((c) => [c.name, c] as const))("unpack: %s", (_, c) => {
    const bytes = vectorBytes(c.bytes!);
    if (c.error === undefined) {
      expect(unpack(bytes).map(canonical)).toEqual(c.values!.map((v) => canonical(vectorValue(v, read))));
    } else {
      const wanted = c.error.startsWith("memory") ? "Invalid serialize stream" : c.error.replace(/ \(line.*/, "");
      expect(code(() => unpack(bytes)).message).toContain(wanted);
    }
  });
});

describe("JavaScript values on the wire (design D10)", () => {
  it("an integral number is an integer, -0 and fractions are floats, float() forces one", () => {
    expect(hex(pack([3, -0, 1.5, float(3)]))).toBe("0a03" + "420000000000000080" + "42000000000000f83f" + "420000000000000840");
    expect(hex(pack([2 ** 53, 2 ** 62, -(2 ** 63)]))).toBe("320000000000002000" + "320000000000000040" + "320000000000000080");
    expect(hex(pack([2 ** 63]))).toBe("42000000000000e043");
  });

  it("null and undefined are nil, and a record's field with them does not exist", () => {
    expect(hex(pack([null, undefined, { a: null, b: undefined }]))).toBe("00000600");
    expect(unpack(pack([{ a: undefined }]))).toEqual([[]]);
  });

  it("nil inside an array keeps its place, also at the end", () => {
    expect(unpack(pack([[1, undefined, 3, undefined]]))).toEqual([[1, undefined, 3, undefined]]);
  });

  it("integers beyond 2^53 come back as bigint, smaller ones as number", () => {
    expect(unpack(pack([2n ** 53n, 2n ** 53n - 1n, -(2n ** 63n), 7n]))).toEqual([2n ** 53n, 2 ** 53 - 1, -(2n ** 63n), 7]);
  });

  it("a string that is not UTF-8 comes back as bytes, a byte order mark stays", () => {
    expect(unpack(pack([new Uint8Array([0xff, 0xfe]), "\ufeffa", new Uint8Array([0x61])]))).toEqual([
      new Uint8Array([0xff, 0xfe]),
      "\ufeffa",
      "a",
    ]);
    expect(unpack(pack(["a", { b: "c" }]), { strings: "bytes" })).toEqual([new Uint8Array([0x61]), { b: new Uint8Array([0x63]) }]);
  });

  it("a table is an array, a plain object or a Map by its keys", () => {
    const both = new Map<unknown, unknown>([
      [1, "x"],
      ["n", 1],
    ]);
    expect(hex(pack([both]))).toBe("0e0c780c6e0a0100");
    expect(unpack(pack([[], [1], { a: 1 }, both, new Map([[10, 1]])]))).toEqual([[], [1], { a: 1 }, both, new Map([[10, 1]])]);
    expect(
      unpack(
        pack([
          new Map([
            [1, "a"],
            [2, "b"],
          ]),
        ]),
      ),
    ).toEqual([["a", "b"]]);
  });

  it("a key __proto__ from outside is an own property and changes no prototype", () => {
    const bytes = pack([
      new Map([
        ["__proto__", { polluted: 1 }],
        ["a", 2],
      ] as [string, unknown][]),
    ]);
    const [got] = unpack(bytes) as [Record<string, unknown>];
    expect(Object.getPrototypeOf(got)).toBe(Object.prototype);
    expect(Object.keys(got)).toEqual(["__proto__", "a"]);
    expect((got as { polluted?: number }).polluted).toBeUndefined();
    expect(pack([got])).toEqual(bytes);
  });

  it("reads long keys as keys", () => {
    const long = "k".repeat(100);
    expect(unpack(pack([{ [long]: 1, b: 2 }]))).toEqual([{ [long]: 1, b: 2 }]);
  });

  it("a getter that packs does not disturb the packing around it", () => {
    const sly = { get inner() { return hex(pack(["in".repeat(40), 1])); }, after: 5 }; // prettier-ignore
    expect(unpack(pack([sly, 6]))).toEqual([{ inner: hex(pack(["in".repeat(40), 1])), after: 5 }, 6]);
  });

  it("results do not change when more is packed, and a huge message leaves no huge buffer", () => {
    const first = pack(["a".repeat(100)]);
    const copy = hex(first);
    pack(["b".repeat(3_000_000)]);
    for (let i = 0; i < 200; i++) pack(["c".repeat(100)]);
    expect(hex(first)).toBe(copy);
  });
});

describe("what cannot be sent is named with its path", () => {
  const message = (...values: unknown[]): string => code(() => pack(values)).message;
  it("functions, symbols, class instances", () => {
    expect(message(1, { items: [0, 0, 0, { fn: () => 1 }] })).toBe(
      "[1].items[3].fn: function cannot be sent; send data, or the address of a service that has it (Unsupport type function to serialize)",
    );
    expect(message({ "a-b": Symbol("x") })).toContain('[0]["a-b"]: symbol cannot be sent');
    expect(message(new Date(0))).toContain("[0]: instance of Date cannot be sent; send its getTime()");
    expect(message(new (class User {})())).toContain("[0]: instance of User cannot be sent");
    expect(message(new Map([["k", Promise.resolve()]]))).toContain("[0].k: instance of Promise cannot be sent");
    expect(message((function* () {})())).toContain("yield*");
  });
  it("bigint outside int64, NaN and nil as keys", () => {
    expect(message(2n ** 63n)).toContain("[0]: bigint 9223372036854775808n cannot be sent");
    expect(message(new Map([[NaN, 1]]))).toContain("table index is NaN");
    expect(message(new Map([[undefined, 1]]))).toContain("table index is nil");
  });
  it("cycles and more than 32 levels, with Skynet's own words", () => {
    const a: Record<string, unknown> = { b: {} };
    (a["b"] as Record<string, unknown>)["back"] = a;
    expect(message(a)).toBe(
      "[0].b.back: leads back to [0], and a cycle cannot be sent; send ids instead of references (serialize can't pack too depth table)",
    );
    const nest = (n: number, inner: unknown): unknown => (n === 0 ? inner : [nest(n - 1, inner)]);
    expect(unpack(pack([nest(32, 1)]))).toEqual([nest(32, 1)]);
    expect(unpack(pack([nest(33, undefined) === undefined ? 0 : nest(32, [])]))).toEqual([nest(32, [])]);
    expect(message(nest(33, 1))).toContain("more than 32 tables; send a flatter shape (serialize can't pack too depth table)");
  });
});

const anyKey = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 6 }),
);
const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(undefined),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("value"), { maxLength: 40 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("value")),
    fc.array(fc.tuple(anyKey, tie("value")), { maxLength: 6 }).map((pairs) => new Map(pairs)),
  ),
})).value;

describe("properties", () => {
  it("what was decoded encodes to a fixed point, for random keys and values", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
        const once = unpack(pack(values));
        expect(canonical(unpack(pack(once)))).toEqual(canonical(once));
        expect(canonical(once)).toEqual(canonical(values.map(asDecoded)));
      }),
      { numRuns: 400 },
    );
  });

  it("random and mutated bytes decode or give the documented error", () => {
    const check = (bytes: Uint8Array): void => {
      try {
        pack(unpack(bytes));
      } catch (e) {
        expect(e).toBeInstanceOf(SkynetError);
        expect((e as SkynetError).message).toMatch(/Invalid serialize stream \d+|serialize can't pack too depth table/);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 1500 });
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 3 }), fc.nat(), fc.nat(255), fc.nat(), (values, where, byte, cut) => {
        const bytes = pack(values).slice();
        if (bytes.length > 0) bytes[where % bytes.length] = byte;
        check(bytes.subarray(0, bytes.length - (cut % 3)));
      }),
      { numRuns: 700 },
    );
  });

  it("a length of 4 GB in seven bytes allocates nothing, and a million open tables do not end the stack", () => {
    expect(code(() => unpack(fromHex("fe22ffffff7f02"))).message).toContain("Invalid serialize stream 0");
    expect(code(() => unpack(fromHex("25ffffffff61"))).message).toContain("Invalid serialize stream 1");
    expect(code(() => unpack(new Uint8Array(1_000_000).fill(0x0e))).message).toContain("more than 500 tables");
  });
});

/** The value as Lua would hold it: no nil fields, keys as Lua normalises them. */
function asDecoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asDecoded);
  if (value instanceof Map) {
    const bytesAsText = new Map<unknown, unknown>();
    for (const [k, v] of value)
      if (v !== undefined) bytesAsText.set(k instanceof Uint8Array ? (unpack(pack([k]))[0] as unknown) : k, asDecoded(v));
    return bytesAsText;
  }
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, asDecoded(v)]));
  return value;
}
