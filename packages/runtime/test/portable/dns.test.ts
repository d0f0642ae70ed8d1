/** Names and addresses (api.md §10, dns): a service that plays the name server, honest and otherwise. */
import { decode, encode } from "@leichtgewicht/dns-packet";
import { defineService, skynet } from "@skyloom/runtime";
import { dns } from "@skyloom/runtime/dns";
import { socket } from "@skyloom/runtime/socket";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";
import type { PortableNode } from "./host.ts";

type Records = readonly (readonly [name: string, type: string, data: string, ttl?: number])[];

/** What the name server says of a name: records, or something else that it does. */
const zone: Record<string, Records | ((query: { id: number; name: string; type: string }) => readonly Uint8Array[])> = {
  "a.example": [["a.example", "A", "1.2.3.4"]],
  "two.example": [
    ["two.example", "A", "10.0.0.1"],
    ["two.example", "A", "10.0.0.2", 30],
  ],
  "six.example": [["six.example", "AAAA", "2001:db8::1"]],
  "cname.example": [
    ["cname.example", "CNAME", "real.example"],
    ["real.example", "A", "9.9.9.9"],
  ],
  "zero.example": [["zero.example", "A", "5.5.5.5", 0]],
  "none.example": [],
  "silent.example": () => [],
  "liar.example": ({ id, name, type }) => [
    pack(id ^ 1, name, type, [[name, "A", "6.6.6.1"]]),
    pack(id, "bank.example", type, [["bank.example", "A", "6.6.6.2"]]),
    pack(id, name, "AAAA", [[name, "AAAA", "::6"]]),
    new Uint8Array([1, 2, 3]),
    pack(id, name, type, [
      ["bank.example", "A", "6.6.6.3"],
      [name, "A", "1.1.1.1"],
    ]),
  ],
  "cut.example": ({ id, name, type }) => [pack(id, name, type, [[name, "A", "8.8.8.1"]], 0x380)],
};

function pack(id: number, name: string, type: string, records: Records, flags = 0x180): Uint8Array {
  const answers = records.map(([owner, kind, data, ttl = 60]) => ({ name: owner, type: kind, class: "IN", ttl, data }));
  return encode({ type: "response", id, flags, questions: [{ name, type, class: "IN" }] as never, answers: answers as never });
}

/** Answers by the zone; over TCP in full, what it had cut off over UDP. */
const nameserver = defineService(function* () {
  const asked: string[] = [];
  const fd = socket.udp_listen("127.0.0.1", 0, (data, from) => {
    const { id = 0, questions } = decode(data);
    const [{ name, type }] = questions as [{ name: string; type: string }];
    asked.push(`${type} ${name}`);
    const what = zone[name] ?? [];
    const sent = typeof what === "function" ? what({ id, name, type }) : [pack(id, name, type, what)];
    for (const packet of sent) socket.sendto(fd, from, packet);
  });
  const [ip, port] = socket.udp_address(fd);
  const [listener] = yield* socket.listen(ip, port);
  yield* socket.start(listener, function* (id) {
    yield* socket.start(id);
    const [head] = yield* socket.read(id, 2);
    const [query] = head === false ? [false as const] : yield* socket.read(id, socket.header(head));
    if (query !== false) {
      const { id: tid = 0, questions } = decode(query);
      const { name } = questions![0]!;
      asked.push(`tcp ${name}`);
      const whole = pack(tid, name, "A", [
        [name, "A", "8.8.8.1"],
        [name, "A", "8.8.8.2"],
      ]);
      socket.write(id, [new Uint8Array([whole.length >> 8, whole.length & 255]), whole]);
    }
    yield* socket.close(id);
  });
  return { port: () => port, asked: () => asked.splice(0) };
});

const resolver = defineService((port: number) => {
  dns.DEFAULT_HOSTS = "";
  if (port > 0) dns.server("127.0.0.1", port);
  return {
    resolve: function* (name: string, ipv6?: boolean) {
      return [...(yield* dns.resolve(name, ipv6))];
    },
    sync: function* (name: string, limit: number) {
      const begun = skynet.now();
      return [...(yield* dns.resolve_sync(name, limit)), skynet.now() - begun];
    },
    call: function* (name: string) {
      const token = {};
      let got: unknown[] = [];
      dns.resolve(name, (...args) => {
        got = args;
        skynet.wakeup(token);
      });
      yield* skynet.wait(token);
      return got;
    },
    many: function* (name: string, count: number) {
      const replies: unknown[] = [];
      const token = {};
      for (let i = 0; i < count; i++)
        skynet.fork(function* () {
          replies.push((yield* dns.resolve(name))[0]);
          if (replies.length === count) skynet.wakeup(token);
        });
      yield* skynet.wait(token);
      return replies;
    },
    hosts: (path: string) => void (dns.DEFAULT_HOSTS = path),
    flush: () => dns.flush(),
  };
});

interface Play extends PortableNode {
  readonly ask: (command: string, ...args: unknown[]) => Promise<unknown>;
  readonly asked: () => Promise<readonly string[]>;
}

async function play(): Promise<Play> {
  const t = await startNode({ nameserver, resolver });
  const server = await t.start("nameserver");
  const port = await t.node.call<number>(server, "lua", "port");
  const client = await t.start("resolver", port);
  return {
    ...t,
    ask: (command, ...args) => t.node.call(client, "lua", command, ...args),
    asked: () => t.node.call<string[]>(server, "lua", "asked"),
  };
}

describe("dns.resolve", () => {
  it("gives the first address and all of them: A, AAAA, aliases", async () => {
    const { ask } = await play();
    expect(await ask("resolve", "a.example")).toEqual(["1.2.3.4", ["1.2.3.4"]]);
    expect(await ask("resolve", "A.Example")).toEqual(["1.2.3.4", ["1.2.3.4"]]);
    expect(await ask("resolve", "two.example")).toEqual(["10.0.0.1", ["10.0.0.1", "10.0.0.2"]]);
    expect(await ask("resolve", "six.example", true)).toEqual(["2001:db8:0:0:0:0:0:1", ["2001:db8:0:0:0:0:0:1"]]);
    expect(await ask("resolve", "cname.example")).toEqual(["9.9.9.9", ["9.9.9.9"]]);
  });

  it("takes literal addresses as they are, and refuses what cannot be a name", async () => {
    const { ask, asked } = await play();
    expect(await ask("resolve", "1.2.3.4")).toEqual(["1.2.3.4", undefined]);
    expect(await ask("resolve", "::1", true)).toEqual(["::1", undefined]);
    for (const name of ["bad!name.example", "你.example", `${"a".repeat(64)}.example`, "", "a".repeat(1025)])
      expect(await ask("resolve", name)).toEqual([undefined, "illegal name"]);
    expect(await asked()).toEqual([]);
  });

  it("asks once for many tasks, keeps what it learns, and forgets it with dns.flush", async () => {
    const { ask, asked } = await play();
    expect(await ask("many", "a.example", 50)).toEqual(Array.from({ length: 50 }, () => "1.2.3.4"));
    expect(await ask("resolve", "a.example")).toEqual(["1.2.3.4", ["1.2.3.4"]]);
    expect(await asked()).toEqual(["A a.example"]);
    await ask("flush");
    await ask("resolve", "a.example");
    expect(await asked()).toEqual(["A a.example"]);
    await ask("resolve", "zero.example");
    await ask("resolve", "zero.example");
    expect(await asked()).toEqual(["A zero.example", "A zero.example"]);
  });

  it("throws timeout or no answer, with the reason, for a name without addresses", async () => {
    const { ask, lines } = await play();
    await expect(ask("resolve", "none.example")).rejects.toThrow("call failed");
    expect(lines.join("\n")).toContain("timeout or no answer: none.example (A): it has no such address");
    await expect(ask("resolve", "six.example")).rejects.toThrow("call failed");
  });

  it("ignores answers with another id, to another question, and what they say of other names", async () => {
    const { ask, lines } = await play();
    expect(await ask("resolve", "liar.example")).toEqual(["1.1.1.1", ["1.1.1.1"]]);
    const log = lines.join("\n");
    expect(log).toContain("Recv an invalid name when dns query: bank.example instead of liar.example");
    expect(log).toContain("Recv an invalid package when dns query");
  });

  it("asks over TCP for an answer that was cut off", async () => {
    const { ask, asked } = await play();
    expect(await ask("resolve", "cut.example")).toEqual(["8.8.8.1", ["8.8.8.1", "8.8.8.2"]]);
    expect(await asked()).toEqual(["A cut.example", "tcp cut.example"]);
  });

  it("with a function as second argument calls that (the seed's form)", async () => {
    const { ask } = await play();
    expect(await ask("call", "a.example")).toEqual(["1.2.3.4", ["1.2.3.4"]]);
    expect(await ask("call", "none.example")).toEqual([undefined, expect.stringMatching(/^timeout or no answer/)]);
    expect(await ask("call", "bad!name")).toEqual([undefined, "illegal name"]);
  });

  it("dns.resolve_sync gives up after its time; a host without an answer keeps nobody", async () => {
    const { ask } = await play();
    const [ip, why, waited] = (await ask("sync", "silent.example", 20)) as [undefined, string, number];
    expect([ip, why]).toEqual([undefined, "timeout"]);
    expect(waited).toBeGreaterThanOrEqual(20);
    expect(await ask("sync", "a.example", 500)).toEqual(["1.2.3.4", ["1.2.3.4"], expect.any(Number)]);
  });
});

describe("addresses as text and bytes", () => {
  it("dns.ip_to_str takes 4 or 16 bytes or a number", () => {
    expect(dns.ip_to_str(new Uint8Array([127, 0, 0, 1]))).toBe("127.0.0.1");
    expect(dns.ip_to_str(0x7f000001)).toBe("127.0.0.1");
    expect(dns.ip_to_str(0xffffffff)).toBe("255.255.255.255");
    expect(dns.ip_to_str(dns.str_to_ip("2001:db8::1")!)).toBe("2001:db8::1");
    for (const bad of [new Uint8Array(5), -1, 1.5, 2 ** 32])
      expect(() => dns.ip_to_str(bad)).toThrow("dns.ip_to_str takes 4 or 16 bytes or a 32-bit number");
  });

  it("dns.str_to_ip gives bytes, and nothing for what is no address", () => {
    expect(dns.str_to_ip("1.2.3.4")).toEqual(new Uint8Array([1, 2, 3, 4]));
    expect(dns.str_to_ip("::1")).toHaveLength(16);
    for (const bad of ["1.2.3", "256.1.1.1", "a.example", ""]) expect(dns.str_to_ip(bad)).toBeUndefined();
  });
});
