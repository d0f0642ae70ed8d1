/** `skyloom inspect` as a process: what it prints, and what it ends with. */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce, useFolders } from "../program.ts";
import { SKYNET_HOME, startSkynet } from "./real.ts";
import { recording, TranscriptServer } from "./transcript.ts";

vi.setConfig({ testTimeout: 60_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(name: string): Promise<TranscriptServer> {
  const server = await new TranscriptServer(recording(name)).listen();
  closers.push(() => server.close());
  for (const send of ["stat", "netstat"])
    server.play(
      send,
      recording("console").find((e) => e.send === send)!,
    );
  return server;
}

const at = (port: number): string => `skynet://127.0.0.1:${port}`;

describe("skyloom inspect", () => {
  it("--deadlocks prints the report and ends with 1, and takes the probe away", async () => {
    const server = await serve("deadlock");
    const { code, out, err } = await folder({}).run(["inspect", at(server.port), "--deadlocks"]);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toMatch(/^Deadlock: 4 tasks of 2 services wait for each other\n1\. :00000009 account a, lua pay\n {3}holds queue #1\n/);
    expect(out).toMatch(/\n\d+ services read, 4 tasks wait\.\n$/);
    const put = server.asked.filter((line) => line.endsWith(" RUN")).length;
    expect(put).toBeGreaterThan(5);
    expect(server.asked.filter((line) => line.endsWith("SKYLOOM_WAITS off")).length).toBe(put);
  });

  it("ends with 0 where there is none, and with 3 where a service could not be read", async () => {
    const server = await serve("reentrant");
    expect(await folder({}).run(["inspect", at(server.port), "--deadlocks"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^No deadlock\.\n/) as string,
    });
    server.replay("dbgcmd :00000009 RUN", () => undefined);
    expect(await folder({}).run(["inspect", at(server.port), "--deadlocks"])).toMatchObject({
      code: 3,
      out: expect.stringContaining("Not read: 1 service\n  :00000009 worker there: no answer within 1.5 s") as string,
      err: expect.stringMatching(/^SKYLOOM_WAITS is not taken away from \S+ :00000009 worker there: it does not answer/) as string,
    });
    expect(await folder({}).run(["inspect", "skynet://127.0.0.1:1", "--deadlocks"])).toMatchObject({
      code: 3,
      out: expect.stringContaining("no debug console at 127.0.0.1:1: Connection refused") as string,
    });
  });

  it("--json prints the same for machines", async () => {
    const server = await serve("ring");
    const { code, out } = await folder({}).run(["inspect", at(server.port), "--deadlocks", "--json"]);
    expect(code).toBe(1);
    const value = JSON.parse(out) as { deadlocks: { report: string; tasks: Record<string, unknown>[] }[]; notRead: unknown[] };
    expect(value.notRead).toEqual([]);
    expect(value.deadlocks).toHaveLength(1);
    expect(value.deadlocks[0]!.report).toMatch(/^Deadlock: 6 tasks of 3 services/);
    expect(value.deadlocks[0]!.tasks[0]).toMatchObject({
      address: ":00000009",
      name: "fork 1",
      kind: "call",
      session: 3,
      thread: expect.stringMatching(/^0x[\da-f]+$/) as string,
      holds: ["queue #1"],
    });
  });

  it("serves the page, tells its address, and ends with a signal", async () => {
    const server = await serve("deadlock");
    const program = folder({}).start(["inspect", at(server.port), "--address=127.0.0.1:0"]);
    const [, port] = await program.until(/inspector: http:\/\/127\.0\.0\.1:(\d+)\/#k=\S+/);
    expect((await fetch(`http://127.0.0.1:${port}/inspect`)).status).toBeGreaterThanOrEqual(400);
    // Without --probe nothing is run inside a service.
    expect(server.asked.every((line) => !line.startsWith("dbgcmd"))).toBe(true);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });

  it("--probe says what it does before it does it, and takes it away at the end", async () => {
    const server = await serve("deadlock");
    const program = folder({}).start(["inspect", at(server.port), "--address=127.0.0.1:0", "--probe"]);
    await program.until(/What stays behind: [\s\S]*\nDeadlock: 4 tasks[\s\S]* tasks wait\./);
    program.signal("SIGINT");
    const { code, out } = await program.ended;
    expect(code).toBe(0);
    expect(out).toMatch(/SIGINT: the probe is gone from (\d+) of \1 services\n$/);
  });

  it.each([
    [["inspect"], "there is nothing to inspect"],
    [["inspect", "127.0.0.1:8000"], "expected skynet://host:port"],
    [["inspect", "skynet://a:99999"], "is no address"],
    [["inspect", "skynet://a", "--json"], "--json is for --deadlocks"],
    [["inspect", "skynet://a", "--scope=all"], "--scope is read, operate, danger"],
    [["inspect", "skynet://127.0.0.1:1"], "no debug console at 127.0.0.1:1: Connection refused. Is skynet.newservice"],
  ])("refuses %j", async (args, text) => {
    const { code, err } = await folder({}).run(args);
    expect(err).toContain(text);
    expect(code).toBe(1);
  });
});

describe.skipIf(SKYNET_HOME === undefined)("skyloom inspect on a real Skynet", () => {
  it("proves the planted deadlock within 5 s, also where one service is in an endless loop", async () => {
    const skynet = await startSkynet("deadlock busy");
    closers.push(() => skynet.stop());
    await new Promise((resolve) => setTimeout(resolve, 500));
    const from = performance.now();
    const { code, out } = await folder({}).run(["inspect", at(skynet.port), "--deadlocks"]);
    const took = performance.now() - from;
    console.log(`--deadlocks on a real Skynet, with a service that never answers: ${took.toFixed(0)} ms`);
    expect(code).toBe(1);
    expect(took).toBeLessThan(5_000);
    expect(out).toContain("Deadlock: 4 tasks of 2 services wait for each other");
    expect(out).toMatch(/Not read: 1 service\n {2}:\w{8} worker busy: no answer within 1\.5 s/);
  });

  it("reads 2,000 services", async () => {
    const skynet = await startSkynet("idle deadlock", 2000);
    closers.push(() => skynet.stop());
    await new Promise((resolve) => setTimeout(resolve, 500));
    const from = performance.now();
    const { code, out } = await folder({}).run(["inspect", at(skynet.port), "--deadlocks"]);
    console.log(`--deadlocks on a real Skynet with 2,000 services: ${(performance.now() - from).toFixed(0)} ms`);
    expect(code).toBe(1);
    expect(out).toMatch(/\n200\d services read/);
  });
});
