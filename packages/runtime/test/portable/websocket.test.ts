/** websocket (api.md §7) and the gate for it, on real sockets and on those of a page. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { httpd } from "@skyloom/runtime/httpd";
import { socket } from "@skyloom/runtime/socket";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { websocket } from "@skyloom/runtime/websocket";
import type { AcceptOptions } from "@skyloom/runtime/websocket";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const named = (error: unknown): string => (error as Error).message.replace(/fd = \d+/, "fd = N");

/** Echoes, and does what messages ask for. */
const server = defineService(function* (options?: AcceptOptions & { readonly first?: boolean }) {
  const seen: unknown[] = [];
  const ended: unknown[] = [];
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (id, addr) {
    let upgrade: AcceptOptions["upgrade"];
    if (options?.first === true) {
      yield* socket.start(id);
      const [code, at, method, header] = yield* httpd.read_request(sockethelper.readfunc(id));
      if (code !== 200) throw new Error("no request");
      upgrade = { header, method, url: at };
    }
    const [ok, error] = yield* websocket.accept(
      id,
      {
        connect: () => void seen.push("connect"),
        handshake: (ws, header, url) => void seen.push(["handshake", url, header["x-a"], websocket.addrinfo(ws), websocket.real_ip(ws)]),
        *message(ws, data, kind) {
          const said = data.length < 100 ? text(data) : `${data.length} bytes`;
          seen.push(["message", said, kind]);
          if (said === "wait") yield* skynet.sleep(5);
          if (said === "ping") websocket.ping(ws);
          if (said === "throw") throw new Error("I was told to");
          // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- handlers do
          if (said === "throw text") throw "a text";
          if (said === "close") websocket.close(ws, 4000, "as you like");
          else websocket.write(ws, data, kind);
          if (said === "close") seen.push(websocket.is_close(ws));
        },
        ping: () => void seen.push("ping"),
        pong: () => void seen.push("pong"),
        close: (_ws, code, reason) => void seen.push(["close", code, reason]),
        error: (_ws, { message }) => void seen.push(["error", message.replace(/fd = \d+/, "fd = N")]),
      },
      "ws",
      addr.replace(/\d+$/, "N"),
      upgrade === undefined ? options : { upgrade },
    );
    ended.push(ok || named(error));
  });
  return {
    port: () => port,
    seen: () => seen,
    ended: () => ended,
    open: () => socket.netstat().filter((s) => s.type !== "LISTEN").length,
  };
});

const client = defineService(() => {
  let id = 0;
  const guard = function* (run: Operation<unknown>): Operation<unknown> {
    try {
      return yield* run;
    } catch (error) {
      return `${(error as { code: string }).code}: ${named(error)}`;
    }
  };
  return {
    connect: (url: string, header?: Record<string, string>, timeout?: number) =>
      guard(
        (function* () {
          id = yield* websocket.connect(url, header, timeout);
          return websocket.addrinfo(id);
        })(),
      ),
    read: () =>
      guard(
        (function* () {
          const [data, closed] = yield* websocket.read(id);
          return data === false ? [false, text(closed.subarray(2))] : data.length < 1000 ? text(data) : data.length;
        })(),
      ),
    *write(data: string | Uint8Array, fmt?: "text" | "binary", key?: number): Operation<unknown> {
      try {
        websocket.write(id, data, fmt, key);
        return undefined;
      } catch (error) {
        return `${(error as { code: string }).code}: ${named(error)}`;
      }
    },
    ping: () => websocket.ping(id),
    close: (code?: number, reason?: string) => websocket.close(id, code, reason),
    is_close: () => websocket.is_close(id),
    /** Says bytes as they are; gives what it heard, when it has heard so much or it is over. */
    *raw(port: number, pieces: Uint8Array[], wanted: number) {
      const fd = yield* sockethelper.connect("127.0.0.1", port);
      for (const piece of pieces) {
        socket.write(fd, piece);
        yield* skynet.sleep(1);
      }
      const [heard, rest] = yield* socket.read(fd, wanted);
      yield* socket.close(fd);
      return heard === false ? rest : heard;
    },
    /** Says the same so many times, and each time waits for as many bytes. */
    *rally(port: number, hello: Uint8Array, said: Uint8Array, times: number) {
      const fd = yield* sockethelper.connect("127.0.0.1", port);
      socket.write(fd, hello);
      let heard = 0;
      const read = sockethelper.readfunc(fd);
      yield* read(WELCOME);
      for (; heard < times * said.length; heard += said.length) {
        socket.write(fd, said);
        yield* read(said.length);
      }
      yield* socket.close(fd);
      return heard;
    },
    /** Says the same over and over and reads nothing, until it is thrown out or has said so many MiB. */
    *flood(port: number, hello: Uint8Array, frame: Uint8Array, most: number) {
      const fd = yield* sockethelper.connect("127.0.0.1", port);
      socket.write(fd, hello);
      const many = Math.ceil((1024 * 1024) / frame.length);
      const piece = new Uint8Array(many * frame.length);
      for (let i = 0; i < many; i++) piece.set(frame, i * frame.length);
      let said = 0;
      for (; said < most && socket.disconnected(fd) === false; said++) {
        socket.write(fd, piece);
        yield* skynet.sleep(3);
      }
      socket.shutdown(fd);
      yield* socket.close(fd);
      return said;
    },
  };
});

async function pair(options?: object) {
  const { node, start, lines } = await startNode({ server, client });
  const [s, c] = [await start("server", options), await start("client")];
  const port = await node.call<number>(s, "lua", "port");
  return {
    port,
    lines,
    url: `ws://127.0.0.1:${port}`,
    ask: <T = unknown>(command: string, ...args: unknown[]) => node.call<T>(c, "lua", command, ...args),
    seen: () => node.call<unknown[]>(s, "lua", "seen"),
    ended: () => node.call<unknown[]>(s, "lua", "ended"),
    open: () => node.call<number>(s, "lua", "open"),
  };
}

const bytes = (...list: (number | string)[]): Uint8Array =>
  Uint8Array.from(list.flatMap((b) => (typeof b === "number" ? [b] : [...new TextEncoder().encode(b)])));
const HELLO =
  "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nX-Real-IP: 1.2.3.4\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const WELCOME = 129;

describe("websocket.connect (url, header, timeout), read, write, ping, close, addrinfo, is_close with websocket.accept", () => {
  it("messages of every size come back whole, text and binary; close says code and reason to both sides", async () => {
    const { url, ask, seen, ended, open } = await pair();
    expect(await ask("connect", `${url}/room?n=1`, { "x-a": "1" })).toBe(url.slice(5));
    for (const size of [0, 1, 125, 126, 65535, 65536, 256 * 1024]) {
      await ask("write", new Uint8Array(size), "binary");
      expect(await ask("read")).toEqual(size < 1000 ? "\0".repeat(size) : size);
    }
    await ask("write", "grüße");
    expect(await ask("read")).toBe("grüße");
    await ask("write", "masked with a key of ours", "text", 0x01020304);
    expect(await ask("read")).toBe("masked with a key of ours");
    await ask("ping");
    await ask("write", "ping");
    expect(await ask("read")).toBe("ping");
    await ask("write", "after");
    expect(await ask("read")).toBe("after");
    await ask("close", 1001, "going away");
    expect(await ask("is_close")).toBe(true);
    await expect.poll(ended).toEqual([true]);
    const all = await seen();
    expect(all.slice(0, 2)).toEqual(["connect", ["handshake", "/room?n=1", "1", "127.0.0.1:N", undefined]]);
    expect(all.filter((s) => typeof s === "string").slice(1)).toEqual(["ping", "pong"]);
    expect(all.at(-1)).toEqual(["close", 1001, "going away"]);
    await expect.poll(open).toBe(0);
  });

  it("websocket.read (id) gives false and the close payload; websocket.close of the server calls handle.close", async () => {
    const { url, ask, seen, ended } = await pair();
    await ask("connect", url);
    await ask("write", "close");
    expect(await ask("read")).toEqual([false, "as you like"]);
    expect(await ask("is_close")).toBe(true);
    expect(await ask("read")).toMatch(/^WEBSOCKET: websocket.read: \d+ is no open WebSocket of this service$/);
    await ask("close");
    await expect.poll(ended).toEqual([true]);
    expect((await seen()).slice(-2)).toEqual([true, ["close", undefined, undefined]]);
  });

  it("a message waits until the one before it is done", async () => {
    const { url, ask, seen } = await pair();
    await ask("connect", url);
    await ask("write", "wait");
    await ask("write", "next");
    expect([await ask("read"), await ask("read")]).toEqual(["wait", "next"]);
    expect((await seen()).slice(2)).toEqual([
      ["message", "wait", "text"],
      ["message", "next", "text"],
    ]);
  });

  it("accept gives false and the error of a handler that throws, and closes", async () => {
    const { url, ask, ended, open } = await pair();
    await ask("connect", url);
    await ask("write", "throw");
    expect(await ask("read")).toBe("SOCKET: [Socket Error] : read failed fd = N");
    expect(await ended()).toEqual(["I was told to"]);
    await ask("close");
    await ask("connect", url);
    await ask("write", "throw text");
    expect(await ask("read")).toBe("SOCKET: [Socket Error] : read failed fd = N");
    expect((await ended())[1]).toMatch(/a text/);
    await ask("close");
    await expect.poll(open).toBe(0);
  });

  it("connect throws on handshake problems: no server, no HTTP, a field that belongs to the handshake, an address that is none", async () => {
    const { ask, url } = await pair();
    expect(await ask("connect", "ws://127.0.0.1:9/")).toMatch(/^SOCKET: .*Connection refused/);
    expect(await ask("connect", "http://127.0.0.1/")).toMatch(/^ARGUMENT: "http:\/\/127.0.0.1\/" is no address of a WebSocket/);
    expect(await ask("connect", url, { upgrade: "h2c" })).toBe(
      "ARGUMENT: the header field upgrade belongs to the handshake of websocket.connect",
    );
    expect(await ask("connect", url, { "sec-websocket-protocol": "mine" })).toBe("WEBSOCKET: websocket handshake error: code[400]");
    const silent = defineService(function* () {
      const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
      yield* socket.start(listener, (id) => void skynet.fork(() => socket.start(id)));
      return { port: () => port };
    });
    const { node, start } = await startNode({ silent });
    const port = await node.call<number>(await start("silent"), "lua", "port");
    expect(await ask("connect", `ws://127.0.0.1:${port}`, undefined, 20)).toBe("SOCKET: [Socket Error] : no answer within 0.2 s fd = N");
  });

  it("write refuses what is no kind, no key; close what is no code", async () => {
    const { ask, url, lines } = await pair();
    await ask("connect", url);
    expect(await ask("write", "x", "json")).toBe('ARGUMENT: websocket.write takes "text" or "binary", not "json"');
    expect(await ask("write", "x", "text", 2 ** 32)).toMatch(/^ARGUMENT: a masking key/);
    await expect(ask("close", 70_000)).rejects.toThrow("call failed");
    expect(lines.join("\n")).toContain("a close code is a whole number from 0 to 65535, not 70000");
    expect(await ask("is_close")).toBe(false);
    await ask("write", "fine");
    expect(await ask("read")).toBe("fine");
  });
});

describe("websocket.accept (socket_id, handle, protocol, addr, options)", () => {
  it("options.upgrade {header, method, url} skips reading the handshake; frames behind it in the same segment are not lost", async () => {
    const { ask, port, seen } = await pair({ first: true });
    const heard = await ask<Uint8Array>("raw", port, [bytes(HELLO, 0x81, 5, "early")], WELCOME + 7);
    expect([text(heard.subarray(0, 13)), [...heard.subarray(WELCOME)]]).toEqual(["HTTP/1.1 101 ", [...bytes(0x81, 5, "early")]]);
    expect(await seen()).toEqual(["connect", ["handshake", "/ws", undefined, "127.0.0.1:N", "1.2.3.4"], ["message", "early", "text"]]);
  });

  it("websocket.real_ip (id) is the x-real-ip header of the handshake", async () => {
    const { ask, port, seen } = await pair();
    await ask("raw", port, [bytes(HELLO)], WELCOME);
    expect((await seen())[1]).toEqual(["handshake", "/ws", undefined, "127.0.0.1:N", "1.2.3.4"]);
  });

  it("a handshake that comes a byte at a time for ever is ended by options.timeout", async () => {
    const { ask, port, ended, open } = await pair({ timeout: 20 });
    await ask(
      "raw",
      port,
      "GET / HTTP/1.1\r\nx: "
        .padEnd(50, "y")
        .split("")
        .map((c) => bytes(c)),
      1,
    );
    expect(await ended()).toEqual(["[Socket Error] : no WebSocket handshake within 0.2 s fd = N"]);
    await expect.poll(open).toBe(0);
  });

  it.each([
    ["a frame over 256 KiB", bytes(0x82, 0x7f, 0, 0, 0, 0, 0, 4, 0, 1), 1009, /payload_len is too large: 262145 bytes/],
    ["a frame of 2^63 bytes", bytes(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0), 1009, /payload_len is too large/],
    ["an unknown kind", bytes(0x83, 0), 1002, /no frames of kind 3/],
    ["an extension", bytes(0xc1, 0), 1002, /extension/],
    ["a ping in parts", bytes(0x09, 0), 1002, /in parts/],
    ["a ping of 126 bytes", bytes(0x89, 126, 0, 126), 1002, /more than 125/],
    ["a part of nothing", bytes(0x80, 0), 1002, /continues that did not begin/],
    ["a message in a message", bytes(0x01, 0, 0x81, 0), 1002, /begins inside/],
  ])("%s is told by a close frame, and ends with false, error", async (_what, frame, code, reason) => {
    const { ask, port, ended } = await pair();
    const heard = await ask<Uint8Array>("raw", port, [bytes(HELLO), frame], WELCOME + 5);
    expect([...heard.subarray(WELCOME)]).toEqual([0x88, 2, code >> 8, code & 255]);
    expect((await ended())[0]).toMatch(reason);
  });

  it("a peer that sends pings without end and never reads the pongs is shut out", { timeout: 30_000 }, async () => {
    const { ask, port, ended, open, seen } = await pair();
    const said = await ask<number>("flood", port, bytes(HELLO), bytes(0x89, 125, "\0".repeat(125)), 200);
    expect(said).toBeLessThan(200);
    await expect.poll(ended).toEqual([true]);
    expect((await seen()).at(-1)).toEqual([
      "error",
      expect.stringMatching(/^\[Socket Error\] : the peer sends pings and does not read the answers: \d+ KiB wait for it fd = N$/),
    ]);
    await expect.poll(open).toBe(0);
  });

  it("any number of pings is answered when the pongs are read", { timeout: 30_000 }, async () => {
    const { ask, port } = await pair();
    const ping = bytes(0x89, 125, "\0".repeat(125));
    const pings = new Uint8Array(ping.length * 1000).map((_, i) => ping[i % ping.length]!);
    expect(await ask("rally", port, bytes(HELLO), pings, 20)).toBe(20 * pings.length);
  });

  it("a close frame with a code and no reason, as browsers send it, says its code", async () => {
    const { ask, port, seen } = await pair();
    await ask("raw", port, [bytes(HELLO), bytes(0x88, 2, 0x03, 0xe8)], WELCOME + 2);
    expect((await seen()).at(-1)).toEqual(["close", 1000, ""]);
    const other = await pair();
    await other.ask("raw", other.port, [bytes(HELLO), bytes(0x88, 0)], WELCOME + 2);
    expect((await other.seen()).at(-1)).toEqual(["close", undefined, undefined]);
  });

  it("a message in parts over 256 KiB ends as a frame does", async () => {
    const { ask, port, ended } = await pair();
    const part = (op: number): Uint8Array => bytes(op, 126, 0xff, 0xff, "\0".repeat(65535));
    const heard = await ask<Uint8Array>("raw", port, [bytes(HELLO), part(2), part(0), part(0), part(0), part(0)], WELCOME + 4);
    expect([...heard.subarray(WELCOME)]).toEqual([0x88, 2, 1009 >> 8, 1009 & 255]);
    expect((await ended())[0]).toBe("payload_len is too large: a message in parts of more than 262144 bytes");
  });

  it("protocols other than ws and wss are refused", async () => {
    const wrong = defineService(() => ({
      *go() {
        try {
          return yield* websocket.accept(5, {}, "http" as "ws");
        } catch (error) {
          return (error as Error).message;
        }
      },
      *unknown() {
        const [ok, error] = yield* websocket.accept(5);
        return [ok, error?.message];
      },
    }));
    const { node, start } = await startNode({ wrong });
    const handle = await start("wrong");
    expect(await node.call(handle, "lua", "go")).toBe('websocket.accept takes "ws" or "wss", not "http"');
    expect(await node.call(handle, "lua", "unknown")).toEqual([false, "[Socket Error] : invalid socket"]);
  });
});

describe("wsgate", () => {
  /** Keeps what the gate says; an agent that answers packets backwards. */
  const watchdog = defineService(function* (conf: object = {}) {
    const events: unknown[] = [];
    const gate = (yield* skynet.newservice("wsgate"))!;
    const [, port] = yield* skynet.callall<[string, number]>(gate, "lua", "open", {
      address: "127.0.0.1",
      port: 0,
      nodelay: true,
      ...conf,
    });
    skynet.register_protocol({
      name: "client",
      id: skynet.PTYPE_CLIENT,
      unpack: (body) => [body],
      dispatch(fd: number, _source: number, packet: Uint8Array) {
        skynet.ignoreret();
        events.push(["packet", text(packet)]);
        const answer = packet.slice().reverse();
        if (text(packet).startsWith("send")) skynet.send(gate, "lua", "send", fd, answer);
        else socket.write(fd, websocket.pack(answer, "binary"));
      },
    });
    return {
      port: () => port,
      events: () => events,
      socket(event: string, fd: number, more?: unknown) {
        events.push([event, more instanceof Uint8Array ? text(more) : typeof more === "string" ? more.replace(/\d+$/, "N") : more]);
        if (event === "open") events.push(fd);
      },
      gate: (cmd: string, ...args: unknown[]) => skynet.callall(gate, "lua", cmd, ...args),
      forward: (fd: number) => skynet.call<void>(gate, "lua", "forward", fd),
    };
  });

  async function game(conf?: object) {
    const { node, start, lines } = await startNode({ watchdog, client });
    const [w, c] = [await start("watchdog", conf), await start("client")];
    const url = `ws://127.0.0.1:${await node.call<number>(w, "lua", "port")}`;
    const events = () => node.call<unknown[]>(w, "lua", "events");
    const fd = async (): Promise<number> => {
      await expect.poll(async () => (await events()).find((e) => typeof e === "number")).toBeDefined();
      return (await events()).findLast((e) => typeof e === "number") as number;
    };
    return {
      url,
      lines,
      events,
      fd,
      tell: (...args: unknown[]) => node.call(w, "lua", ...(args as [string])),
      ask: (command: string, ...args: unknown[]) => node.call<unknown>(c, "lua", command, ...args),
    };
  }

  it("open tells the watchdog; a packet waits for forward; the agent answers on the socket, or through send", async () => {
    const { url, ask, events, fd, tell } = await game();
    await ask("connect", url);
    await ask("write", "abc", "binary");
    const id = await fd();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await events()).toEqual([["open", "127.0.0.1:N"], id]);
    await tell("forward", id);
    expect(await ask("read")).toBe("cba");
    await ask("write", "send", "binary");
    expect(await ask("read")).toBe("dnes");
    await ask("close", 1000);
    await expect.poll(async () => (await events()).at(-1)).toEqual(["close", undefined]);
  });

  it("accept gives the watchdog the data; kick closes with a close frame, also while a packet waits", async () => {
    const { url, ask, events, fd, tell } = await game();
    await ask("connect", url);
    await tell("gate", "accept", await fd());
    await ask("write", "abc", "binary");
    await expect.poll(async () => (await events()).at(-1)).toEqual(["data", "abc"]);
    await tell("gate", "kick", await fd());
    expect(await ask("read")).toEqual([false, ""]);
    await expect.poll(async () => (await events()).at(-1)).toEqual(["close", undefined]);
    await ask("connect", url);
    await ask("write", "held", "binary");
    const first = await fd();
    await expect.poll(fd).toBeGreaterThanOrEqual(first);
    await tell("gate", "kick", await fd());
    expect(await ask("read")).toEqual([false, ""]);
    expect((await events()).flat()).not.toContain("held");
    await tell("gate", "kick", 12345);
  });

  it("maxclient and close keep others out; what the gate cannot do it says", async () => {
    const { url, ask, events, fd, tell, lines } = await game({ maxclient: 2 });
    await ask("connect", url);
    expect(await ask("connect", url, undefined, 100)).toMatch(/^SOCKET: .*read failed/);
    await tell("forward", await fd());
    await expect.poll(events).toHaveLength(2);
    await tell("gate", "close");
    for (const wrong of [["close"], ["forward", 12345], ["dance"]]) await expect(tell("gate", ...wrong)).rejects.toThrow("call failed");
    const log = lines.join("\n");
    expect(log).toContain("this gate is not open");
    expect(log).toContain("wsgate forward: connection 12345 is not open");
    expect(log).toContain('wsgate has no command "dance"; it has open, close, forward, accept, kick, send');
    expect(await ask("connect", url)).toMatch(/Connection refused/);
  });

  it("text is no packet: it ends this connection with 1003 and a reason in the log", async () => {
    const { url, ask, fd, tell, lines } = await game();
    await ask("connect", url);
    await tell("forward", await fd());
    await ask("write", "text");
    expect(await ask("read")).toEqual([false, "packets are binary messages"]);
    expect(lines.join("\n")).toMatch(/wsgate: connection \d+ of 127.0.0.1:\d+ sent text, closing it/);
  });
});
