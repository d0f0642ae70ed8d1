/** api.md §15: socketdriver.buffer / push / pop / readall / readline / clear / drop, str2p / unpack / header. */
import fc from "fast-check";
import { defineService, skynet } from "@skyloom/runtime";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";

const { buffer, push, pop, readall, readline, clear, drop, str2p, unpack, header } = socketdriver;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (b: Uint8Array | true | undefined): unknown => (b instanceof Uint8Array ? new TextDecoder().decode(b) : b);
const pool = {};

describe("socketdriver.buffer / push / pop / readall / readline / clear / drop", () => {
  it("push gives what waits, pop exactly what was asked or nothing, and what is left", () => {
    const b = buffer();
    expect([push(b, pool, bytes("abc"), 3), push(b, pool, bytes("defgh"), 2)]).toEqual([3, 5]);
    expect(pop(b, pool, 6)).toEqual([undefined, 5]);
    expect(pop(b, pool, 0)).toEqual([undefined, 5]);
    expect(pop(b, pool, 4)).toEqual([bytes("abcd"), 1]);
    expect(text(readall(b, pool))).toBe("e");
    expect(text(readall(b, pool))).toBe("");
  });

  it("readline takes a line over several pieces; without a pool it only looks", () => {
    const b = buffer();
    for (const part of ["on", "e\r", "\ntw", "o"]) push(b, pool, bytes(part));
    expect(readline(b, undefined, "\r\n")).toBe(true);
    expect(text(readline(b, pool, "\r\n"))).toBe("one");
    expect([readline(b, undefined, "\r\n"), readline(b, pool, "\r\n")]).toEqual([undefined, undefined]);
    clear(b, pool);
    expect(text(readall(b))).toBe("");
    clear(undefined, pool);
    drop(bytes("x"), 1);
  });

  it("refuses what is no buffer, no block and no size, with a text", () => {
    expect(() => push({ length: 0 }, pool, bytes("x"))).toThrow(/^Need buffer object at param 1/);
    expect(() => push(buffer(), pool, "x" as unknown as Uint8Array)).toThrow("need message block at param 3");
    expect(() => push(buffer(), pool, bytes("x"), 2)).toThrow(/1 bytes has no 2 bytes/);
    expect(() => pop(buffer(), pool, -1)).toThrow(/not -1/);
    expect(() => readline(buffer(), pool, "")).toThrow(/empty separator/);
  });

  it("whatever is pushed in whatever pieces is popped once, in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 30 })),
        (pieces, sizes) => {
          const b = buffer();
          for (const piece of pieces) push(b, pool, piece);
          const got: number[] = [];
          for (const size of sizes) {
            const [part, left] = pop(b, pool, size);
            got.push(...(part ?? []));
            expect(left).toBe(b.length);
            expect(part === undefined || part.length === size).toBe(true);
          }
          got.push(...readall(b, pool));
          expect(got).toEqual(pieces.flatMap((p) => [...p]));
        },
      ),
    );
  });
});

describe("socketdriver.str2p / unpack / header", () => {
  it("str2p gives bytes and their number; header reads a length of 1 to 4 bytes, big-endian", () => {
    expect(str2p("é!")).toEqual([bytes("é!"), 3]);
    expect([header(new Uint8Array([1, 2])), header(new Uint8Array([255, 255, 255, 255]))]).toEqual([258, 0xffffffff]);
    expect(() => header(new Uint8Array(5))).toThrow(/takes 1 to 4 bytes, not 5/);
  });

  it("unpack takes apart what a protocol of PTYPE_SOCKET gets, and nothing else", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const seen: unknown[] = [];
    const reader = defineService(() => {
      const b = buffer();
      skynet.register_protocol({ name: "socket", id: skynet.PTYPE_SOCKET, unpack: (message) => [...unpack(message)] });
      skynet.dispatch("socket", (_session, _source, type: number, id: number, ud: number, data: unknown) => {
        if (data instanceof Uint8Array) push(b, pool, data, ud);
        const line = readline(b, pool, "\n");
        if (line !== undefined) seen.push(text(line));
        if (type === 4) socketdriver.start(ud);
        else if (type === 2 && data !== "start") socketdriver.start(id);
      });
      socketdriver.listen("10.0.0.1", 9000);
      return {};
    });
    const t = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { reader } });
    await t.newservice("reader");
    clock.advance(10);
    const link = net
      .host("10.0.0.2")
      .connect("10.0.0.1", 9000, { opened() {}, data() {}, ended() {}, drained() {}, failed() {}, closed() {} });
    link.write([bytes("hel")]);
    clock.advance(10);
    link.write([bytes("lo\n")]);
    t.advance(10);
    expect(seen).toEqual(["hello"]);
    for (const wrong of [undefined, "x", [], [1, 2, "3", 4], { length: 4 }]) expect(() => unpack(wrong)).toThrow(/PTYPE_SOCKET/);
    await t.stop();
  });
});
