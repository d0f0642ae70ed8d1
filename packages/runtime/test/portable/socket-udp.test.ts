/** The datagram rows of api.md §8 and the resolver, on real UDP and on that of a page. */
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { describe, expect, it } from "vitest";
import { inBrowser, startNode } from "./host.ts";

const text = (bytes: Uint8Array): string => skynet.totext(bytes) as string;

/** Answers each datagram with what it held and where it came from. */
const echo = defineService(() => {
  const id = socket.udp_listen("127.0.0.1", 0, (data, from) => {
    const [ip] = socket.udp_address(from);
    socket.sendto(id, from, `${ip} said ${text(data)}`);
  });
  return { address: () => socket.udp_address(id) };
});

const client = defineService(() => {
  const got: string[] = [];
  const note = (data: Uint8Array): void => void got.push(text(data));
  function* answers(n: number) {
    for (let i = 0; i < 300 && got.length < n; i++) yield* skynet.sleep(1);
    return got.splice(0).sort();
  }
  return {
    *dial(host: string, port: number) {
      const id = socket.udp_dial(host, port, note);
      const sent = [socket.write(id, "one"), socket.lwrite(id, ["t", "wo"])];
      const list = yield* answers(2);
      const [entry] = socket.netstat().filter((s) => s.id === id);
      yield* socket.close(id);
      return [
        sent,
        list,
        entry!.type,
        entry!.type === "UDP" && [entry!.read, entry!.write, entry!.peer],
        socket.write(id, "late"),
        socket.invalid(id),
      ];
    },
    *connect(host: string, port: number) {
      const id = socket.udp((data) => note(data));
      socket.write(id, "lost, for nobody is named");
      socket.udp_connect(id, host, port);
      socket.write(id, "one");
      const first = yield* answers(1);
      socket.udp_connect(
        id,
        host,
        port,
        (data, from) => void got.push(`${text(data)} to the second callback, from ${socket.udp_address(from)[1]}`),
      );
      socket.write(id, "two");
      const second = yield* answers(1);
      yield* socket.close(id);
      return [first, second];
    },
    *send(host: string, port: number) {
      const id = socket.udp((data, from) => skynet.fork(() => note(Uint8Array.of(...data, 32, ...from))), "127.0.0.1");
      const [ip, own] = socket.udp_address(id);
      const sent = socket.sendto(id, host, port, "seed");
      const list = yield* answers(1);
      yield* socket.close(id);
      return [sent, list[0]!.slice(0, 19), ip, own > 0, socket.sendto(id, host, port, "late")];
    },
    *suspends(host: string, port: number) {
      const seen: string[] = [];
      const id = socket.udp_dial(host, port, function* (data) {
        yield* skynet.sleep(1);
        seen.push(text(data));
      });
      socket.write(id, "x");
      for (let i = 0; i < 300 && seen.length === 0; i++) yield* skynet.sleep(1);
      yield* socket.close(id);
      return seen;
    },
    bad(port: number) {
      const said = (fn: () => unknown): unknown => {
        try {
          return fn();
        } catch (error) {
          return `${(error as { code: string }).code}: ${(error as Error).message}`;
        }
      };
      const id = socket.udp(note);
      return [
        said(() => socket.udp_address(new Uint8Array([1, 2, 3]))),
        said(() => socket.udp_address(99_999)),
        said(() => socket.sendto(id, new Uint8Array([9]), "x")),
        said(() => socket.sendto(id, "127.0.0.1", 0, "x")),
        said(() => (socket.sendto as (...args: unknown[]) => boolean)(id, "127.0.0.1", "x")),
        said(() => socket.sendto(id, "::1", 9, "x")),
        said(() => socket.udp_listen("127.0.0.1", port, note)),
        said(() => socket.udp_connect(99_999, "127.0.0.1", 1)),
      ];
    },
    *names() {
      const list = yield* socket.resolve("localhost");
      const literal = yield* socket.resolve("127.0.0.1");
      try {
        yield* socket.resolve("no-such-host.invalid");
      } catch (error) {
        return [list.includes("127.0.0.1") || list.includes("::1"), literal, (error as { code: string }).code, (error as Error).message];
      }
      return "resolved";
    },
    *nowhere() {
      const seen: unknown[] = [];
      let id: number;
      try {
        id = socket.udp(note, "no-such-host.invalid", 1);
      } catch (error) {
        return (error as Error).message;
      }
      socket.onclose(id, () => void seen.push("closed"));
      for (let i = 0; i < 1000 && socket.disconnected(id) !== true; i++) yield* skynet.sleep(1);
      yield* socket.close(id);
      return [...seen, socket.invalid(id)];
    },
    *adopt() {
      try {
        yield* socket.stdin();
      } catch (error) {
        return [(error as { code: string }).code, (error as Error).message];
      }
      return "taken";
    },
  };
});

async function pair(): Promise<{ call: (...args: unknown[]) => Promise<unknown>; port: number; lines: readonly string[] }> {
  const server = await startNode({ echo });
  const [, port] = await server.node.call<readonly [string, number]>(await server.start("echo"), "lua", "address");
  const { node, start, lines } = await startNode({ client });
  const handle = await start("client");
  return { port, lines, call: (...args) => node.call(handle, "lua", ...args) };
}

describe("UDP from a service", () => {
  it("socket.udp_dial (addr, port, callback): write and lwrite send to the peer; netstat shows it; close ends it", async () => {
    const { call, port } = await pair();
    expect(await call("dial", "127.0.0.1", port)).toEqual([
      [true, true],
      ["127.0.0.1 said one", "127.0.0.1 said two"],
      "UDP",
      [36, 6, `127.0.0.1:${port}`],
      false,
      true,
    ]);
  });

  it("socket.udp (callback, host, port) and socket.udp_connect (id, addr, port, callback): names the peer, and may change the callback", async () => {
    const { call, port, lines } = await pair();
    expect(await call("connect", "127.0.0.1", port)).toEqual([
      ["127.0.0.1 said one"],
      [`127.0.0.1 said two to the second callback, from ${port}`],
    ]);
    expect(lines.join("\n")).toMatch(/socket-server : udp \(\d+\) error: 25 bytes are dropped, it has no peer; use sendto or udp_connect/);
  });

  it("socket.sendto (id, addr, port, data) and (id, from, data), socket.udp_address (id) and (from): seed and real forms", async () => {
    const { call, port } = await pair();
    const [sent, answer, ip, bound, late] = (await call("send", "127.0.0.1", port)) as unknown[];
    expect([sent, answer, ip, bound, late]).toEqual([true, "127.0.0.1 said seed", "127.0.0.1", true, false]);
  });

  it("a callback may suspend", async () => {
    const { call, port } = await pair();
    expect(await call("suspends", "127.0.0.1", port)).toEqual(["127.0.0.1 said x"]);
  });

  it("socket.udp_listen (addr, port, callback) on a taken address, and every other wrong use, says what is wrong", async () => {
    const { call, port } = await pair();
    expect(await call("bad", port)).toEqual([
      "ARGUMENT: Invalid udp address: 3 bytes that begin with 1; IPv4 has 7 and begins with 1, IPv6 has 19 and begins with 2",
      "SOCKET: socket 99999 is not a UDP socket, or not bound yet",
      "ARGUMENT: Invalid udp address: 1 bytes that begin with 9; IPv4 has 7 and begins with 1, IPv6 has 19 and begins with 2",
      "ARGUMENT: a datagram to 127.0.0.1 needs a port from 1 to 65535, not 0",
      "ARGUMENT: socket.sendto takes (id, from, data) or (id, host, port, data); the data is missing",
      false,
      `SOCKET: udp_listen failed: cannot bind 127.0.0.1:${port}: Address already in use`,
      "SOCKET: socket 99999 is not a UDP socket of this service",
    ]);
  });

  it("socket.udp (callback, host, port) with a name that nobody knows throws, or ends the socket with a line in the log", async () => {
    const { call, lines } = await pair();
    const got = await call("nowhere");
    // A page knows its names: there it can be thrown at once.
    if (inBrowser) expect(got).toBe("udp failed: cannot bind no-such-host.invalid:1: Name or service not known");
    else {
      expect(got).toEqual(["closed", true]);
      expect(lines.join("\n")).toMatch(/socket: error on \d+ /);
    }
  });

  it("the sockets of a service that ends are closed", async () => {
    const { node, start } = await startNode({ echo });
    await start("echo");
    const one = () => node.kernel.sockets.info().length;
    expect(one()).toBe(1);
    await node.stop();
    expect(one()).toBe(0);
  });
});

describe("socketdriver.udp, udp_listen, udp_dial, udp_connect, udp_send, udp_address", () => {
  it("report datagrams as PTYPE_SOCKET messages of type 6: id, size, bytes, opaque address", async () => {
    const raw = defineService(() => {
      const seen: unknown[] = [];
      skynet.register_protocol({
        name: "socket",
        id: skynet.PTYPE_SOCKET,
        unpack: (body) => body,
        dispatch: (_session, _source, ...event: unknown[]) => void seen.push(event),
      });
      const server = socketdriver.udp_listen("127.0.0.1", 0);
      const [, port] = socket.udp_address(server);
      const dialled = socketdriver.udp_dial("127.0.0.1", port);
      const named = socketdriver.udp();
      socketdriver.udp_connect(named, "127.0.0.1", port);
      return {
        *go() {
          socketdriver.send(dialled, "a");
          socketdriver.send(named, "bc");
          for (let i = 0; i < 300 && seen.length < 2; i++) yield* skynet.sleep(1);
          const [, , , , from] = seen[0] as [number, number, number, Uint8Array, Uint8Array];
          const back = socketdriver.udp_send(server, from, "back");
          for (let i = 0; i < 300 && seen.length < 3; i++) yield* skynet.sleep(1);
          return [
            back,
            socketdriver.udp_address(from)[0],
            (seen as unknown[][]).map((e) => [e[0], e[1] === server, e[2], text(e[3] as Uint8Array)]),
          ];
        },
      };
    });
    const { node, start } = await startNode({ raw });
    const [back, ip, events] = await node.call<[boolean, string, [number, boolean, number, string][]]>(await start("raw"), "lua", "go");
    expect([back, ip]).toEqual([true, "127.0.0.1"]);
    expect(events.map((e) => e.join()).sort()).toEqual(["6,false,4,back", "6,true,1,a", "6,true,2,bc"]);
  });
});

describe("socket.resolve (host, port)", () => {
  it("gives the addresses of a name, a literal address as it is, and throws the resolver's text", async () => {
    const { call } = await pair();
    const [found, literal, code, why] = (await call("names")) as unknown[];
    expect([found, literal, code]).toEqual([true, ["127.0.0.1"], "SOCKET"]);
    expect(why).toMatch(/^cannot resolve no-such-host\.invalid: (Name or service not known|Temporary failure in name resolution)$/);
  });
});

describe("socket.bind (os_fd) and socket.stdin ()", () => {
  it.runIf(inBrowser)("a tab has no descriptors, and says so", async () => {
    const { call } = await pair();
    expect(await call("adopt")).toEqual([
      "UNSUPPORTED",
      "socket bind of descriptor 0 is not supported here: this host has no descriptors of an operating system (nodePorts() in Node has); connect or listen instead",
    ]);
  });
});
