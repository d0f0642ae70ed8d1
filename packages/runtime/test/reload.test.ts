/** `reloadService`: newer code for the instances that run. */
import { describe, expect, it } from "vitest";
import { defineService, reloadService, skynet } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
import type { SnaxObject } from "@skyloom/runtime/snax";
import { testNode } from "@skyloom/runtime/testing";

/** A node in whose service one can run code: `ask` gives what a generator returned. */
async function node(services: Record<string, object>) {
  let job: (() => unknown) | undefined;
  const runner = defineService(() => ({ run: () => job!() }));
  const t = await testNode({ services: { ...services, runner } });
  const handle = await t.newservice("runner");
  return {
    t,
    ask: async (f: () => unknown) => {
      job = f;
      return t.call(handle, "lua", "run");
    },
  };
}

/** Reloading posts messages; on virtual time somebody must let them run. */
async function reload(t: { readonly node: SkynetNode; settle(): void }, name: string, module: Record<string, unknown>) {
  const done = reloadService(t.node, name, module);
  t.settle();
  return done;
}

const version = (word: string, more: object = {}) =>
  snax.define((n: number) => ({ n }), {
    methods: (state) => ({ response: { get: () => `${word} ${state.n}`, ...more }, accept: { add: (by: number) => void (state.n += by) } }),
  });

describe("reloadService", () => {
  it("a snax service: instances keep their state, new ones take the new code, numbers never change their meaning", async () => {
    const { t, ask } = await node({ counter: version("one") });
    let c: SnaxObject | undefined;
    let d: SnaxObject | undefined;
    await ask(function* () {
      c = yield* snax.newservice("counter", 1);
      c.post.add(1);
    });
    const newer = version("two", { first: () => 1 });
    expect(await reload(t, "counter", { default: newer })).toEqual({ replaced: [c!.handle], stayed: [], old: [] });
    expect(await ask(() => c!.req.get())).toBe("two 2");
    // The new method has a number behind the old ones; the caller's object of before knows it.
    expect(await ask(() => c!.req.first())).toBe(1);
    expect(await ask(() => snax.interface("counter"))).toMatchObject({ response: { get: 5, first: 7 }, accept: { add: 6 } });
    await ask(function* () {
      d = yield* snax.newservice("counter", 10);
      d.post.add(5);
    });
    expect(await ask(() => d!.req.get())).toBe("two 15");
    expect(await ask(() => d!.req.first())).toBe(1);
    await t.stop();
  });

  it("an instance whose new methods cannot be made keeps the old, and the report says why", async () => {
    const { t, ask } = await node({ counter: version("one") });
    let c: SnaxObject | undefined;
    await ask(function* () {
      c = yield* snax.newservice("counter", 1);
    });
    const bad = snax.define((n: number) => ({ n }), {
      methods: (state) => {
        if (state.n === 1) throw new Error("not with 1");
        return {};
      },
    });
    expect(await reload(t, "counter", { bad })).toEqual({ replaced: [], stayed: [], old: [{ handle: c!.handle, reason: "not with 1" }] });
    expect(await ask(() => c!.req.get())).toBe("one 1");
    const closed = snax.define(() => ({ response: { get: () => 0 } }));
    expect((await reload(t, "counter", { closed })).old[0]!.reason).toContain("keeps its state in the variables of its init function");
    await t.stop();
  });

  it("another order of methods is refused as a whole, as is a module without the service", async () => {
    const ordered = (...order: string[]) => snax.define(() => ({ response: { a: () => 1, b: () => 2 } }), { order });
    const { t } = await node({ x: ordered("response.a", "response.b") });
    await t.call(await t.newservice("runner"), "debug", "PING");
    await reload(t, "x", { x: ordered("response.a", "response.b") });
    await expect(reload(t, "x", { x: ordered("response.b", "response.a") })).rejects.toThrow(/the order of snax service x has changed/);
    await expect(reload(t, "plain", { other: 5 })).rejects.toThrow(/has no default export/);
    await t.stop();
  });

  it("a plain service with its state apart takes newer commands, through handover; a failing one stays as it was", async () => {
    const plain = (word: string, handover?: (s: { n: number }) => { n: number }) =>
      defineService((n: number) => ({ n }), {
        commands: (state) => ({
          get: () => `${word} ${state.n}`,
          *slow() {
            yield* skynet.sleep(10);
            return `${word} ${state.n}`;
          },
        }),
        ...(handover === undefined ? {} : { handover }),
      });
    const { t } = await node({ plain: plain("one") });
    const handle = await t.newservice("plain", 5);
    const slow = t.call(handle, "lua", "slow");
    expect(await reload(t, "plain", { default: plain("two", ({ n }) => ({ n: n * 2 })) })).toEqual({
      replaced: [handle],
      stayed: [],
      old: [],
    });
    expect(await t.call(handle, "lua", "get")).toBe("two 10");
    expect(await slow).toBe("one 5");
    const failing = plain("three", () => {
      throw new Error("cannot read the old state");
    });
    expect(await reload(t, "plain", { default: failing })).toEqual({
      replaced: [],
      stayed: [],
      old: [{ handle, reason: "cannot read the old state" }],
    });
    expect(await t.call(handle, "lua", "get")).toBe("two 10");
    await t.stop();
  });
});
