/** A cluster of one real Skynet and one of our nodes, each way round. Needs SKYNET_HOME, a built checkout. */
import { createNode, defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { cluster } from "@skyloom/runtime/cluster";
import { nodePorts } from "@skyloom/node-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../program.ts";
import { SKYNET_HOME, startWith } from "./real.ts";

if (SKYNET_HOME === undefined) console.log("SKYNET_HOME is not set: the tests of a cluster with a real Skynet are skipped");

const svc = defineService(() => {
  const pushed: unknown[] = [];
  return {
    ECHO: (...args: unknown[]) => skynet.values(...args),
    LEN: (text: string) => text.length,
    BIG: (n: number) => "r".repeat(n),
    FAIL(text: string) {
      throw new Error(text);
    },
    PUSH: (value: unknown) => void pushed.push(value),
    PUSHED: () => pushed,
  };
});

type Run = <T>(body: () => Operation<T>) => Promise<T>;

describe.skipIf(SKYNET_HOME === undefined)("a real Skynet and ours in one cluster", () => {
  const lines: string[] = [];
  const bodies: (() => Operation<unknown>)[] = [];
  const runner = defineService(() => ({
    *run(body: number) {
      return skynet.values(yield* bodies[body]!());
    },
  }));
  const stops: (() => Promise<void>)[] = [];
  let run: Run;
  let real: Awaited<ReturnType<typeof startWith>>;

  beforeAll(async () => {
    const [theirs, ours] = [await freePort(), await freePort()];
    const ports = { ...nodePorts(), log: { output: { line: (text: string) => void lines.push(text) } } };
    const node = await createNode({ ports, services: { svc, runner }, config: { start: "" } });
    stops.push(() => node.stop());
    const handle = await node.newservice("runner");
    run = async (body) => (await node.call(handle!, "lua", "run", bodies.push(body) - 1)) as never;
    await run(function* () {
      const service = yield* skynet.newservice("svc");
      skynet.name(".svc", service!);
      yield* cluster.register("svc", service);
      yield* cluster.open(ours);
      yield* cluster.reload({ lua: `127.0.0.1:${theirs}` });
    });
    real = await startWith({ start: "clusterpeer", port: theirs, ours: `127.0.0.1:${ours}` });
    stops.push(real.stop);
  }, 60_000);

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const values = [1, "two", true, 1.5, [1, 2, { a: "b" }], 2 ** 40, "äöü 中文", undefined, false];

  it("ours calls: values and bodies of any size, both ways", async () => {
    const got = await run(() => cluster.callall("lua", "@lua", "ECHO", ...values));
    expect(got).toEqual(values);
    for (const n of [0, 32_760, 32_761, 100_000, 5_000_000]) {
      expect(await run(() => cluster.call("lua", "@lua", "LEN", "x".repeat(n)))).toBe(n);
      expect((await run(() => cluster.call<string>("lua", "@lua", "BIG", n))).length).toBe(n);
    }
  });

  it("ours sends, queries, calls through a proxy, and hears of failures", async () => {
    const got = await run(function* () {
      cluster.send("lua", "@lua", "PUSH", "small");
      cluster.send("lua", "@lua", "PUSH", "l".repeat(50_000));
      const proxy = yield* cluster.proxy("lua@lua");
      const failure = function* (op: Operation<unknown>) {
        try {
          return yield* op;
        } catch (error) {
          return `${(error as Error).message} < ${((error as Error).cause as Error).message}`;
        }
      };
      return [
        yield* cluster.query("lua", "lua"),
        yield* skynet.call(proxy, "lua", "ECHO", "by proxy"),
        yield* failure(cluster.call("lua", "@lua", "FAIL", "far")),
        yield* failure(cluster.call("lua", "@nobody", "ECHO")),
        yield* failure(cluster.query("lua", "nobody")),
        ((yield* cluster.call<string[]>("lua", "@lua", "PUSHED")) ?? []).map((s) => s.length),
      ];
    });
    expect(got).toEqual([
      expect.any(Number),
      "by proxy",
      expect.stringMatching(/^call failed < .*call failed/),
      "call failed < Invalid name",
      "call failed < name not found",
      [5, 50_000],
    ]);
  });

  it("the real one calls ours: values, sizes, names, failures, proxies", async () => {
    const back = (...args: unknown[]) => run(() => cluster.callall("lua", "@lua", ...(args as [string])));
    expect(await back("CALL", "ours", "@svc", "ECHO", ...values)).toEqual([true, ...values]);
    expect(await back("CALL", "ours", ".svc", "ECHO", 1)).toEqual([true, 1]);
    for (const n of [0, 32_760, 32_761, 100_000, 5_000_000]) {
      expect(await back("CALL", "ours", "@svc", "LEN", "x".repeat(n))).toEqual([true, n]);
      expect(((await back("CALL", "ours", "@svc", "BIG", n)) as [boolean, string])[1].length).toBe(n);
    }
    expect(await back("QUERY", "ours", "svc")).toEqual([true, expect.any(Number)]);
    for (const wrong of [
      ["QUERY", "ours", "nobody"],
      ["CALL", "ours", "@nobody", "ECHO"],
      ["CALL", "ours", "@svc", "FAIL", "here"],
      ["CALL", "ours", 0xffff, "ECHO"],
    ])
      expect(await back(...wrong)).toEqual([false, expect.stringContaining("call failed")]);
    for (const text of ["name not found", "Invalid name", "call failed"]) expect(real.log()).toContain(text);
    await back("SEND", "ours", "@svc", "PUSH", "from lua");
    expect(await back("PROXY", "ours", "@svc", "ECHO", "proxied")).toEqual(["proxied"]);
    expect(await run(() => skynet.call(".svc", "lua", "PUSHED"))).toEqual(["from lua", "through a proxy"]);
  });

  it("thousands of calls at a time, both ways at once: each gets its own answer", async () => {
    const [theirs, ours] = await Promise.all([
      run(() => cluster.call("lua", "@lua", "MANY", "ours", "@svc", 64, 50)),
      run(function* () {
        let [right, left] = [0, 64];
        const all = {};
        for (let i = 0; i < 64; i++)
          skynet.fork(function* () {
            for (let j = 0; j < 50; j++) {
              const [a, b] = yield* cluster.callall("lua", "@lua", "ECHO", i, j);
              if (a === i && b === j) right++;
            }
            if (--left === 0) skynet.wakeup(all);
          });
        yield* skynet.wait(all);
        return right;
      }),
    ]);
    expect([theirs, ours]).toEqual([3200, 3200]);
  });

  it("a real node that dies fails what waits for it", async () => {
    const waiting = run(function* () {
      try {
        return yield* cluster.call("lua", "@lua", "SLOW", 10_000, "never");
      } catch (error) {
        return (error as Error).message;
      }
    });
    await run(() => cluster.call("lua", "@lua", "ECHO"));
    await real.stop();
    expect(await waiting).toBe("call failed");
  });
});
