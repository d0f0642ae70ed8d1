import { createAgent } from "@skyloom/runtime/inspect";
import type { Agent, InspectSource, RowWalk, Scope } from "@skyloom/runtime/inspect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormulaSource, rateOf } from "../../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../../runtime/test/inspect/manual-clock.ts";
import { servicesView } from "../../panels/services/columns.tsx";
import { CommandStore } from "../../stores/command-store.ts";
import { makeFilter, orderRows } from "../../stores/order.ts";
import { createClient } from "../client.ts";
import type { HostClient } from "../client.ts";
import { pageDial } from "../page-link.ts";
import { joinHosts } from "./joined-client.ts";
import type { JoinedHosts } from "./joined-client.ts";

/** A host of its own: rows of a formula, a clock that runs beside the page's, commands, a question, alerts, a log. */
class MadeHost {
  readonly source: FormulaSource;
  agent!: Agent;
  client!: HostClient;
  readonly ran: unknown[] = [];
  readonly asked: unknown[] = [];
  alerts: { readonly id: string; readonly kind: string; readonly entity: string }[] = [];
  lines: string[] = [];
  readonly #clock: ManualClock;
  readonly #aheadMs: number;
  readonly #scopes: readonly Scope[];

  constructor(clock: ManualClock, name: string, title: string, aheadMs: number, scopes: readonly Scope[], label?: string) {
    this.#clock = clock;
    this.#aheadMs = aheadMs;
    this.#scopes = scopes;
    this.source = new FormulaSource(10, () => clock.now());
    this.source.name = name;
    this.source.id = `${title} 1`;
    const host = this.source.host.bind(this.source);
    this.source.host = () => ({ ...host(), ...(label === undefined ? {} : { label }) });
    this.start();
    this.client = createClient({ dial: (events) => pageDial(this.agent)(events), title, clock, random: () => 0 });
  }

  start(): void {
    const clock = { ...wrap(this.#clock), now: () => this.#clock.now() + this.#aheadMs };
    const { source } = this;
    const sourceOf: InspectSource = {
      host: () => source.host(),
      totals: () => source.totals(),
      tables: {
        services: () => source.services(),
        sessions: (): RowWalk => {
          let done = false;
          return {
            next: (_limit, visit) => {
              if (done) return false;
              done = true;
              visit({
                node: "game1",
                from: 1,
                fromName: "a",
                session: 7,
                fromTask: 3,
                to: 2,
                toName: "b",
                toTask: 4,
                type: "lua",
                command: "get",
                state: "waiting",
                sentUs: (clock.now() - 2000) * 1000,
                dispatchedUs: -1,
                suspendedUs: -1,
                hops: 1,
                tag: "",
              });
              return false;
            },
          };
        },
      },
      events: {
        logs: {
          attach: () => {},
          detach: () => {},
          tail: 0,
          get head() {
            return lines().length;
          },
          read: (from, limit) => {
            const part = lines().slice(from, from + limit);
            const fill = (v: number | string): (number | string)[] => part.map(() => v);
            return {
              first: from,
              count: part.length,
              columns: {
                t: fill(clock.now() * 1000),
                addr: fill(1),
                node: fill("game1"),
                name: fill("x"),
                level: fill("info"),
                text: part,
              },
            };
          },
        },
      },
      questions: { tasks: (args) => (this.asked.push(args), args), tracing: () => false },
      commands: [
        { name: "kill", scope: "danger", usage: "kill <address>", help: "", run: (args) => void this.ran.push(args) },
        { name: "trace.start", scope: "operate", usage: "trace.start <mode>", help: "", run: (args) => void this.ran.push(args) },
      ],
      *sweep(nowUs) {
        yield;
        return alerts().map(({ id, kind, entity }) => ({
          id,
          kind,
          severity: "error" as const,
          entities: [{ kind: "service" as const, id: entity }],
          title: "Deadlock",
          text: "t",
          first: nowUs,
          last: nowUs,
        }));
      },
    };
    const alerts = (): MadeHost["alerts"] => this.alerts;
    const lines = (): string[] => this.lines;
    this.agent = createAgent(sourceOf, { clock, defer: this.#clock.defer, scopes: this.#scopes });
  }
}

const wrap = (clock: ManualClock) => ({
  wall: () => clock.wall(),
  after: clock.after.bind(clock),
  cancel: clock.cancel.bind(clock),
});

let clock: ManualClock;
let a: MadeHost;
let b: MadeHost;
let client: JoinedHosts;

async function pass(ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 100) {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    clock.advance(Math.min(left, 100));
  }
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

beforeEach(async () => {
  clock = new ManualClock();
  a = new MadeHost(clock, "game", "127.0.0.1:7400", 0, ["read"]);
  b = new MadeHost(clock, "game", "127.0.0.1:7401", 5_000_000, ["read", "operate", "danger"], "prod");
  b.source.names.set(0, "other main");
  client = joinHosts(
    [
      { key: "", client: a.client },
      { key: "ws://b", client: b.client },
    ],
    () => clock.wall(),
  );
  client.watch("services");
  client.connect();
  await pass(3200);
});

afterEach(() => {
  client.close();
  expect(clock.waiting).toBe(0);
});

const byText = (x: string, y: string): number => (x < y ? -1 : 1);
const services = () => client.table("services");
const row = (id: string): number => services().find(id);
const shown = (q = ""): string[] => {
  const table = services();
  const query = { text: q, hidden: [], sort: [] };
  return [...orderRows(table, servicesView, [], makeFilter(table, servicesView, query).test)].map((r) => table.id(r));
};

describe("rows of two hosts", () => {
  it("stand side by side; equal addresses never mix", () => {
    expect([services().live, services().total, services().ready]).toEqual([20, 20, true]);
    const [x, y] = [row(":00000001@game1:7400"), row(":00000001@game1:7401")];
    expect(x).not.toBe(y);
    expect([services().text("name", x), services().text("name", y)]).toEqual([a.client.table("services").text("name", 0), "other main"]);
    expect([services().text("node", x), services().text("node", y)]).toEqual(["game1:7400", "game1:7401"]);
    expect(services().id(y)).toBe(":00000001@game1:7401");
    expect(services().rate("msg", y)).toBeCloseTo(rateOf(0), 0);
    expect(shown("node:game1:7401")).toHaveLength(10);
    expect(shown('node="game1:7401"')).toHaveLength(10);
    services().keep(y, true);
    expect([services().kept(x), services().kept(y), services().keptRows]).toEqual([false, true, 1]);
  });

  it("are shown of the nodes that are picked only, everywhere", () => {
    expect(client.hosts.nodes.map((n) => n.label)).toEqual(["game1:7400", "game1:7401"]);
    const before = services().version;
    client.hosts.pick(["game1:7401"]);
    expect(services().version).toBeGreaterThan(before);
    expect([services().live, services().total]).toEqual([10, 10]);
    expect(new Set(shown().map((id) => id.slice(10)))).toEqual(new Set(["game1:7401"]));
    client.hosts.pick(["nobody"]);
    expect([services().live, shown()]).toEqual([0, []]);
    client.hosts.pick([]);
    expect(services().live).toBe(20);
  });

  it("a host that is lost keeps its rows, marked; the others go on; it comes back", async () => {
    const x = row(":00000001@game1:7400");
    const y = row(":00000001@game1:7401");
    a.agent.close("gone");
    await pass(300);
    const version = services().rowVersion[x]!;
    expect(client.connection.getState().phase).toBe("live");
    expect([services().stale(x), services().stale(y), services().live]).toEqual([true, false, 20]);
    const at = services().at(x);
    await pass(600);
    expect(services().at(x)).toBe(at);
    expect(services().rowVersion[x]).toBe(version);
    expect(services().at(y)).toBeGreaterThan(at);
    expect(client.connection.getState().host?.name).toBe("game:7400 + game:7401");
    a.start();
    await pass(3000);
    expect([services().stale(x), services().live, row(":00000001@game1:7400")]).toEqual([false, 20, x]);
    expect(services().at(x)).toBeGreaterThan(at);
  });

  it("a key frame of one host touches no row of the other, and is asked of no other", async () => {
    const walks = b.source.walks;
    const versions = () => [...services().rowVersion].filter((_, r) => services().host(r) === 1);
    await pass(1000);
    const before = versions();
    const sent = b.source.walks;
    a.client.retry();
    await pass(50);
    expect(versions()).toEqual(before);
    expect(b.source.walks).toBe(sent);
    expect(b.source.walks).toBeGreaterThan(walks);
  });

  it("are all on one clock, though the hosts' clocks are an hour apart", async () => {
    client.watch("sessions");
    await pass(1200);
    const table = client.table("sessions");
    const ages = ["a", "b"].map((_, i) => {
      const r = table.find(`:00000001-7@game1:${7400 + i}`);
      return (table.at(r) - table.number("sentUs", r)) / 1000;
    });
    expect(ages).toEqual([2000, 2000]);
    for (let i = 0; i < 2; i++) {
      const r = table.find(`:00000001-7@game1:${7400 + i}`);
      expect(Math.abs(table.number("sentUs", r) / 1000 - (clock.wall() - 2000))).toBeLessThan(1500);
      expect(table.number("dispatchedUs", r)).toBe(-1);
    }
    expect(client.connection.getState().epochOffsetMs).toBe(0);
  });
});

describe("what is asked and done", () => {
  it("goes to the host of the node it names", async () => {
    await client.ask("tasks", 1, "game1:7401");
    expect([a.asked, b.asked]).toEqual([[], [[1, "game1"]]]);
    await client.act("kill", [":00000001", { node: "game1:7401" }]);
    expect([a.ran, b.ran]).toEqual([[], [[":00000001", { node: "game1" }]]]);
    await expect(client.act("kill", [":00000001", { node: "game1:7400" }])).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(client.act("kill", [":00000001"])).rejects.toMatchObject({
      code: "ARGUMENT",
      message: expect.stringContaining("game1:7400, game1:7401"),
    });
    await expect(client.act("kill", [":00000001", { node: "x" }])).rejects.toMatchObject({ code: "ARGUMENT" });
    expect(a.ran).toEqual([]);
    client.hosts.pick(["game1:7401"]);
    await client.act("kill", [":00000002"]);
    expect(b.ran).toHaveLength(2);
  });

  it("is allowed by the rights of that host, and refused by name where it is not connected", async () => {
    const commands = new CommandStore(client);
    expect(commands.permission("kill", "game1:7401").may).toBe(true);
    expect(commands.permission("kill", "game1:7400")).toMatchObject({
      may: false,
      why: "game:7400 does not grant the scope “danger” to this connection.",
    });
    expect(commands.permission("kill").may).toBe(true);
    commands.setReadOnly(["game"]);
    expect(commands.permission("kill", "game1:7401")).toMatchObject({ may: false, why: "You have switched this page to read-only." });
    commands.setReadOnly([]);
    b.agent.close();
    await pass(300);
    expect(commands.permission("kill", "game1:7401")).toMatchObject({ may: false, why: "There is no connection to game:7401." });
    b.start();
  });

  it("records traces everywhere it may, and each host's services at that host only", async () => {
    await expect(client.act("trace.start", [{ kind: "all" }])).resolves.toMatchObject({
      result: { ok: true, text: expect.stringContaining("game:7400: trace.start needs the scope operate") },
    });
    expect(b.ran).toEqual([[{ kind: "all" }]]);
    await client.act("trace.start", [{ kind: "services", services: [1, 2] }, ["game1:7400", "game1:7401"]]);
    expect(b.ran[1]).toEqual([{ kind: "services", services: [2] }]);
  });
});

describe("the rest", () => {
  it("alerts say which host they are about, keep apart under one id, and lead to the right service", async () => {
    a.alerts = b.alerts = [{ id: "deadlock:1", kind: "deadlock", entity: ":00000001" }];
    await pass(1500);
    expect(client.alerts.standing.map(({ frame }) => `${frame.id} ${frame.title} ${frame.entities[0]!.id}`).toSorted(byText)).toEqual([
      "deadlock:1@game:7400 Deadlock on game:7400 :00000001@game1:7400",
      "deadlock:1@game:7401 Deadlock on game:7401 :00000001@game1:7401",
    ]);
    client.alerts.dismiss("deadlock:1@game:7401");
    expect(client.alerts.standing.filter((x) => !x.dismissed)).toHaveLength(1);
    expect(Math.abs(client.alerts.standing[0]!.frame.first / 1000 - clock.wall())).toBeLessThan(2500);
  });

  it("the log takes lines of both, each once, with the time of this page", async () => {
    a.lines = ["one"];
    b.lines = ["two"];
    const stops = [client.watchLogs(), client.watchLogs()];
    await pass(1000);
    expect(client.logs.lines.map((l) => `${l.text} ${l.node} ${l.times}`).toSorted(byText)).toEqual([
      "one game1:7400 1",
      "two game1:7401 1",
    ]);
    for (const line of client.logs.lines) expect(Math.abs(line.t / 1000 - clock.wall())).toBeLessThan(2000);
    for (const stop of stops) stop();
    await pass(300);
  });

  it("a production host among them marks the whole; pausing holds both", async () => {
    expect(client.connection.getState().host?.label).toBe("prod");
    client.pause.set(true);
    const { version } = services();
    await pass(2500);
    expect(services().version).toBe(version);
    expect(client.pause.missed).toBeGreaterThan(2);
    client.pause.set(false);
    expect(services().version).toBeGreaterThan(version);
  });

  it("only what is watched is asked of a host", async () => {
    const stop = client.watch("sessions");
    await pass(1000);
    stop();
    client.release();
    await pass(300);
    expect(a.client.connection.getState().phase).toBe("live");
  });
});

it("one host alone is shown as it is, and its nodes can be picked", async () => {
  const one = joinHosts([{ key: "", client: a.client }], () => clock.wall());
  expect(one.table("services").id(0)).toBe(":00000001");
  expect(one.connection.getState()).toBe(a.client.connection.getState());
  expect(one.alerts).toBe(a.client.alerts);
  expect(one.table("services").status).toBe(a.client.table("services").status);
  one.hosts.pick(["game1"]);
  expect(one.table("services").live).toBe(10);
  one.hosts.pick(["other"]);
  expect(one.table("services").live).toBe(0);
  one.release();
});
