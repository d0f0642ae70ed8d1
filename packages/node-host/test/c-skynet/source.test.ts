/** The source behind a real agent: what a page gets of a console that is there, slow, odd, or gone. */
import { createAgent } from "@skyloom/runtime/inspect";
import type { AgentConnection, AgentFrame, AlertFrame, Scope } from "@skyloom/runtime/inspect";
import { afterEach, describe, expect, it, vi } from "vitest";
import { consoleSource } from "../../src/c-skynet/index.ts";
import type { ConsoleSource, ConsoleSourceOptions } from "../../src/c-skynet/index.ts";
import { nodeClock } from "../../src/ports/index.ts";
import { recording, TranscriptServer } from "./transcript.ts";

vi.setConfig({ testTimeout: 20_000 });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(name: string): Promise<TranscriptServer> {
  const server = await new TranscriptServer(recording(name)).listen();
  const console = recording("console");
  for (const send of ["stat", "mem", "netstat", "service", "getenv thread"])
    if (name !== "console")
      server.play(
        send,
        console.find((e) => e.send === send)!,
      );
  closers.push(() => server.close());
  return server;
}

class Client {
  readonly frames: AgentFrame[] = [];
  readonly connection: AgentConnection;
  readonly consoles: ConsoleSource;
  #rid = 0;

  constructor(
    ports: readonly number[],
    scopes: readonly Scope[] = ["read", "operate", "danger"],
    options: Partial<ConsoleSourceOptions> = {},
  ) {
    const clock = nodeClock();
    const addresses = ports.map((port) => ({ host: "127.0.0.1", port }));
    this.consoles = consoleSource({ addresses, clock, limits: { backOffMs: 100, mostBackOffMs: 200, connectMs: 300 }, ...options });
    const agent = createAgent(this.consoles.source, { clock, defer: setImmediate });
    this.connection = agent.connect({ send: (frame) => void this.frames.push(frame), queued: () => 0, close: () => undefined }, { scopes });
    this.connection.receive({ type: "hello", v: 1 });
    closers.push(() => {
      agent.close();
      this.consoles.close();
    });
  }

  async until<T>(find: () => T | undefined | false, what: string): Promise<T> {
    const end = Date.now() + 8_000;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > end) throw new Error(`${what} did not come; got ${JSON.stringify(this.frames.map((f) => f.type))}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async do(cmd: string, ...args: readonly unknown[]): Promise<{ ok: boolean; text: string; value?: Record<string, unknown> }> {
    const rid = ++this.#rid;
    this.connection.receive({ type: "do", rid, cmd, args });
    const frame = await this.until(() => this.frames.find((f) => f.type === "done" && f.rid === rid), cmd);
    if (frame.type !== "done") throw new Error("?");
    return frame.ok ? (frame.result as { ok: boolean; text: string }) : { ok: false, text: `${frame.code}: ${frame.msg}` };
  }

  async get(what: string, ...args: readonly unknown[]): Promise<{ ok: boolean; body: Record<string, unknown>; msg: string }> {
    const rid = ++this.#rid;
    this.connection.receive({ type: "get", rid, what, args });
    return (await this.until(() => this.frames.find((f) => f.type === "res" && f.rid === rid), what)) as never;
  }

  subscribe(ch: string): void {
    this.connection.receive({ type: "sub", ch, id: ++this.#rid, hz: 4 });
  }

  alert(kind: string, cleared: boolean = false): AlertFrame | undefined {
    return this.frames.findLast((f): f is AlertFrame => f.type === "alert" && f.kind === kind && (f.cleared === true) === cleared);
  }
}

/** Rows of one walk of a table. */
function rowsOf(consoles: ConsoleSource, table: keyof ConsoleSource["source"]["tables"]): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  const walk = consoles.source.tables[table]!();
  while (walk.next(3, (row) => void rows.push({ ...row })));
  return rows;
}

describe("a console as a host", () => {
  it("names itself, offers what a console gives, and says why it has no logs, timers and traces", async () => {
    const client = new Client([(await serve("console")).port]);
    const hello = await client.until(() => client.frames.find((f) => f.type === "hello"), "hello");
    if (hello.type !== "hello") throw new Error("?");
    expect(hello.host.mode).toBe("skynet-c");
    for (const ch of ["overview", "services", "mailboxes", "memory", "sockets", "sessions", "waits"]) expect(hello.caps[ch], ch).toBe(true);
    for (const ch of ["logs", "timers", "trace"]) expect(hello.caps[ch], ch).toMatch(/console|log/);
    const scopes = new Map(hello.commands!.map((c) => [c.name, c.scope]));
    expect([scopes.get("list"), scopes.get("gc"), scopes.get("kill"), scopes.get("dbgcmd"), scopes.get("probe")]).toEqual([
      "read",
      "operate",
      "danger",
      "danger",
      "danger",
    ]);
    // Every command of the recorded help is there.
    const help = recording("console").find((e) => e.send === "help")!.recv;
    for (const line of help.split("\n").slice(0, -2)) expect([...scopes.keys()]).toContain(line.split("\t")[0]);
  });

  it("gives rows of services, mailboxes, memory, sockets and the whole", async () => {
    const server = await serve("console");
    const client = new Client([server.port]);
    for (const ch of ["overview", "services", "mailboxes", "memory", "sockets"]) client.subscribe(ch);
    const { consoles } = client;
    await client.until(
      () => consoles.nodes[0]!.memMs >= 0 && consoles.nodes[0]!.socketsMs >= 0 && consoles.nodes[0]!.statMs >= 0,
      "figures",
    );
    const node = `127.0.0.1:${server.port}`;
    const services = rowsOf(consoles, "services");
    expect(services).toHaveLength(7);
    expect(services.find((r) => r["addr"] === 9)).toMatchObject({
      name: "dc_target",
      type: "dc_target",
      node,
      state: "waiting",
      task: 1,
      msg: 3,
      cpuUs: 195,
      mem: Math.round(44.9 * 1024),
      err: -1,
      startUs: -1,
      flags: 0,
    });
    expect(services.find((r) => r["addr"] === 10)).toMatchObject({ type: "debug_console", flags: 1 });
    expect(rowsOf(consoles, "mailboxes")[0]).toMatchObject({ mqlen: 0, in: 5, out: 5, bytes: -1, system: 1 });
    expect(rowsOf(consoles, "memory")[0]).toMatchObject({ mem: Math.round(48.43 * 1024), mailboxBytes: -1, timers: -1 });
    expect(rowsOf(consoles, "sockets").map((r) => [r["id"], r["type"], r["ownerName"], r["flags"]])).toEqual([
      [2, "TCP", "debug_console 29940", 1],
      [1, "LISTEN", "debug_console 29940", 0],
    ]);
    expect(rowsOf(consoles, "overview")).toEqual([
      expect.objectContaining({ node, services: 7, messages: 0, tasks: 2, sockets: 2, pending: -1, errors: -1, bytesIn: 304 }),
    ]);
    expect(consoles.source.totals()).toEqual({ services: 7, messages: 0 });
  });

  it("asks only for what somebody looks at", async () => {
    const server = await serve("console");
    const client = new Client([server.port]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.asked).toEqual([]);
    client.subscribe("sockets");
    await client.until(() => server.asked.includes("netstat"), "netstat");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(new Set(server.asked)).toEqual(new Set(["list", "netstat"]));
  });

  it("shows what a service's tasks wait for, and where a mailbox cannot be looked into", async () => {
    const server = await serve("console");
    server.play(
      "task :00000009",
      recording("console").find((e) => e.send === "task .target")!,
    );
    const client = new Client([server.port]);
    await client.consoles.nodes[0]!.readNow("list");
    const { body } = await client.get("tasks", 9);
    expect(body).toMatchObject({ total: 1, tasks: [{ id: 0x7f51780d4058, session: 2 }] });
    expect(await client.get("mailbox", 9)).toMatchObject({ ok: false, code: "UNAVAILABLE" });
    expect((await client.get("source", 9)).body).toMatchObject({ launch: "snlua dc_target", kind: "snlua" });
    expect(await client.get("tasks", 0xff)).toMatchObject({ ok: false, code: "ARGUMENT" });
  });

  it("runs the console's commands as they are, with the text the console prints, and as a table", async () => {
    const server = await serve("console");
    const client = new Client([server.port]);
    const list = await client.do("list");
    expect(list).toMatchObject({
      ok: true,
      text: recording("console")
        .find((e) => e.send === "list")!
        .recv.trimEnd(),
    });
    expect(list.value).toMatchObject({ ":00000009": "snlua dc_target" });
    expect(await client.do("call", ".target", '"add",1,2')).toMatchObject({ ok: true, text: "1\t3\nn\t1\n<CMD OK>" });
    expect(await client.do("info", "zzz")).toMatchObject({ ok: false, text: expect.stringContaining("Need an address") as string });
    expect(await client.do("list", "a\nkill :00000009")).toMatchObject({ ok: false, text: expect.stringContaining("ARGUMENT") as string });
    expect(await client.do("failsession", ":00000009-2")).toMatchObject({ text: expect.stringContaining("UNAVAILABLE") as string });
    expect(server.asked.some((line) => line.startsWith("kill"))).toBe(false);
  });

  it("needs the scope danger for the probe, and asks nothing of a service before somebody agrees", async () => {
    const server = await serve("deadlock");
    const reader = new Client([server.port], ["read"]);
    expect((await reader.do("probe", "all")).text).toContain("FORBIDDEN");
    const client = new Client([server.port]);
    const { text } = await client.do("probe");
    expect(text).toContain("What stays behind: the debug command SKYLOOM_WAITS");
    client.subscribe("sessions");
    const refused = await client.until(() => client.frames.find((f) => f.type === "err"), "a reason");
    expect(refused).toMatchObject({ code: "UNAVAILABLE", msg: expect.stringContaining("probe") as string });
    expect(server.asked.filter((line) => line.startsWith("dbgcmd"))).toEqual([]);
  });

  it("finds the deadlock with the probe: report, alert, rows of calls and edges, marked services; unprobe takes it away", async () => {
    const server = await serve("deadlock");
    const client = new Client([server.port]);
    const { ok, text } = await client.do("probe", "all");
    expect(ok).toBe(true);
    expect(text).toMatch(/^Deadlock: 4 tasks of 2 services wait for each other\n1\. :00000009 account a, lua pay\n {3}holds queue #1\n/);
    const alert = await client.until(() => client.alert("deadlock"), "the alert");
    expect(alert.evidence).toMatch(/^Deadlock: 4 tasks of 2 services/);
    // Nobody knows since when: ages are marked as lower bounds.
    expect(alert.evidence).toMatch(/waits at least \d\.\d\d s for queue #1/);
    const { consoles } = client;
    const sessions = rowsOf(consoles, "sessions");
    expect(sessions.map((r) => [r["from"], r["to"], r["command"], r["state"]])).toEqual([
      [9, 10, "log", "cycle"],
      [10, 9, "log", "cycle"],
    ]);
    const edges = rowsOf(consoles, "waits");
    expect(edges).toHaveLength(4);
    expect(edges.every((e) => e["deadlock"] === alert.id)).toBe(true);
    expect(
      rowsOf(consoles, "services")
        .filter((r) => r["state"] === "deadlocked")
        .map((r) => r["addr"]),
    ).toEqual([9, 10]);
    expect((await client.until(() => client.alert("probe"), "the probe's note")).title).toMatch(/^Probed: \d+ services, 0 not read$/);
    // Sweeps go on without another look; nothing is asked of the services for that.
    const asked = server.asked.filter((line) => line.includes("SKYLOOM")).length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(server.asked.filter((line) => line.includes("SKYLOOM")).length).toBe(asked);
    expect(await client.do("unprobe")).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^The probe is gone from (\d+) of \1 services\.$/) as string,
    });
  });

  it("says that a queue is lost whose holder was killed, until another look does not find it", async () => {
    const server = await serve("lost");
    const client = new Client([server.port]);
    expect((await client.do("probe", "all")).text).toMatch(/^Lost queue: 2 tasks wait for a queue whose holder has ended\n/);
    const alert = await client.until(() => client.alert("lost-queue"), "the alert");
    expect(alert).toMatchObject({
      severity: "error",
      entities: [{ kind: "service", id: ":00000009" }],
      text: "The task that holds queue #1 of :00000009 worker lost was killed; 2 tasks wait for it and will never go on.",
      evidence: expect.stringContaining("held by thread 0x") as string,
    });
    expect(client.alert("deadlock")).toBeUndefined();
    // The service has been ended since.
    const list = recording("lost").find((e) => e.send === "list")!;
    server.replay("list", { send: "list", recv: list.recv.replace(/^:00000009.*\n/m, "") });
    server.replay(
      "dbgcmd :00000003 SKYLOOM_WAITS",
      recording("lost").find((e) => e.send === "dbgcmd .launcher SKYLOOM_WAITS")!,
    );
    expect((await client.do("probe", "all")).text).toMatch(/^No deadlock\.\n/);
    await client.until(() => client.alert("lost-queue", true), "the end of the alert");
  });

  it("tells of a console that stands still before it gives up waiting, and when that is over", async () => {
    const server = await serve("console");
    const stat = recording("console").find((e) => e.send === "stat")!;
    const held: (() => void)[] = [];
    server.replay("stat", (socket) => void held.push(() => socket.write(stat.recv)));
    const client = new Client([server.port]);
    client.subscribe("services");
    const alert = await client.until(() => client.alert("console-slow"), "the alert");
    expect(alert.text).toMatch(/^It has not answered stat for more than 4 s/);
    server.replay("stat", stat);
    for (const answer of held) answer();
    await client.until(() => client.alert("console-slow", true), "the end of the alert");
  });

  it("keeps what it showed when the console is gone, says so, and goes on when it is back", async () => {
    const server = await serve("deadlock");
    const client = new Client([server.port]);
    await client.do("probe", "all");
    client.subscribe("services");
    await client.until(() => client.alert("deadlock"), "the alert");
    await client.until(() => client.frames.some((f) => f.type === "key" && f.ch === "services" && f.total > 0), "rows");
    await server.close();
    const gone = await client.until(() => client.alert("console-gone"), "the alert of a console that is gone");
    expect(gone.text).toContain("Connection refused");
    const err = await client.until(() => client.frames.findLast((f) => f.type === "err"), "the list's own mark");
    expect(err).toMatchObject({ code: "SOURCE", msg: expect.stringContaining("no debug console at") as string });
    await client.until(() => client.alert("deadlock")?.text.endsWith("does not answer."), "the mark of what can be neither so nor not so");
    const again = await new TranscriptServer(recording("console")).listen(server.port);
    closers.push(() => again.close());
    await client.until(() => client.alert("console-gone", true), "the end of the alert");
    await client.until(() => client.alert("deadlock", true), "the end of what was true of a program that is gone");
    await client.until(() => rowsOf(client.consoles, "services").some((r) => r["name"] === "dc_target"), "rows of now");
  });

  it("shows who waits for whom to somebody who opens that while the look that found it is under way", async () => {
    const server = await serve("lost");
    const client = new Client([server.port]);
    client.subscribe("waits");
    const probed = client.do("probe", "all");
    await client.until(() => client.alert("lost-queue"), "the alert");
    client.subscribe("sessions");
    await client.until(() => client.frames.some((f) => f.type === "key" && f.ch === "waits" && f.total === 2), "the edges");
    await client.until(() => client.frames.some((f) => f.type === "key" && f.ch === "sessions"), "the calls");
    expect((await probed).text).toContain("Lost queue");
  });

  it("shows several consoles as nodes of one host, and goes on with the others when one is gone", async () => {
    const a = await serve("console");
    const b = await serve("deadlock");
    const client = new Client([a.port, b.port]);
    client.subscribe("services");
    await client.until(() => rowsOf(client.consoles, "services").length > 12, "rows of both");
    expect(new Set(rowsOf(client.consoles, "services").map((r) => r["node"]))).toEqual(
      new Set([`127.0.0.1:${a.port}`, `127.0.0.1:${b.port}`]),
    );
    expect((await client.do("getenv", "thread", { node: `127.0.0.1:${a.port}` })).text).toContain("thread\t2");
    expect((await client.do("getenv", "thread", { node: "nowhere" })).text).toContain("there is no node");
    await a.close();
    await client.until(() => client.alert("console-gone"), "the alert");
    expect(rowsOf(client.consoles, "services").length).toBeGreaterThan(5);
  });

  it("leaves out a service that does not answer the probe, says which, and is not held up by it", async () => {
    const server = await serve("deadlock");
    server.replay("dbgcmd :00000006 RUN", () => undefined);
    server.replay("dbgcmd :00000007 SKYLOOM_WAITS", { send: "", recv: "half\n<CMD OK>\n" });
    server.replay("dbgcmd :00000004 RUN", { send: "", recv: "./lualib/skynet.lua:735: call to invalid address :00000004\n<CMD Error>\n" });
    const client = new Client([server.port], ["read", "danger"], { probeMs: 200 });
    const from = Date.now();
    const { text } = await client.do("probe", "all");
    expect(Date.now() - from).toBeLessThan(3_000);
    expect(text).toContain("Deadlock: 4 tasks");
    expect(text).toContain("Not read: 2 services\n");
    expect(text).toContain("  :00000006 datacenterd: no answer within 0.2 s");
    expect(text).toContain("  :00000007 service_mgr: the answer is not one of the probe");
    expect(text).not.toContain(":00000004");
  });
});
