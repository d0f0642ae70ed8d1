/** socket_proxy, socket_proxyd and package services (services.md §7) on a real host. */
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import type { PackageLimits } from "@skyloom/runtime/socket_proxy";
import { describe, expect, it, vi } from "vitest";
import { startNode } from "./host.ts";

/** Accepts connections and gives each a package service; the test says what to do with them. */
const hub = defineService(function* (limits?: PackageLimits) {
  if (limits !== undefined) yield* skynet.uniqueservice("socket_proxyd" as string, limits);
  const fds: number[] = [];
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (fd) {
    yield* socket_proxy.subscribe(fd);
    fds.push(fd);
  });
  return {
    port: () => port,
    fds: () => fds,
    read: (fd: number) => socket_proxy.read(fd),
    *fails(what: "read" | "info" | "subscribe", fd: number) {
      try {
        yield* socket_proxy[what](fd);
        return "it worked";
      } catch (error) {
        return (error as Error).message;
      }
    },
    write(fd: number, content: Uint8Array | string) {
      try {
        socket_proxy.write(fd, content);
        return "written";
      } catch (error) {
        return (error as Error).message;
      }
    },
    close: (fd: number) => socket_proxy.close(fd),
    abandon: (fd: number) => socket_proxy.abandon(fd),
    info: (fd: number) => socket_proxy.info(fd),
    *list() {
      const proxyd = yield* skynet.queryservice("socket_proxyd" as string);
      return yield* skynet.call<{ fd: number; addr: number; status: string }[]>(proxyd, "debug", "INFO");
    },
  };
});

/** A client in a service. */
const client = defineService(function* (port: number) {
  const [id] = yield* socket.open("127.0.0.1", port);
  return {
    write: (bytes: Uint8Array) => socket.write(id!, bytes),
    close: () => socket.close(id!),
    readall: () => socket.readall(id!),
    *read(n: number) {
      return (yield* socket.read(id!, n))[0];
    },
  };
});

async function world(limits?: PackageLimits) {
  const server = await startNode({ hub, client });
  const { node } = server;
  const at = limits === undefined ? await server.start("hub") : await server.start("hub", limits);
  const port = await node.call<number>(at, "lua", "port");
  const ask = <T = unknown>(...args: unknown[]) => node.call<T>(at, "lua", ...args);
  async function join() {
    const before = (await ask<number[]>("fds")).length;
    const handle = await server.start("client", port);
    const fds = await vi.waitUntil(async () => {
      const list = await ask<number[]>("fds");
      return list.length > before && list;
    });
    return { fd: fds.at(-1)!, do: <T = unknown>(...args: unknown[]) => node.call<T>(handle, "lua", ...args) };
  }
  return { ...server, ask, join };
}

const frame = (...bytes: number[]) => Uint8Array.of(bytes.length >> 8, bytes.length & 255, ...bytes);

describe("socket_proxy.subscribe / read / write / close / info", () => {
  it("frames go both ways; info and the list of socket_proxyd tell what a connection does", async () => {
    const { ask, join } = await world();
    const c = await join();
    await c.do("write", frame(1, 2, 3));
    expect(await ask("read", c.fd)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await ask("write", c.fd, "hi")).toBe("written");
    expect(await c.do("read", 4)).toEqual(frame(0x68, 0x69));
    expect(await ask("info", c.fd)).toBe("req=0 resp=0 uncomplete=-1/3");
    expect(await ask("list")).toEqual([{ fd: c.fd, addr: expect.any(Number), status: "req=0 resp=0 uncomplete=-1/3" }]);
  });

  it("what came before the end can still be read, then read throws disconnect, then subscribe first", async () => {
    const { ask, join } = await world();
    const c = await join();
    await c.do("write", Uint8Array.of(...frame(1), ...frame(2), 0));
    await vi.waitUntil(async () => (await ask<string>("info", c.fd)).startsWith("req=0 resp=2"));
    await c.do("close");
    await vi.waitUntil(async () => (await ask<unknown[]>("list")).length === 0);
    expect(await ask("read", c.fd)).toEqual(Uint8Array.of(1));
    expect(await ask("read", c.fd)).toEqual(Uint8Array.of(2));
    expect(await ask("fails", "read", c.fd)).toBe("disconnect");
    expect(await ask("fails", "read", c.fd)).toBe(`subscribe first: this service does not know connection ${c.fd}`);
  });

  it("close sends what was written first; an unknown connection may be closed, not read, written or asked", async () => {
    const { ask, join } = await world();
    const c = await join();
    await ask("write", c.fd, "bye");
    await ask("close", c.fd);
    expect(await c.do("readall")).toEqual(frame(0x62, 0x79, 0x65));
    await ask("close", c.fd);
    for (const what of ["read", "info"]) expect(await ask("fails", what, c.fd)).toContain("subscribe first");
    expect(await ask("write", c.fd, "x")).toContain("subscribe first");
  });

  it("write refuses more than a frame holds", async () => {
    const { ask, join } = await world();
    const c = await join();
    expect(await ask("write", c.fd, new Uint8Array(65_536))).toContain("Invalid size (too long) of data : 65536");
    expect(await ask("write", c.fd, new Uint8Array(65_535))).toBe("written");
    expect((await c.do<Uint8Array>("read", 65_537)).length).toBe(65_537);
  });

  it("a connection that does not exist cannot be subscribed, and leaves nothing behind", async () => {
    const { ask, node } = await world();
    const before = node.kernel.serviceCount;
    expect(await ask("fails", "subscribe", 12_345)).toBe("call failed");
    await vi.waitUntil(() => node.kernel.serviceCount <= before + 1);
    expect(await ask("list")).toEqual([]);
  });

  it("two services share a connection; abandon forgets it without closing", async () => {
    const { ask, join } = await world();
    const c = await join();
    await ask("abandon", c.fd);
    expect(await ask("fails", "read", c.fd)).toContain("subscribe first");
    expect(await ask("fails", "subscribe", c.fd)).toBe("it worked");
    await c.do("write", frame(9));
    expect(await ask("read", c.fd)).toEqual(Uint8Array.of(9));
  });
});

describe("limits of socket_proxyd's connections", () => {
  it("one that nobody reads is not read from, and loses nothing", async () => {
    const { ask, join } = await world({ maxInputBytes: 4000 });
    const c = await join();
    const body = Array.from({ length: 1000 }, (_x, i) => i & 255);
    for (let i = 0; i < 2000; i++) await c.do("write", frame(...body));
    const waiting = async () => Number(/resp=(\d+)/.exec(await ask<string>("info", c.fd))![1]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await waiting()).toBeLessThan(500);
    for (let i = 0; i < 2000; i++) expect((await ask<Uint8Array>("read", c.fd)).length).toBe(1000);
  });

  it("one that says nothing is closed", async () => {
    const { ask, join, lines } = await world({ idle: 10 });
    const c = await join();
    expect(await ask("fails", "read", c.fd)).toBe("disconnect");
    expect(lines.join("\n")).toContain(`timeout ${c.fd}`);
    expect(await c.do("readall")).toBe(false);
  });
});
