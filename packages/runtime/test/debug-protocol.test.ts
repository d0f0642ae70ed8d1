/** Every command of the debug protocol: semantics §19. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { debug } from "@skyloom/runtime/debug";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNode, TestNodeOptions } from "@skyloom/runtime/testing";

const subject = () => {
  debug.reg_debugcmd("CUSTOM", (a: number, b: number) => void skynet.retpack(a + b));
  debug.reg_debugcmd("SLOW", function* (x: string) {
    yield* skynet.sleep(5);
    skynet.retpack(`slow ${x}`);
  });
  // A name Skynet has cannot be taken over.
  debug.reg_debugcmd("PING", () => void skynet.retpack("not this one"));
  skynet.dispatch("lua", function* (_s, _f, cmd: string) {
    if (cmd === "sleep") yield* skynet.sleep(100, "token");
    if (cmd === "info") skynet.info_func((...args: unknown[]) => ({ args }));
    if (cmd === "slow info")
      skynet.info_func(function* () {
        yield* skynet.sleep(5);
        return "slow info";
      });
    skynet.ret();
  });
};
const start = async (options: TestNodeOptions = {}) => {
  const t = await testNode({ services: { subject }, stacks: false, ...options });
  return { t, to: await t.newservice("subject") };
};
const failure = (p: PromiseLike<unknown>) =>
  Promise.resolve(p).then(
    () => undefined,
    (e: unknown) => e as { message: string; reason: string; cause?: { code?: string; message: string } },
  );
const text = (t: TestNode) => t.log.join("\n");

describe.each([{}, { border: "always" } as const])("the debug protocol (semantics §19) %o", (options) => {
  it("MEM: kilobytes; STAT: task, mqlen, cpu, message; PING: empty; SUPPORT: has dispatch", async () => {
    const { t, to } = await start(options);
    void t.call(to, "lua", "sleep");
    expect(await t.call(to, "debug", "MEM")).toBeTypeOf("number");
    expect(await t.call(to, "debug", "STAT")).toEqual({
      task: 1,
      mqlen: 0,
      cpu: expect.any(Number) as number,
      message: expect.any(Number) as number,
    });
    expect(await t.call(to, "debug", "PING")).toBeUndefined();
    for (const [name, has] of [
      ["lua", true],
      ["debug", true],
      ["error", true],
      ["response", false],
      ["nosuch", false],
    ] as const)
      expect(await t.call(to, "debug", "SUPPORT", name)).toBe(has);
    t.advance(200);
    await t.stop();
  });

  it("GC: logs once, repeated requests while running are ignored", async () => {
    const { t, to } = await start(options);
    for (let i = 0; i < 3; i++) t.node.send(to, "debug", "GC");
    t.settle();
    const lines = t.log.filter((l) => l.includes("GC "));
    expect(lines).toEqual([expect.stringMatching(/^\[:00000008\] GC \d+\.\d\d Kb -> \d+\.\d\d Kb, cost \d+\.\d\d sec$/)]);
    t.send(to, "debug", "GC");
    expect(t.log.filter((l) => l.includes("GC ")).length).toBe(2);
    await t.stop();
  });

  it("TASK: the table, one task, the start function; UNIQTASK: groups", async () => {
    const { t, to } = await start(options);
    void t.call(to, "lua", "sleep");
    void t.call(to, "lua", "sleep").then(undefined, () => undefined);
    const table = await t.call<Record<string, string>>(to, "debug", "TASK");
    // The token is taken, so the second one failed and only one sleeps.
    const [[key, shown]] = Object.entries(table) as [[string, string]];
    expect(key).toMatch(/^thread: 0x[0-9a-f]{8} session: \d+$/);
    expect(shown).toMatch(/^sleep 100 session \d+, \d+\.\d\d s$/);
    const session = Number(/session: (\d+)$/.exec(key)![1]);
    expect(await t.call(to, "debug", "TASK", session)).toMatch(/^sleep 100/);
    expect(await t.call(to, "debug", "TASK", 99_999)).toBe("No session");
    expect(await t.call(to, "debug", "TASK", "init")).toBeUndefined();
    expect(Object.keys(await t.call<Record<string, string>>(to, "debug", "UNIQTASK"))).toEqual([`1\tsessions:[${session}]\n`]);
    t.advance(200);
    await t.stop();
  });

  it("KILLTASK: empty on success, Not found; both logged", async () => {
    const { t, to } = await start(options);
    const hanging = t.call(to, "lua", "sleep");
    const [key] = Object.keys(await t.call<Record<string, string>>(to, "debug", "TASK"));
    const name = key!.split(" session")[0]!;
    expect(await t.call(to, "debug", "KILLTASK", "nothere")).toBe("Not found");
    expect(await t.call(to, "debug", "KILLTASK", name)).toBeUndefined();
    expect(await failure(hanging)).toMatchObject({ message: "call failed", reason: "killed" });
    expect(t.log.slice(-2)).toEqual(["[:00000008] Kill nothere : Not found", `[:00000008] Kill ${name}`]);
    await t.stop();
  });

  it("INFO: nothing without info_func, else its result, plain or suspended", async () => {
    const { t, to } = await start(options);
    expect(await t.call(to, "debug", "INFO")).toBeUndefined();
    await t.call(to, "lua", "info");
    expect(await t.call(to, "debug", "INFO", 1, "x")).toEqual({ args: [1, "x"] });
    await t.call(to, "lua", "slow info");
    expect(await t.call(to, "debug", "INFO")).toBe("slow info");
    await t.stop();
  });

  it("EXIT ends the service; LINK never replies and fails then", async () => {
    const { t, to } = await start(options);
    const link = t.call(to, "debug", "LINK");
    t.advance(1000);
    expect(t.pending()).toEqual([]);
    t.send(to, "debug", "EXIT");
    expect(await failure(link)).toMatchObject({ message: "call failed" });
    expect(text(t)).toContain("[:00000008] KILL self");
    await t.stop();
  });

  it("TERM: as skynet.term", async () => {
    const caller = defineService(() => ({
      *ask(to: number) {
        try {
          yield* skynet.call(to, "lua", "sleep");
          return "answered";
        } catch (error) {
          return (error as Error).message;
        }
      },
    }));
    const { t, to } = await start({ ...options, services: { subject, caller } });
    const from = await t.newservice("caller");
    const asking = t.call(from, "lua", "ask", to);
    t.send(from, "debug", "TERM", to);
    expect(await asking).toBe("call failed");
    await t.stop();
  });

  it("TRACELOG: logs the turn, traces requests from then on; without a name it means lua", async () => {
    const { t, to } = await start(options);
    expect(await t.call(to, "debug", "TRACELOG", true)).toBeUndefined();
    await t.call(to, "lua", "x");
    expect(text(t)).toContain("[:00000008] Turn trace log true for lua");
    expect(text(t)).toContain("<TRACE :00000008-1>");
    await t.call(to, "debug", "TRACELOG", "lua", false);
    const before = t.log.filter((l) => l.includes("<TRACE")).length;
    await t.call(to, "lua", "x");
    expect(t.log.filter((l) => l.includes("<TRACE")).length).toBe(before);
    await t.call(to, "debug", "TRACELOG");
    expect(text(t)).toContain("[:00000008] Turn trace log nil for lua");
    expect(await failure(t.call(to, "debug", "TRACELOG", "nosuch", true))).toMatchObject({ cause: { code: "UNKNOWN_TYPE" } });
    await t.stop();
  });

  it("custom commands run after the built-in ones and reply themselves", async () => {
    const { t, to } = await start(options);
    expect(await t.call(to, "debug", "CUSTOM", 2, 3)).toBe(5);
    expect(await t.call(to, "debug", "SLOW", "x")).toBe("slow x");
    expect(await t.call(to, "debug", "PING")).toBeUndefined();
    await t.stop();
  });

  it("an unknown command is an error in the service and call failed for the caller", async () => {
    const { t, to } = await start(options);
    const error = await failure(t.call(to, "debug", "NOPE"));
    expect(error).toMatchObject({ message: "call failed", reason: "handler-error" });
    expect(error!.cause!.message).toMatch(/^unknown debug command "NOPE"; there are: .*PING.*CUSTOM/);
    expect(await failure(t.call(to, "debug", "constructor"))).toMatchObject({ reason: "handler-error" });
    await t.stop();
  });

  it("RUN and REMOTEDEBUG say UNSUPPORTED and what to do instead (design D23)", async () => {
    const { t, to } = await start(options);
    for (const command of ["RUN", "REMOTEDEBUG"])
      expect((await failure(t.call(to, "debug", command)))?.cause).toMatchObject({
        code: "UNSUPPORTED",
        message: expect.stringMatching(new RegExp(`^debug ${command} is not available in this runtime: .+`)) as string,
      });
    await t.stop();
  });
});

it("reg_debugcmd adds to one service only; debug.init gives the module", async () => {
  const plain = () => undefined;
  const { t } = await start({ services: { subject, plain } });
  const other = await t.newservice("plain");
  expect(await failure(t.call(other, "debug", "CUSTOM", 1, 2))).toMatchObject({ reason: "handler-error" });
  expect(debug.init()).toBe(debug);
  await t.stop();
});
