/** Ways to a console and programs behind it that are slow, large, torn or silent. */
import { reportText } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { consoleSource, exitCodeOf, lookText } from "../../src/c-skynet/index.ts";
import type { ConsoleSource, ConsoleSourceOptions } from "../../src/c-skynet/index.ts";
import { PROBE_VERSION } from "../../src/c-skynet/probe-chunk.ts";
import { nodeClock } from "../../src/ports/index.ts";
import { SKYNET_HOME, startSkynet } from "./real.ts";
import { recording, TranscriptServer } from "./transcript.ts";
import type { Exchange } from "./transcript.ts";
import { openTunnel } from "./tunnel.ts";

vi.setConfig({ testTimeout: 60_000 });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function look(port: number, options: Partial<ConsoleSourceOptions> = {}): ConsoleSource {
  const consoles = consoleSource({ addresses: [{ host: "127.0.0.1", port }], clock: nodeClock(), ...options });
  closers.push(() => consoles.close());
  return consoles;
}

async function serve(exchanges: readonly Exchange[]): Promise<TranscriptServer> {
  const server = await new TranscriptServer(exchanges).listen();
  closers.push(() => server.close());
  return server;
}

describe("a console behind a slow tunnel", () => {
  it.each([
    [40, 7],
    [150, 400],
  ])("proves the deadlock all the same: %s ms each way, pieces of up to %s bytes", async (delayMs, bytes) => {
    const server = await serve(recording("deadlock"));
    const tunnel = await openTunnel(server.port, { delayMs, bytes });
    closers.push(() => tunnel.close());
    const consoles = look(tunnel.port);
    const { deadlocks, notRead } = await consoles.looker.look();
    expect(notRead).toEqual([]);
    expect(deadlocks.map((d) => reportText(d))).toEqual([expect.stringMatching(/^Deadlock: 4 tasks of 2 services wait for each other\n/)]);
  });

  it("says what it could not read when the tunnel is cut in the middle, and reads it when asked again", async () => {
    const server = await serve(recording("deadlock"));
    // Once its address is known, the launcher is asked by that.
    server.play(
      "dbgcmd :00000003 SKYLOOM_WAITS",
      recording("deadlock").find((e) => e.send === "dbgcmd .launcher SKYLOOM_WAITS")!,
    );
    const tunnel = await openTunnel(server.port, { delayMs: 30, bytes: 50 });
    closers.push(() => tunnel.close());
    const consoles = look(tunnel.port, { limits: { backOffMs: 10, mostBackOffMs: 20 } });
    const first = consoles.looker.look();
    await expect.poll(() => server.asked.filter((line) => line.endsWith("RUN")).length, { timeout: 10_000 }).toBeGreaterThan(2);
    tunnel.cut();
    const torn = await first;
    expect(torn.notRead.length).toBeGreaterThan(0);
    for (const { why } of torn.notRead) expect(why).toMatch(/hung up before it answered|no debug console at/);
    expect(exitCodeOf(torn)).toBe(torn.deadlocks.length > 0 ? 1 : 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await consoles.looker.look()).toMatchObject({ notRead: [], deadlocks: [{ confirmed: true }] });
  });

  it.skipIf(SKYNET_HOME === undefined)("leads to a real Skynet", async () => {
    const skynet = await startSkynet("deadlock");
    closers.push(() => skynet.stop());
    const tunnel = await openTunnel(skynet.port, { delayMs: 60, bytes: 100 });
    closers.push(() => tunnel.close());
    await new Promise((resolve) => setTimeout(resolve, 500));
    const consoles = look(tunnel.port);
    const found = await consoles.looker.look();
    expect(lookText(found, 1)).toContain("Deadlock: 4 tasks of 2 services wait for each other\n1. :00000009 account a, lua pay\n");
    expect(await consoles.looker.remove()).toEqual([]);
  });
});

const colon = (addr: number): string => `:${addr.toString(16).padStart(8, "0")}`;

/** An answer of the probe. */
const probed = (addr: number, tasks: readonly string[], more: readonly string[] = []): string =>
  [`probe\t${PROBE_VERSION}\t${colon(addr)}\t${tasks.length}\t${tasks.length}\t-`, ...tasks, ...more]
    .concat(`end\t${1 + tasks.length + more.length}`)
    .map((line, i) => `${String(i + 1).padStart(6, "0")}\t${line}\n`)
    .join("") + "<CMD OK>\n";

describe("a program of 5,000 services", () => {
  const COUNT = 5_000;
  const FIRST = 0x10;
  /** In a ring each calls the next; its own handler waits for its queue. Services whose number can be divided by 500 never answer. */
  function made(silent: number): Exchange[] {
    const exchanges: Exchange[] = [];
    const list: string[] = [];
    const stat: string[] = [];
    for (let i = 0; i < COUNT; i++) {
      const addr = FIRST + i;
      list.push(`${colon(addr)}\tsnlua agent ${i}\n`);
      const isSilent = i < silent;
      stat.push(`${colon(addr)}\t${isSilent ? "TIMEOUT" : `cpu:0.5\tmessage:${i}\tmqlen:0\ttask:1`}\n`);
      if (isSilent) continue;
      exchanges.push({ send: `dbgcmd ${colon(addr)} RUN`, recv: "SKYLOOM_WAITS is registered\n<CMD OK>\n" });
      exchanges.push({ send: `dbgcmd ${colon(addr)} SKYLOOM_WAITS`, recv: probed(addr, [`task\t0x${addr}0\t7\tsleep\t0\t-\t-\t-\t-`]) });
    }
    exchanges.push({ send: "list", recv: `${list.join("")}<CMD OK>\n` }, { send: "stat", recv: `${stat.join("")}<CMD OK>\n` });
    exchanges.push({ send: "dbgcmd .launcher RUN", recv: "SKYLOOM_WAITS is registered\n<CMD OK>\n" });
    exchanges.push({ send: "dbgcmd .launcher SKYLOOM_WAITS", recv: probed(3, []) });
    return exchanges;
  }

  it("is read whole, and those that never answer are named and hold up nobody for long", async () => {
    const SILENT = 8;
    const server = await serve(made(SILENT));
    for (let i = 0; i < SILENT; i++) server.play(`dbgcmd ${colon(FIRST + i)} RUN`, () => undefined);
    const consoles = look(server.port, { probeMs: 200 });
    const from = performance.now();
    await consoles.nodes[0]!.readNow("list");
    await consoles.nodes[0]!.readNow("stat");
    expect(performance.now() - from).toBeLessThan(3_000);
    const rows: Record<string, unknown>[] = [];
    const walk = consoles.source.tables.services!();
    while (walk.next(100, (row) => void rows.push({ ...row })));
    expect(rows).toHaveLength(COUNT);
    expect(rows.filter((r) => r["state"] === "busy")).toHaveLength(SILENT);
    const found = await consoles.looker.look();
    // Four are asked at a time: what eight silent ones cost is two waits.
    expect(found.tookMs).toBeLessThan(20_000);
    expect(found).toMatchObject({ services: COUNT - SILENT + 1, tasks: COUNT - SILENT, deadlocks: [], lost: [] });
    expect(found.notRead.map((n) => n.addr)).toEqual(Array.from({ length: SILENT }, (_, i) => FIRST + i));
    expect(lookText(found, 1)).toContain("Not read: 8 services\n  :00000010 agent 0: no answer within 0.2 s");
    expect(exitCodeOf(found)).toBe(3);
  });
});

describe("torn and mixed up recordings", () => {
  /** What is true of each recorded program: whether there is something to report. */
  const calm = ["long_call", "reentrant", "holder", "token", "batch", "later", "named"] as const;
  const bodies = new Map(
    [...calm, "deadlock", "ring", "lost", "init_cycle"].map((name) => [name, recording(name).filter((e) => !e.send.startsWith("task"))]),
  );
  const end = /<CMD (OK|Error)>\n$/;

  /** Reads exchanges as they come, with nothing left out by the server. */
  async function lookAt(exchanges: readonly Exchange[]): Promise<Awaited<ReturnType<ConsoleSource["looker"]["look"]>>> {
    const server = await new TranscriptServer(exchanges).listen();
    const consoles = consoleSource({
      addresses: [{ host: "127.0.0.1", port: server.port }],
      clock: nodeClock(),
      probeMs: 100,
      limits: { backOffMs: 1, mostBackOffMs: 2 },
    });
    try {
      return await consoles.looker.look();
    } finally {
      consoles.close();
      await server.close();
    }
  }

  /** An answer cut anywhere, with its end or without, and the connection closed behind it. */
  const cut = (e: Exchange, at: number, whole: boolean): Exchange => {
    const text = e.recv.replace(end, "");
    const kept = text.slice(0, Math.floor((text.length * at) / 1000));
    return whole
      ? { send: e.send, recv: `${kept}${kept === "" || kept.endsWith("\n") ? "" : "\n"}<CMD OK>\n` }
      : { send: e.send, recv: kept, closed: true };
  };
  const cuts = fc.array(fc.tuple(fc.nat(200), fc.nat(1000), fc.boolean()), { minLength: 1, maxLength: 4 });

  it("never show a deadlock or a lost queue where there was none", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...calm), cuts, async (name, places) => {
        const list = [...bodies.get(name)!];
        for (const [which, at, whole] of places) list[which % list.length] = cut(list[which % list.length]!, at, whole);
        const found = await lookAt(list);
        expect(found.deadlocks).toEqual([]);
        expect(found.lost).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("never show another deadlock than there was, nor a smaller one", { timeout: 120_000 }, async () => {
    const tasks = { deadlock: 4, ring: 6, init_cycle: 3 } as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("deadlock", "ring", "init_cycle"), cuts, async (name, places) => {
        const list = [...bodies.get(name)!];
        for (const [which, at, whole] of places) list[which % list.length] = cut(list[which % list.length]!, at, whole);
        const found = await lookAt(list);
        for (const d of found.deadlocks) expect(d.tasks).toHaveLength(tasks[name]);
        if (found.deadlocks.length === 0) expect(exitCodeOf(found), "what hides the deadlock is said").not.toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it("are read without an exception whatever is changed in them, and end in time", { timeout: 120_000 }, async () => {
    const all = [...bodies.values()].flat();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bodies.keys()),
        fc.array(
          fc.tuple(
            fc.nat(200),
            fc.nat(1000),
            fc.nat(30),
            fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\t", "\n", "end\t1", "lock\t", "0", "-", "\0")),
          ),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        fc.array(fc.tuple(fc.nat(200), fc.nat(10_000)), { maxLength: 2 }),
        async (name, edits, swaps) => {
          const list = [...bodies.get(name)!];
          // The answer to something else …
          for (const [which, other] of swaps)
            list[which % list.length] = { send: list[which % list.length]!.send, recv: all[other % all.length]!.recv };
          // … and other letters.
          for (const [which, at, length, text] of edits) {
            const { send, recv } = list[which % list.length]!;
            const from = Math.floor((recv.length * at) / 1000);
            list[which % list.length] = { send, recv: recv.slice(0, from) + text + recv.slice(from + length) };
          }
          const found = await lookAt(list);
          expect(found.tookMs).toBeLessThan(15_000);
          expect(lookText(found, 1)).toContain("read, ");
        },
      ),
      { numRuns: 40 },
    );
  });
});
