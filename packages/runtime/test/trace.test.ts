/** Trace tags and their log lines: semantics §13. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Body } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";

const back = () =>
  skynet.dispatch("lua", (session, _f, cmd: string) => {
    if (cmd === "throw") throw new Error("on purpose");
    if (session !== 0) skynet.retpack(skynet.tracetag());
  });
/** Trace lines without time and place; `F` is the front service, `B` the back one. */
const lines = (t: TestNode) =>
  t.log
    .filter((l) => l.includes("TRACE"))
    .map((l) =>
      l
        .replace(/:0000000a/g, "F")
        .replace(/:00000008/g, "B")
        .replace(/> \d+ /, "> ")
        .replace(/ : \S+:\d+$/, " : site"),
    );

async function run(front: (to: number) => unknown): Promise<{ t: TestNode; answer: unknown }> {
  const f = () => {
    skynet.dispatch("lua", (_s, _f, to: number) => front(to));
  };
  const t = await testNode({ services: { back, f } });
  const to = await t.newservice("back");
  const from = await t.newservice("f");
  const answer = await Promise.resolve(t.call(from, "lua", to)).catch((e: unknown) => e);
  t.advance(10);
  return { t, answer };
}

describe("traces (semantics §13)", () => {
  it("a failing request logs error, on both sides", async () => {
    const { t } = await run(function* (to) {
      skynet.trace();
      yield* skynet.call(to, "lua", "throw");
    });
    expect(lines(t)).toEqual([
      "[F] TRACE nil",
      "[F] <TRACE F-1> trace",
      "[F] <TRACE F-1> call : site",
      "[B] <TRACE F-1> request",
      "[B] <TRACE F-1> error",
      // The caller is resumed by an error, which logs no resume.
      "[F] <TRACE F-1> error",
    ]);
    await t.stop();
  });

  it("sends and forks do not carry the tag; tags count per service", async () => {
    const { t, answer } = await run(function* (to) {
      skynet.trace("a");
      skynet.trace("b");
      const forked: unknown[] = [];
      skynet.fork(() => forked.push(skynet.tracetag()));
      skynet.send(to, "lua", "one-way");
      yield* skynet.yield();
      skynet.retpack([skynet.tracetag(), forked]);
    });
    expect(answer).toEqual([":0000000a-2", [undefined]]);
    expect(lines(t)).toEqual([
      "[F] TRACE nil",
      "[F] <TRACE F-1> trace a",
      "[F] TRACE F-1",
      "[F] <TRACE F-2> trace b",
      "[F] <TRACE F-2> sleep : site",
      "[F] <TRACE F-2> resume",
      "[F] <TRACE F-2> response",
      "[F] <TRACE F-2> end",
    ]);
    await t.stop();
  });

  it("traceproto false forces tracing off: trace logs one plain line and does nothing, and a caller's tag is not taken over", async () => {
    const off = () => {
      skynet.traceproto("lua", false);
      skynet.dispatch("lua", () => {
        skynet.trace();
        skynet.retpack(skynet.tracetag());
      });
    };
    const front = () =>
      skynet.dispatch("lua", function* (_s, _f, to: number) {
        skynet.trace();
        skynet.retpack(yield* skynet.call(to, "lua"));
      });
    const t = await testNode({ services: { off, front } });
    const to = await t.newservice("off");
    expect(await t.call(await t.newservice("front"), "lua", to)).toBe(false);
    expect(lines(t).filter((l) => l.startsWith("[B]"))).toEqual(["[B] TRACE false"]);
    await t.stop();
  });

  it("traceproto true traces every request, and tracetag tells; nothing again leaves it to skynet.trace; an unknown protocol throws", async () => {
    const s = () =>
      skynet.dispatch("lua", (_s, _f, flag: boolean | undefined) => {
        const tag = skynet.tracetag();
        skynet.traceproto("lua", flag);
        skynet.retpack(tag);
      });
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    expect([await t.call(to, "lua", true), await t.call(to, "lua", undefined), await t.call(to, "lua")]).toEqual([
      undefined,
      ":00000008-1",
      undefined,
    ]);
    await t.stop();
  });

  it("a batch announces the tag with each request", async () => {
    const { t, answer } = await run(function* (to) {
      skynet.trace();
      const replies = skynet.request([to, "lua", "a"]).add([to, "lua", "b"]).select();
      const tags: unknown[] = [];
      for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next()) tags.push((r.values as unknown[])[0]);
      skynet.retpack(tags);
    });
    expect(answer).toEqual([":0000000a-1", ":0000000a-1"]);
    expect(lines(t).filter((l) => l.includes("call"))).toEqual(["[F] <TRACE F-1> call : site", "[F] <TRACE F-1> call : site"]);
    await t.stop();
  });

  it("tracecall sends under an explicit tag, also from a task that has its own; tracelog writes one line", async () => {
    const { t, answer } = await run(function* (to) {
      skynet.trace();
      const reply: Body = yield* skynet.tracecall("mytag", to, "lua", skynet.pack("x"));
      skynet.tracelog("mytag", "some text");
      skynet.tracelog("mytag", "with place", 3);
      skynet.retpack(skynet.unpack(reply)[0], skynet.tracetag());
    });
    expect(answer).toBe("mytag");
    expect(lines(t)).toEqual([
      "[F] TRACE nil",
      "[F] <TRACE F-1> trace",
      "[F] <TRACE mytag> tracecall begin",
      "[B] <TRACE mytag> request",
      "[B] <TRACE mytag> response",
      "[B] <TRACE mytag> end",
      "[F] <TRACE F-1> resume",
      "[F] <TRACE mytag> tracecall end",
      "[F] <TRACE mytag> some text",
      "[F] <TRACE mytag> with place : site",
      "[F] <TRACE F-1> response",
      "[F] <TRACE F-1> end",
    ]);
    await t.stop();
  });

  it("outside of a task there is nothing to trace", () => {
    expect(() => skynet.trace()).toThrow(expect.objectContaining({ code: "NOT_IN_SERVICE" }));
  });
});
