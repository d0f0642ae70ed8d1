import { SkynetError } from "@skyloom/runtime";
import { createAgent } from "@skyloom/runtime/inspect";
import type { Agent, ClientFrame } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormulaSource, rateOf } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { backoffMs } from "./backoff.ts";
import { createClient } from "./client.ts";
import type { Client } from "./client.ts";
import type { Dial, LinkEvents } from "./link.ts";
import { pageDial } from "./page-link.ts";

let clock: ManualClock;
let source: FormulaSource;
let agent: Agent;

beforeEach(() => {
  clock = new ManualClock();
  source = new FormulaSource(10, () => clock.now());
  agent = createAgent(source, { clock, defer: clock.defer });
});

/** A dial whose far end the test plays. */
class Wire {
  attempts: { events: LinkEvents; sent: ClientFrame[]; closed: boolean }[] = [];
  readonly dial: Dial = (events) => {
    const attempt = { events, sent: [] as ClientFrame[], closed: false };
    this.attempts.push(attempt);
    return { send: (f) => attempt.sent.push(f), close: () => (attempt.closed = true) };
  };
  get now(): Wire["attempts"][number] {
    return this.attempts.at(-1)!;
  }
  hello(id = "h1"): void {
    this.now.events.opened();
    this.now.events.frame({
      type: "hello",
      v: 1,
      host: { id, name: "n", mode: "node", runtime: "0", startMs: 0 },
      caps: { services: true },
      scopes: ["read"],
      clock: { monoUs: 0, epochMs: 0 },
    });
  }
}

const clients: Client[] = [];
afterEach(() => {
  for (const c of clients.splice(0)) c.close();
  expect(clock.waiting).toBe(0);
});

function make(dial: Dial, token?: string): Client {
  const client = createClient({ dial, title: "test", clock, random: () => 0, ...(token === undefined ? {} : { token }) });
  clients.push(client);
  return client;
}
const phase = (c: Client): string => c.connection.getState().phase;
/** Lets microtasks (page links) and virtual time go on together. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 100) {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    clock.advance(Math.min(left, 100));
  }
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

describe("a client of an agent in the same page", () => {
  it("shows true rows and figures of the host", async () => {
    const client = make(pageDial(agent));
    const stop = client.watch("services");
    client.connect();
    await pass(3500);
    expect(phase(client)).toBe("live");
    const { host, figures, clockOffsetMs, protocol, scopes } = client.connection.getState();
    expect([host!.name, protocol, scopes]).toEqual(["formula", 1, ["read"]]);
    expect(figures!.services).toBe(10);
    expect(figures!.messagesPerSecond).toBeCloseTo(12.48 * 1000, -2);
    expect(clockOffsetMs).toBeCloseTo(0);
    expect(client.table("services").live).toBe(10);
    expect(client.table("services").rate("msg", client.table("services").find(":00000001"))).toBeCloseTo(rateOf(0), 0);
    stop();
    await pass(500);
    expect(agent.active).toBe(false);
    expect(phase(client)).toBe("live");
  });

  it("subscribes once for several watchers", async () => {
    const client = make(pageDial(agent));
    const stops = [client.watch("services"), client.watch("services")];
    client.connect();
    await pass(1000);
    stops[0]!();
    stops[0]!();
    await pass(1000);
    expect(agent.active).toBe(true);
    stops[1]!();
    await pass(1000);
    expect(agent.active).toBe(false);
  });

  it("comes back by itself when the host does, with its data, its subscription and its selection kept", async () => {
    const client = make((events) => pageDial(agent)(events));
    client.watch("services");
    client.connect();
    await pass(2000);
    const row = client.table("services").find(":00000003");
    agent.close("restart");
    await pass(300);
    expect(client.connection.getState()).toMatchObject({ phase: "reconnecting", trouble: { code: "CLOSING", msg: "restart" } });
    expect(client.table("services").live).toBe(10);
    agent = createAgent(source, { clock, defer: clock.defer });
    await pass(1500);
    expect([phase(client), client.table("services").find(":00000003"), client.table("services").live]).toEqual(["live", row, 10]);
  });
});

describe("the state of a connection", () => {
  it("waits 1, 2, 4, 8, then 15 s between attempts (INS-CON-5), and begins anew after success", () => {
    const wire = new Wire();
    const client = make(wire.dial);
    client.connect();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      wire.now.events.closed({ reason: "no" });
      const from = clock.now();
      const { length } = wire.attempts;
      expect(client.connection.getState()).toMatchObject({ phase: "reconnecting", trouble: { code: "LOST", msg: "no" } });
      while (wire.attempts.length === length) clock.advance(100);
      waits.push(clock.now() - from);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15000, 15000, 15000]);
    wire.hello();
    expect(phase(client)).toBe("live");
    wire.now.events.closed({ reason: "" });
    expect(client.connection.getState().retryAt! - clock.now()).toBe(1000);
  });

  it("spreads attempts by up to a tenth", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const full = backoffMs(attempt, 0);
        const wait = backoffMs(attempt, random);
        expect(wait <= full && wait >= full * 0.9 - 1).toBe(true);
      }),
    );
  });

  it("retry tries at once", () => {
    const wire = new Wire();
    const client = make(wire.dial);
    client.connect();
    wire.now.events.closed({ reason: "no" });
    client.retry();
    expect(wire.attempts).toHaveLength(2);
    clock.advance(900);
    expect(wire.attempts).toHaveLength(2);
  });

  it("is stale after 3 s of silence, live again with the next frame, and given up after 15 s", () => {
    const wire = new Wire();
    const client = make(wire.dial);
    client.connect();
    wire.hello();
    clock.advance(3000);
    expect(phase(client)).toBe("live");
    clock.advance(1000);
    expect(phase(client)).toBe("stale");
    wire.now.events.frame({ type: "pong", t0: clock.now(), t1: 0 });
    expect(phase(client)).toBe("live");
    clock.advance(16_000);
    expect(client.connection.getState()).toMatchObject({ phase: "reconnecting", trouble: { msg: "nothing was heard for 15 s" } });
    expect(wire.attempts[0]!.closed).toBe(true);
  });

  it("gives up an attempt that is not answered within 10 s", () => {
    const wire = new Wire();
    const client = make(wire.dial);
    client.connect();
    clock.advance(10_000);
    expect(client.connection.getState()).toMatchObject({ phase: "reconnecting", trouble: { msg: "no answer within 10 s" } });
  });

  it("a wrong token or version ends it with the host's own words; it does not try the same again", async () => {
    const access = { peer: "x", check: (t: string) => (t === "right" ? (["read"] as const) : undefined) };
    for (const [token, code] of [
      ["wrong", "AUTH"],
      [undefined, "AUTH_REQUIRED"],
    ] as const) {
      const client = make(pageDial(agent, access), token);
      client.connect();
      await pass(20_000);
      expect(client.connection.getState()).toMatchObject({ phase: "closed", trouble: { code, msg: expect.stringContaining("token") } });
    }
    const right = make(pageDial(agent, access), "right");
    right.connect();
    await pass(200);
    expect(phase(right)).toBe("live");
  });

  it("sends the token in its first frame and nowhere else", () => {
    const wire = new Wire();
    const client = make(wire.dial, "secret-token");
    client.watch("services");
    client.connect();
    wire.hello();
    clock.advance(1000);
    expect(wire.now.sent[0]).toEqual({ type: "auth", v: 1, token: "secret-token" });
    expect(JSON.stringify(wire.now.sent.slice(1))).not.toContain("secret-token");
    expect(JSON.stringify(client.connection.getState())).not.toContain("secret-token");
  });

  it("offers what the host refuses for one list as that list's trouble, and asks again on retry", () => {
    const wire = new Wire();
    const client = make(wire.dial);
    client.watch("services");
    client.connect();
    wire.hello();
    wire.now.events.frame({ type: "err", code: "FORBIDDEN", msg: "needs read", id: 1 });
    expect(client.connection.getState()).toMatchObject({ phase: "live", troubles: { services: { code: "FORBIDDEN", msg: "needs read" } } });
    const subs = (): number => wire.now.sent.filter((f) => f.type === "sub").length;
    expect(subs()).toBe(1);
    client.retry();
    expect(subs()).toBe(2);
    expect(client.connection.getState().troubles.services).toBeUndefined();
  });

  it("shows rows that the host did not know at first, without asking again", async () => {
    source.broken = new SkynetError("UNSUPPORTED", "nobody has looked yet");
    const client = make(pageDial(agent));
    client.watch("services");
    client.connect();
    await pass(1500);
    expect(client.connection.getState().troubles.services).toEqual({ code: "UNAVAILABLE", msg: "nobody has looked yet" });
    source.broken = undefined;
    await pass(1500);
    expect(client.connection.getState().troubles.services).toBeUndefined();
    expect([client.table("services").ready, client.table("services").live]).toEqual([true, 10]);
  });

  it("asks for a key frame when one is missing or broken, no more than once a second", async () => {
    let pass1 = true;
    let subs = 0;
    const client = make((events) => {
      const link = pageDial(agent)({
        ...events,
        frame: (value) => {
          const drop = !pass1 && (value as { type: string }).type === "delta";
          if (!drop) events.frame(value);
        },
        opened: () => events.opened(),
        closed: (end) => events.closed(end),
        garbage: (why) => events.garbage(why),
      });
      return {
        send: (f) => {
          if (f.type === "sub") subs++;
          link.send(f);
        },
        close: () => link.close(),
      };
    });
    client.watch("services");
    client.connect();
    await pass(1500);
    pass1 = false;
    await pass(1000);
    pass1 = true;
    await pass(5000);
    expect(subs).toBe(2);
    expect(client.table("services").live).toBe(10);
    source.first = 5;
    await pass(1500);
    expect(client.table("services").live).toBe(5);
  });

  it("survives any frames in any order", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.anything(),
            fc.record(
              {
                type: fc.constantFrom("hello", "key", "delta", "stat", "pong", "err", "x"),
                id: fc.constantFrom(1, 2, undefined),
                seq: fc.nat(3),
                t: fc.nat(),
                rest: fc.nat(1),
                added: fc.anything(),
                changed: fc.anything(),
                strings: fc.anything(),
                code: fc.anything(),
                msg: fc.anything(),
                t0: fc.anything(),
                t1: fc.anything(),
              },
              { requiredKeys: ["type"] },
            ),
          ),
          { maxLength: 8 },
        ),
        (frames) => {
          const wire = new Wire();
          const client = createClient({ dial: wire.dial, title: "fuzz", clock, random: () => 0 });
          client.watch("services");
          client.connect();
          wire.hello();
          for (const f of frames) wire.now.events.frame(f);
          clock.advance(2000);
          client.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("a link that was given up is not listened to any more", () => {
    const wire = new Wire();
    const client = make(wire.dial);
    client.connect();
    const old = wire.now;
    old.events.closed({ reason: "gone" });
    clock.advance(1000);
    wire.hello();
    old.events.closed({ reason: "late" });
    old.events.frame({ type: "err", code: "AUTH", msg: "late" });
    expect(phase(client)).toBe("live");
  });
});
