/** HTTP and WebSocket against what the real program gave. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { httpc } from "@skyloom/runtime/httpc";
import type { Header } from "@skyloom/runtime/httpc";
import { httpd } from "@skyloom/runtime/httpd";
import { socket } from "@skyloom/runtime/socket";
import { url } from "@skyloom/runtime/url";
import { websocket } from "@skyloom/runtime/websocket";
import { describe, expect, it } from "vitest";
import { encodeFrame, opcode } from "../src/lib/websocket/frame.ts";
import { startNode } from "./portable/host.ts";
import { canonical, fromHex, hex, read, shownHex, vectorBytes, vectorCases, vectorValue, wantedHex } from "./vectors.ts";
import type { VectorBytes, VectorValue } from "./vectors.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Runs an operation that need not wait. */
function now<T>(op: Operation<T>): T {
  const step = (op as unknown as Iterable<unknown>)[Symbol.iterator]().next();
  if (step.done !== true) throw new Error("it waits");
  return step.value as T;
}

interface HttpCase {
  readonly op: "parse" | "parse_query" | "read_request" | "write_response";
  readonly name?: string;
  readonly text?: string;
  readonly input: string;
  readonly error?: string;
  readonly result: unknown;
  readonly chunks: readonly string[];
  readonly limit: number | null;
  readonly code: number;
  readonly url: VectorValue;
  readonly method: VectorValue;
  readonly header: VectorValue;
  readonly body: VectorValue;
  readonly args: readonly unknown[];
}

const http = vectorCases<HttpCase>("http.json");
const of = (op: HttpCase["op"]): readonly [string, HttpCase][] =>
  http.filter((c) => c.op === op).map((c) => [c.name ?? c.text ?? c.input, c] as const);

const plain = (form: VectorValue): unknown => canonical(vectorValue(form, read));

describe("url.parse (u)", () => {
  it.each(of("parse"))("%j", (_name, { input, error, result }) => {
    if (error !== undefined) expect(() => url.parse(text(fromHex(input)))).toThrow(/is no %XX of two hexadecimal digits/);
    else expect(canonical(url.parse(text(fromHex(input))))).toEqual(canonical((result as VectorValue[]).map((v) => vectorValue(v, read))));
  });
});

describe("url.parse_query (q)", () => {
  it.each(of("parse_query"))("%j", (_name, { input, error, result }) => {
    if (error !== undefined) expect(() => url.parse_query(text(fromHex(input)))).toThrow(/is no %XX of two hexadecimal digits/);
    else expect(canonical({ ...url.parse_query(text(fromHex(input))) })).toEqual(plain((result as VectorValue[])[0]!));
  });
});

describe("httpd.read_request (readbytes, bodylimit)", () => {
  it.each(of("read_request"))("%s", (_name, c) => {
    const chunks = [...c.chunks];
    const got = now(
      httpd.read_request(() => {
        const chunk = chunks.shift();
        if (chunk === undefined) throw new Error("the peer closed");
        return chunk;
      }, c.limit ?? undefined),
    );
    if (c.code === undefined) {
      expect([got[0], (got[1] as Error).message]).toEqual([undefined, '"GARBAGE" is no HTTP request: it takes METHOD address HTTP/1.1']);
      return;
    }
    expect(got[0]).toBe(c.code);
    if (got[0] !== 200) return;
    expect([got[1], got[2], text(got[4])].map(canonical)).toEqual([plain(c.url), plain(c.method), plain(c.body)]);
    expect(canonical({ ...got[3] })).toEqual(plain(c.header));
  });
});

describe("httpd.write_response (write, statuscode, bodyfunc, header)", () => {
  it.each(of("write_response"))("%s", (_name, { args, result }) => {
    let out = "";
    const [code, body, header] = args.map((a) => (typeof a === "object" ? vectorValue(a as VectorValue, read) : a)) as [
      number,
      string,
      Header,
    ];
    const written = httpd.write_response(
      (piece) =>
        void (out += [piece]
          .flat()
          .map((p) => (typeof p === "string" ? p : text(p)))
          .join("")),
      code,
      body,
      header,
    );
    expect(written).toEqual([true, undefined]);
    const wanted = result as VectorValue | string;
    expect(out).toBe(typeof wanted === "string" ? wanted : vectorValue(wanted, read));
  });
});

interface Frame {
  readonly dir?: "c2s" | "s2c";
  readonly bytes: VectorBytes;
}

describe("httpc against the recorded server", () => {
  /** Takes one connection, says what was said to it, keeps what it heard. */
  const server = defineService(function* (answer: Uint8Array, wanted: number) {
    let heard = "";
    const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
    yield* socket.start(listener, function* (fd) {
      yield* socket.start(fd);
      const [all] = yield* socket.read(fd, wanted);
      if (all !== false) heard = text(all);
      socket.write(fd, answer);
      while ((yield* socket.read(fd))[0] !== false);
      yield* socket.close(fd);
    });
    return { port: () => port, heard: () => heard };
  });
  const client = defineService(() => ({
    *run(name: string, port: number) {
      const host = `127.0.0.1:${port}`;
      const header: Header = {};
      switch (name) {
        case "http get": {
          const [status, body] = yield* httpc.get(host, "/path?q=1", header);
          return [status, text(body), header];
        }
        case "http post form": {
          const [status, body] = yield* httpc.post(host, "/f", { a: "1 2&3=é/_~.-" });
          return [status, text(body)];
        }
        case "http request with header and body": {
          const [status, body] = yield* httpc.request("PUT", host, "/p", header, { "x-a": "b" }, "body");
          return [status, text(body)];
        }
        case "http chunked answer": {
          const [status, body] = yield* httpc.get(host, "/chunked");
          return [status, text(body)];
        }
        default:
          return [yield* httpc.head(host, "/head")];
      }
    },
  }));

  const cases = vectorCases<{ name: string; result: VectorValue[]; frames: Frame[] }>("httpc.json");
  it.each(cases.map((c) => [c.name, c] as const))("%s", async (name, { frames, result }) => {
    const said = (dir: string): string => text(vectorBytes(frames.find((f) => f.dir === dir)!.bytes));
    const { node, start } = await startNode({ server, client });
    const size = (port: number): string => said("c2s").replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
    // A port has four or five digits; the recorded one has five.
    const s = await start("server", new TextEncoder().encode(said("s2c")), said("c2s").length);
    const port = await node.call<number>(s, "lua", "port");
    expect(String(port)).toHaveLength(5);
    const got = await node.call<unknown[]>(await start("client"), "lua", "run", name, port);
    expect(await node.call(s, "lua", "heard")).toBe(size(port));
    expect(got.map(canonical)).toEqual(result.map(plain));
  });
});

interface SocketCase {
  readonly kind: "server" | "client";
  readonly name: string;
  readonly segments: readonly string[];
  readonly at_end: "still open" | "closed by server";
  readonly handler_calls: readonly (readonly VectorValue[])[];
  readonly frames: readonly Frame[];
  readonly data?: VectorBytes & { str?: string };
  readonly masking_key?: number | null;
}

const ws = vectorCases<SocketCase>("websocket.json");

describe("websocket.accept against the recorded clients", () => {
  const server = defineService(function* () {
    const calls: unknown[][] = [];
    let ended: unknown;
    const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
    yield* socket.start(listener, function* (id, addr) {
      const note =
        (name: string) =>
        (_id: number, ...args: unknown[]): void =>
          void calls.push([name, ...args.map((a) => (a instanceof Error ? a.message.replace(/\d+$/, "N") : a))]);
      ended = yield* websocket.accept(
        id,
        {
          connect: note("connect"),
          ping: note("ping"),
          close: (_id, code, reason) => void calls.push(["close", code, reason]),
          error: note("error"),
          handshake: (_id, header, at) =>
            void calls.push(["handshake", at, Object.entries(header).map(([key, value]) => `${key}=${String(value)}`)]),
          message(ws_id, data, kind) {
            calls.push(["message", kind === "text" ? text(data) : data, kind]);
            if (text(data) === "close me") websocket.close(ws_id, 1000, "bye");
            else websocket.write(ws_id, data, kind);
          },
        },
        "ws",
        addr,
      );
    });
    return { port: () => port, calls: () => calls, ended: () => ended };
  });

  /** Says the segments one by one, and gives what it heard. */
  const client = defineService(() => ({
    *run(port: number, segments: Uint8Array[], wanted: number) {
      const [fd] = yield* socket.open("127.0.0.1", port);
      for (const segment of segments) {
        socket.write(fd!, segment);
        yield* skynet.sleep(2);
      }
      const [heard] = yield* socket.read(fd!, wanted);
      yield* skynet.sleep(3);
      const open = socket.disconnected(fd!) === false;
      yield* socket.close(fd!);
      return [heard === false ? "" : hex(heard), open ? "still open" : "closed by server"];
    },
  }));

  it.each(ws.filter((c) => c.kind === "server").map((c) => [c.name, c] as const))("%s", async (_name, c) => {
    const { node, start } = await startNode({ server, client });
    const [s, cl] = [await start("server"), await start("client")];
    const said = c.frames.filter((f) => f.dir === "s2c").map((f) => hex(vectorBytes(f.bytes)));
    const port = await node.call<number>(s, "lua", "port");
    const heard = await node.call(cl, "lua", "run", port, c.segments.map(fromHex), said.join("").length / 2);
    expect(heard).toEqual([said.join(""), c.at_end]);
    await expect.poll(() => node.call(s, "lua", "ended")).toEqual([true, undefined]);
    const shown = (calls: readonly (readonly unknown[])[]): unknown[] => calls.map((call) => call.map(canonical));
    // The recording's list has a count behind the error.
    const wanted = c.handler_calls.map((call) => {
      const values = call.map((v) => vectorValue(v, read));
      return values[0] === "error" ? ["error", "[Socket Error] : read failed fd = N"] : values;
    });
    expect(shown(await node.call<unknown[][]>(s, "lua", "calls"))).toEqual(shown(wanted));
  });
});

describe("websocket.connect, read and write against the recorded frames", () => {
  const cases = ws.filter((c) => c.kind === "client" && c.data !== undefined);

  it("there are recorded frames", () => expect(cases.length).toBeGreaterThan(5));

  it.each(cases.map((c) => [c.name, c] as const))("%s: the same frame, but for the mask", (_name, c) => {
    const form = c.data as unknown as VectorValue;
    const value = vectorValue(form, { ...read, str: (bytes) => bytes }) as Uint8Array;
    const sent = wantedHex(c.frames.find((f) => f.dir === "c2s")!.bytes);
    const back = c.frames.find((f) => f.dir === "s2c")!;
    const kind = c.name.startsWith("write binary") ? "binary" : "text";
    // What the server of the recording wrote is what ours writes; what its client wrote with a key, or without one, is in our reach too.
    expect(shownHex(websocket.pack(value, kind))).toBe(wantedHex(back.bytes));
    expect(shownHex(encodeFrame(opcode[kind], value, c.masking_key ?? undefined))).toBe(sent);
  });
});
