/** The reply table of semantics §6, row by row. */
import { describe, expect, it } from "vitest";
import { CallError, skynet } from "@skyloom/runtime";
import type { Responder } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";

let later: Responder | undefined;
const seen: unknown[] = [];
const rejected = async (p: PromiseLike<unknown>) =>
  Promise.resolve(p).then(
    (v) => Promise.reject(new Error(`answered ${String(v)}`)),
    (e: unknown) => e as CallError,
  );

/** A service with one command for each row. */
const target = () => {
  const commands: Record<string, (...args: never[]) => unknown> = {
    values: () => skynet.retpack(1, "two", true),
    empty: () => skynet.ret(),
    hold: () => void (later = skynet.response()),
    fail: () => skynet.response()(false),
    throws: () => {
      throw new Error("broken handler");
    },
    throwsAfter: () => {
      skynet.retpack("first");
      throw new Error("after the reply");
    },
    forgets: () => undefined,
    ignores: () => skynet.ignoreret(),
    twice: () => {
      skynet.retpack("one");
      try {
        skynet.retpack("two");
      } catch (error) {
        seen.push((error as Error).message);
      }
    },
    fork: () => {
      skynet.fork(() => {
        try {
          skynet.retpack("from a fork");
        } catch (error) {
          seen.push((error as Error).message);
        }
      });
      skynet.retpack("main");
    },
    function: () => skynet.retpack(() => 1),
    returns: () => "returned",
    both: () => skynet.values("a", "b"),
    *generator() {
      yield* skynet.sleep(10);
      return "slept";
    },
    passesOn: () => skynet.call(skynet.self(), "lua", "returns"),
    async promise() {
      await Promise.resolve();
      return "awaited";
    },
    async late() {
      await Promise.resolve();
      skynet.retpack("never");
    },
    context: () => skynet.retpack(...skynet.context()),
  };
  skynet.dispatch("lua", (session: number, _source, cmd: string, ...args: unknown[]) => {
    if (session === 0) {
      seen.push([cmd, skynet.response()("TEST")]);
      return undefined;
    }
    return commands[cmd]!(...(args as never[]));
  });
};

describe("requests and replies (semantics §6)", () => {
  const start = async () => {
    seen.length = 0;
    later = undefined;
    const t = await testNode({ services: { target } });
    return { t, to: await t.newservice("target") };
  };

  it("handler calls ret: call returns the values; callall returns all of them", async () => {
    const caller = () =>
      skynet.dispatch("lua", function* (_s, _src, to: number) {
        skynet.retpack(yield* skynet.call(to, "lua", "values"), yield* skynet.callall(to, "lua", "values"));
      });
    const t = await testNode({ services: { target, caller } });
    const to = await t.newservice("target");
    const pair: unknown[] = [];
    const probe = await t.newservice("caller");
    pair.push(await t.call(probe, "lua", to));
    expect(pair).toEqual([1]);
    await t.stop();
  });

  it("ret() with nothing: call returns nothing", async () => {
    const { t, to } = await start();
    expect(await t.call(to, "lua", "empty")).toBeUndefined();
    await t.stop();
  });

  it("resp(true) answers later; resp twice throws Can't response more than once", async () => {
    const { t, to } = await start();
    const call = t.call(to, "lua", "hold");
    expect(later!("TEST")).toBe(true);
    expect(later!(true, "late")).toBe(true);
    expect(await call).toBe("late");
    expect(later!("TEST")).toBe(false);
    expect(() => later!(true, "again")).toThrow("Can't response more than once");
    await t.stop();
  });

  it("resp(false): call failed", async () => {
    const { t, to } = await start();
    expect(await rejected(t.call(to, "lua", "fail"))).toMatchObject({
      message: "call failed",
      code: "CALL_FAILED",
      reason: "failed-reply",
    });
    await t.stop();
  });

  it("exception before ret: call failed, logged with stack, and the cause inside one realm", async () => {
    const { t, to } = await start();
    const error = await rejected(t.call(to, "lua", "throws"));
    expect(error).toMatchObject({
      message: "call failed",
      reason: "handler-error",
      cause: { message: "broken handler" },
      address: to,
      command: "lua throws",
    });
    expect(t.log.at(-1)).toMatch(/^\[:0{7}8\] lua call \[ffffff to :8 : \d+ msgsz = \d+\] error : .*broken handler\n\s+at /s);
    await t.stop();
  });

  it("exception after ret: the caller is unaffected; logged", async () => {
    const { t, to } = await start();
    expect(await t.call(to, "lua", "throwsAfter")).toBe("first");
    expect(t.log.at(-1)).toContain("after the reply");
    await t.stop();
  });

  it("handler ends without ret: the caller waits for ever, and the log says Maybe forgot response", async () => {
    const { t, to } = await start();
    void t.call(to, "lua", "forgets");
    t.advance(10_000);
    expect(t.log.at(-1)).toMatch(/Maybe forgot response session \d+ from :00ffffff : .*replies\.test\.ts:\d+$/);
    await expect(t.stop()).rejects.toThrow("1 call is still pending");
  });

  it("ignoreret: the caller waits for ever, no warning", async () => {
    const { t, to } = await start();
    void t.call(to, "lua", "ignores");
    t.advance(10_000);
    expect(t.log.join("\n")).not.toContain("Maybe forgot");
    await expect(t.stop()).rejects.toThrow("still pending");
  });

  it("second ret throws No session; the caller keeps the first reply", async () => {
    const { t, to } = await start();
    expect(await t.call(to, "lua", "twice")).toBe("one");
    expect(seen).toEqual([expect.stringMatching(/^No session/)]);
    await t.stop();
  });

  it("ret inside fork throws No session; the main handler can still ret", async () => {
    const { t, to } = await start();
    expect(await t.call(to, "lua", "fork")).toBe("main");
    expect(seen).toEqual([expect.stringMatching(/^No session/)]);
    await t.stop();
  });

  it("response() for a send is a do-nothing closure", async () => {
    const { t, to } = await start();
    t.send(to, "lua", "anything");
    expect(seen).toEqual([["anything", undefined]]);
    await t.stop();
  });

  it("a reply that cannot be packed fails the call and names the value", async () => {
    const { t, to } = await start();
    expect(await rejected(t.call(to, "lua", "function"))).toMatchObject({
      cause: { code: "PACK", message: expect.stringContaining("function") as string },
    });
    await t.stop();
  });

  it("unknown protocol at the receiver: call failed", async () => {
    const { t, to } = await start();
    expect(await rejected(t.call(to, "snax", 1))).toMatchObject({ reason: "no-dispatch" });
    await t.stop();
  });

  it("a handler's returned value is the reply, plain, by operation, by generator, by promise (design D2, D3)", async () => {
    const { t, to } = await start();
    expect(await t.call(to, "lua", "returns")).toBe("returned");
    expect(await t.call(to, "lua", "both")).toBe("a");
    expect(await t.call(to, "lua", "generator")).toBe("slept");
    expect(await t.call(to, "lua", "passesOn")).toBe("returned");
    expect(await t.call(to, "lua", "promise")).toBe("awaited");
    await t.stop();
  });

  it("skynet.ret after an await throws NOT_IN_SERVICE and says how to write it (design D2)", async () => {
    const { t, to } = await start();
    const error = await rejected(t.call(to, "lua", "late"));
    expect(error.cause).toMatchObject({
      code: "NOT_IN_SERVICE",
      message: expect.stringContaining("yield* skynet.await(promise)") as string,
    });
    await t.stop();
  });

  it("context gives session and source of the request", async () => {
    const caller = () =>
      skynet.dispatch("lua", function* (_s, _src, to: number) {
        skynet.retpack(yield* skynet.callall(to, "lua", "context"));
      });
    const t = await testNode({ services: { target, caller } });
    const to = await t.newservice("target");
    const from = await t.newservice("caller");
    expect(await t.call(from, "lua", to)).toEqual([expect.any(Number), from]);
    await t.stop();
  });

  it("call to a service that does not exist throws call to invalid address at once; send gives nothing", async () => {
    const probe = () =>
      skynet.dispatch("lua", function* () {
        const sent = skynet.send(0x1234, "lua", "x");
        let text = "";
        try {
          yield* skynet.call(0x1234, "lua", "x");
        } catch (error) {
          text = (error as Error).message;
        }
        let zero = "";
        try {
          skynet.send(0, "lua", "x");
        } catch (error) {
          zero = (error as Error).message;
        }
        skynet.retpack([sent, text, zero]);
      });
    const t = await testNode({ services: { probe } });
    expect(await t.call(await t.newservice("probe"), "lua")).toEqual([
      undefined,
      "call to invalid address :00001234",
      "Invalid service address 0",
    ]);
    await t.stop();
  });

  it("the stack of a failed call names the caller's line (design D24)", async () => {
    let stack = "";
    const caller = () =>
      skynet.dispatch("lua", function* callingLine(_s, _src, to: number): Generator<never, void, void> {
        try {
          yield* skynet.call(to, "lua", "throws") as Iterable<never>;
        } catch (error) {
          stack = (error as Error).stack ?? "";
        }
        skynet.ret();
      });
    const t = await testNode({ services: { target, caller } });
    await t.call(await t.newservice("caller"), "lua", await t.newservice("target"));
    expect(stack).toContain("callingLine");
    expect(stack).toContain("replies.test.ts");
    await t.stop();
  });
});
