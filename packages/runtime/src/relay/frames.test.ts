import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRelayFrame, encodeRelayFrame, MAX_DATA_BYTES, MAX_FRAME_BYTES } from "./frames.ts";
import type { RelayFrame } from "./frames.ts";

const id = fc.integer({ min: 1, max: 0xffffffff });
const port = fc.integer({ min: 0, max: 65_535 });
const text = fc.string({ unit: "binary", maxLength: 60 });
const place = fc.record({ host: text, port });
const of = <T extends RelayFrame["type"]>(type: T, rest: object): fc.Arbitrary<RelayFrame> =>
  fc.record({ type: fc.constant(type), id, ...rest }) as unknown as fc.Arbitrary<RelayFrame>;
const single = (type: RelayFrame["type"], rest: object = {}): fc.Arbitrary<RelayFrame> =>
  fc.record({ type: fc.constant(type), id: fc.constant(0), ...rest }) as unknown as fc.Arbitrary<RelayFrame>;
const u32 = fc.integer({ min: 0, max: 0xffffffff });

const frames: fc.Arbitrary<RelayFrame> = fc.oneof(
  single("hello", { version: fc.integer({ min: 0, max: 255 }), token: text }),
  single("ready", { windowBytes: u32 }),
  single("ping"),
  single("pong"),
  of("connect", { host: text, port }),
  of("listen", { host: text, port, backlog: port }),
  ...(["endOutput", "end", "destroy", "accept", "hold", "ended", "closed"] as const).map((type) => of(type, {})),
  of("nodelay", { on: fc.boolean() }),
  of("opened", { local: place, remote: place }),
  of("accepted", { listener: u32, local: place, remote: place }),
  of("listening", { local: place }),
  of("failed", { code: text, text }),
  of("credit", { bytes: u32 }),
  of("data", { bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
);

describe("frames of the relay", () => {
  it("what is written is read again", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(decodeRelayFrame(encodeRelayFrame(frame))).toEqual(frame);
      }),
      { numRuns: 2000 },
    );
  });

  it("any bytes are a frame that is written the same way, or a text that says what is wrong; nothing throws", () => {
    const heads = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 60 }))
      .map(([k, rest]) => new Uint8Array([k, ...rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), heads), (bytes) => {
        const frame = decodeRelayFrame(bytes);
        if (typeof frame === "string") expect(frame.length).toBeGreaterThan(5);
        else expect([...encodeRelayFrame(frame)]).toEqual([...bytes]);
      }),
      { numRuns: 5000 },
    );
  });

  it("a frame that lost its end, or got one byte more, is none", () => {
    fc.assert(
      fc.property(
        frames.filter((f) => f.type !== "data"),
        fc.nat(),
        (frame, n) => {
          const bytes = encodeRelayFrame(frame);
          expect(decodeRelayFrame(bytes.subarray(0, n % bytes.length))).toBeTypeOf("string");
          expect(decodeRelayFrame(new Uint8Array([...bytes, 0]))).toBeTypeOf("string");
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /0 bytes are no frame/],
    ["an unknown kind", new Uint8Array([99, 0, 0, 0, 1]), /no kind of frame 99/],
    ["data without a byte", new Uint8Array([32, 0, 0, 0, 1]), /without a byte/],
    ["a frame that is too long", new Uint8Array(MAX_FRAME_BYTES + 1).fill(32), /too long/],
    ["a ping with an id", new Uint8Array([34, 0, 0, 0, 1]), /ping frame with id 1/],
    ["a connection with the id 0", new Uint8Array([6, 0, 0, 0, 0]), /destroy frame with id 0/],
    ["a text that is not UTF-8", new Uint8Array([2, 0, 0, 0, 1, 0, 80, 0, 1, 0xff]), /not UTF-8/],
    ["a text of 4 KiB", new Uint8Array([2, 0, 0, 0, 1, 0, 80, 16, 0, ...new Uint8Array(4096)]), /text of 4096 bytes/],
  ])("%s is refused with a text", (_what, bytes, why) => {
    expect(decodeRelayFrame(bytes)).toMatch(why);
  });

  it("the longest piece of a stream fits, and texts that are too long are cut at a character", () => {
    const data = encodeRelayFrame({ type: "data", id: 1, bytes: new Uint8Array(MAX_DATA_BYTES) });
    expect(decodeRelayFrame(data)).toMatchObject({ type: "data" });
    for (const long of ["€".repeat(5000), "a".repeat(5000), "😀".repeat(3000), `a${"é".repeat(600)}`]) {
      const failed = decodeRelayFrame(encodeRelayFrame({ type: "failed", id: 1, code: "X", text: long })) as { text: string };
      expect(long.startsWith(failed.text.replace(/\uFFFD$/, ""))).toBe(true);
      expect(failed.text.length).toBeGreaterThan(200);
    }
  });
});
