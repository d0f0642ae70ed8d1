/** The sample on virtual time: what its page says, byte by byte, and what happens to users who come, go and return. */
import { describe, expect, it } from "vitest";
import { FrameSplitter, netpack } from "@skyloom/runtime/netpack";
import type { SocketEvents } from "@skyloom/runtime/ports";
import { sproto } from "@skyloom/runtime/sproto";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { services } from "./index.ts";
import { files } from "./proto.ts";
import type { Figures } from "./service/bot.ts";

const HUB = "10.0.0.1";

async function world() {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const config = { start: "main", hub_address: HUB, console_port: "off" };
  const t = await testNode({ clock, tcp: net.host(HUB), services, config, stacks: false });
  let hosts = 1;
  function connect() {
    const splitter = new FrameSplitter();
    const host = sproto.parse(files["proto.s2c"]!).host("package");
    const request = host.attach(sproto.parse(files["proto.c2s"]!));
    const seen = { raw: [] as string[], answers: new Map<number, unknown>(), pushes: [] as unknown[], gone: false };
    const events: SocketEvents = {
      opened: () => link.resume(),
      data(bytes) {
        for (const frame of splitter.feed(bytes)) {
          seen.raw.push(Buffer.from(frame).toString("hex"));
          const message = host.dispatch(frame);
          if (message[0] === "REQUEST") seen.pushes.push(message[2]);
          else seen.answers.set(Number(message[1]), message[3] ?? message[2]?.["ok"] ?? "answered");
        }
      },
      ended: () => (seen.gone = true),
      drained: () => undefined,
      failed: () => undefined,
      closed: () => (seen.gone = true),
    };
    const link = net.host(`10.0.1.${hosts++}`).connect(HUB, 5678, events);
    let session = 0;
    t.advance(5);
    return {
      link,
      seen,
      send: (name: string, args?: object): boolean | void => link.write([netpack.pack(request(name, args, ++session))]),
      /** Asks and lets the server answer; what it said. */
      ask(name: string, args?: object): unknown {
        link.write([netpack.pack(request(name, args, ++session))]);
        t.advance(5);
        return seen.answers.get(session);
      },
      /** Sends packets as they are. Their answers are read as those of the named requests, whose sessions count from 1. */
      raw(names: readonly string[], ...packets: string[]): void {
        for (const name of names) request(name, { userid: "alice" }, ++session);
        link.write(packets.map((p) => netpack.pack(new Uint8Array(Buffer.from(p, "hex")))));
        t.advance(5);
      },
    };
  }
  /** Signed up if need be, signed in and logged in. */
  function player(userid: string) {
    const c = connect();
    c.ask("signup", { userid });
    c.ask("signin", { userid });
    return { ...c, login: c.ask("login") };
  }
  const agents = () => t.node.kernel.services().filter((s) => s.args.startsWith("agent")).length;
  return { t, net, connect, player, agents, log: () => t.log.join("\n") };
}

describe("a first visit", () => {
  it("is this, byte for byte", async () => {
    const { t, connect } = await world();
    const c = connect();
    c.raw(["signin"], "5502080401c405616c07696365"); // signin alice
    c.raw(["signup"], "5502060601c405616c07696365"); // signup alice
    c.raw(["signin"], "5502080801c405616c07696365"); // signin alice
    expect(c.seen.raw.splice(0)).toEqual(["55020104010102", "55020106010104", "55020108010104"]);
    c.raw(["ping"], "1502040a"); // ping: it always fails
    expect(c.seen.answers.get(4)).toBe("not login");
    expect(c.seen.raw.splice(0)).toHaveLength(1);
    c.raw(["login"], "15020a0c"); // login
    c.raw(["ping"], "1502040e"); // ping
    expect(c.seen.raw).toEqual(["15010401f10777656c63076f6d65", "5502010c010104", "1502010e"]);
    await t.stop();
  });

  it("may come in one packet: what follows signing in is for the agent", async () => {
    const { t, connect } = await world();
    const c = connect();
    c.raw(["signup", "signin", "login", "ping"], "5502060401c405616c07696365", "5502080601c405616c07696365", "15020a08", "1502040a");
    expect([...c.seen.answers]).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, "answered"],
    ]);
    expect(c.seen.pushes).toEqual([{ text: "welcome" }]);
    await t.stop();
  });
});

describe("signing up and in", () => {
  it("a name can be taken once; who is not known does not get in, and a connection may try again", async () => {
    const { t, connect } = await world();
    const c = connect();
    expect(c.ask("signin", { userid: "bob" })).toBe(false);
    expect(c.ask("signup", { userid: "bob" })).toBe(true);
    expect(c.ask("signup", { userid: "bob" })).toBe(false);
    expect(c.ask("signup", {})).toBe(false);
    expect(c.ask("signup", { userid: "x".repeat(65) })).toBe(false);
    expect(c.ask("ping")).toBe("sign in first");
    expect(c.ask("signin", { userid: "bob" })).toBe(true);
    await t.stop();
  });

  it.each([
    ["a request that auth does not know", "15020a04"],
    ["garbage", "fffefd0001"],
    ["an empty packet", ""],
    ["a response nobody asked for", "55020104010104"],
  ])("%s closes the connection, and nothing else", async (_what, packet) => {
    const { t, connect, log } = await world();
    const [good, bad] = [connect(), connect()];
    bad.raw([], packet);
    expect([bad.seen.gone, good.seen.gone]).toEqual([true, false]);
    expect(log()).toMatch(/nobody signs in on \d+: /);
    expect(good.ask("signup", { userid: "carol" })).toBe(true);
    await t.stop();
  });
});

describe("logging in", () => {
  it("fails for a user who is online, and works again when he is gone", async () => {
    const { t, player, agents } = await world();
    const one = player("alice");
    const two = player("alice");
    expect([one.login, two.login, agents()]).toEqual([true, false, 1]);
    expect(two.ask("ping")).toBe("not login");
    expect(one.ask("ping")).toBe("answered");
    expect(one.ask("login")).toBe("login already");
    one.link.end();
    t.advance(5);
    expect(two.ask("login")).toBe(true);
    expect(two.ask("ping")).toBe("answered");
    await t.stop();
  });

  it("users who come at the same time get an agent each, and one who comes twice gets one", async () => {
    const { t, connect, agents } = await world();
    const all = [connect(), connect(), connect(), connect()];
    all[0]!.ask("signup", { userid: "alice" });
    all[1]!.ask("signup", { userid: "bob" });
    // Nothing moves in between.
    for (const [i, c] of all.entries()) c.send("signin", { userid: i % 2 === 0 ? "alice" : "bob" });
    t.advance(10);
    expect(agents()).toBe(2);
    await t.stop();
  });
});

describe("losing the line", () => {
  it("within 10 s the user comes back to the same agent", async () => {
    const { t, player, agents, log } = await world();
    const one = player("alice");
    const handle = /Assign \d+ to alice \[(:[0-9a-f]+)\]/.exec(log())![1];
    one.link.end();
    t.advance(900);
    const two = player("alice");
    expect(two.login).toBe(true);
    expect(
      log()
        .match(/Assign \d+ to alice \[(:[0-9a-f]+)\]/g)!
        .at(-1),
    ).toContain(handle);
    for (let i = 0; i < 3; i++) {
      t.advance(900);
      two.ask("ping");
    }
    expect([agents(), two.ask("ping")]).toEqual([1, "answered"]);
    expect(log()).not.toContain("afk");
    await t.stop();
  });

  it("after 10 s the agent is gone, and a new one serves who comes then", async () => {
    const { t, player, agents, log } = await world();
    const services = t.node.kernel.serviceCount;
    const one = player("alice");
    one.link.end();
    t.advance(990);
    expect(agents()).toBe(1);
    t.advance(20);
    expect(agents()).toBe(0);
    expect(log()).toContain("user alice afk");
    // Also the connection's service: nothing stays but socket_proxyd.
    expect(t.node.kernel.serviceCount).toBe(services + 1);
    expect(player("alice").login).toBe(true);
    await t.stop();
  });

  it("a client that says nothing for 10 s loses it", async () => {
    const { t, player, log } = await world();
    const one = player("alice");
    t.advance(2500);
    expect(one.seen.gone).toBe(true);
    expect(log()).toMatch(/timeout \d+[\s\S]*alice is gone from \d+: disconnect/);
    await t.stop();
  });

  it("coming back at every moment around the end of the grace always ends logged in", async () => {
    const { t, player, agents } = await world();
    for (let late = 985; late < 1005; late++) {
      const c = player("alice");
      expect([late, c.login]).toEqual([late, true]);
      c.link.end();
      t.advance(late - 15);
    }
    t.advance(2000);
    expect(agents()).toBe(0);
    await t.stop();
  });
});

describe("players", () => {
  it("client visits as the page says", async () => {
    const { t, net } = await world();
    const home = await testNode({ clock: t.ports.clock, tcp: net.host("10.0.0.2"), services, stacks: false });
    await home.newservice("client", { host: HUB, port: 5678, userid: "alice" });
    t.advance(50);
    expect(home.log.map((l) => l.replace(/^\[:[0-9a-f]+\] /, "")).filter((l) => !/^(LAUNCH|KILL)/.test(l))).toEqual([
      "signin alice: ok",
      "ping: not login",
      "push: welcome",
      "login: ok",
      "ping: answered",
      "bye",
    ]);
    await Promise.all([t.stop(), home.stop()]);
  });

  it("thirty bots come and go for two minutes, and every answer is right", async () => {
    const { t, net, agents, log } = await world();
    const home = await testNode({ clock: t.ports.clock, tcp: net.host("10.0.0.2"), services, stacks: false });
    const bots: number[] = [];
    for (let i = 0; i < 30; i++) bots.push(await home.newservice("bot", { host: HUB, port: 5678, name: `bot${i}`, seed: i + 1 }));
    t.advance(12_000);
    const figures = await Promise.all(bots.map((b) => home.call<Figures>(b, "lua", "figures")));
    const sum = (key: keyof Figures) => figures.reduce((n, f) => n + f[key], 0);
    expect([sum("wrong"), sum("pushes")]).toEqual([0, expect.closeTo(sum("connections"), -1.5)]);
    expect(sum("connections")).toBeGreaterThan(100);
    expect(sum("pings")).toBeGreaterThan(500);
    expect(agents()).toBeLessThanOrEqual(30);
    expect(log()).toContain("afk");
    expect(log()).not.toMatch(/never run|Maybe forgot|lua call \[/);
    await home.stop();
    await t.stop();
  });
});
