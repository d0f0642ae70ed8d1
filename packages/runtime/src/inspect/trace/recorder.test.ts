/** Recording of traces on virtual time: which events are written, for whom, and that nothing is left when it is off. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { TraceKind, TraceRecorder } from "@skyloom/runtime/inspect";
import type { TraceBatch, TraceMode } from "@skyloom/runtime/inspect";
import { socket } from "@skyloom/runtime/socket";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";

const KINDS = Object.fromEntries(Object.entries(TraceKind).map(([name, number]) => [number, name]));

/** Events as lines: `ms kind from>to session task<parent command +wait`, with short names for services and tasks. */
function lines(batch: TraceBatch, names: ReadonlyMap<number, string>, texts: readonly string[], begun = 0): string[] {
  const { columns: c } = batch;
  const tasks = new Map<number, number>();
  const task = (id: number): string => {
    if (id === 0) return "-";
    if (!tasks.has(id)) tasks.set(id, tasks.size + 1);
    return `${tasks.get(id)}`;
  };
  const who = (addr: number): string => names.get(addr) ?? addr.toString(16);
  return Array.from({ length: batch.count }, (_, i) => {
    const same = c.src[i] === c.dst[i];
    return [
      `${c.traceId[i]}`,
      `${Math.round((c.t[i]! - begun) / 1000)}ms`,
      KINDS[c.kind[i]!],
      same ? who(c.src[i]!) : `${who(c.src[i]!)}>${who(c.dst[i]!)}`,
      c.session[i] === 0 ? "" : "s",
      `t${task(c.task[i]!)}${c.parent[i] === 0 || c.parent[i] === c.task[i] ? "" : `<${task(c.parent[i]!)}`}`,
      texts[c.cmdId[i]!],
      c.wait[i] === 0 ? "" : `+${Math.round(c.wait[i]! / 1000)}ms`,
    ]
      .filter((p) => p !== "")
      .join(" ");
  });
}

/** Texts known after all batches of a cursor. */
const textsOf = (batches: readonly TraceBatch[]): string[] => {
  const texts = [""];
  for (const b of batches) for (const [i, v] of b.names.values.entries()) texts[b.names.first + i] = v;
  return texts;
};

const db = () =>
  skynet.dispatch("lua", function* (_s, _f, cmd: string) {
    if (cmd === "get") {
      yield* skynet.sleep(2);
      skynet.retpack("row");
    } else throw new TypeError("no such user");
  });
const auth = (database: number) =>
  skynet.dispatch("lua", function* (_s, _f, cmd: string) {
    if (cmd === "check") skynet.retpack(yield* skynet.call(Number(database), "lua", "get"));
    else skynet.retpack(yield* skynet.call(Number(database), "lua", "nothing"));
  });
const logins = (): void => {
  let count = 0;
  skynet.dispatch("lua", (session, _f, cmd: string) => {
    if (cmd === "note") count++;
    if (session !== 0) skynet.retpack(count);
  });
};
const gate = (authHandle: number, loginsHandle: number) =>
  skynet.dispatch("lua", function* (_s, _f, cmd: string) {
    const to = Number(authHandle);
    if (cmd === "login") {
      skynet.send(Number(loginsHandle), "lua", "note");
      const name = yield* skynet.call(to, "lua", "check");
      skynet.fork(function* () {
        yield* skynet.sleep(1);
      });
      skynet.retpack(name);
    } else if (cmd === "fail") {
      yield* skynet.call(to, "lua", "bad");
    } else if (cmd === "both") {
      const replies = skynet
        .request([to, "lua", "check"])
        .add([Number(loginsHandle), "lua", "count"])
        .select();
      while ((yield* replies.next()) !== undefined);
      skynet.retpack(1);
    } else if (cmd === "lock") {
      const token = {};
      skynet.fork(() => void skynet.wakeup(token));
      yield* skynet.wait(token);
      skynet.retpack(1);
    } else if (cmd === "later") {
      const reply = skynet.response();
      skynet.timeout(3, () => void reply(true, "late"));
    } else if (cmd === "tag") {
      skynet.trace();
      skynet.retpack(yield* skynet.call(Number(loginsHandle), "lua", "count"));
    } else if (cmd === "busy") {
      for (let i = 0; i < 3; i++) skynet.send(Number(loginsHandle), "lua", "note");
    }
  });

async function start(): Promise<{ t: TestNode; names: Map<number, string>; gateHandle: number; handles: number[] }> {
  const t = await testNode({ services: { db, auth, logins, gate } });
  const d = await t.newservice("db");
  const a = await t.newservice("auth", d);
  const l = await t.newservice("logins");
  const g = await t.newservice("gate", a, l);
  const names = new Map([
    [d, "db"],
    [a, "auth"],
    [l, "logins"],
    [g, "gate"],
    [t.node.kernel.hostHandle, "host"],
  ]);
  return { t, names, gateHandle: g, handles: [d, a, l, g] };
}

async function record(command: string, mode: TraceMode = { kind: "all" }): Promise<{ events: string[]; log: string[]; batch: TraceBatch }> {
  const { t, names, gateHandle } = await start();
  const logged = t.log.length;
  const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
  recorder.start(mode);
  const begun = t.node.kernel.ports.clock.now() * 1000;
  const cursor = recorder.cursor();
  await Promise.resolve(t.call(gateHandle, "lua", command)).catch(() => undefined);
  t.advance(10);
  const batch = recorder.drain(cursor, 1000);
  recorder.release();
  const result = { events: lines(batch, names, textsOf([batch]), begun), log: t.log.slice(logged), batch };
  await t.stop();
  return result;
}

describe("events of a trace (inspector.md §9.1)", () => {
  it("a login through four services: send, call, sleep, fork", async () => {
    const { events, log } = await record("login");
    expect(events).toEqual([
      "1 0ms enqueue host>gate s t- login",
      "1 0ms request host>gate s t1 login",
      "1 0ms send gate>logins t1 note",
      "1 0ms call gate>auth s t1 check",
      "1 0ms dispatch gate>logins t2<1 note",
      "1 0ms end logins t2",
      "1 0ms request gate>auth s t3<1 check",
      "1 0ms call auth>db s t3 get",
      "1 0ms request auth>db s t4<3 get",
      "1 0ms sleep db s t4",
      "1 20ms resume db s t4",
      "1 20ms response db>auth s t4",
      "1 20ms end db t4",
      "1 20ms resume auth s t3",
      "1 20ms response auth>gate s t3",
      "1 20ms end auth t3",
      "1 20ms resume gate s t1",
      "1 20ms fork gate t5<1",
      "1 20ms response gate>host s t1",
      "1 20ms end gate t1",
      "1 20ms dispatch gate t5",
      "1 20ms sleep gate s t5",
      "1 30ms resume gate s t5",
      "1 30ms end gate t5",
    ]);
    expect(log).toEqual([]);
  });

  it("an error, and those it fails", async () => {
    const { events } = await record("fail");
    expect(events).toEqual([
      "1 0ms enqueue host>gate s t- fail",
      "1 0ms request host>gate s t1 fail",
      "1 0ms call gate>auth s t1 bad",
      "1 0ms request gate>auth s t2<1 bad",
      "1 0ms call auth>db s t2 nothing",
      "1 0ms request auth>db s t3<2 nothing",
      "1 0ms error db>auth s t3 TypeError",
      "1 0ms resume auth s t2",
      "1 0ms error auth>gate s t2 CALL_FAILED",
      "1 0ms resume gate s t1",
      "1 0ms error gate>host s t1 CALL_FAILED",
    ]);
  });

  it("parallel requests", async () => {
    const { events } = await record("both");
    expect(events).toEqual([
      "1 0ms enqueue host>gate s t- both",
      "1 0ms request host>gate s t1 both",
      "1 0ms call gate>auth s t1 check",
      "1 0ms call gate>logins s t1 count",
      "1 0ms wait gate s t1",
      "1 0ms request gate>auth s t2<1 check",
      "1 0ms call auth>db s t2 get",
      "1 0ms request gate>logins s t3<1 count",
      "1 0ms response logins>gate s t3",
      "1 0ms end logins t3",
      "1 0ms request auth>db s t4<2 get",
      "1 0ms sleep db s t4",
      "1 0ms wake gate s t1",
      "1 0ms wait gate s t1",
      "1 20ms resume db s t4",
      "1 20ms response db>auth s t4",
      "1 20ms end db t4",
      "1 20ms resume auth s t2",
      "1 20ms response auth>gate s t2",
      "1 20ms end auth t2",
      "1 20ms wake gate s t1",
      "1 20ms response gate>host s t1",
      "1 20ms end gate t1",
    ]);
  });

  it("a wait, and who ends it", async () => {
    const { events } = await record("lock");
    expect(events).toEqual([
      "1 0ms enqueue host>gate s t- lock",
      "1 0ms request host>gate s t1 lock",
      "1 0ms fork gate t2<1",
      "1 0ms wait gate s t1",
      "1 0ms dispatch gate t2",
      "1 0ms end gate t2",
      "1 0ms wake gate s t1",
      "1 0ms response gate>host s t1",
      "1 0ms end gate t1",
    ]);
  });

  it("a reply given later; a timer is a root of its own", async () => {
    const { events } = await record("later");
    expect(events).toEqual([
      "1 0ms enqueue host>gate s t- later",
      "1 0ms request host>gate s t1 later",
      "1 0ms end gate t1",
      "2 30ms timer gate t2",
      "1 30ms response gate>host s t1",
      "2 30ms end gate t2",
    ]);
  });

  it("the time a message waits in a mailbox", async () => {
    const { t, names, gateHandle, handles } = await start();
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    const begun = t.node.kernel.ports.clock.now() * 1000;
    const cursor = recorder.cursor();
    const notes = t.node.kernel.find(handles[2]!)!;
    t.node.kernel.hold(notes);
    t.send(gateHandle, "lua", "busy");
    t.advance(4);
    t.node.kernel.release(notes);
    t.settle();
    const batch = recorder.drain(cursor, 100);
    expect(lines(batch, names, textsOf([batch]), begun).filter((l) => l.includes("dispatch gate>"))).toEqual([
      "1 40ms dispatch gate>logins t2<1 note +40ms",
      "1 40ms dispatch gate>logins t3<1 note +40ms",
      "1 40ms dispatch gate>logins t4<1 note +40ms",
    ]);
    expect(batch.columns.size[0]).toBeGreaterThan(0);
    recorder.release();
    await t.stop();
  });

  it("a closed task ends", async () => {
    const body = () =>
      skynet.dispatch("lua", (_s, _f, cmd: string) => {
        if (cmd === "exit") skynet.exit();
        const other = skynet.fork(function* () {
          yield* skynet.sleep(1000);
        });
        skynet.timeout(1, () => void skynet.killthread(other));
      });
    const t = await testNode({ services: { body } });
    const b = await t.newservice("body");
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    const cursor = recorder.cursor();
    t.send(b, "lua", "kill");
    t.advance(5);
    t.send(b, "lua", "exit");
    t.settle();
    const { columns, count } = recorder.drain(cursor, 100);
    const kindsOf = (task: number): (string | undefined)[] =>
      Array.from({ length: count }, (_, i) => i)
        .filter((i) => columns.task[i] === task)
        .map((i) => KINDS[columns.kind[i]!]);
    const fork = columns.task[columns.kind.indexOf(TraceKind.fork)]!;
    expect(kindsOf(fork)).toEqual(["fork", "dispatch", "sleep", "end"]);
    // The two requests, the fork, the timer, and the launcher that is told of the exit.
    expect([...columns.kind].filter((k) => k === TraceKind.dispatch || k === TraceKind.timer)).toHaveLength(5);
    expect([...columns.kind].filter((k) => k === TraceKind.end)).toHaveLength(5);
    recorder.release();
    await t.stop();
  });
});

describe("sockets", () => {
  it("what comes in begins a trace; what a traced task writes is in its own", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const server = () =>
      skynet.start(function* () {
        const [listener] = yield* socket.listen("10.0.0.1", 1);
        yield* socket.start(listener, (id) => {
          skynet.fork(function* () {
            yield* socket.start(id);
            socket.write(id, "hello");
          });
        });
      });
    const client = () =>
      skynet.dispatch("lua", function* () {
        const [id] = yield* socket.open("10.0.0.1", 1);
        socket.write(id!, "abc");
        yield* socket.read(id!, 5);
        skynet.retpack(1);
      });
    const a = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { server } });
    const b = await testNode({ clock, tcp: net.host("10.0.0.2"), services: { client } });
    await a.newservice("server");
    const c = await b.newservice("client");
    const recorder = new TraceRecorder([{ kernel: a.node.kernel }, { kernel: b.node.kernel }]);
    recorder.start({ kind: "all" });
    expect(await b.call(c, "lua", "go")).toBe(1);
    const { columns, count } = recorder.drain(recorder.cursor(), 1000);
    const all = Array.from({ length: count }, (_, i) => ({
      kind: columns.kind[i]!,
      node: columns.node[i]!,
      src: columns.src[i]!,
      size: columns.size[i]!,
      trace: columns.traceId[i]!,
    }));
    const call = all.find((e) => e.kind === TraceKind.request && e.node === 1)!;
    expect(all.filter((e) => e.kind === TraceKind.sockOut).map((e) => [e.node, e.size])).toEqual([
      [0, 5],
      [1, 3],
    ]);
    expect(all.find((e) => e.kind === TraceKind.sockOut && e.node === 1)!.trace).toBe(call.trace);
    // On the server: somebody came, the socket started, three bytes; on the client: it is open, five bytes.
    const came = all.filter((e) => e.kind === TraceKind.sockIn);
    expect(new Set(came.map((e) => e.node))).toEqual(new Set([0, 1]));
    expect(came.every((e) => e.src > 0)).toBe(true);
    expect(came.map((e) => e.size)).toEqual(expect.arrayContaining([3, 5]));
    recorder.release();
    await Promise.all([a.stop(), b.stop()]);
  });
});

describe("what is traced (inspector.md §9.2)", () => {
  it("chosen services: what reaches them, and all that follows", async () => {
    const { t, names, gateHandle, handles } = await start();
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "services", services: [handles[1]!] });
    const cursor = recorder.cursor();
    await t.call(gateHandle, "lua", "login");
    const batch = recorder.drain(cursor, 100);
    expect(lines(batch, names, textsOf([batch])).map((l) => l.replace(/^1 \d+ms /, ""))).toEqual([
      "enqueue gate>auth s t- check",
      "request gate>auth s t1 check",
      "call auth>db s t1 get",
      "request auth>db s t2<1 get",
      "sleep db s t2",
      "resume db s t2",
      "response db>auth s t2",
      "end db t2",
      "resume auth s t1",
      "response auth>gate s t1",
      "end auth t1",
    ]);
    recorder.release();
    await t.stop();
  });

  it("commands by pattern, also when bodies are packed", async () => {
    for (const border of ["never", "always"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one node after the other
      const t = await testNode({ services: { logins }, ...(border === "always" ? { border } : {}) });
      // oxlint-disable-next-line no-await-in-loop
      const l = await t.newservice("logins");
      const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
      recorder.start({ kind: "commands", pattern: "no?e|x*" });
      const cursor = recorder.cursor();
      for (const command of ["note", "other", "x", "notes"]) t.send(l, "lua", command);
      const batch = recorder.drain(cursor, 100);
      const texts = textsOf([batch]);
      const begun = [...batch.columns.kind.keys()].filter((i) => batch.columns.kind[i] === TraceKind.dispatch);
      expect(begun.map((i) => texts[batch.columns.cmdId[i]!])).toEqual(["note", "x"]);
      recorder.release();
      // oxlint-disable-next-line no-await-in-loop
      await t.stop();
    }
  });

  it("one root in n, and everything that follows from it", async () => {
    const { t, gateHandle } = await start();
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "sample", n: 16 });
    const cursor = recorder.cursor();
    for (let i = 0; i < 1600; i++) t.send(gateHandle, "lua", "busy");
    const { columns, count } = recorder.drain(cursor, 65_536);
    const roots = [...columns.kind].filter((k) => k === TraceKind.enqueue).length;
    expect(roots).toBeGreaterThan(80);
    expect(roots).toBeLessThan(120);
    // Each is whole: root, its task, three sends with a task each, and the ends.
    expect(count).toBe(roots * (1 + 1 + 3 + 3 + 4));
    recorder.release();
    await t.stop();
  });

  it("a loop that never ends leaves its old trace when it wakes", async () => {
    const loop = () => {
      skynet.fork(function* () {
        for (;;) yield* skynet.sleep(100);
      });
    };
    const t = await testNode({ services: { loop } });
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    await t.newservice("loop");
    t.advance(2000);
    const { columns } = recorder.drain(recorder.cursor(), 1000);
    expect([...columns.kind].filter((k) => k === TraceKind.sleep).length).toBeLessThan(8);
    expect(columns.kind.at(-1)).toBe(TraceKind.end);
    recorder.release();
    await t.stop();
  });

  it("refuses a mode that is none", () => {
    const recorder = new TraceRecorder([]);
    for (const mode of [undefined, {}, { kind: "sample", n: 0 }, { kind: "services", services: [] }, { kind: "commands", pattern: "" }])
      expect(() => recorder.start(mode as TraceMode)).toThrow(/trace mode/);
    expect(recorder.mode).toBeUndefined();
  });
});

describe("skynet.trace beside a recorder (semantics §13)", () => {
  it("writes the same log lines, and its tag names the trace", async () => {
    const { t, gateHandle } = await start();
    await t.call(gateHandle, "lua", "tag");
    const alone = t.log.filter((l) => l.includes("TRACE"));
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    const before = t.log.length;
    await t.call(gateHandle, "lua", "tag");
    const recorded = t.log.slice(before).filter((l) => l.includes("TRACE"));
    const plain = (l: string): string => l.replace(/> \d+ /, "> ").replace(/-\d+>/, "-n>");
    expect(recorded.map(plain)).toEqual(alone.map(plain));
    expect(recorded).toHaveLength(9);
    const batch = recorder.drain(recorder.cursor(), 100);
    const tag = /<TRACE (\S+)>/.exec(recorded[1]!)![1]!;
    expect(batch.tags).toEqual([{ traceId: 1, text: tag }]);
    expect(new Set(batch.columns.traceId)).toEqual(new Set([1]));
    recorder.release();
    await t.stop();
  });

  it("is recorded in every mode, because somebody asked for it", async () => {
    const { events } = await record("tag", { kind: "commands", pattern: "nothing-matches" });
    expect(events.map((l) => l.replace(/ \d+ms /, " "))).toEqual([
      "1 request host>gate s t1",
      "1 call gate>logins s t1 count",
      "1 request gate>logins s t2<1 count",
      "1 response logins>gate s t2",
      "1 end logins t2",
      "1 resume gate s t1",
      "1 response gate>host s t1",
      "1 end gate t1",
    ]);
  });
});

describe("reading a recording", () => {
  it("counts what was overwritten, and goes on", async () => {
    const { t, gateHandle } = await start();
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }], 64);
    recorder.start({ kind: "all" });
    const cursor = recorder.cursor();
    for (let i = 0; i < 100; i++) t.send(gateHandle, "lua", "busy");
    const written = recorder.written;
    const first = recorder.drain(cursor, 40);
    expect(first).toMatchObject({ first: written - 64, count: 40, dropped: written - 64, rest: 24 });
    const second = recorder.drain(cursor, 40);
    expect(second).toMatchObject({ first: written - 24, count: 24, dropped: 0, rest: 0 });
    expect(first.names.values).toEqual(["busy", "note"]);
    expect(second.names.values).toEqual([]);
    expect(recorder.drain(cursor, 40).count).toBe(0);
    recorder.release();
    await t.stop();
  });

  it("begins no trace beyond what is allowed, counts what passes by, and finishes what has begun", async () => {
    const { t, gateHandle } = await start();
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    recorder.allow(10);
    const open = t.call(gateHandle, "lua", "login");
    for (let i = 0; i < 100; i++) t.send(gateHandle, "lua", "busy");
    t.advance(10);
    expect(await open).toBe("row");
    const { written } = recorder;
    const { columns, count } = recorder.drain(recorder.cursor(), 1000);
    const of = (trace: number, kind: number): number =>
      Array.from({ length: count }, (_, i) => Number(columns.traceId[i] === trace && columns.kind[i] === kind)).reduce((a, b) => a + b, 0);
    // The login went on after the limit was reached, to its last end.
    expect([of(1, TraceKind.request), of(1, TraceKind.end), of(1, TraceKind.response)]).toEqual([3, 5, 3]);
    expect(new Set(columns.traceId).size).toBeLessThan(4);
    expect(recorder.leftOut).toBeGreaterThanOrEqual(90);
    // After the next message of somebody else nothing is heard of any more.
    t.send(gateHandle, "lua", "busy");
    t.advance(1);
    expect(recorder.written).toBe(written);
    expect([t.node.kernel.probe, t.node.kernel.taskProbe]).toEqual([undefined, expect.anything()]);
    recorder.allow(written + 1);
    for (let i = 0; i < 100; i++) t.send(gateHandle, "lua", "busy");
    expect(recorder.written).toBeGreaterThan(written);
    recorder.release();
    await t.stop();
  });

  it("what runs already begins traces when more is asked for", async () => {
    const sink = (): void => void skynet.dispatch("lua", () => undefined);
    const late = (to: number): void =>
      void skynet.dispatch("lua", function* () {
        yield* skynet.sleep(2);
        skynet.send(Number(to), "lua", "late");
      });
    const t = await testNode({ services: { sink, late } });
    const to = await t.newservice("sink");
    const from = await t.newservice("late", to);
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "services", services: [0xffff] });
    t.send(from, "lua", "go");
    recorder.start({ kind: "all" });
    t.advance(5);
    const { columns, count } = recorder.drain(recorder.cursor(), 10);
    expect([...columns.kind]).toEqual([TraceKind.enqueue, TraceKind.dispatch, TraceKind.end]);
    expect([count, columns.src[0], columns.dst[0]]).toEqual([3, from, to]);
    recorder.release();
    await t.stop();
  });

  it("off leaves nothing; a task of an old recording belongs to no new one", async () => {
    const { t, handles, gateHandle } = await start();
    const { kernel } = t.node;
    const recorder = new TraceRecorder([{ kernel }]);
    recorder.start({ kind: "all" });
    expect(() => new TraceRecorder([{ kernel }]).start({ kind: "all" })).toThrow(/recorded already/);
    const open = t.call(gateHandle, "lua", "login");
    expect([kernel.probe, kernel.taskProbe]).not.toContain(undefined);
    expect(handles.some((h) => kernel.find(h)!.traced !== undefined)).toBe(true);
    const cursor = recorder.cursor();
    recorder.release();
    expect([kernel.probe, kernel.taskProbe]).toEqual([undefined, undefined]);
    expect(kernel.sockets.wrote).toBeUndefined();
    expect(kernel.snapshot().filter((s) => s.traced !== undefined)).toEqual([]);
    expect(recorder.drain(cursor, 10)).toMatchObject({ count: 0, dropped: 0 });
    recorder.start({ kind: "commands", pattern: "nothing-matches" });
    expect(await open).toBe("row");
    expect(recorder.written).toBe(0);
    recorder.release();
    await t.stop();
  });
});
