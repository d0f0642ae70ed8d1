import fc from "fast-check";
import { Packr, unpack } from "msgpackr";
import { describe, expect, it } from "vitest";
import { checkMessagePack } from "./message-pack.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true });
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    fc.oneof(fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.uint8Array()),
    fc.array(tie("value"), { maxLength: 6 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 6 }),
  ),
})).value;

describe("looking over MessagePack before it is decoded", () => {
  it("passes everything a peer's encoder writes for plain values", () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(checkMessagePack(packr.pack(value))).toBeUndefined();
      }),
    );
    expect(checkMessagePack(packr.pack({ type: "sub", ch: "services", id: 1, fields: ["addr", "x".repeat(70_000)] }))).toBeUndefined();
    expect(checkMessagePack(packr.pack(Array.from({ length: 70_000 }, (_, i) => i)))).toBeUndefined();
  });

  it("never throws, whatever the bytes, and what it passes the decoder can read", () => {
    const near = fc.tuple(plain, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([value, at, byte]) => {
      const bytes = new Uint8Array(packr.pack(value));
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), near), (bytes) => {
        if (checkMessagePack(bytes) === undefined) unpack(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses lengths beyond the bytes there are: five bytes must not allocate gigabytes", () => {
    expect(checkMessagePack(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff))).toBe(
      "4294967295 items are announced at 0 where 0 bytes are left",
    );
    expect(checkMessagePack(Uint8Array.of(0xdf, 0x7f, 0xff, 0xff, 0xff, 0xc0))).toMatch(/items are announced/);
    expect(checkMessagePack(Uint8Array.of(0xc6, 0x7f, 0xff, 0xff, 0xff))).toBe("the bytes end at 5 inside a value");
  });

  it("refuses deep nesting, extensions, keys that are no text, cut values and bytes behind the value", () => {
    expect(checkMessagePack(new Uint8Array(1000).fill(0x91))).toBe("values are nested more than 16 deep");
    expect(checkMessagePack(Uint8Array.of(0xd4, 0, 0))).toBe("byte 0xd4 at 0 begins nothing that is allowed here");
    expect(checkMessagePack(Uint8Array.of(0x82, 0xa1, 0x61, 1, 0x90, 1))).toBe("a map has a key at 4 that is no text");
    expect(checkMessagePack(Uint8Array.of(0xa5, 0x61))).toBe("the bytes end at 2 inside a value");
    expect(checkMessagePack(Uint8Array.of(0xc0, 0xc0))).toBe("1 bytes follow the value");
    expect(checkMessagePack(new Uint8Array())).toBe("the bytes end at 0 inside a value");
  });
});
