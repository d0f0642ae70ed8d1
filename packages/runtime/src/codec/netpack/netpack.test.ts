import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, fromHex, hex, shownHex, vectorBytes, vectorCases, vectorValue, wantedHex } from "../../../test/vectors.ts";
import type { VectorBytes, VectorValue } from "../../../test/vectors.ts";
import { SkynetError } from "../../errors/error.ts";
import { netpack } from "../../lib/netpack.ts";
import { FrameSplitter, NetpackQueue, packFrame, type NetpackEvent } from "./index.ts";

interface Case {
  readonly op: "pack" | "stream";
  readonly name?: string;
  readonly msg?: VectorValue;
  readonly bytes?: VectorBytes;
  readonly error?: string;
  readonly steps?: readonly { readonly chunk: VectorBytes; readonly event: string; readonly packets: readonly VectorValue[] }[];
}

const bytesOf = { int: Number, float: (v: number) => v, str: (b: Uint8Array) => b };
const cases = vectorCases<Case>("netpack.json");

describe("netpack equals the real program (wire.md §2)", () => {
  it.each(cases.filter((c) => c.op === "pack").map((c, i) => [i, c] as const))("pack %i", (_, c) => {
    const message = vectorValue(c.msg!, bytesOf) as Uint8Array;
    if (c.error === undefined) return expect(shownHex(packFrame(message))).toBe(wantedHex(c.bytes!));
    expect(() => packFrame(message)).toThrow(c.error);
    expect(() => packFrame(message)).toThrow(SkynetError);
  });

  it.each(cases.filter((c) => c.op === "stream").map((c) => [c.name!, c] as const))("stream: %s", (_, c) => {
    const queue = new NetpackQueue();
    for (const step of c.steps!) {
      const event = queue.filter([1, 7, 0, vectorBytes(step.chunk)]);
      const packets: unknown[] = event?.[0] === "data" ? [event[2]] : [];
      for (let popped = queue.pop(); popped; popped = queue.pop()) {
        expect(popped[0]).toBe(7);
        packets.push(popped[1]);
      }
      expect(event?.[0] ?? "none").toBe(step.event);
      expect(packets.map(canonical)).toEqual(step.packets.map((p) => canonical(vectorValue(p, bytesOf))));
    }
  });
});

describe("the queue of a gate (api.md §14)", () => {
  const frame = (text: string): Uint8Array => packFrame(text);
  it("passes connection events on in Skynet's words", () => {
    const queue = new NetpackQueue();
    expect(queue.filter([2, 1, 8888, "0.0.0.0"])).toEqual(["init", 1, "0.0.0.0", 8888]);
    expect(queue.filter([4, 1, 2, "127.0.0.1:5000"])).toEqual(["open", 2, "127.0.0.1:5000"]);
    expect(queue.filter([7, 2, 1024, undefined])).toEqual(["warning", 2, 1024]);
    expect(queue.filter([5, 2, 0, "reset"])).toEqual(["error", 2, "reset"]);
    expect(queue.filter([3, 2, 0, undefined])).toEqual(["close", 2]);
    expect(queue.filter([6, 2, 0, "udp"])).toBeUndefined();
    expect(queue.filter([1, 2, 0, new Uint8Array(0)])).toBeUndefined();
  });

  it("keeps each connection's unfinished frame apart, and drops it on close and error", () => {
    const queue = new NetpackQueue();
    const [a, b] = [frame("first"), frame("second")];
    for (const [fd, bytes] of [
      [1, a],
      [2, b],
    ] as const)
      expect(queue.filter([1, fd, 0, bytes.subarray(0, 4)])).toBeUndefined();
    expect(queue.filter([1, 1, 0, a.subarray(4)])?.[0]).toBe("data");
    expect(queue.unfinished).toBe(1);
    queue.filter([3, 2, 0, undefined]);
    expect(queue.unfinished).toBe(0);
    expect(queue.filter([1, 2, 0, frame("new")])).toEqual(["data", 2, new TextEncoder().encode("new")]);
    queue.filter([1, 2, 0, new Uint8Array([0])]);
    queue.filter([5, 2, 0, "reset"]);
    expect(queue.filter([1, 2, 0, frame("x")])?.[0]).toBe("data");
  });

  it("finished frames stay in order after a close, and a single frame overtakes the queue as in Skynet", () => {
    const queue = new NetpackQueue();
    expect(queue.filter([1, 1, 0, fromHex("00016100016200")])).toEqual(["more"]);
    queue.filter([3, 1, 0, undefined]);
    expect(queue.filter([1, 2, 0, frame("z")])?.[0]).toBe("data");
    expect([queue.length, queue.pop()?.[0], hex(queue.pop()![1]), queue.pop()]).toEqual([2, 1, "62", undefined]);
    queue.filter([1, 1, 0, fromHex("00016100016200")]);
    queue.clear();
    expect([queue.length, queue.unfinished]).toEqual([0, 0]);
  });

  it("netpack.filter, pop, clear, tostring and pack: the Lua form threads the queue through", () => {
    const [queue, kind] = netpack.filter(undefined, [1, 1, 0, fromHex("000161000162")]);
    expect(kind).toBe("more");
    expect(netpack.filter(queue, [4, 1, 3, "a:1"])).toEqual([queue, "open", 3, "a:1"]);
    expect(netpack.filter(queue, [1, 9, 0, fromHex("00")])).toEqual([queue]);
    const popped = netpack.pop(queue)!;
    expect(netpack.tostring(popped[1])).toEqual(new Uint8Array([0x61]));
    expect(netpack.tostring(undefined).length).toBe(0);
    netpack.clear(queue);
    expect(netpack.pop(queue)).toBeUndefined();
    expect(netpack.pop(undefined)).toBeUndefined();
    expect(hex(netpack.pack("hello"))).toBe("000568656c6c6f");
  });
});

describe("properties", () => {
  it("any cutting of any stream gives the frames that were packed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 }),
        fc.array(fc.nat(900), { maxLength: 40 }),
        (contents, cuts) => {
          const stream = new Uint8Array(Buffer.concat(contents.map(packFrame)));
          const splitter = new FrameSplitter();
          const queue = new NetpackQueue();
          const got: string[] = [];
          const queued: string[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            const chunk = stream.slice(at, at + cut);
            at += chunk.length;
            got.push(...splitter.feed(chunk).map(hex));
            const event: NetpackEvent | undefined = queue.filter([1, 5, 0, chunk]);
            if (event?.[0] === "data") queued.push(hex(event[2]));
            for (let popped = queue.pop(); popped; popped = queue.pop()) queued.push(hex(popped[1]));
          }
          expect(got).toEqual(contents.map(hex));
          expect(queued).toEqual(got);
          expect(splitter.pending).toBe(false);
        },
      ),
    );
  });

  it("any bytes from many connections never throw, and hold no more than arrived", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.uint8Array({ maxLength: 300 }))), (chunks) => {
        const queue = new NetpackQueue();
        for (const [fd, bytes] of chunks) queue.filter([1, fd, 0, bytes]);
        while (queue.pop()) continue;
        expect(queue.unfinished).toBeLessThanOrEqual(6);
      }),
    );
    const splitter = new FrameSplitter();
    splitter.feed(new Uint8Array([0xff, 0xff, 1]));
    expect(splitter.held).toBe(1);
  });
});
