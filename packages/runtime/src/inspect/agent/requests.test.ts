import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { FormulaSource } from "../../../test/inspect/formula-source.ts";
import { ManualClock } from "../../../test/inspect/manual-clock.ts";
import { Recorder } from "../../../test/inspect/mirror.ts";
import { SkynetError } from "../../errors/error.ts";
import type { Scope } from "../frames.ts";
import type { Alert, HostCommand, InspectSource } from "../source.ts";
import { createAgent } from "./agent.ts";
import type { Agent } from "./agent.ts";
import type { AgentConnection } from "./connection.ts";
import { limits } from "./limits.ts";

let clock: ManualClock;
let agent: Agent;
let ran: unknown[][];
let audit: string[];
let label: string | undefined;
let alerts: Alert[];

const command = (name: string, scope: Scope, run: HostCommand["run"], more: Partial<HostCommand> = {}): HostCommand => ({
  name,
  scope,
  usage: `${name} …`,
  help: name,
  run: (args, caller) => {
    ran.push([name, ...args]);
    return run(args, caller);
  },
  ...more,
});

beforeEach(() => {
  clock = new ManualClock();
  ran = [];
  audit = [];
  alerts = [];
  label = undefined;
  const formula = new FormulaSource(3, () => clock.now());
  const source: InspectSource = {
    host: () => ({ ...formula.host(), ...(label === undefined ? {} : { label }) }),
    totals: () => formula.totals(),
    tables: formula.tables,
    questions: {
      tasks: (args) => ({ of: args[0] }),
      never: () => new Promise(() => {}),
      broken: () => {
        throw new SkynetError("ARGUMENT", "no such service");
      },
    },
    commands: [
      command("stat", "read", () => "fine"),
      command("trace", "operate", async () => "on"),
      command("kill", "danger", () => undefined, { confirm: true, confirmation: (args) => `name of ${String(args[0])}` }),
      command("signal", "danger", () => undefined, { unavailable: "a handler cannot be interrupted" }),
    ],
    *sweep() {
      yield;
      return alerts;
    },
  };
  agent = createAgent(source, { clock, defer: clock.defer, audit: (line) => audit.push(line) });
});

function join(...scopes: Scope[]): { link: Recorder; c: AgentConnection } {
  const link = new Recorder();
  const c = agent.connect(link, { scopes, peer: "10.0.0.1" });
  c.receive({ type: "hello", v: 1 });
  return { link, c };
}

const later = (): Promise<void> => new Promise((r) => setTimeout(r, 0));

describe("commands", () => {
  it("are listed in hello with scope, usage and why one is not available, whatever the client may do", () => {
    const { link } = join("read");
    expect(link.of("hello")[0]!.commands).toEqual([
      { name: "stat", scope: "read", usage: "stat …", help: "stat" },
      { name: "trace", scope: "operate", usage: "trace …", help: "trace" },
      { name: "kill", scope: "danger", usage: "kill …", help: "kill", confirm: true },
      { name: "signal", scope: "danger", usage: "signal …", help: "signal", unavailable: "a handler cannot be interrupted" },
    ]);
  });

  it("need their scope: the agent refuses what the client's page should not have offered (13.1)", () => {
    for (const [scopes, cmd] of [
      [["read"], "trace"],
      [["read", "operate"], "kill"],
      [["operate", "danger"], "stat"],
    ] as const) {
      const { link, c } = join(...scopes);
      c.receive({ type: "do", rid: 7, cmd });
      expect(link.of("done")).toMatchObject([{ rid: 7, ok: false, code: "FORBIDDEN", msg: expect.stringContaining("needs the scope") }]);
    }
    expect(ran).toEqual([]);
  });

  it("answer with their result and its time, also when it comes later", async () => {
    const { link, c } = join("read", "operate");
    c.receive({ type: "do", rid: 1, cmd: "stat" });
    c.receive({ type: "do", rid: 2, cmd: "trace", args: [":01", "on"] });
    clock.spend(3);
    await later();
    expect(link.of("done")).toEqual([
      { type: "done", rid: 1, ok: true, us: 0, result: "fine" },
      { type: "done", rid: 2, ok: true, us: 3000, result: "on" },
    ]);
    expect(ran).toEqual([["stat"], ["trace", ":01", "on"]]);
  });

  it("above read are audited, to the log and to every client (13.4)", async () => {
    const { c } = join("read", "operate");
    const other = join("read");
    c.receive({ type: "do", rid: 1, cmd: "stat" });
    c.receive({ type: "do", rid: 2, cmd: "trace", args: [":01", "x".repeat(500), new Uint8Array(9), "a\nb"] });
    await later();
    expect(audit).toEqual([`inspector: client 1 (10.0.0.1) ran trace :01 ${"x".repeat(79)}… <9 bytes> a b → ok`]);
    expect(other.link.of("alert")).toMatchObject([{ kind: "audit", severity: "info", text: "ok", cleared: true }]);
  });

  it("that are refused for want of a scope or of a confirmation are audited too (13.4)", () => {
    label = "prod";
    const { c } = join("read", "danger");
    const other = join("read");
    other.c.receive({ type: "do", rid: 1, cmd: "trace", args: [":01", "on"] });
    c.receive({ type: "do", rid: 1, cmd: "kill", args: [":0a"] });
    c.receive({ type: "do", rid: 2, cmd: "reboot" });
    expect(audit).toEqual([
      "inspector: client 2 (10.0.0.1) was refused trace :01 on → FORBIDDEN: trace needs the scope operate, which this connection does not have",
      'inspector: client 1 (10.0.0.1) was refused kill :0a → CONFIRM: this is a production host: confirm kill by typing "name of :0a"',
    ]);
    expect(other.link.of("alert")).toMatchObject([
      { kind: "audit", severity: "warn" },
      { kind: "audit", severity: "warn" },
    ]);
    expect(ran).toEqual([]);
  });

  it("on a production host want the target's name typed (13.3)", () => {
    label = "prod";
    const { link, c } = join("read", "danger");
    c.receive({ type: "do", rid: 1, cmd: "kill", args: [":0a"] });
    c.receive({ type: "do", rid: 2, cmd: "kill", args: [":0a"], confirm: "name of :0b" });
    c.receive({ type: "do", rid: 3, cmd: "kill", args: [":0a"], confirm: "name of :0a" });
    expect(link.of("done").map((d) => [d.rid, d.ok, d.code])).toEqual([
      [1, false, "CONFIRM"],
      [2, false, "CONFIRM"],
      [3, true, undefined],
    ]);
    expect(link.of("done")[0]!.msg).toBe('this is a production host: confirm kill by typing "name of :0a"');
    expect(ran).toEqual([["kill", ":0a"]]);
  });

  it("that are unknown or not available say so", () => {
    const { link, c } = join("read", "danger");
    c.receive({ type: "do", rid: 1, cmd: "reboot" });
    c.receive({ type: "do", rid: 2, cmd: "signal" });
    expect(link.of("done")).toMatchObject([
      { ok: false, code: "UNKNOWN", msg: expect.stringContaining('"reboot"') },
      { ok: false, code: "UNAVAILABLE", msg: "signal is not available here: a handler cannot be interrupted" },
    ]);
  });

  it("are limited to 20 a second; those above it are refused, the client stays (INS-CON-4)", () => {
    const { link, c } = join("read");
    for (let rid = 0; rid < 25; rid++) c.receive({ type: "do", rid, cmd: "stat" });
    expect(link.of("done").filter((d) => d.ok)).toHaveLength(limits.commandsPerSecond);
    expect(link.of("done").filter((d) => d.code === "LIMIT")).toHaveLength(5);
    clock.advance(1000);
    c.receive({ type: "do", rid: 99, cmd: "stat" });
    expect(link.of("done").at(-1)).toMatchObject({ rid: 99, ok: true });
    expect(link.closed).toBeUndefined();
  });
});

describe("questions", () => {
  it("are answered with the scope read only", () => {
    const { link, c } = join("read");
    c.receive({ type: "get", rid: 4, what: "tasks", args: [10] });
    const other = join("operate");
    other.c.receive({ type: "get", rid: 5, what: "tasks" });
    expect(link.of("res")).toEqual([{ type: "res", rid: 4, ok: true, body: { of: 10 } }]);
    expect(other.link.of("res")).toMatchObject([{ rid: 5, ok: false, code: "FORBIDDEN" }]);
  });

  it("that fail, are unknown or never end get one answer each", async () => {
    const { link, c } = join("read");
    c.receive({ type: "get", rid: 1, what: "broken" });
    c.receive({ type: "get", rid: 2, what: "toString" });
    c.receive({ type: "get", rid: 3, what: "never" });
    await later();
    clock.advance(limits.requestMs);
    expect(link.of("res").map((r) => [r.rid, r.code])).toEqual([
      [1, "ARGUMENT"],
      [2, "UNKNOWN"],
      [3, "TIMEOUT"],
    ]);
    expect(link.of("res")[0]!.msg).toBe("no such service");
  });

  it("beyond 32 open ones of a client are refused", () => {
    const { link, c } = join("read");
    for (let rid = 0; rid < 40; rid++) c.receive({ type: "get", rid, what: "never" });
    expect(link.of("res").map((r) => r.code)).toEqual(Array.from({ length: 8 }, () => "LIMIT"));
  });

  it("survive whatever a client sends as arguments", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (args, what) => {
        const { link, c } = join("read");
        c.receive({ type: "get", rid: 1, what, args });
        c.receive({ type: "do", rid: 2, cmd: what, args, confirm: args });
        c.closed();
        expect(link.of("res").length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
    const deep = (n: number): unknown => (n === 0 ? 1 : [deep(n - 1)]);
    const { link, c } = join("read");
    c.receive({ type: "get", rid: 1, what: "tasks", args: [deep(30)] });
    expect(link.closed).toMatch(/args holds more than/);
  });
});

describe("alerts", () => {
  const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
    id,
    kind: "deadlock",
    severity: "error",
    entities: [],
    title: "two tasks wait for each other",
    text: "task 1 …",
    first: 1,
    last: 2,
    ...more,
  });

  it("are looked for once a second while a client is attached, without any subscription", () => {
    const { link, c } = join("read");
    clock.advance(0);
    alerts = [alert("d1")];
    clock.advance(1000);
    alerts = [alert("d1", { last: 3 })];
    clock.advance(1000);
    alerts = [alert("d1", { title: "three tasks wait" })];
    clock.advance(1000);
    alerts = [];
    clock.advance(1000);
    expect(link.of("alert").map((a) => [a.id, a.title, a.cleared === true])).toEqual([
      ["d1", "two tasks wait for each other", false],
      ["d1", "three tasks wait", false],
      ["d1", "three tasks wait", true],
    ]);
    c.closed();
    expect(agent.active).toBe(false);
    expect(clock.waiting).toBe(0);
  });

  it("that stand are told to a client that comes later", () => {
    join("read");
    alerts = [alert("d1"), alert("d2")];
    clock.advance(1000);
    expect(
      join("read")
        .link.of("alert")
        .map((a) => a.id),
    ).toEqual(["d1", "d2"]);
  });

  it("that fail to be made are an alert themselves, and the agent goes on", () => {
    const { link } = join("read");
    alerts = undefined as unknown as Alert[];
    clock.advance(1000);
    expect(link.of("alert")).toMatchObject([{ id: "sweep", kind: "agent" }]);
    alerts = [];
    clock.advance(1000);
    expect(link.of("alert").at(-1)).toMatchObject({ id: "sweep", cleared: true });
  });
});
