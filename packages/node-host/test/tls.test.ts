/** TLS (api.md §7, tlshelper) between services and with Node's own TLS, over real TCP. Real time, because sockets and OpenSSL are real. */
import { readFileSync } from "node:fs";
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { connect, createServer, type TLSSocket } from "node:tls";
import { createNode, defineService, skynet } from "@skyloom/runtime";
import type { Operation, SkynetNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { httpc } from "@skyloom/runtime/httpc";
import { socket } from "@skyloom/runtime/socket";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { tlshelper } from "@skyloom/runtime/tlshelper";
import { websocket } from "@skyloom/runtime/websocket";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";

const file = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
const [CA, CERT, KEY] = [file("ca.pem"), file("server-cert.pem"), file("server-key.pem")];
const pem = (path: string): string => readFileSync(path, "utf8");
const text = (bytes: Uint8Array): string => skynet.totext(bytes) as string;
const big = new Uint8Array(3_000_000).map((_, i) => (i * 31 + (i >> 9)) & 255);
const sum = (bytes: Uint8Array): number => bytes.reduce((n, b, i) => (n + b * ((i % 997) + 1)) | 0, 0);

async function host<T extends object>(services: T, config: Record<string, string> = {}): Promise<SkynetNode & { lines: string[] }> {
  const lines: string[] = [];
  const ports = { ...nodePorts(), log: { output: { line: (line: string) => void lines.push(line) } } };
  const node = await createNode({ ports, services: services as never, config: { start: "", ...config } });
  onTestFinished(() => node.stop());
  return Object.assign(node, { lines });
}

/** Answers `echo` lines; `big` with three megabytes, closing at once; `bye` closes. */
const server = defineService(function* () {
  const ctx = tlshelper.newctx();
  const failures: string[] = [];
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (fd) {
    yield* socket.start(fd);
    const tls = tlshelper.newtls("server", ctx);
    try {
      yield* tlshelper.init_responsefunc(fd, tls)();
      const [read, write] = [tlshelper.readfunc(fd, tls), tlshelper.writefunc(fd, tls)];
      for (;;) {
        const size = (yield* read(1))[0]!;
        const said = text(yield* read(size));
        if (said === "bye") break;
        if (said === "big") {
          write(big);
          break;
        }
        write([`<${said}`, ">"]);
      }
    } catch (error) {
      failures.push((error as Error).message.replace(/fd = \d+/, "fd = N"));
    }
    tlshelper.closefunc(tls)();
    yield* socket.close(fd);
  });
  return { port: () => port, failures: () => failures.splice(0), open: () => socket.netstat().filter((s) => s.type !== "LISTEN").length };
});

const said = (what: string): Uint8Array => Uint8Array.of(what.length, ...Buffer.from(what));

const client = defineService((ca: string, verify = true) => {
  const ctx = tlshelper.newctx();
  if (ca !== "") ctx.set_ca(ca);
  if (!verify) ctx.set_verify(false);
  function* begin(port: number, name: string | undefined) {
    const fd = yield* sockethelper.connect("127.0.0.1", port, 500);
    const tls = tlshelper.newtls("client", ctx, name);
    try {
      yield* tlshelper.init_requestfunc(fd, tls)();
    } catch (error) {
      yield* socket.close(fd);
      throw error;
    }
    return [fd, tls] as const;
  }
  return {
    *echo(port: number, name: string | undefined, ...words: string[]): Operation<unknown> {
      try {
        const [fd, tls] = yield* begin(port, name);
        const answers: string[] = [];
        for (const word of words) {
          tlshelper.writefunc(fd, tls)(said(word));
          answers.push(text(yield* tlshelper.readfunc(fd, tls)(word.length + 2)));
        }
        tlshelper.writefunc(fd, tls)(said("bye"));
        const rest = yield* tlshelper.readallfunc(fd, tls)();
        yield* socket.close(fd);
        let late = "nothing";
        try {
          tlshelper.writefunc(fd, tls)("late");
        } catch (error) {
          late = (error as Error).message.replace(/fd = \d+/, "fd = N");
        }
        return [answers, rest.length, late];
      } catch (error) {
        return `${(error as { code: string }).code}: ${(error as Error).message.replace(/fd = \d+/, "fd = N")}`;
      }
    },
    *big(port: number): Operation<readonly [number, number]> {
      const [fd, tls] = yield* begin(port, "localhost");
      tlshelper.writefunc(fd, tls)(said("big"));
      const all = yield* tlshelper.readallfunc(fd, tls)();
      yield* socket.close(fd);
      return [all.length, sum(all)];
    },
    *pieces(port: number): Operation<readonly [number, number]> {
      const [fd, tls] = yield* begin(port, "localhost");
      tlshelper.writefunc(fd, tls)(said("big"));
      yield* skynet.sleep(20);
      const read = tlshelper.readfunc(fd, tls);
      const first = yield* read(1_000_000);
      let [size, count] = [first.length, 0];
      while (size < big.length) {
        size += (yield* read()).length;
        count++;
      }
      yield* socket.close(fd);
      return [size, count > 1 ? 1 : 0];
    },
  };
});

async function world(config: Record<string, string> = { certfile: CERT, keyfile: KEY }) {
  const far = await host({ server }, config);
  const handle = await far.newservice("server");
  const near = await host({ client });
  return {
    far,
    port: await far.call<number>(handle!, "lua", "port"),
    failures: () => far.call<string[]>(handle!, "lua", "failures"),
    open: () => far.call<number>(handle!, "lua", "open"),
    near,
    start: async (...args: unknown[]) => (await near.newservice("client", ...args))!,
  };
}

describe("tlshelper between services", () => {
  it("newctx, newtls, init_requestfunc, init_responsefunc, readfunc, writefunc, readallfunc, closefunc: both ends talk, and part politely", async () => {
    const { near, port, start, failures, open } = await world();
    const c = await start(CA);
    expect(await near.call(c, "lua", "echo", port, "localhost", "hello", "TLS")).toEqual([
      ["<hello>", "<TLS>"],
      0,
      "[Socket Error] : write failed fd = N",
    ]);
    expect(await near.call(c, "lua", "echo", port, "127.0.0.1", "by address")).toEqual([
      ["<by address>"],
      0,
      "[Socket Error] : write failed fd = N",
    ]);
    expect(await failures()).toEqual([]);
    await expect.poll(open).toBe(0);
  });

  it("what was written before socket.close arrives whole, also when nobody reads for a while", async () => {
    const { near, port, start } = await world();
    const c = await start(CA);
    expect(await near.call(c, "lua", "big", port)).toEqual([big.length, sum(big)]);
    expect(await near.call(c, "lua", "pieces", port)).toEqual([big.length, 1]);
  });

  it("a client refuses whom it cannot trust: another name, an unknown root; set_verify(false), cafile and tlsverify change that", async () => {
    const { near, port, start, failures } = await world();
    const trusting = await start(CA);
    expect(await near.call(trusting, "lua", "echo", port, "example.org")).toMatch(
      /^SOCKET: \[Socket Error\] : TLS handshake failed fd = N: Hostname\/IP does not match certificate's altnames/,
    );
    const stranger = await start("");
    expect(await near.call(stranger, "lua", "echo", port, "localhost")).toMatch(
      /^SOCKET: \[Socket Error\] : TLS handshake failed fd = N: (unable to verify|self-signed|unable to get)/,
    );
    expect(await near.call(stranger, "lua", "echo", port, undefined)).toMatch(/^ARGUMENT: a TLS client needs the name of the host/);
    await expect.poll(async () => (await failures()).length).toBeGreaterThan(0);
    const reckless = await start("", false);
    expect(await near.call(reckless, "lua", "echo", port, undefined, "x")).toEqual([["<x>"], 0, expect.any(String)]);
    for (const config of [{ cafile: CA }, { tlsverify: "false" }]) {
      const other = await host({ client }, config);
      expect(await other.call((await other.newservice("client", ""))!, "lua", "echo", port, "localhost", "x")).toEqual([
        ["<x>"],
        0,
        expect.any(String),
      ]);
    }
  });

  it("a certificate that cannot be read, or is none, is named", async () => {
    const bad = defineService(() => ({
      file() {
        const ctx = tlshelper.newctx();
        try {
          ctx.set_cert("./no-such-cert.pem", KEY);
        } catch (error) {
          return (error as Error).message;
        }
        return "read";
      },
      *garbage() {
        const ctx = tlshelper.newctx();
        ctx.set_cert(file("README.md"), KEY);
        try {
          yield* tlshelper.init_responsefunc(1, tlshelper.newtls("server", ctx))();
        } catch (error) {
          return `${(error as { code: string }).code}: ${(error as Error).message}`;
        }
        return "begun";
      },
      *early() {
        try {
          yield* tlshelper.readfunc(7, tlshelper.newtls("client", tlshelper.newctx()))();
        } catch (error) {
          return (error as Error).message;
        }
        return "read";
      },
    }));
    const node = await host({ bad });
    const b = (await node.newservice("bad"))!;
    expect(await node.call(b, "lua", "file")).toBe(
      "the TLS certificate ./no-such-cert.pem cannot be read; paths are relative to the working directory",
    );
    expect(await node.call(b, "lua", "garbage")).toMatch(/^ARGUMENT: TLS cannot begin with this certificate, key or cipher list: /);
    expect(await node.call(b, "lua", "early")).toMatch(/TLS was not begun fd = 7/);
  });

  it("a host without TLS says so", async () => {
    const asks = defineService(() => ({ ask: () => tlshelper.newctx() }));
    const { tls: _tls, ...ports } = nodePorts();
    const node = await createNode({ ports, services: { asks }, config: { start: "" } });
    onTestFinished(() => node.stop());
    const handle = (await node.newservice("asks"))!;
    await expect(node.call(handle, "lua", "ask")).rejects.toMatchObject({ cause: { code: "UNSUPPORTED" } });
  });
});

describe("tlshelper with Node's own TLS", () => {
  it("a client of ours talks to a server of Node's", async () => {
    const peer = createServer({ cert: pem(CERT), key: pem(KEY) }, (s: TLSSocket) => {
      s.on("data", (d) => {
        if (d.toString().endsWith("bye")) s.end();
        else s.write(`<${d.subarray(1).toString()}>`);
      });
      s.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void peer.close());
    const { near, start } = await world();
    const c = await start(CA);
    const { port } = peer.address() as AddressInfo;
    expect(await near.call(c, "lua", "echo", port, "localhost", "hello")).toEqual([["<hello>"], 0, expect.any(String)]);
  });

  it("a client of Node's talks to a server of ours, and sees a clean end", async () => {
    const { port, failures } = await world();
    const got: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const s = connect({ port, host: "127.0.0.1", servername: "localhost", ca: pem(CA) }, () => {
        s.write(said("one"));
        s.write(said("bye"));
      });
      s.on("data", (d) => got.push(d));
      s.on("end", resolve);
      s.on("error", reject);
    });
    expect(Buffer.concat(got).toString()).toBe("<one>");
    expect(await failures()).toEqual([]);
  });
});

describe("wsgate with protocol wss", () => {
  /** Answers each packet backwards, by way of the gate. */
  const watchdog = defineService(function* () {
    const events: unknown[] = [];
    const gate = (yield* skynet.newservice("wsgate"))!;
    const open = { address: "127.0.0.1", port: 0, protocol: "wss", maxclient: 64 };
    const [, port] = yield* skynet.callall<[string, number]>(gate, "lua", "open", open);
    skynet.register_protocol({
      name: "client",
      id: skynet.PTYPE_CLIENT,
      unpack: (body) => [body],
      dispatch(fd: number, _source: number, packet: Uint8Array) {
        skynet.ignoreret();
        skynet.send(gate, "lua", "send", fd, packet.slice().reverse());
      },
    });
    return {
      port: () => port,
      events: () => events,
      *socket(event: string, fd: number) {
        events.push(event);
        if (event === "open") yield* skynet.call(gate, "lua", "forward", fd);
      },
      kick: (fd: number) => skynet.send(gate, "lua", "kick", fd),
      sockets: () =>
        socket
          .netstat()
          .filter((s) => s.type !== "LISTEN")
          .map((s) => s.id),
    };
  });
  const player = defineService(() => {
    let id = 0;
    return {
      connect: function* (port: number): Operation<unknown> {
        try {
          id = yield* websocket.connect(`wss://localhost:${port}/`, undefined, 500);
          return "connected";
        } catch (error) {
          return (error as Error).message.replace(/fd = \d+/, "fd = N");
        }
      },
      *ask(packet: Uint8Array): Operation<unknown> {
        websocket.write(id, packet, "binary");
        const [answer, closed] = yield* websocket.read(id);
        return answer === false ? [false, [...closed]] : answer;
      },
      *listen(): Operation<unknown> {
        const [answer, closed] = yield* websocket.read(id);
        return answer === false ? [false, [...closed]] : answer;
      },
      close: () => websocket.close(id, 1000),
    };
  });

  async function gateWorld(cafile = CA) {
    const far = await host({ watchdog }, { certfile: CERT, keyfile: KEY });
    const w = (await far.newservice("watchdog"))!;
    const near = await host({ player }, { cafile });
    const p = (await near.newservice("player"))!;
    return {
      lines: far.lines,
      port: await far.call<number>(w, "lua", "port"),
      tell: <T>(cmd: string, ...args: unknown[]) => far.call<T>(w, "lua", cmd, ...args),
      ask: (cmd: string, ...args: unknown[]) => near.call(p, "lua", cmd, ...args),
    };
  }

  it("packets go both ways, small ones and one of 256 KiB; send answers; the end is told, and nothing stays open", async () => {
    const { port, tell, ask } = await gateWorld();
    expect(await ask("connect", port)).toBe("connected");
    expect(await ask("ask", Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(3, 2, 1));
    const large = big.slice(0, 256 * 1024);
    expect(await ask("ask", large)).toEqual(large.slice().reverse());
    await ask("close");
    await expect.poll(() => tell("events")).toEqual(["open", "close"]);
    await expect.poll(() => tell("sockets")).toEqual([]);
  });

  it("kick closes with a close frame through TLS", async () => {
    const { port, tell, ask } = await gateWorld();
    await ask("connect", port);
    await ask("ask", Uint8Array.of(1));
    const over = ask("listen");
    await tell("kick", (await tell<number[]>("sockets"))[0]);
    expect(await over).toEqual([false, [1000 >> 8, 1000 & 255]]);
    await expect.poll(() => tell("sockets")).toEqual([]);
  });

  it("who does not speak TLS is kept out, with a line in the log; the next one is served", async () => {
    const { port, tell, ask, lines } = await gateWorld();
    const heard = await new Promise<number>((resolve) => {
      let size = 0;
      const s = connectTcp(port, "127.0.0.1", () => s.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
      s.on("data", (d) => (size += d.length));
      s.on("error", () => undefined);
      s.on("close", () => resolve(size));
    });
    expect(heard).toBeLessThan(100);
    await expect.poll(() => lines.join("\n")).toMatch(/wsgate: connection \d+ of 127.0.0.1:\d+: \[Socket Error\] : TLS handshake failed/);
    expect(await tell("events")).toEqual([]);
    expect(await ask("connect", port)).toBe("connected");
    expect(await ask("ask", Uint8Array.of(7, 8))).toEqual(Uint8Array.of(8, 7));
  });
});

describe("TLS and hostile peers", () => {
  it("bytes that are no TLS fail the handshake of that connection, with a reason, and nothing else", async () => {
    const { port, failures, open, near, start } = await world();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        await new Promise<void>((resolve) => {
          const s = connectTcp(port, "127.0.0.1", () => s.end(bytes));
          s.on("error", () => undefined);
          s.resume();
          s.on("close", () => resolve());
        });
        await expect.poll(failures).toEqual([expect.stringMatching(/^\[Socket Error\] : TLS handshake failed fd = N/)]);
      }),
      { numRuns: 25 },
    );
    await expect.poll(open).toBe(0);
    expect(await near.call(await start(CA), "lua", "echo", port, "localhost", "alive")).toEqual([["<alive>"], 0, expect.any(String)]);
  });

  it("a task that is killed in the middle of a handshake leaves no task and no connection behind", async () => {
    let [opened, closed] = [0, 0];
    const silent = createTcpServer((s) => {
      opened++;
      s.on("error", () => undefined);
      s.on("close", () => closed++);
      s.resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const visitor = defineService(() => {
      let task: ReturnType<typeof skynet.running> | undefined;
      return {
        start: (port: number) => void (task = skynet.fork(() => httpc.get(`https://localhost:${port}`, "/"))),
        kill: () => skynet.killthread(task!) === task,
        tasks: () => skynet.task(),
      };
    });
    const near = await host({ visitor });
    const v = (await near.newservice("visitor"))!;
    const tasks = () => near.call<number>(v, "lua", "tasks");
    const before = await tasks();
    await near.call(v, "lua", "start", (silent.address() as AddressInfo).port);
    await expect.poll(() => opened).toBe(1);
    await expect.poll(tasks).toBeGreaterThan(before + 1);
    expect(await near.call(v, "lua", "kill")).toBe(true);
    await expect.poll(() => closed).toBe(1);
    await expect.poll(tasks).toBe(before);
  });

  it("a server that goes away in the middle of the handshake fails the client's, and hangs nobody", async () => {
    const rude = createTcpServer((s) => s.once("data", () => s.destroy()));
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void rude.close());
    const { near, start } = await world();
    const { port } = rude.address() as AddressInfo;
    expect(await near.call(await start(CA), "lua", "echo", port, "localhost")).toMatch(
      /^SOCKET: \[Socket Error\] : TLS handshake failed fd = N/,
    );
  });
});
