/**
 * Situations with and without a deadlock, each looked at with the probe: from recordings always, and in a real Skynet where there is one.
 * With SKYLOOM_RECORD the real runs are recorded anew.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reportText } from "@skyloom/runtime/inspect";
import { afterEach, describe, expect, it, vi } from "vitest";
import { consoleSource, exitCodeOf, lookText, lookValue } from "../../src/c-skynet/index.ts";
import type { Look } from "../../src/c-skynet/index.ts";
import { lostText } from "../../src/c-skynet/look-text.ts";
import { nodeClock } from "../../src/ports/index.ts";
import { SKYNET_HOME, startSkynet } from "./real.ts";
import type { Odd } from "./real.ts";
import { recording, recordingProxy, TranscriptServer } from "./transcript.ts";
import type { Exchange } from "./transcript.ts";

vi.setConfig({ testTimeout: 60_000 });

/** How long a service may take to answer, in milliseconds: on a busy machine longer than a user would want to wait. */
const PATIENCE_MS = 8_000;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** What a look is to find. */
interface Expected {
  /** Reports without stacks, in their order. */
  readonly reports?: readonly string[];
  /** Reports of lost queues, without stacks and threads. */
  readonly lost?: readonly string[];
  /** Another version of Skynet, and the names that it does not have, by service. */
  readonly odd?: Odd;
  readonly missing?: RegExp;
  /** Situation of `situation.lua`; default: the same name. */
  readonly runs?: string;
  /** Waiting tasks at least, so that a look that reads nothing does not pass. */
  readonly tasks: number;
}

const situations: Readonly<Record<string, Expected>> = {
  deadlock: {
    tasks: 4,
    reports: [
      `Deadlock: 4 tasks of 2 services wait for each other
1. :00000009 account a, lua pay
   holds queue #1
   waits for the reply to lua log of :0000000a account b (session 3) from 3
2. :00000009 account a, lua log for :0000000a account b (session 4)
   waits for queue #1, held by 1
3. :0000000a account b, lua log for :00000009 account a (session 3)
   waits for queue #1, held by 4
4. :0000000a account b, lua pay
   holds queue #1
   waits for the reply to lua log of :00000009 account a (session 4) from 2`,
    ],
  },
  ring: {
    tasks: 6,
    reports: [
      `Deadlock: 6 tasks of 3 services wait for each other
1. :00000009 fork 1, lua dine
   holds queue #1
   waits for the reply to lua lend of :0000000a fork 2 (session 3) from 3
2. :00000009 fork 1, lua lend for :0000000b fork 3 (session 4)
   waits for queue #1, held by 1
3. :0000000a fork 2, lua lend for :00000009 fork 1 (session 3)
   waits for queue #1, held by 4
4. :0000000a fork 2, lua dine
   holds queue #1
   waits for the reply to lua lend of :0000000b fork 3 (session 4) from 5
5. :0000000b fork 3, lua lend for :0000000a fork 2 (session 4)
   waits for queue #1, held by 6
6. :0000000b fork 3, lua dine
   holds queue #1
   waits for the reply to lua lend of :00000009 fork 1 (session 4) from 2`,
    ],
  },
  self_call: {
    tasks: 2,
    reports: [
      `Deadlock: 2 tasks of 1 service wait for each other
1. :00000009 worker self, lua self_call
   holds queue #1
   waits for the reply to lua hold of :00000009 worker self (session 2) from 2
2. :00000009 worker self, lua hold for :00000009 worker self (session 2)
   waits for queue #1, held by 1`,
    ],
  },
  init_cycle: {
    tasks: 4,
    reports: [
      `Deadlock: 3 tasks of 2 services wait for each other
1. :00000007 service_mgr, lua LAUNCH for :00000008 situation (session 3)
   waits for its start function, done by 3
2. :00000007 service_mgr, lua LAUNCH for :0000000a selfish (session 2)
   waits for unique service selfish, done by 1
3. :0000000a selfish, its start function
   waits for the reply to lua LAUNCH of :00000007 service_mgr (session 2) from 2`,
    ],
  },
  lost: {
    tasks: 2,
    lost: [
      `Lost queue: 2 tasks wait for a queue whose holder has ended
   :00000009 worker lost, queue #1, held by thread T, which was killed
1. lua hold (thread T)
2. lua hold (thread T)`,
    ],
  },
  lost_next: {
    tasks: 1,
    lost: [
      `Lost queue: 1 task waits for a queue whose holder has ended
   :00000009 worker lost next, queue #1, held by thread T, which was killed
1. lua hold (thread T)`,
    ],
  },
  // What cannot be read is said, and nothing is guessed: there is a deadlock in both.
  stripped: {
    runs: "deadlock",
    odd: "stripped",
    tasks: 0,
    missing: /account a: not found in this version of Skynet: .*\bwatching_session\b.*\bcurrent_thread, thread_queue\n/,
  },
  other_queue: {
    runs: "deadlock",
    odd: "other queue",
    tasks: 4,
    missing: /account a: not found in this version of Skynet: current_thread, thread_queue\n/,
  },
  long_call: { tasks: 2 },
  reentrant: { tasks: 3 },
  holder: { tasks: 4 },
  token: { tasks: 1 },
  batch: { tasks: 7 },
  later: { tasks: 1 },
  named: { tasks: 2 },
};

async function lookAt(port: number, clock = nodeClock()): Promise<Look> {
  const consoles = consoleSource({ addresses: [{ host: "127.0.0.1", port }], clock, probeMs: PATIENCE_MS });
  closers.push(() => consoles.close());
  const look = await consoles.looker.look();
  expect(await consoles.looker.remove()).toEqual([]);
  expect(consoles.looker.registered).toBe(0);
  return look;
}

function check(look: Look, { reports = [], lost = [], tasks, missing }: Expected): void {
  const plain = look.lost.map((queue) => lostText({ ...queue, tasks: queue.tasks.map((t) => ({ ...t, stack: "" })) }));
  expect(plain.map((text) => text.replaceAll(/0x[\da-f]+/g, "T"))).toEqual(lost);
  const { lost: queues } = lookValue(look) as { lost: { report: string; tasks: { stack: string[] }[] }[] };
  expect(queues.map((q) => q.tasks.length)).toEqual(look.lost.map((q) => q.tasks.length));
  for (const q of queues) for (const t of q.tasks) expect(t.stack.length).toBeGreaterThan(2);
  for (const queue of look.lost) for (const t of queue.tasks) expect(t.stack).toContain("queue.lua");
  expect(look.deadlocks.map((d) => reportText(d, { stacks: false }))).toEqual(reports);
  expect(look.notRead).toEqual([]);
  if (missing === undefined) expect(look.odd).toEqual([]);
  else expect(`${lookText(look, 1)}\n`).toMatch(missing);
  expect(look.tasks).toBeGreaterThanOrEqual(tasks);
  expect(exitCodeOf(look)).toBe(reports.length + lost.length > 0 ? 1 : missing === undefined ? 0 : 3);
  // Stacks show where each task stands.
  for (const { tasks: list } of look.deadlocks) for (const t of list) expect(t.stack).toContain("coroutine_yield");
}

describe("a recorded Skynet", () => {
  it("is judged the same at moments that microseconds do not hold exactly", async () => {
    // Made microseconds and milliseconds again, this moment is a little earlier than itself.
    const moment = 769_609.633_749_542_2;
    expect((moment * 1000) / 1000).toBeLessThan(moment);
    const server = await new TranscriptServer(recording("deadlock")).listen();
    closers.push(() => server.close());
    const look = await lookAt(server.port, { ...nodeClock(), now: () => moment });
    expect(look.deadlocks).toHaveLength(1);
  });

  it.each(Object.entries(situations))("%s", async (name, expected) => {
    const server = await new TranscriptServer(recording(name), { bytes: 700 }).listen();
    closers.push(() => server.close());
    const look = await lookAt(server.port);
    check(look, expected);
    if (expected.reports === undefined && expected.lost === undefined && expected.missing === undefined)
      expect(lookText(look, 1)).toMatch(/^No deadlock\.\n\n\d+ services read, \d+ tasks? waits?\.$/);
  });
});

describe.skipIf(SKYNET_HOME === undefined)("a real Skynet", () => {
  it.each(Object.entries(situations))("%s", async (name, expected) => {
    const skynet = await startSkynet(expected.runs ?? name, 0, undefined, expected.odd);
    closers.push(() => skynet.stop());
    // The planted tasks need a moment to reach their places.
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (process.env["SKYLOOM_RECORD"] === undefined) {
      const look = await lookAt(skynet.port);
      check(look, expected);
      expect(look.tookMs).toBeLessThan(5000);
      // The probe leaves no line in the log but those of connections.
      expect(skynet.log()).not.toMatch(/SKYLOOM|traceback|error/i);
      return;
    }
    const proxy = await recordingProxy(skynet.port);
    closers.push(() => proxy.close());
    check(await lookAt(proxy.port), expected);
    save(name, proxy.exchanges);
  });
});

/** Paths of this machine do not belong into a recording. */
function save(name: string, exchanges: readonly Exchange[]): void {
  const folder = fileURLToPath(new URL("recordings/", import.meta.url));
  const home = SKYNET_HOME!.replace(/\/$/, "");
  const lua = fileURLToPath(new URL("lua/", import.meta.url));
  const plain = (text: string): string =>
    text
      .replaceAll(`${home}/`, "./")
      .replaceAll(lua, "./svc/")
      .replaceAll(/\.\.\.\S*?\/lua\/(\w+\.lua)/g, "./svc/$1");
  mkdirSync(folder, { recursive: true });
  const about = `Situation ${name} of situation.lua in a real Skynet (Lua 5.5, 2026), looked at with the probe; recorded with SKYLOOM_RECORD`;
  const list = exchanges.map((e) => ({ send: e.send, recv: plain(e.recv) }));
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify({ about, exchanges: list }, undefined, 1)}\n`);
}
