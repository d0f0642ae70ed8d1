/** Two real nodes' conversation (wire.md §3), replayed against ours: as the one that calls, and as the one that is called. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { cluster } from "@skyloom/runtime/cluster";
import type { SocketEvents, SocketLink } from "@skyloom/runtime/ports";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { hex, read, vectorBytes, vectorCases, vectorValue, written } from "./vectors.ts";
import type { VectorBytes, VectorValue } from "./vectors.ts";

interface Case {
  readonly name: string;
  readonly api: string;
  readonly address?: VectorValue;
  readonly args?: readonly VectorValue[];
  readonly result?: readonly VectorValue[];
  readonly error?: string;
  readonly frames: readonly { readonly dir?: "c2s" | "s2c"; readonly bytes: VectorBytes }[];
}

const cases = vectorCases<Case>("cluster_stream.json");
const bytesOf = (c: Case, dir: "c2s" | "s2c"): Uint8Array =>
  new Uint8Array(c.frames.filter((f) => f.dir === dir).flatMap((f) => [...vectorBytes(f.bytes)]));

/** The service of the recording. */
const svc = defineService(() => ({
  ECHO: (...args: unknown[]) => skynet.values(...args),
  NONE: () => skynet.ret(),
  LEN: (text: string) => text.length,
  BIG: (n: number) => "r".repeat(n),
  FAIL(text: string) {
    throw new Error(text);
  },
  *SLOW(ticks: number, what: string) {
    yield* skynet.sleep(ticks);
    return what;
  },
  PUSH: () => undefined,
}));

/** What the recording called, as a service. */
const caller = defineService(() => ({
  *run(api: string, address: never, ...args: unknown[]): Operation<unknown> {
    try {
      if (api === "cluster.call") return yield* cluster.callall("nodea", address, ...args);
      if (api === "cluster.query") return [yield* cluster.query("nodea", address)];
      if (api === "cluster.send") return cluster.send("nodea", address, ...args);
      const proxy = yield* cluster.proxy("nodea", "@svc");
      if (api.startsWith("skynet.call")) return yield* skynet.callall(proxy, "lua", address, ...args);
      return void skynet.send(proxy, "lua", address, ...args);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return ["error", error.message];
    }
  },
  *twice(): Operation<unknown> {
    const done: unknown[] = [];
    const all = {};
    for (const [command, ...args] of [
      ["SLOW", 10, "slow"],
      ["ECHO", "fast"],
    ] as const)
      skynet.fork(function* () {
        if (done.push(yield* cluster.call("nodea", "@svc", command, ...args)) === 2) skynet.wakeup(all);
      });
    yield* skynet.wait(all);
    return done;
  },
  reload: (table: object) => cluster.reload(table as never),
  *serve(handle: number): Operation<void> {
    skynet.name(".echo", handle);
    yield* cluster.register("svc", handle);
    yield* cluster.open(7000);
  },
}));

function listen(got: number[]): SocketEvents {
  return {
    opened: () => undefined,
    data: (bytes) => void got.push(...bytes),
    ended: () => undefined,
    drained: () => undefined,
    failed: () => undefined,
    closed: () => undefined,
  };
}

describe("the recorded conversation", () => {
  it("a node that calls sends the bytes the real one sent, and makes of the answers what it made", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const t = await testNode({ clock, tcp: net.host("10.0.0.2"), services: { caller } });
    const got: number[] = [];
    const events = listen(got);
    let peer: SocketLink | undefined;
    const listener = net.host("10.0.0.1").listen("10.0.0.1", 7000, 32, {
      listening: () => undefined,
      accepted(link) {
        peer = link;
        link.attach(events);
        link.resume();
      },
      failed: () => undefined,
      closed: () => undefined,
    });
    listener.resume();
    const handle = await t.newservice("caller");
    await t.call(handle, "lua", "reload", { nodea: "10.0.0.1:7000" });
    for (const c of cases) {
      got.length = 0;
      const wanted = bytesOf(c, "c2s");
      const args = (c.args ?? []).map((v) => vectorValue(v, written));
      const address = c.address === undefined ? args.shift() : vectorValue(c.address, written);
      const twice = c.api.includes("x2");
      const reply = twice ? t.call(handle, "lua", "twice") : t.call(handle, "lua", "run", c.api, address, ...args);
      for (let i = 0; i < 200 && got.length < wanted.length; i++) t.advance(1);
      expect(hex(Uint8Array.from(got)), c.name).toBe(hex(wanted));
      const answer = bytesOf(c, "s2c");
      if (answer.length > 0) peer!.write([answer]);
      t.advance(5);
      const result = await reply;
      if (c.error !== undefined) expect(result, c.name).toEqual(["error", c.error]);
      else if (c.result!.length > 0) expect(result, c.name).toEqual(c.result!.map((v) => vectorValue(v, read)));
    }
    await t.stop();
  });

  it("a node that is called answers with the bytes the real one answered with; texts of errors are its own", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const t = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { caller, svc } });
    // The recording has a handle in it.
    const wanted = Number(vectorValue(cases.find((c) => c.name === "query ok")!.result![0]!, read));
    let service = 0;
    while (service < wanted) service = await t.newservice("svc");
    expect(service).toBe(wanted);
    const handle = await t.newservice("caller");
    await t.call(handle, "lua", "serve", service);
    const got: number[] = [];
    const link = net.host("10.0.0.2").connect("10.0.0.1", 7000, { ...listen(got), opened: () => link.resume() });
    t.advance(5);
    for (const c of cases) {
      got.length = 0;
      link.write([bytesOf(c, "c2s")]);
      t.advance(30);
      const answer = bytesOf(c, "s2c");
      const ownText = c.error !== undefined && answer.length > 40;
      if (ownText) expect(hex(Uint8Array.from(got.slice(2, 7))), c.name).toBe(hex(answer.slice(2, 7)));
      else expect(hex(Uint8Array.from(got)), c.name).toBe(hex(answer));
    }
    await t.stop();
  });
});
