import { announceAgent, createAgent, linkPort } from "@skyloom/runtime/inspect";
import type { Agent, Channel, PortLike } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormulaSource } from "../../../runtime/test/inspect/formula-source.ts";
import { createClient } from "./client.ts";
import type { Client } from "./client.ts";
import { portDial } from "./port-link.ts";
import { TabList, tabDial } from "./tab-link.ts";

const clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms: number, fn: () => void) => setTimeout(fn, ms),
  cancel: (timer: object | number) => clearTimeout(timer as NodeJS.Timeout),
};
const closers: (() => unknown)[] = [];
let agent: Agent;
beforeEach(() => {
  agent = createAgent(new FormulaSource(200, () => performance.now()), {
    clock,
    defer: (fn) => setImmediate(fn),
    scopes: ["read", "operate"],
  });
  closers.push(() => agent.close());
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function make(dial: Parameters<typeof createClient>[0]["dial"]): Client {
  const client = createClient({ dial, title: "test", random: () => 0 });
  closers.push(() => client.close());
  client.watch("services");
  client.connect();
  return client;
}
const phase = (c: Client): string => c.connection.getState().phase;
/** Channels as a browser has them; Node's are the same. */
const channel = (name: string): Channel => {
  const made = new BroadcastChannel(name) as unknown as Channel & { unref?(): void };
  return made;
};

describe("a link over a message port", () => {
  const ports = (): [MessagePort, MessagePort] => {
    const { port1, port2 } = new MessageChannel();
    closers.push(() => port1.close());
    return [port1, port2];
  };

  it("shows the rows of the host, and is served anew after it was closed", async () => {
    const [near, far] = ports();
    closers.push(linkPort(far as unknown as PortLike, agent));
    const client = make(portDial(near as unknown as PortLike));
    await expect.poll(() => client.table("services").live, { timeout: 4000 }).toBe(200);
    expect(client.connection.getState().scopes).toEqual(["read", "operate"]);
    client.close();
    await expect.poll(() => agent.clients).toBe(0);
    client.retry();
    await expect.poll(() => phase(client)).toBe("live");
    expect(agent.clients).toBe(1);
  });

  it("tells the client when the host ends, with its reason", async () => {
    const [near, far] = ports();
    closers.push(linkPort(far as unknown as PortLike, agent));
    const client = make(portDial(near as unknown as PortLike));
    await expect.poll(() => phase(client)).toBe("live");
    agent.close("enough");
    await expect.poll(() => client.connection.getState().trouble).toMatchObject({ code: "CLOSING", msg: "enough" });
  });

  it("holds frames back from a client that takes none", async () => {
    const [near, far] = ports();
    const frames: number[] = [];
    closers.push(linkPort(far as unknown as PortLike, agent));
    const big = createAgent(new FormulaSource(20_000, () => performance.now()), { clock, defer: (fn) => setImmediate(fn) });
    closers.push(() => big.close());
    const [near2, far2] = ports();
    closers.push(linkPort(far2 as unknown as PortLike, big));
    near2.onmessage = ({ data }: MessageEvent) => {
      if (data.inspect === "agent" && (data.frame.type === "key" || data.frame.type === "delta")) frames.push(data.bytes);
    };
    near2.postMessage({ inspect: "open", id: 1 });
    near2.postMessage({ inspect: "frame", frame: { type: "hello", v: 1 } });
    near2.postMessage({ inspect: "frame", frame: { type: "sub", ch: "services", id: 1, hz: 4 } });
    await expect.poll(() => frames.reduce((a, b) => a + b, 0), { timeout: 5000 }).toBeGreaterThan(262_144);
    // A table that has begun is sent to its end.
    await new Promise((r) => setTimeout(r, 1500));
    const { length } = frames;
    await new Promise((r) => setTimeout(r, 1200));
    expect(frames.length).toBe(length);
    near2.postMessage({ inspect: "taken", bytes: frames.reduce((a, b) => a + b, 0) });
    await expect.poll(() => frames.length, { timeout: 5000 }).toBeGreaterThan(length + 1);
    near.close();
  }, 15_000);

  it("survives whatever else comes over the port", async () => {
    const [near, far] = ports();
    closers.push(linkPort(far as unknown as PortLike, agent));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ inspect: fc.constantFrom("open", "frame", "taken", "close", "x"), frame: fc.jsonValue(), bytes: fc.jsonValue() }),
        ),
        (value) => {
          near.postMessage(value);
          return Promise.resolve();
        },
      ),
    );
    const client = make(portDial(near as unknown as PortLike));
    await expect.poll(() => [phase(client), client.connection.getState().trouble], { timeout: 3000 }).toEqual(["live", undefined]);
  }, 10_000);
});

describe("hosts in other tabs", () => {
  it("are listed while they are there", async () => {
    const tabs = new TabList(channel);
    closers.push(tabs.open());
    const stop = announceAgent({ agent, name: "chat-sim", id: "a", channel, clock });
    const other = announceAgent({ agent, name: "other", id: "b", channel, clock });
    await expect.poll(() => tabs.hosts.map((h) => h.name).toSorted()).toEqual(["chat-sim", "other"]);
    stop();
    await expect.poll(() => tabs.hosts.map((h) => h.name)).toEqual(["other"]);
    other();
    // Who looks later asks, and need not wait for a heartbeat.
    const again = announceAgent({ agent, name: "late", id: "c", channel, clock });
    closers.push(again);
    const later = new TabList(channel);
    closers.push(later.open());
    await expect.poll(() => later.hosts.map((h) => h.name), { timeout: 1000 }).toEqual(["late"]);
  });

  it("can be linked by their name, are left when they go, and found again when they are back", async () => {
    const options = { agent, name: "chat-sim", channel, clock };
    let stop = announceAgent({ ...options, id: "a" });
    const client = make(tabDial("chat-sim", channel));
    await expect.poll(() => client.table("services").live, { timeout: 4000 }).toBe(200);
    expect(agent.clients).toBe(1);
    stop();
    await expect.poll(() => phase(client)).toBe("reconnecting");
    expect(agent.clients).toBe(0);
    stop = announceAgent({ ...options, id: "b" });
    closers.push(stop);
    await expect.poll(() => phase(client), { timeout: 8000 }).toBe("live");
  }, 15_000);

  it("that are not there are said not to be", async () => {
    const client = make(tabDial("nobody", channel));
    await expect
      .poll(() => client.connection.getState().trouble?.msg, { timeout: 6000 })
      .toBe("no tab of this browser shows the host “nobody”");
  }, 10_000);
});
