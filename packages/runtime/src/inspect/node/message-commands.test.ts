/** Recording the messages of a service, and looking into them: on a real node, through the agent as a client would. */
import { afterEach, describe, expect, it } from "vitest";
import { Recorder } from "../../../test/inspect/mirror.ts";
import { skynet } from "../../core/skynet.ts";
import { testNode } from "../../testing/index.ts";
import type { TestNode } from "../../testing/index.ts";
import { createAgent } from "../agent/agent.ts";
import type { AgentConnection } from "../agent/connection.ts";
import type { DoneFrame, Scope } from "../frames.ts";
import { nodeSource } from "./node-source.ts";

/** Changes what it got. */
const echo = (): void => {
  skynet.dispatch("lua", (_s, _f, what: string, user?: { name: string }) => {
    if (user !== undefined) user.name = "changed";
    skynet.retpack(what);
  });
};
const self = (): void => {
  skynet.dispatch("lua", (_s, _f, what: string) => {
    if (what === "begin") skynet.send(skynet.self(), "lua", "again");
    skynet.retpack(true);
  });
};

interface Messages {
  readonly on: boolean;
  readonly count: number;
  readonly messages: readonly {
    readonly nr: number;
    readonly epochMs: number;
    readonly out: boolean;
    readonly type: string;
    readonly peer: number;
    readonly peerName: string;
    readonly session: number;
    readonly command: string;
    readonly kept: boolean;
  }[];
}

let t: TestNode;
let link: Recorder;
let c: AgentConnection;
let audit: string[] = [];
let rid = 0;

async function open(scopes: readonly Scope[]): Promise<string> {
  audit = [];
  t = await testNode({ services: { echo, self } });
  const source = nodeSource({ mode: "sim", name: "test", id: "1", runtime: "0", nodes: [{ name: "n1", node: t.node }] });
  const agent = createAgent(source, {
    clock: t.ports.clock,
    defer: (fn) => t.ports.defer(fn),
    scopes,
    audit: (line) => audit.push(line),
  });
  link = new Recorder();
  c = agent.connect(link);
  c.receive({ type: "hello", v: 1 });
  handle = await t.newservice("echo");
  return text(handle);
}
let handle = 0;
const text = (h: number): string => `:${h.toString(16).padStart(8, "0")}`;
afterEach(async () => {
  c.closed();
  await t.stop().catch(() => undefined);
});

function run(cmd: string, ...args: readonly unknown[]): DoneFrame {
  c.receive({ type: "do", rid: ++rid, cmd, args });
  return link.of("done").find((f) => f.rid === rid)!;
}
function messages(of: number = handle): Messages {
  c.receive({ type: "get", rid: ++rid, what: "messages", args: [of, "n1"] });
  return link.of("res").find((r) => r.rid === rid)!.body as Messages;
}

describe("messages.record", () => {
  it("keeps the last 200, newest first, in both directions, and only while it is on", async () => {
    const at = await open(["read", "operate"]);
    await t.call(handle, "lua", "before");
    expect(messages()).toEqual({ on: false });
    expect(t.node.kernel.probe).toBeUndefined();
    expect(run("messages.record", at, "on", { node: "n1" }).ok).toBe(true);
    await t.call(handle, "lua", "hello");
    const one = messages();
    expect(one.count).toBe(1);
    expect(one.messages[0]).toMatchObject({ nr: 0, out: false, type: "lua", peerName: "host", command: "hello", kept: false });
    expect(one.messages[0]!.epochMs).toBe(t.ports.clock.wall());
    const other = await t.newservice("echo");
    for (let i = 0; i < 250; i++) t.node.kernel.post(handle, 10, 0, other, ["note", i] as never, 3);
    const many = messages();
    t.settle();
    expect(many.messages.length).toBe(200);
    expect(many.messages.map((m) => m.nr)).toEqual(Array.from({ length: 200 }, (_, i) => many.count - 1 - i));
    expect(many.messages[0]).toMatchObject({ peer: other, out: false });
    expect(run("messages.record", at, "off").ok).toBe(true);
    expect(t.node.kernel.probe).toBeUndefined();
    expect(messages()).toEqual({ on: false });
    expect(audit.filter((l) => l.includes("messages.record")).length).toBe(2);
  });

  it("notes a message to itself once, and what it sends", async () => {
    await open(["read", "operate"]);
    const own = await t.newservice("self");
    run("messages.record", text(own), "on");
    await t.call(own, "lua", "begin");
    t.settle();
    expect(messages(own).messages.map((m) => [m.out, m.command])).toEqual([
      [false, "again"],
      [false, "begin"],
    ]);
    const asked = await t.newservice("echo");
    run("messages.record", text(asked), "on");
    t.node.kernel.post(asked, 10, 77, own, ["x"] as never, 0);
    t.settle();
    expect(messages(asked).messages.map((m) => [m.out, m.type, m.peer, m.session])).toEqual([
      [true, "response", own, 77],
      [false, "lua", own, 77],
    ]);
  });

  it("ends with the service and with the last client; wants operate; refuses what it cannot read", async () => {
    const at = await open(["read", "operate"]);
    run("messages.record", at, "on");
    t.node.kernel.kill(handle, 0);
    t.advance(150);
    expect(t.node.kernel.probe).toBeUndefined();
    const next = await t.newservice("echo");
    run("messages.record", text(next), "on");
    expect(t.node.kernel.probe).toBeDefined();
    expect(run("messages.record", text(next), "perhaps")).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(run("messages.record", "next", "on")).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(run("messages.record", at, "on")).toMatchObject({ ok: false, code: "ARGUMENT" });
    c.closed();
    expect(t.node.kernel.probe).toBeUndefined();
    await t.stop();
    await open(["read"]);
    expect(run("messages.record", text(handle), "on")).toMatchObject({ ok: false, code: "FORBIDDEN" });
  });
});

describe("payloads", () => {
  it("no other scope brings the right, and a refusal is in the audit", async () => {
    const at = await open(["read", "operate", "danger"]);
    run("messages.record", at, "on");
    for (const [cmd, word] of [
      ["payload.keep", "on"],
      ["payload.recorded", "0"],
      ["payload.queued", "0"],
    ] as const)
      expect(run(cmd, at, word)).toMatchObject({ ok: false, code: "FORBIDDEN", msg: expect.stringContaining("payload") });
    expect(audit.filter((l) => l.includes("was refused payload.")).length).toBe(3);
    await t.call(handle, "lua", "login", { name: "ann" });
    expect(messages().messages[0]!.kept).toBe(false);
    expect(JSON.stringify(messages())).not.toContain("ann");
  });

  it("shows what a recorded message carried, as it was sent, once that is kept; each look is in the audit, without the payload", async () => {
    const at = await open(["read", "operate", "payload"]);
    expect(run("payload.keep", at, "on")).toMatchObject({ ok: false, code: "ARGUMENT", msg: expect.stringContaining("messages.record") });
    run("messages.record", at, "on");
    await t.call(handle, "lua", "early", { name: "ann" });
    expect(run("payload.recorded", at, "0")).toMatchObject({ ok: false, msg: expect.stringContaining("no payload was kept") });
    expect(run("payload.keep", at, "on").ok).toBe(true);
    await t.call(handle, "lua", "login", { name: "ann", password: "hunter2" });
    const { nr, kept } = messages().messages[0]!;
    expect(kept).toBe(true);
    expect(run("payload.recorded", at, String(nr))).toMatchObject({
      ok: true,
      result: { text: '"login", {name: "ann", password: •••}', more: false },
    });
    expect(audit.at(-1)).toMatch(/ran payload\.recorded :\w{8} 1 → ok$/);
    expect(audit.join()).not.toContain("ann");
    expect(run("payload.recorded", at, "9")).toMatchObject({ ok: false, code: "ARGUMENT" });
    run("payload.keep", at, "off");
    expect(run("payload.recorded", at, String(nr)).ok).toBe(false);
  });

  it("shows what a waiting message carries, named by a number that stays while it waits", async () => {
    const at = await open(["read", "payload"]);
    const { kernel } = t.node;
    const service = kernel.find(handle)!;
    kernel.hold(service);
    for (const name of ["ann", "bob"]) kernel.post(handle, 10, 0, 0, ["login", { name }] as never, 0);
    c.receive({ type: "get", rid: ++rid, what: "mailbox", args: [handle, "n1"] });
    const { first } = link.of("res").at(-1)!.body as { first: { nr: number }[] };
    expect(run("payload.queued", at, String(first[1]!.nr))).toMatchObject({ ok: true, result: { text: '"login", {name: "bob"}' } });
    kernel.release(service);
    t.settle();
    expect(run("payload.queued", at, String(first[1]!.nr))).toMatchObject({
      ok: false,
      msg: expect.stringContaining("has been taken out"),
    });
    expect(run("payload.queued", at, String(first[1]!.nr + 5))).toMatchObject({ ok: false, msg: expect.stringContaining("does not wait") });
    expect(run("payload.queued", at, "-1")).toMatchObject({ ok: false, code: "ARGUMENT" });
  });
});
