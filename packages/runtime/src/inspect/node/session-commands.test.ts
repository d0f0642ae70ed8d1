/** Failing a call by hand: on a real node that really waits, through the agent as a client would. */
import { afterEach, describe, expect, it } from "vitest";
import { Recorder } from "../../../test/inspect/mirror.ts";
import { skynet } from "../../core/skynet.ts";
import { testNode } from "../../testing/index.ts";
import type { TestNode } from "../../testing/index.ts";
import { createAgent } from "../agent/agent.ts";
import type { AgentConnection } from "../agent/connection.ts";
import type { DoneFrame, Scope } from "../frames.ts";
import { nodeSource } from "./node-source.ts";

type Commands = Record<string, (...args: never[]) => unknown>;

const service = (body: () => Commands) => (): void => {
  const commands = body();
  skynet.dispatch("lua", (_session: number, _source: number, command: string, ...args: unknown[]) =>
    commands[command]!(...(args as never[])),
  );
};

/** Failures that callers caught, newest last: code, reason, session. */
let caught: string[] = [];

const account = service(() => {
  const lock = skynet.queue();
  return {
    *hold(next: number) {
      yield* lock(function* () {
        yield* skynet.sleep(1);
        try {
          yield* skynet.call(next, "lua", "touch");
        } catch (error) {
          const { code, reason, session } = error as { code: string; reason: string; session: number };
          caught.push(`${code} ${reason} ${session}`);
        }
      });
    },
    *touch() {
      yield* lock(() => undefined);
      skynet.ret();
    },
  };
});

/** Asks for an answer that comes after a second, or as an error. */
const asker = service(() => ({
  *ask(whom: number, what: string) {
    try {
      skynet.error("got", yield* skynet.call(whom, "lua", what));
    } catch (error) {
      caught.push((error as { reason: string }).reason);
    }
  },
  *batch(whom: number) {
    const replies = skynet.request([whom, "lua", "late"]).select();
    for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next()) caught.push(`batch ${String(r.values)}`);
  },
  *nap() {
    yield* skynet.sleep(1000);
  },
}));

const answerer = service(() => ({
  *late() {
    yield* skynet.sleep(100);
    skynet.retpack("late");
  },
  *broken() {
    yield* skynet.sleep(100);
    throw new Error("late and broken");
  },
}));

let t: TestNode;
let link: Recorder;
let c: AgentConnection;

async function open(scopes: readonly Scope[] = ["read", "danger"], label?: string): Promise<void> {
  caught = [];
  t = await testNode({ services: { account, asker, answerer } });
  const source = nodeSource({
    mode: "sim",
    name: "test",
    id: "1",
    runtime: "0",
    ...(label === undefined ? {} : { label }),
    nodes: [{ name: "n1", node: t.node }],
  });
  const agent = createAgent(source, { clock: t.ports.clock, defer: (fn) => t.ports.defer(fn), scopes });
  link = new Recorder();
  c = agent.connect(link);
  c.receive({ type: "hello", v: 1 });
}

afterEach(async () => {
  c.closed();
  await t.stop().catch(() => undefined);
});

let rid = 0;
function fail(args: readonly unknown[], confirm?: string): DoneFrame {
  c.receive({ type: "do", rid: ++rid, cmd: "failsession", args, ...(confirm === undefined ? {} : { confirm }) });
  return link.of("done").find((f) => f.rid === rid)!;
}

/** The one call of a service that waits for an answer, as the list of sessions names it. */
function callOf(handle: number): string {
  const line = t.pending().find((l) => l.includes(`:${handle.toString(16).padStart(8, "0")}`) && l.includes("waits for call"))!;
  return `:${handle.toString(16).padStart(8, "0")}-${/session (\d+)/.exec(line)![1]}`;
}

describe("failsession", () => {
  it("breaks a deadlock: the caller gets a CallError, everybody goes on, and the alert is over within 2 s", async () => {
    await open();
    const a = await t.newservice("account");
    const b = await t.newservice("account");
    t.send(a, "lua", "hold", b);
    t.send(b, "lua", "hold", a);
    t.advance(250);
    expect(link.of("alert").map((f) => [f.kind, f.cleared === true])).toEqual([["deadlock", false]]);
    const call = callOf(a);
    expect(fail([call])).toMatchObject({
      ok: true,
      result: { ok: true, text: expect.stringMatching(/^lua touch of :\w{8} account, which :\w{8} account waited for \(session \d+\)/) },
    });
    t.advance(1);
    expect(caught).toEqual([`CALL_FAILED cancelled ${call.split("-")[1]}`]);
    t.advance(199);
    expect(link.of("alert").filter((f) => f.kind === "deadlock" && f.cleared === true)).toHaveLength(1);
    // Both are whole again: nobody waits, and no late answer was taken for a stray one.
    expect(t.pending()).toEqual([]);
    expect(t.log.filter((l) => l.includes("error") || l.includes("Unknown"))).toEqual([]);
    t.send(a, "lua", "hold", b);
    t.advance(10);
    expect(t.pending()).toEqual([]);
    expect(caught).toHaveLength(1);
  });

  it("swallows what the callee answers later, a value or an error, and a session is free for use after that", async () => {
    await open();
    const [who, whom] = [await t.newservice("asker"), await t.newservice("answerer")];
    for (const what of ["late", "broken"]) {
      t.send(who, "lua", "ask", whom, what);
      t.advance(1);
      const call = callOf(who);
      expect(fail([call]).ok).toBe(true);
      t.advance(1);
      expect(fail([call])).toMatchObject({ ok: false, code: "ARGUMENT", msg: expect.stringContaining("waits for no session") });
      t.advance(200);
    }
    expect(caught).toEqual(["cancelled", "cancelled"]);
    expect(t.log.filter((l) => l.includes("Unknown") || l.includes("got"))).toEqual([]);
    const tasks = await t.call<Record<string, string>>(who, "debug", "TASK");
    expect(tasks).toEqual({});
  });

  it("an answer that came first wins: nothing fails twice", async () => {
    await open();
    const [who, whom] = [await t.newservice("asker"), await t.newservice("answerer")];
    t.send(who, "lua", "ask", whom, "late");
    t.advance(1);
    const call = callOf(who);
    expect(fail([call]).ok).toBe(true);
    expect(fail([call]).ok).toBe(false);
    t.advance(300);
    expect(caught).toEqual(["cancelled"]);
  });

  it("fails one request of a batch as the callee would", async () => {
    await open();
    const [who, whom] = [await t.newservice("asker"), await t.newservice("answerer")];
    t.send(who, "lua", "batch", whom);
    t.advance(30);
    c.receive({ type: "sub", ch: "sessions", id: 1, hz: 4 });
    t.advance(60);
    const [row] = [...link.tables.get(1)!.rows.values()];
    expect(fail([`:${who.toString(16).padStart(8, "0")}-${row!["session"]}`]).ok).toBe(true);
    t.advance(200);
    expect(caught).toEqual(["batch false"]);
    expect(t.log.filter((l) => l.includes("Unknown"))).toEqual([]);
  });

  it("says what is wrong with what it was given, and then does nothing", async () => {
    await open();
    const [who, whom] = [await t.newservice("asker"), await t.newservice("answerer")];
    t.send(who, "lua", "ask", whom, "late");
    t.send(who, "lua", "nap");
    t.advance(1);
    const call = callOf(who);
    const address = call.split("-")[0]!;
    const nap = /session (\d+)/.exec(t.pending().find((l) => l.includes("sleep 1000"))!)![1]!;
    for (const [args, why] of [
      [[], /takes a call as the list of sessions names it, e\.g\. :0000000a-42, not nothing/],
      [[42], /not 42/],
      [["a-1"], /not "a-1"/],
      [[`${address}-0`], /not ":/],
      [[`${address}-99999`], /waits for no session 99999: it has been answered meanwhile, or never was/],
      [[`${address}-${nap}`], /is no call: skynet\.sleep\(1000\); to end its task, use killtask :\w{8} 0x\w{8}/],
      [[":00fffffe-1"], /there is no service :00fffffe on n1/],
      [[call, "elsewhere"], /there is no node elsewhere here; there are: n1/],
      [[call, { node: 7 }], /there is no node 7 here/],
      [[`${call}@elsewhere`], /there is no node elsewhere/],
      [[`:${t.node.kernel.hostHandle.toString(16).padStart(8, "0")}-1`], /made by the host itself/],
    ] as const) {
      const done = fail(args);
      expect([done.ok, done.code]).toEqual([false, "ARGUMENT"]);
      expect(done.msg).toMatch(why);
      t.advance(100);
    }
    expect(caught).toEqual([]);
    expect(t.log.some((l) => l.includes("got late"))).toBe(true);
  });

  it("needs the scope danger, and on a production host the caller's name", async () => {
    await open(["read", "operate"]);
    const a = await t.newservice("asker");
    expect(fail([`:${a.toString(16).padStart(8, "0")}-1`])).toMatchObject({ ok: false, code: "FORBIDDEN" });
    c.closed();
    await t.stop();
    await open(["read", "danger"], "prod");
    const [who, whom] = [await t.newservice("asker"), await t.newservice("answerer")];
    t.send(who, "lua", "ask", whom, "late");
    t.advance(1);
    const call = callOf(who);
    expect(fail([call])).toMatchObject({ ok: false, code: "CONFIRM", msg: expect.stringContaining('typing "asker"') });
    expect(fail([`${call}@n1`], "asker").ok).toBe(true);
    t.advance(1);
    expect(caught).toEqual(["cancelled"]);
  });
});
