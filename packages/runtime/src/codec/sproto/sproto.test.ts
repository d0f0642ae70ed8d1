import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, fromHex, hex, shownHex, vectorBytes, vectorCases, vectorValue, wantedHex } from "../../../test/vectors.ts";
import type { Mapping, VectorBytes, VectorValue } from "../../../test/vectors.ts";
import { SkynetError } from "../../errors/error.ts";
import { decode, encode, parseSchema, readBundle, zeroPack, zeroUnpack, type SprotoSchema } from "./index.ts";

interface SchemaCase {
  readonly name: string;
  readonly schema: string;
  readonly spb?: string;
  readonly error?: string;
}
interface CodecCase {
  readonly op: "encode" | "decode";
  readonly note?: string;
  readonly schema: string;
  readonly type: string;
  readonly value?: VectorValue;
  readonly bytes?: VectorBytes;
  readonly packed?: VectorBytes;
  readonly decoded?: VectorValue;
  readonly used?: number;
  readonly error?: string;
  readonly decode_error?: string;
}
interface PackCase {
  readonly op: "pack" | "unpack";
  readonly input: VectorBytes;
  readonly result?: VectorBytes;
  readonly error?: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const mapping: Mapping = {
  int: (digits) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits)),
  float: (value) => value,
  str: (bytes) => {
    try {
      return utf8.decode(bytes);
    } catch {
      return bytes;
    }
  },
};

function thrown(run: () => unknown): SkynetError {
  try {
    run();
  } catch (e) {
    expect(e).toBeInstanceOf(SkynetError);
    expect((e as SkynetError).code).toBe("SPROTO");
    return e as SkynetError;
  }
  throw new Error("nothing was thrown");
}

const schemaCases = vectorCases<SchemaCase>("sproto_schema.json");
const schemas = new Map<string, SprotoSchema>(schemaCases.filter((c) => c.spb).map((c) => [c.name, readBundle(fromHex(c.spb!))]));

describe("schema text equals the real parser (wire.md §6.5, §6.6)", () => {
  it.each(schemaCases.map((c) => [c.name, c] as const))("%s", (_, c) => {
    if (c.error !== undefined) expect(thrown(() => parseSchema(c.schema, "bad")).message).toContain(c.error);
    else expect(hex(parseSchema(c.schema))).toBe(c.spb);
  });

  const bundle = (text: string): string => hex(parseSchema(text));
  it("accepts the oddities Skynet accepts", () => {
    expect(bundle(".B { a 0 : integer } .A { b 0 : B(a) }")).toBe(bundle(".B { a 0 : integer } .A { b 0 : B }"));
    expect(bundle(".A { a 0 : integer(k) }")).toBe(bundle(".A { a 0 : integer }"));
    expect(bundle(".A { a 0 : *integer(2)(3) }")).toBe(bundle(".A { a 0 : *integer(2) }"));
    expect(bundle(".A { a 0 : *integer( 2 ) }")).toBe(bundle(".A { a 0 : *integer(2) }"));
    expect(bundle(".A {} p 1 { request nil }")).toBe(bundle(".A {} p 1 {}"));
    expect(bundle(".A{}.B{a 0:A}p 1{}")).toBe(bundle(".A { } .B { a 0 : A } p 1 { }"));
    // A type named like a built-in one is there, but its name always means the built-in.
    expect(readBundle(parseSchema(".string { b 1 : string }")).types.get("string")!.fields[0]!.type).toBeUndefined();
  });
  it.each([
    [".A { a 0 : string(2) }", "assertion failed!"],
    [".A { a 0 : *string(k) }", "assertion failed!"],
    [".B {} .A { a 0 : B(2) }", "assertion failed!"],
    [".A { a 0 : *integer(k) }", "needs a number of digits"],
    [".A { a 0 : * integer }", "syntax error"],
    [".A { a 0 : integer (2) }", "syntax error"],
    [".A { a0 : integer }", "syntax error"],
    [".A { a 0 : integer } \r .B {}", "syntax error"],
    [".A { a 32767 : integer }", "tag 32767 of a in type A is above 32766"],
    ["p 40000 { request { a 0 : integer } }", "tag 40000 of protocol p is above 32766"],
    ["a.b 1 {}", "syntax error"],
    [".A {} p 1 { demand A }", "syntax error"],
    [".A { .B {} .B {} }", "redefined A.B"],
  ])("rejects %s", (text, message) => {
    expect(thrown(() => parseSchema(text)).message).toContain(message);
  });

  it("an error is on the line where reading stopped, comments and CRLF counted once", () => {
    expect(thrown(() => parseSchema("# one\r\n.A {\r\n  x 0 : integer # three\r\n  y 1\r\n}", "f")).message).toContain(
      "syntax error at [f] line (5)",
    );
    expect(thrown(() => parseSchema(".A { x 0 : integer\n\n\n", "f")).message).toContain("line (4): the text ends too early");
    expect(thrown(() => parseSchema("&")).message).toContain('syntax error at [=text] line (1): near "&"');
  });

  it("bad syntax is told before bad contents, wherever they are", () => {
    expect(thrown(() => parseSchema(".A { x 0 : integer x 0 : integer }\n.B {")).message).toContain("line (2)");
    expect(thrown(() => parseSchema(".A { x 99999 : integer x 1 : integer }")).message).toContain("tag 99999 of x");
  });

  it("a protocol whose only answer is nil has one record for each missing part, as peers count them", () => {
    const text = parseSchema(".A {} p 1 { response nil }");
    expect(hex(text)).toContain("0500" + "0000" + "0400" + "0100" + "0100" + "0400" + "01000000" + "70");
    expect(readBundle(text).byTag.get(1)).toMatchObject({ confirm: true, request: undefined, response: undefined });
    expect(readBundle(parseSchema(".A {} p 1 { response A }")).byTag.get(1)!.response!.name).toBe("A");
  });
});

describe("messages equal the real codec (wire.md §6.1, §6.2)", () => {
  it.each(vectorCases<CodecCase>("sproto_codec.json").map((c, i) => [`${i} ${c.op} ${c.note ?? ""}`, c] as const))("%s", (_, c) => {
    const type = schemas.get(c.schema)!.types.get(c.type)!;
    if (c.op === "decode") {
      const bytes = vectorBytes(c.bytes!);
      if (c.error !== undefined) return expect(thrown(() => decode(type, bytes)).message).toContain(c.error);
      const [value, used] = decode(type, bytes);
      expect(canonical(value)).toEqual(canonical(vectorValue(c.decoded!, mapping)));
      return expect(used).toBe(c.used);
    }
    const value = vectorValue(c.value!, mapping);
    if (c.error !== undefined) return expect(thrown(() => encode(type, value)).message).toContain(c.error);
    const bytes = encode(type, value);
    // JavaScript has one NaN, whose sign is not ours to keep.
    const nan = hex(bytes).includes("f87f") && wantedHex(c.bytes!).includes("f8ff");
    expect(shownHex(bytes).replace(nan ? /f87f/ : /$^/, "f8ff")).toBe(wantedHex(c.bytes!));
    if (!nan) expect(shownHex(zeroPack(bytes))).toBe(wantedHex(c.packed!));
    if (c.decode_error !== undefined) return expect(thrown(() => decode(type, bytes)).message).toContain(c.decode_error);
    const [back, used] = decode(type, bytes);
    expect(used).toBe(bytes.length);
    expect(canonical(back)).toEqual(canonical(vectorValue(c.decoded ?? c.value!, mapping)));
  });
});

describe("0-packing equals the real one (wire.md §6.3)", () => {
  it.each(vectorCases<PackCase>("sproto_pack.json").map((c, i) => [i, c] as const))("%i", (_, c) => {
    const input = vectorBytes(c.input);
    if (c.error !== undefined) return expect(thrown(() => zeroUnpack(input)).message).toContain(c.error);
    if (c.op === "unpack") return expect(shownHex(zeroUnpack(input))).toBe(wantedHex(c.result!));
    const packed = zeroPack(input);
    expect(shownHex(packed)).toBe(wantedHex(c.result!));
    const back = zeroUnpack(packed);
    expect(back.length).toBe(Math.ceil(input.length / 8) * 8);
    expect(hex(back.subarray(0, input.length))).toBe(hex(input));
  });

  it("any bytes come back, filled to eight", () => {
    const mostlyZero = fc.array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(255)), { maxLength: 5000 }).map((a) => Uint8Array.from(a));
    const mostlyFull = fc.array(fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 255 }) }, fc.constant(0)), {
      minLength: 2000,
      maxLength: 5000,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          mostlyZero,
          mostlyFull.map((a) => Uint8Array.from(a)),
        ),
        (bytes) => {
          const back = zeroUnpack(zeroPack(bytes));
          expect(back.length).toBe(Math.ceil(bytes.length / 8) * 8);
          expect(hex(back).replace(/0+$/, "")).toBe(hex(bytes).replace(/0+$/, ""));
        },
      ),
    );
  });
});

describe("JavaScript values", () => {
  const schema = readBundle(
    parseSchema(`
      .Item { id 0 : integer name 1 : string }
      .KV { k 0 : integer v 5 : string }
      .All { constructor 0 : string __proto__ 1 : integer big 2 : integer bin 3 : binary items 4 : *Item(id) map 5 : *KV() list 6 : *Item
        length 7 : integer real 8 : double dec 9 : integer(2) text 10 : *string }
      .In { all 0 : All }
    `),
  );
  const all = schema.types.get("All")!;
  const trip = (value: object): Record<string, unknown> => decode(all, encode(all, value))[0];

  it("fields named like members of Object.prototype are ordinary fields", () => {
    expect(Object.keys(trip({}))).toEqual([]);
    const value = JSON.parse('{"constructor":"c","__proto__":7}') as object;
    const back = trip(value);
    expect(Object.keys(back)).toEqual(["constructor", "__proto__"]);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(back, "__proto__")!.value).toBe(7);
  });

  it("an empty list is an empty struct, and its length is no field", () => {
    expect(hex(encode(all, []))).toBe("0000");
    expect(decode(schema.types.get("In")!, encode(schema.types.get("In")!, { all: [] }))[0]).toEqual({ all: {} });
  });

  it("keyed arrays and maps take lists, Maps and objects, and come back as Maps", () => {
    const items = [
      { id: 7, name: "x" },
      { id: 3, name: "y" },
    ];
    const wanted = new Map(items.map((item) => [item.id, item]));
    for (const given of [items, new Map(items.map((item) => [item.id, item])), { a: items[0], b: items[1] }])
      expect(trip({ items: given })).toEqual({ items: wanted });
    const map = new Map([[1, "a"], [2, "b"]]); // prettier-ignore
    for (const given of [map, ["a", "b"], { "1": "a", "2": "b" }]) expect(trip({ map: given })).toEqual({ map });
    expect(trip({ items: [], map: {} })).toEqual({ items: new Map(), map: new Map() });
    expect(trip({ list: new Map([[1, items[0]], [2, items[1]], [4, items[0]]]) })).toEqual({ list: items }); // prettier-ignore
  });

  it("a Map may stand for a struct", () => {
    expect(trip(new Map<unknown, unknown>([["big", 5], [1, 2]]) as unknown as object)).toEqual({ big: 5 }); // prettier-ignore
  });

  it("integers beyond 2^53 are bigint, both ways; numeric text counts as Lua counts it", () => {
    for (const big of [2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n]) expect(trip({ big })).toEqual({ big });
    expect(trip({ big: 5n })).toEqual({ big: 5 });
    expect(trip({ big: 2 ** 53 - 1 })).toEqual({ big: 2 ** 53 - 1 });
    for (const [text, value] of [["0x10", 16], [" 12 ", 12], ["3.0", 3], ["1e3", 1000], ["-7", -7], ["9007199254740993", 9007199254740993n]] as const) expect(trip({ big: text })).toEqual({ big: value }); // prettier-ignore
    for (const text of ["", "1.5", "0x", "12a", "1e400", "99999999999999999999"])
      expect(thrown(() => encode(all, { big: text })).message).toContain("All.big[0] is not an integer (Is a string)");
    expect(thrown(() => encode(all, { big: 2n ** 63n })).message).toContain("is not an integer (Is a number)");
  });

  it("a string field gives text where it is UTF-8 and bytes where not, a binary field bytes", () => {
    expect(trip({ bin: "hi", text: ["é", new Uint8Array([0xff])] })).toEqual({
      bin: new Uint8Array([0x68, 0x69]),
      text: ["é", new Uint8Array([0xff])],
    });
  });

  it("fixed point rounds half away from zero", () => {
    expect([1.005, -1.825, 0.004999999999999999, -0].map((dec) => trip({ dec })["dec"])).toEqual([1, -1.83, 0, 0]);
  });

  it("an object over 16 MiB is refused", () => {
    expect(thrown(() => encode(all, { bin: new Uint8Array(0x1000001) })).message).toContain("object is too large (>16777216)");
  });

  it("a getter that encodes does not disturb the encoding around it", () => {
    const sly = { get constructor() { return hex(encode(all, { big: 1, bin: new Uint8Array(50) })); }, big: 2 }; // prettier-ignore
    expect(trip(sly as object)).toEqual({ constructor: hex(encode(all, { big: 1, bin: new Uint8Array(50) })), big: 2 });
  });
});

describe("bytes from anybody", () => {
  const documented = (run: () => unknown): void => {
    try {
      run();
    } catch (e) {
      expect(e).toBeInstanceOf(SkynetError);
      expect((e as SkynetError).code).toBe("SPROTO");
    }
  };
  const good = vectorCases<CodecCase>("sproto_codec.json").filter((c) => c.op === "encode" && typeof c.bytes === "string");

  it("damaged messages decode or give the documented error", () => {
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.nat(4),
        (which, changes, cut) => {
          const c = good[which]!;
          const bytes = vectorBytes(c.bytes!);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const type = schemas.get(c.schema)!.types.get(c.type)!;
          documented(() => decode(type, bytes.subarray(0, bytes.length - cut)));
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => documented(() => decode(schemas.get("alltypes")!.types.get("T")!, bytes))),
      {
        numRuns: 2000,
      },
    );
  });

  it("damaged bundles give a schema that works, or the documented error", () => {
    const bundles = schemaCases.filter((c) => c.spb).map((c) => fromHex(c.spb!));
    fc.assert(
      fc.property(
        fc.nat(bundles.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 60 }),
        (which, changes, message) => {
          const bytes = bundles[which]!.slice();
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          documented(() => {
            for (const type of readBundle(bytes).types.values()) documented(() => encode(type, decode(type, message)[0]));
          });
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => documented(() => readBundle(bytes))));
  });

  it("damaged 0-packed bytes unpack or give the documented error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        documented(() => expect(zeroUnpack(bytes).length).toBeLessThanOrEqual(bytes.length * 8));
      }),
      { numRuns: 1000 },
    );
  });

  it("damaged schema texts parse or give the documented error, also when they nest without end", () => {
    const texts = schemaCases.map((c) => c.schema);
    const bits = fc.constantFrom(".", "{", "}", "(", ")", "*", ":", " ", "\n", "#", "a", "integer", "nil", "request", "1", "\u0000");
    fc.assert(
      fc.property(fc.nat(texts.length - 1), fc.nat(), fc.nat(3), bits, (which, where, remove, insert) => {
        const text = texts[which]!;
        const at = where % (text.length + 1);
        documented(() => readBundle(parseSchema(text.slice(0, at) + insert + text.slice(at + remove))));
      }),
      { numRuns: 2000 },
    );
    expect(thrown(() => parseSchema(".A{".repeat(100_000))).message).toContain("lies in more than 100 types");
    documented(() => parseSchema("#".repeat(1_000_000)));
    documented(() => parseSchema(" \n".repeat(500_000) + "&"));
  });
});
