/** Previews of what messages carry: short, without what stands under a key that sounds like a secret. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Body } from "../../kernel/message.ts";
import { PREVIEW_LENGTH, previewBody } from "./preview.ts";

const text = (body: unknown): string => previewBody(body as Body).text;
const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);

describe("previewBody", () => {
  it("shows values as one would write them", () => {
    expect(text(["move", { x: 1, y: [true, undefined, 2n] }, new Map<unknown, unknown>([[1, "a"]])])).toBe(
      '"move", {x: 1, y: [true, nil, 2n]}, {1: "a"}',
    );
    expect(text(undefined)).toBe("");
    expect(text("a line")).toBe("a line");
    expect(text(bytes("GET / HTTP/1.1\r\n"))).toBe('"GET / HTTP/1.1\\r\\n"');
    expect(text(new Uint8Array([0, 255, 16]))).toBe("<3 bytes 00 ff 10>");
    expect(text({ reason: "handler-error", cause: new Error("what a user typed") })).toBe("failed: handler-error");
    expect(text({ realm: {}, pointer: 1, length: 12, free: () => undefined })).toBe("12 bytes of another realm");
  });

  it("leaves out what stands under a key that sounds like a secret, in values, maps and texts", () => {
    for (const body of [
      ["login", { user: "ann", password: "hunter2" }],
      [{ deep: [{ AuthToken: { a: "hunter2" } }] }],
      [new Map([["api_key", "hunter2"]])],
      ["user=ann&passwd=hunter2&x=1"],
      ['{"secret": "hun\\"ter2hunter2", "x": 1}'],
      bytes("Authorization: Bearer hunter2\r\nHost: x"),
      ["token='hunter2"],
    ])
      expect(text(body)).not.toContain("hunter2");
    expect(text(["user=ann&passwd=hunter2&x=1"])).toBe('"user=ann&passwd=•••&x=1"');
  });

  it("runs no code: a getter of a shared value is not read", () => {
    let read = 0;
    const shared = Object.defineProperty({}, "x", { enumerable: true, get: () => ++read });
    expect(text([shared])).toBe("{x: nil}");
    expect(read).toBe(0);
  });

  it("is short and quick whatever there is", () => {
    const deep: unknown[] = [];
    let at = deep;
    for (let i = 0; i < 10_000; i++) at.push((at = [] as never));
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    const self: unknown[] = [];
    self.push(self, self);
    const begun = performance.now();
    for (const body of [
      deep,
      [wide],
      [self],
      ["pass".repeat(100_000)],
      ["key ".repeat(100_000)],
      new Uint8Array(1e6),
      Array(1e6).fill(1),
    ]) {
      const { text: t } = previewBody(body as never);
      expect(t.length).toBeLessThanOrEqual(PREVIEW_LENGTH);
    }
    expect(performance.now() - begun).toBeLessThan(500);
    expect(previewBody(["x".repeat(1000)] as never).more).toBe(true);
  });

  it("any value: bounded, and no secret of 8 characters under a secret's key ever shows", () => {
    const secret = "§§§§§§§§";
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(undefined),
        fc.bigInt(),
        fc.uint8Array(),
        fc.array(tie("any")),
        fc.dictionary(fc.string(), tie("any")),
        fc.constantFrom("password", "x-api-key", "authToken").map((key) => ({ [key]: secret })),
        fc.constantFrom("password", "secret").map((key) => new Map([[key, [secret]]])),
        fc.constantFrom(`token=${secret} `, `{"auth":"${secret}"}`),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value), (body) => {
        const { text: t } = previewBody(body as never);
        expect(t.length).toBeLessThanOrEqual(PREVIEW_LENGTH);
        expect(t).not.toContain("§§");
      }),
    );
  });
});
