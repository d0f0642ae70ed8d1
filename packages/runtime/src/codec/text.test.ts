import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeText, encodeText, TextCache, writeText } from "./text.ts";

const texts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

it("writes what TextEncoder writes, also for broken surrogate pairs", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const target = new Uint8Array(3 * text.length + 2);
      const end = writeText(target, 1, text);
      expect(target.subarray(1, end)).toEqual(new TextEncoder().encode(text));
      expect(encodeText(text)).toEqual(target.slice(1, end));
    }),
  );
});

it("reads what TextDecoder reads, and undefined where that is not UTF-8; a cache changes nothing", () => {
  const caches = [new TextCache(2, true), new TextCache(2, false)];
  fc.assert(
    fc.property(
      fc.oneof(
        texts.map((t) => new TextEncoder().encode(t)),
        fc.uint8Array({ maxLength: 60 }),
      ),
      (bytes) => {
        let wanted: string | undefined;
        try {
          wanted = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
        } catch {
          wanted = undefined;
        }
        expect(decodeText(bytes, 0, bytes.length)).toBe(wanted);
        for (const cache of caches)
          expect([cache.read(bytes, 0, bytes.length), cache.read(bytes, 0, bytes.length)]).toEqual([wanted, wanted]);
      },
    ),
  );
});
