/** What the inspector reads from a real node: each channel against a node whose truth is known. */
import { afterEach, describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { TestNode, TestNodeOptions } from "@skyloom/runtime/testing";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import type { AgentConnection, Scope } from "@skyloom/runtime/inspect";
import { tableChannels } from "../../src/inspect/channels/index.ts";
import { guessLevel } from "../../src/inspect/node/logs.ts";
import { Recorder } from "./mirror.ts";

let t: TestNode;
let link: Recorder;
let c: AgentConnection;

afterEach(async () => {
  c.closed();
  await t.stop();
});

async function look(options: TestNodeOptions, scopes: readonly Scope[] = ["read"], memory?: () => never): Promise<void> {
  t = await testNode(options);
  const source = nodeSource({
    mode: "sim",
    name: "test",
    id: "1",
    runtime: "0",
    nodes: [{ name: "n1", node: t.node }],
    ...(memory === undefined ? {} : { memory }),
  });
  const { ports } = t;
  const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn), scopes });
  link = new Recorder();
  c = agent.connect(link);
  c.receive({ type: "hello", v: 1 });
}

function rows(ch: string, id = 1): Record<string, number | string>[] {
  c.receive({ type: "sub", ch, id, hz: 4 });
  t.advance(30);
  return [...link.tables.get(id)!.rows.values()];
}

/** Sends a command or a question and moves time on until it is answered. */
async function ask(frame: {
  readonly type: "get" | "do";
  readonly rid: number;
  readonly [key: string]: unknown;
}): Promise<Record<string, unknown>> {
  c.receive(frame);
  for (let i = 0; i < 400; i++) {
    t.advance(1);
    await Promise.resolve();
    const answer = [...link.of("res"), ...link.of("done")].find((f) => f.rid === frame.rid);
    if (answer !== undefined) return answer as unknown as Record<string, unknown>;
  }
  throw new Error("no answer");
}

const sleeper = defineService(() => ({
  *work(cs: number) {
    yield* skynet.sleep(cs);
    return cs;
  },
  *hold(to: number) {
    return yield* skynet.call(to, "lua", "work", 5000);
  },
  chat: () => skynet.error("hello there"),
  fail: () => {
    throw new Error("planned");
  },
}));

describe("channels of a node", () => {
  it("overview adds up each node", async () => {
    await look({ services: { sleeper } });
    const a = await t.newservice("sleeper");
    t.send(a, "lua", "work", 1000);
    const [row] = rows("overview");
    expect(row).toMatchObject({ node: "n1", services: t.node.kernel.serviceCount, messages: expect.any(Number), sockets: 0, heap: -1 });
    expect(row!["tasks"]).toBe(1);
    expect(row!["timers"]).toBeGreaterThanOrEqual(1);
  });

  it("overview tells pending calls and the age of the oldest", async () => {
    await look({ services: { sleeper } });
    const [a, b] = [await t.newservice("sleeper"), await t.newservice("sleeper")];
    t.send(a, "lua", "hold", b);
    t.advance(200);
    const [row] = rows("overview");
    expect(row!["pending"]).toBe(1);
    expect(row!["oldestUs"]).toBeGreaterThanOrEqual(2_000_000);
    t.advance(6000);
  });

  it("figures of a whole node do not fall when services and sockets end", async () => {
    const clock = new VirtualClock();
    const server = () =>
      skynet.start(function* () {
        const [id] = yield* socket.listen("127.0.0.1", 4000);
        yield* socket.start(id, function* (fd) {
          yield* socket.start(fd);
          yield* socket.read(fd, 5);
          yield* socket.close(fd);
        });
      });
    const talker = () =>
      skynet.start(function* () {
        const [fd] = yield* socket.open("127.0.0.1", 4000);
        socket.write(fd!, "hello");
        skynet.dispatch("lua", () => {
          throw new Error("planned");
        });
      });
    await look({ clock, tcp: createSimNet({ clock }).host("127.0.0.1"), services: { server, talker } });
    await t.newservice("server");
    const a = await t.newservice("talker");
    t.send(a, "lua", "x");
    t.advance(20);
    const [before] = rows("overview");
    expect(before).toMatchObject({ errors: 1, bytesIn: 5, bytesOut: 5 });
    t.node.kernel.kill(a, 0);
    t.advance(200);
    expect([...link.tables.get(1)!.rows.values()][0]).toMatchObject({ errors: 1, bytesIn: 5, bytesOut: 5 });
  });

  it("mailboxes tell what waits, from whom and since when at least", async () => {
    await look({ services: { sleeper } });
    const a = await t.newservice("sleeper");
    const service = t.node.kernel.find(a)!;
    t.node.kernel.hold(service);
    for (let i = 0; i < 5; i++) t.send(a, "lua", "chat");
    t.advance(100);
    const row = rows("mailboxes").find((r) => r["addr"] === a)!;
    expect(row).toMatchObject({
      mqlen: 5,
      mqmax: 5,
      topType: "lua",
      topSenderName: "host",
      system: 0,
      out: service.messages,
      in: service.messages + 5,
    });
    expect(row["oldestSinceUs"]).toBeGreaterThan(0);
    const detail = await ask({ type: "get", rid: 1, what: "mailbox", args: [a, "n1"] });
    expect(detail["body"]).toMatchObject({
      mqlen: 5,
      counted: 5,
      senders: [{ name: "host", count: 5 }],
      types: [{ name: "lua", count: 5 }],
      commands: [{ name: "chat", count: 5 }],
      first: [{ type: "lua", command: "chat", session: 0 }, {}, {}, {}, {}],
    });
    t.node.kernel.release(service);
    t.send(a, "lua", "chat");
    t.advance(30);
    expect([...link.tables.get(1)!.rows.values()].find((r) => r["addr"] === a)).toMatchObject({
      mqlen: 0,
      oldestSinceUs: -1,
      topSender: 0,
    });
  });

  it("the age of the oldest message is found although messages carry no time", async () => {
    const slow = defineService(() => ({
      *work() {
        yield* skynet.sleep(0);
      },
    }));
    await look({ services: { slow } });
    const a = await t.newservice("slow");
    const service = t.node.kernel.find(a)!;
    t.node.kernel.hold(service);
    const age = (): number => {
      const row = [...link.tables.get(1)!.rows.values()].find((r) => r["addr"] === a)!;
      return (link.tables.get(1)!.t - (row["oldestSinceUs"] as number)) / 1e6;
    };
    t.send(a, "lua", "work");
    rows("mailboxes");
    t.advance(500);
    t.send(a, "lua", "work");
    t.advance(300);
    expect(age()).toBeGreaterThan(7.5);
    // The first one goes: the second has waited about 3 s.
    service.messages++;
    service.pop();
    t.advance(100);
    expect(age()).toBeGreaterThan(3);
    expect(age()).toBeLessThan(4.6);
    t.node.kernel.release(service);
  });

  it("timers tell the next timeouts with their owners", async () => {
    await look({ services: { sleeper } });
    const a = await t.newservice("sleeper");
    t.send(a, "lua", "work", 300);
    const row = rows("timers").find((r) => r["owner"] === a)!;
    expect(row).toMatchObject({ kind: 0, ticks: 300, ownerName: "sleeper" });
    expect(row["task"]).toBeGreaterThan(0);
    const left = (row["dueUs"] as number) / 1000 - t.ports.clock.now();
    expect(left).toBeGreaterThan(2600);
    expect(left).toBeLessThanOrEqual(3000);
  });

  it("memory adds mailbox, sockets, tasks and what the service reports", async () => {
    await look({ services: { sleeper } });
    const a = await t.newservice("sleeper");
    t.send(a, "lua", "work", 1000);
    const row = rows("memory").find((r) => r["addr"] === a)!;
    expect(row).toMatchObject({ tasks: 1, timers: 1, mailboxBytes: 0, socketBytes: 0, system: 0 });
    expect(row["mem"]).toBeGreaterThan(1000);
  });

  it("sockets are the rows of netstat with the owners' names", async () => {
    const clock = new VirtualClock();
    const server = () =>
      skynet.start(function* () {
        const [id] = yield* socket.listen("127.0.0.1", 4000);
        yield* socket.start(id, function* (fd) {
          yield* socket.start(fd);
          socket.write(fd, "hi");
        });
        skynet.fork(function* () {
          const [fd] = yield* socket.open("127.0.0.1", 4000);
          yield* socket.read(fd!, 2);
        });
      });
    await look({ clock, tcp: createSimNet({ clock }).host("127.0.0.1"), services: { server } });
    await t.newservice("server");
    t.advance(100);
    const found = rows("sockets");
    expect(found.map((r) => String(r["type"])).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["LISTEN", "TCP", "TCP"]);
    expect(found.every((r) => r["ownerName"] === "server" && r["node"] === "n1")).toBe(true);
    expect(found.find((r) => r["type"] === "LISTEN")).toMatchObject({ local: "127.0.0.1:4000", accepted: 1 });
    expect(found.reduce((sum, r) => sum + (r["read"] as number), 0)).toBe(2);
  });

  it("logs stream lines with a guessed level, and nothing is kept while nobody reads", async () => {
    await look({ services: { sleeper } });
    const a = await t.newservice("sleeper");
    t.send(a, "lua", "chat");
    c.receive({ type: "sub", ch: "logs", id: 3 });
    t.advance(30);
    t.send(a, "lua", "chat");
    t.send(a, "lua", "fail");
    t.advance(60);
    const lines = link.of("ev").flatMap((e) => e.inline!["text"]!);
    expect(lines[0]).toBe("hello there");
    expect(lines.slice(1).join("\n")).toContain("planned");
    expect(link.of("ev")[0]).toMatchObject({ first: 0, dropped: 0, seq: 1 });
    expect([guessLevel("lua call [8] error : x"), guessLevel("May overload, message queue length = 2048"), guessLevel("hi")]).toEqual([
      "error",
      "warn",
      "info",
    ]);
  });

  it("a reader that is too slow for the log is told how many lines it lost", async () => {
    const flood = () =>
      skynet.start(
        () =>
          void skynet.dispatch("lua", () => {
            for (let i = 0; i < 500; i++) skynet.error(`line ${i}`);
          }),
      );
    await look({ services: { flood } });
    const a = await t.newservice("flood");
    c.receive({ type: "sub", ch: "logs", id: 3 });
    t.advance(30);
    link.queuedBytes = 300_000;
    for (let i = 0; i < 8; i++) t.send(a, "lua", "go");
    t.advance(100);
    link.queuedBytes = 0;
    t.advance(100);
    const events = link.of("ev");
    const dropped = events.reduce((n, e) => n + e.dropped, 0);
    expect(dropped).toBeGreaterThan(1000);
    expect(dropped + events.reduce((n, e) => n + e.count, 0)).toBe(4000);
  });
});

it("a service that rests is not read again, and yet shows what comes to it: messages, names, a hold, its end", async () => {
  let read = 0;
  const counted = defineService(() => {
    skynet.info_func(() => 1);
    return { x: () => 1, rest: (cs: number) => skynet.sleep(cs) };
  });
  await look({ services: { counted } });
  const [a, b] = [await t.newservice("counted"), await t.newservice("counted")];
  const body = t.node.kernel.find(a)!.body!;
  const tasks = body.tasks!.bind(body);
  body.tasks = () => {
    read++;
    return tasks();
  };
  c.receive({ type: "sub", ch: "services", id: 1, hz: 4 });
  t.advance(100);
  const states = tableChannels.services.fields.find((f) => f.name === "state")!.values!;
  const row = (handle: number): Record<string, number | string> | undefined => {
    const found = [...link.tables.get(1)!.rows.values()].find((r) => r["addr"] === handle);
    return found === undefined ? undefined : { ...found, state: states[found["state"] as number]! };
  };
  const before = row(a)!;
  const looked = read;
  t.advance(500);
  expect(read).toBe(looked);
  expect(row(a)).toEqual(before);
  t.send(a, "lua", "x");
  t.advance(100);
  expect(row(a)!["msg"]).toBe((before["msg"] as number) + 1);
  t.node.kernel.names.register("fresh", a);
  t.advance(100);
  expect(row(a)!["name"]).toBe(".fresh");
  t.node.kernel.hold(t.node.kernel.find(a)!);
  t.advance(100);
  expect(row(a)!["state"]).toBe("init");
  t.send(a, "lua", "rest", 300);
  t.advance(100);
  expect(row(a)).toMatchObject({ mqlen: 1 });
  t.node.kernel.release(t.node.kernel.find(a)!);
  t.advance(100);
  expect(row(a)).toMatchObject({ mqlen: 0, task: 1, state: "waiting" });
  t.advance(400);
  expect(row(a)).toMatchObject({ task: 0, state: "idle" });
  t.node.kernel.kill(b, a);
  t.advance(100);
  expect(row(b)).toBeUndefined();
  expect(row(a)).toBeDefined();
});

describe("traces of more than can be sent", () => {
  const echo = defineService(() => ({ x: () => 1 }));
  const driver = defineService((to: number) => ({
    *calls(n: number) {
      for (let i = 0; i < n; i++) yield* skynet.call(to, "lua", "x");
    },
  }));
  const sums = () => {
    const events = link.of("ev");
    return {
      count: events.reduce((n, e) => n + e.count, 0),
      dropped: events.reduce((n, e) => n + e.dropped, 0),
      leftOut: events.reduce((n, e) => n + (e.leftOut ?? 0), 0),
    };
  };

  it("are left out by whole traces, about as many messages as is told; a second later there is room again", async () => {
    await look({ services: { echo, driver } }, ["read", "operate"]);
    const d = await t.newservice("driver", await t.newservice("echo"));
    c.receive({ type: "sub", ch: "trace", id: 5 });
    await ask({ type: "do", rid: 1, cmd: "trace.start", args: [{ kind: "all" }] });
    // Few: all of them are there.
    for (let i = 0; i < 100; i++) t.send(d, "lua", "calls", 1);
    t.advance(130);
    const few = sums();
    expect(few).toMatchObject({ dropped: 0, leftOut: 0 });
    expect(few.count).toBeGreaterThanOrEqual(100 * 8);
    // Many at once.
    for (let i = 0; i < 20_000; i++) t.send(d, "lua", "calls", 1);
    t.advance(500);
    const many = sums();
    expect(many.dropped).toBe(0);
    expect(many.count).toBeGreaterThan(8_000);
    expect(many.count).toBeLessThan(120_000);
    // Three messages are a trace, of eight events.
    const messages = many.leftOut + ((many.count - few.count) / 8) * 3;
    expect(messages / 60_000).toBeGreaterThan(0.95);
    expect(messages / 60_000).toBeLessThan(1.05);
    for (let i = 0; i < 100; i++) t.send(d, "lua", "calls", 1);
    t.advance(130);
    expect(sums()).toMatchObject({ dropped: 0, leftOut: many.leftOut });
    expect(sums().count).toBeGreaterThanOrEqual(many.count + 100 * 8);
  });
});

it("the first frame of pending calls has them, whenever it is asked for", async () => {
  await look({ services: { sleeper } });
  const [a, b] = [await t.newservice("sleeper"), await t.newservice("sleeper")];
  t.send(a, "lua", "hold", b);
  t.advance(130);
  for (const [id, ch] of [
    [1, "sessions"],
    [2, "waits"],
  ] as const) {
    c.receive({ type: "sub", ch, id });
    t.advance(26);
    const first = link.frames.find((f) => f.type === "key" && f.id === id)!;
    expect(first).toMatchObject({ ch, added: { count: 1 } });
    c.receive({ type: "unsub", id });
    t.advance(130);
  }
  t.advance(6000);
});

describe("questions about a service", () => {
  it("tell its tasks, what they wait for and where it came from", async () => {
    await look({ services: { sleeper } });
    const [a, b] = [await t.newservice("sleeper"), await t.newservice("sleeper")];
    t.send(a, "lua", "hold", b);
    t.advance(100);
    const tasks = (await ask({ type: "get", rid: 1, what: "tasks", args: [a] }))["body"] as { total: number; tasks: unknown[] };
    expect(tasks).toMatchObject({
      total: 1,
      tasks: [{ kind: "command", command: "hold", to: b, toName: "sleeper", waits: expect.stringContaining("call") }],
    });
    expect((await ask({ type: "get", rid: 2, what: "source", args: [a, "n1"] }))["body"]).toMatchObject({
      launch: "snlua sleeper",
      kind: "snlua",
    });
    expect(await ask({ type: "get", rid: 3, what: "tasks", args: [0xdead] })).toMatchObject({
      ok: false,
      code: "ARGUMENT",
      msg: "no service has the address :0000dead: it has ended",
    });
    expect(await ask({ type: "get", rid: 4, what: "tasks", args: ["x"] })).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(await ask({ type: "get", rid: 5, what: "tasks", args: [a, "other"] })).toMatchObject({
      ok: false,
      msg: "there is no node other here; there are: n1",
    });
    t.advance(6000);
  });

  it("tell when and how one ended: by itself, by another, or because its start failed", async () => {
    const failing = defineService(() => {
      throw new Error("no such table");
    });
    const leaving = defineService(() => ({ leave: () => skynet.exit() }));
    await look({ services: { sleeper, failing, leaving } });
    const [a, b] = [await t.newservice("sleeper"), await t.newservice("leaving")];
    t.advance(100);
    let rid = 10;
    const end = async (handle: number): Promise<unknown> => (await ask({ type: "get", rid: ++rid, what: "ended", args: [handle] }))["body"];
    expect(await end(a)).toEqual({ known: false });
    const before = t.node.kernel.coarseMs;
    t.send(b, "lua", "leave");
    t.send(".launcher", "lua", "KILL", a);
    await expect(t.newservice("failing")).rejects.toThrow("call failed");
    const killed = (await end(a)) as { atUs: number; by: number };
    expect(killed).toMatchObject({ known: true, reason: expect.stringMatching(/^killed by :[0-9a-f]{8} \.launcher$/) });
    expect(killed.atUs).toBeGreaterThanOrEqual((t.node.kernel.startMs + before) * 1000);
    expect(await end(b)).toMatchObject({ known: true, by: b, reason: "it ended itself" });
    const failed = Number.parseInt(/:([0-9a-f]{8})\] LAUNCH snlua failing/.exec(t.log.join("\n"))![1]!, 16);
    expect(await end(failed)).toMatchObject({ reason: "its start failed: Error: no such table" });
  });
});

describe("the console", () => {
  it("runs Skynet's commands and gives value and text", async () => {
    await look({ services: { sleeper } }, ["read", "operate", "danger"]);
    const a = await t.newservice("sleeper");
    const list = await ask({ type: "do", rid: 1, cmd: "list" });
    expect(list).toMatchObject({ ok: true, result: { ok: true, value: { [`:${a.toString(16).padStart(8, "0")}`]: "snlua sleeper" } } });
    expect((list["result"] as { text: string }).text).toMatch(/\tsnlua sleeper\n[^]*<CMD OK>$/);
    expect(await ask({ type: "do", rid: 2, cmd: "ping", args: [a.toString(16)] })).toMatchObject({
      result: { ok: true, text: "0\n<CMD OK>" },
    });
    expect(await ask({ type: "do", rid: 3, cmd: "info", args: ["zz"] })).toMatchObject({
      result: { ok: false, text: expect.stringContaining("<CMD Error>") },
    });
    expect(await ask({ type: "do", rid: 4, cmd: "ping", args: ["a\nkill b"] })).toMatchObject({ ok: false, code: "ARGUMENT" });
    expect(await ask({ type: "do", rid: 5, cmd: "kill", args: [a.toString(16)] })).toMatchObject({ ok: true });
    expect(t.node.kernel.find(a)).toBeUndefined();
  });

  it("starts its own service with the first command only, and again after somebody killed it", async () => {
    await look({}, ["read", "danger"]);
    const before = t.node.kernel.serviceCount;
    await Promise.all([ask({ type: "do", rid: 1, cmd: "list" }), ask({ type: "do", rid: 2, cmd: "list" })]);
    expect(t.node.kernel.serviceCount).toBe(before + 1);
    const helper = t.node.kernel.services().find((s) => s.args === "inspectd")!;
    t.node.kernel.kill(helper.handle, 0);
    expect(await ask({ type: "do", rid: 3, cmd: "list" })).toMatchObject({ ok: true });
    expect(t.node.kernel.serviceCount).toBe(before + 1);
  });
});
