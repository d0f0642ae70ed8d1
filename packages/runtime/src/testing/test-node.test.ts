/** The test kit: design D25. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";

const s = defineService(() => ({
  now: () => skynet.now(),
  *sleep(ti: number) {
    yield* skynet.sleep(ti);
    return skynet.now();
  },
  *hang() {
    yield* skynet.wait({});
  },
}));

describe("testNode (design D25)", () => {
  it("awaiting a call moves time to its answer and no further", async () => {
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    const slow = t.call(to, "lua", "sleep", 500);
    expect(await t.call(to, "lua", "now")).toBe(0);
    expect(await t.call(to, "lua", "sleep", 20)).toBe(20);
    expect(await t.call(to, "lua", "now")).toBe(20);
    expect(await slow).toBe(500);
    await t.stop();
  });

  it("a call that is answered but not awaited is not pending; one that is not answered is, and stop names who waits", async () => {
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    void t.call(to, "lua", "sleep", 5);
    t.advance(10);
    await t.stop();

    const u = await testNode({ services: { s }, stacks: false });
    void u.call(await u.newservice("s"), "lua", "hang");
    await expect(u.stop()).rejects.toThrow(
      /^1 call is still pending; waiting in the node:\n:00000008 s waits for wait session \d+, 0\.00 s$/,
    );
  });

  it("a call that can get no answer says so instead of waiting for ever", async () => {
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    await expect(Promise.resolve(t.call(to, "lua", "hang"))).rejects.toThrow(
      /^call 8 lua hang gets no answer: nothing is left to happen; waiting:\n:00000008/,
    );
  });
});
