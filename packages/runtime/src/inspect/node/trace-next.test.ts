/** Recording the trace of one call that is still to come: on real nodes, through the agent as a client would. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Recorder } from "../../../test/inspect/mirror.ts";
import { skynet } from "../../core/skynet.ts";
import { testNode } from "../../testing/index.ts";
import type { TestNode } from "../../testing/index.ts";
import { createAgent } from "../agent/agent.ts";
import type { AgentConnection } from "../agent/connection.ts";
import type { DoneFrame } from "../frames.ts";
import { nodeSource } from "./node-source.ts";

const back = (): void => {
  skynet.dispatch("lua", function* (_s, _f, what: string) {
    // Longer than a trace may be quiet.
    if (what === "slow") yield* skynet.sleep(300);
    if (what === "broken") throw new TypeError("as it should be");
    skynet.retpack(what);
  });
};
const front = (to: string): void => {
  skynet.dispatch("lua", function* (_s, _f, what: string) {
    skynet.retpack(yield* skynet.call(Number(to), "lua", what));
  });
};

let t: TestNode;
let link: Recorder;
let c: AgentConnection;
let rid = 0;
let b = 0;
let f = 0;
beforeEach(async () => {
  t = await testNode({ services: { back, front } });
  const source = nodeSource({ mode: "sim", name: "test", id: "1", runtime: "0", nodes: [{ name: "n1", node: t.node }] });
  const agent = createAgent(source, { clock: t.ports.clock, defer: (fn) => t.ports.defer(fn), scopes: ["read", "operate"] });
  link = new Recorder();
  c = agent.connect(link);
  c.receive({ type: "hello", v: 1 });
  c.receive({ type: "sub", ch: "trace", id: 1 });
  b = await t.newservice("back");
  f = await t.newservice("front", b);
});
afterEach(async () => {
  c.closed();
  await t.stop().catch(() => undefined);
});

const at = (handle: number): string => `:${handle.toString(16).padStart(8, "0")}`;
function run(cmd: string, ...args: readonly unknown[]): DoneFrame {
  c.receive({ type: "do", rid: ++rid, cmd, args });
  return link.of("done").find((d) => d.rid === rid)!;
}
function tracing(): unknown {
  c.receive({ type: "get", rid: ++rid, what: "tracing" });
  return link.of("res").find((r) => r.rid === rid)!.body;
}
const events = (): number => link.of("ev").reduce((n, frame) => n + frame.count, 0);

describe("trace.next", () => {
  it("records the next call of this command to this service, whole, then stops by itself", async () => {
    expect(run("trace.next", at(b), "slow", { node: "n1" })).toMatchObject({
      ok: true,
      result: { kind: "next", service: b, command: "slow" },
    });
    await t.call(f, "lua", "quick");
    t.advance(500);
    expect(events()).toBe(0);
    expect(tracing()).toMatchObject({ kind: "next" });
    // Two at once: the first is followed, the second is not.
    const both = [t.call(f, "lua", "slow"), t.call(f, "lua", "slow")];
    t.advance(200);
    expect(tracing()).toMatchObject({ kind: "next" });
    await Promise.all(both);
    t.advance(300);
    expect(tracing()).toBe(false);
    expect(t.node.kernel.probe).toBeUndefined();
    // Put into the mailbox, taken as a request, sleep, resume, response, end.
    const recorded = events();
    expect(recorded).toBeGreaterThanOrEqual(5);
    expect(recorded).toBeLessThanOrEqual(7);
    await t.call(f, "lua", "slow");
    t.advance(300);
    expect(events()).toBe(recorded);
  });

  it("without a command any call will do, also one that fails", async () => {
    run("trace.next", at(f));
    await expect(Promise.resolve(t.call(f, "lua", "broken"))).rejects.toThrow();
    t.advance(300);
    expect(tracing()).toBe(false);
    expect(events()).toBeGreaterThan(5);
  });

  it("waits as long as it takes, can be stopped and changed, and ends with the last reader", async () => {
    run("trace.next", at(b), "never");
    t.advance(10_000);
    expect(tracing()).toMatchObject({ command: "never" });
    expect(run("trace.next", at(b), "quick").ok).toBe(true);
    expect(run("trace.stop").ok).toBe(true);
    expect(tracing()).toBe(false);
    run("trace.next", at(b));
    c.closed();
    expect(t.node.kernel.probe).toBeUndefined();
  });

  it("follows a trace that never ends for a minute at most", async () => {
    run("trace.next", at(b), "slow");
    t.send(b, "lua", "slow");
    t.advance(10);
    t.node.kernel.kill(b, 0);
    t.advance(5_500);
    expect(tracing()).toMatchObject({ kind: "next" });
    t.advance(1_000);
    expect(tracing()).toBe(false);
  });

  it("does not take over another recording, and says what it wants", () => {
    run("trace.start", { kind: "all" });
    expect(run("trace.next", at(b))).toMatchObject({ ok: false, code: "ARGUMENT", msg: expect.stringContaining("recorded already") });
    expect(tracing()).toEqual({ kind: "all" });
    run("trace.stop");
    expect(run("trace.next", "back")).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(run("trace.next", at(0x9999))).toMatchObject({ ok: false, msg: expect.stringContaining("it has ended") });
    expect(run("trace.next", at(b), "")).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(run("trace.start", { kind: "next", service: -1 })).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(t.node.kernel.probe).toBeUndefined();
  });
});
