/** What a name look-up does when time passes: virtual time on the simulated network. */
import { decode, encode } from "@leichtgewicht/dns-packet";
import { defineService } from "@skyloom/runtime";
import { dns } from "@skyloom/runtime/dns";
import { socket } from "@skyloom/runtime/socket";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";

interface Server {
  readonly asked: string[];
  /** How many questions are not answered from now on. */
  deaf: number;
  /** What is answered; no address makes an answer without one. */
  address: string | undefined;
}

const resolver = defineService((hosts: string, config: string) => {
  dns.DEFAULT_HOSTS = hosts;
  dns.DEFAULT_RESOLV_CONF = config;
  return {
    server: (address?: string, port?: number) => dns.server(address, port),
    resolve: function* (name: string, ipv6?: boolean) {
      return (yield* dns.resolve(name, ipv6))[0];
    },
    sync: function* (name: string, limit: number) {
      return (yield* dns.resolve_sync(name, limit))[1];
    },
  };
});

async function look(files: Record<string, string> = {}): Promise<{ t: TestNode; server: Server; client: number; at: () => number }> {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const server: Server = { asked: [], deaf: 0, address: "1.1.1.1" };
  const nameserver = defineService(() => {
    const fd = socket.udp_listen("10.0.0.53", 53, (data, from) => {
      const { id = 0, questions } = decode(data);
      const [{ name, type }] = questions as [{ name: string; type: string }];
      server.asked.push(name);
      if (server.deaf > 0) return void server.deaf--;
      const { address } = server;
      const answers = address === undefined ? [] : [{ name, type, class: "IN", ttl: 60, data: address }];
      socket.sendto(fd, from, encode({ type: "response", id, questions: questions!, answers: answers as never }));
    });
    return {};
  });
  const host = await testNode({ clock, tcp: net.host("10.0.0.53"), udp: net.host("10.0.0.53").udp, services: { nameserver } });
  await host.newservice("nameserver");
  const own = net.host("10.0.0.1");
  const t = await testNode({ clock, tcp: own, udp: own.udp, services: { resolver }, files });
  const client = await t.newservice("resolver", "/hosts", "/resolv");
  return { t, server, client, at: () => t.node.kernel.elapsedMs() };
}

const config = { "/resolv": "nameserver 10.0.0.53\n" };

describe("dns.server", () => {
  it("is the first one of the resolver's configuration when none was chosen, and Call dns.server first when there is none", async () => {
    const { t, client, server } = await look(config);
    expect(await t.call(client, "lua", "resolve", "a.example")).toBe("1.1.1.1");
    expect(server.asked).toEqual(["a.example"]);
    expect(t.log.join("\n")).toContain("Udp server open 10.0.0.53:53");
    const other = await look();
    await expect(other.t.call(other.client, "lua", "resolve", "a.example")).rejects.toThrow("call failed");
    expect(other.t.log.join("\n")).toContain("Call dns.server first");
    await other.t.call(other.client, "lua", "server", "10.0.0.53");
    expect(await other.t.call(other.client, "lua", "resolve", "a.example")).toBe("1.1.1.1");
  });

  it("may change: questions go to the new one from then on", async () => {
    const { t, client, server } = await look({ "/resolv": "nameserver 10.9.9.9" });
    const open = t.call(client, "lua", "resolve", "a.example");
    t.advance(100);
    expect(server.asked).toEqual([]);
    await t.call(client, "lua", "server", "10.0.0.53", 53);
    expect(await open).toBe("1.1.1.1");
  });
});

describe("dns.DEFAULT_HOSTS", () => {
  it("comes before any question", async () => {
    const { t, client, server } = await look({ ...config, "/hosts": "10.0.0.7 game.lan\n::7 game.lan\n" });
    expect(await t.call(client, "lua", "resolve", "Game.LAN")).toBe("10.0.0.7");
    expect(await t.call(client, "lua", "resolve", "game.lan", true)).toBe("::7");
    expect(server.asked).toEqual([]);
  });
});

describe("a server that says nothing", () => {
  it("is asked again every 5 s; after 30 s it is timeout or no answer", async () => {
    const { t, client, server, at } = await look(config);
    server.deaf = 2;
    const begun = at();
    expect(await t.call(client, "lua", "resolve", "lost.example")).toBe("1.1.1.1");
    expect([server.asked.length, Math.round((at() - begun) / 1000)]).toEqual([3, 10]);
    server.deaf = Infinity;
    const from = at();
    await expect(t.call(client, "lua", "resolve", "never.example")).rejects.toThrow("call failed");
    expect(Math.round((at() - from) / 1000)).toBe(30);
    const log = t.log.join("\n");
    expect(log).toContain("DNS query never.example timeout");
    expect(log).toContain("timeout or no answer: never.example (A): nobody answered");
    await t.stop();
  });

  it("leaves the answer that was good once", async () => {
    const { t, client, server } = await look(config);
    expect(await t.call(client, "lua", "resolve", "a.example")).toBe("1.1.1.1");
    t.advance(7000);
    server.address = "2.2.2.2";
    expect(await t.call(client, "lua", "resolve", "a.example")).toBe("2.2.2.2");
    t.advance(7000);
    server.deaf = Infinity;
    expect(await t.call(client, "lua", "resolve", "a.example")).toBe("2.2.2.2");
    server.deaf = 0;
    server.address = undefined;
    expect(await t.call(client, "lua", "resolve", "a.example")).toBe("2.2.2.2");
  });

  it("can be given up sooner; the answer that comes later is kept", async () => {
    const { t, client, server } = await look(config);
    server.deaf = 1;
    expect(await t.call(client, "lua", "sync", "late.example", 100)).toBe("timeout");
    t.advance(500);
    expect(server.asked).toEqual(["late.example", "late.example"]);
    expect(await t.call(client, "lua", "sync", "late.example", 0)).toEqual(["1.1.1.1"]);
    expect(server.asked.length).toBe(2);
  });
});

describe("a server that cuts its answers off", () => {
  /** Cuts its answers off; what it does over TCP is for the test to say. */
  async function cutting(tcp: "silent" | "none", hostHasTcp = true) {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const nameserver = defineService(function* () {
      const fd = socket.udp_listen("10.0.0.53", 53, (data, from) => {
        const { id = 0, questions } = decode(data);
        const [{ name, type }] = questions as [{ name: string; type: string }];
        const answers = name === "some.example" ? [{ name, type, class: "IN", ttl: 60, data: "7.7.7.7" }] : [];
        socket.sendto(fd, from, encode({ type: "response", id, flags: 0x380, questions: questions!, answers: answers as never }));
      });
      if (tcp === "silent") {
        const [listener] = yield* socket.listen("10.0.0.53", 53);
        yield* socket.start(listener, function* (id) {
          yield* socket.start(id);
          while ((yield* socket.read(id))[0] !== false);
          yield* socket.close(id);
        });
      }
      return { open: () => socket.netstat().filter((s) => s.type === "TCP" || s.type === "CLOSING").length };
    });
    const far = net.host("10.0.0.53");
    const host = await testNode({ clock, tcp: far, udp: far.udp, services: { nameserver } });
    const n = await host.newservice("nameserver");
    const own = net.host("10.0.0.1");
    const t = await testNode({ clock, ...(hostHasTcp ? { tcp: own } : {}), udp: own.udp, services: { resolver }, files: config });
    const client = await t.newservice("resolver", "", "/resolv");
    return { t, ask: (name: string) => t.call(client, "lua", "resolve", name), open: () => host.call<number>(n, "lua", "open"), clock };
  }

  it("and says nothing over TCP: after 30 s it is what was cut off, or timeout or no answer; the connection is closed", async () => {
    const { t, ask, open } = await cutting("silent");
    const failed = expect(ask("none.example")).rejects.toThrow("call failed");
    t.advance(1000);
    expect(await open()).toBe(1);
    t.advance(2100);
    await failed;
    expect(await ask("some.example")).toBe("7.7.7.7");
    t.advance(1000);
    expect(await open()).toBe(0);
    t.advance(13_000);
    expect(t.pending()).toEqual([]);
  });

  it("and does not speak TCP: what was cut off is better than nothing; also on a host without TCP", async () => {
    for (const hostHasTcp of [true, false]) {
      const { ask } = await cutting("none", hostHasTcp);
      expect(await ask("some.example")).toBe("7.7.7.7");
    }
  });
});

it("the socket is closed when nobody has asked for a while, and opened again", async () => {
  const { t, client } = await look(config);
  await t.call(client, "lua", "resolve", "a.example");
  t.advance(13_000);
  expect(t.log.filter((l) => l.includes("Udp server close")).length).toBe(1);
  expect(await t.call(client, "lua", "resolve", "b.example")).toBe("1.1.1.1");
  await t.stop();
});

it("a service that ends in the middle of a question leaves nothing behind", async () => {
  const { t, client, server } = await look(config);
  server.deaf = Infinity;
  t.send(client, "lua", "resolve", "a.example");
  t.advance(100);
  expect(t.pending().length).toBeGreaterThan(0);
  t.send(".launcher", "lua", "KILL", client);
  t.advance(10_000);
  expect(t.pending()).toEqual([]);
  await t.stop();
});

it("a host without UDP says so", async () => {
  const t = await testNode({ services: { resolver } });
  const client = await t.newservice("resolver", "", "");
  await t.call(client, "lua", "server", "10.0.0.53");
  await expect(t.call(client, "lua", "resolve", "a.example")).rejects.toMatchObject({ cause: { code: "UNSUPPORTED" } });
});
