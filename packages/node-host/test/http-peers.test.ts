/** HTTP and WebSocket (api.md §7) with programs of others: curl, Node's own HTTP, the `ws` package, with TLS and without. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, createServer, request as nodeRequest, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createNode, defineService, skynet } from "@skyloom/runtime";
import type { Operation, SkynetNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { httpc, httpd, sockethelper } from "@skyloom/runtime/http";
import type { Header } from "@skyloom/runtime/http";
import { socket } from "@skyloom/runtime/socket";
import { websocket } from "@skyloom/runtime/websocket";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

const run = promisify(execFile);
const file = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
const [CA, CERT, KEY] = [file("ca.pem"), file("server-cert.pem"), file("server-key.pem")];
const tls = { cert: readFileSync(CERT), key: readFileSync(KEY) };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const hasCurl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);
if (!hasCurl) console.log("curl is not installed: the tests with it are skipped");

async function host(services: object): Promise<{ node: SkynetNode; start: (name: string, ...args: unknown[]) => Promise<number> }> {
  const ports = { ...nodePorts(), log: { output: { line: () => undefined } } };
  const node = await createNode({ ports, services: services as never, config: { start: "", cafile: CA, certfile: CERT, keyfile: KEY } });
  onTestFinished(() => node.stop());
  return { node, start: async (name, ...args) => (await node.newservice(name, ...args))! };
}

/** Tells what it was asked; `/chunks` in chunks. Keeps connections, as peers like it. */
const web = defineService(function* () {
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (fd) {
    yield* socket.start(fd);
    const [read, write] = [sockethelper.readfunc(fd), sockethelper.writefunc(fd)];
    for (;;) {
      const [code, url, method, header, body] = yield* httpd.read_request(read, 1_000_000);
      if (code === undefined) break;
      if (code !== 200) httpd.write_response(write, code);
      else if (url === "/chunks") {
        let n = 0;
        yield* httpd.write_response(write, 200, function* () {
          yield* skynet.sleep(1);
          return n++ < 5 ? `piece ${n};` : undefined;
        });
      } else httpd.write_response(write, 200, `${method} ${url} ${body.length} ${String(header["x-a"])}`, { "set-cookie": ["a=1", "b=2"] });
      if (code !== 200) break;
    }
    yield* socket.close(fd);
  });
  return { port: () => port };
});

describe("httpd with curl", () => {
  it.skipIf(!hasCurl)("GET, fields, chunks, uploads of a length and in chunks, a body over the limit, HTTP/1.0", async () => {
    const { node, start } = await host({ web });
    const base = `http://127.0.0.1:${await node.call<number>(await start("web"), "lua", "port")}`;
    const curl = async (...args: string[]): Promise<string> => (await run("curl", ["-s", "-S", "--max-time", "10", ...args])).stdout;
    expect(await curl("-H", "X-A: 1", `${base}/a?b`)).toBe("GET /a?b 0 1");
    expect(await curl(`${base}/chunks`)).toBe("piece 1;piece 2;piece 3;piece 4;piece 5;");
    expect(await curl("-d", "x".repeat(100_000), `${base}/p`)).toBe("POST /p 100000 undefined");
    expect(await curl("-H", "Transfer-Encoding: chunked", "-d", "x".repeat(70_000), `${base}/p`)).toBe("POST /p 70000 undefined");
    expect(await curl("-0", `${base}/old`)).toBe("GET /old 0 undefined");
    expect(await curl("-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Length: 1000001", "-d", "x", `${base}/p`)).toBe("413");
    expect(await curl("-i", `${base}/`, `${base}/again`)).toMatch(/set-cookie: a=1\r\nset-cookie: b=2\r\n.*GET \/again/s);
  });
});

describe("httpd with Node's client", () => {
  it("a hundred requests over kept connections, and a hundred at once", async () => {
    const { node, start } = await host({ web });
    const port = await node.call<number>(await start("web"), "lua", "port");
    const agent = new Agent({ keepAlive: true, maxSockets: 10 });
    onTestFinished(() => agent.destroy());
    const ask = (path: string, body?: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const req = nodeRequest({ port, host: "127.0.0.1", path, agent, method: body === undefined ? "GET" : "POST" }, (res) => {
          let all = "";
          res.on("data", (d: Buffer) => (all += d.toString()));
          res.on("end", () => resolve(all));
        });
        req.on("error", reject);
        req.end(body);
      });
    for (let i = 0; i < 100; i++) expect(await ask(`/${i}`)).toBe(`GET /${i} 0 undefined`);
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(`/${i}`, "y".repeat(i))));
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => `POST /${i} ${i} undefined`));
    expect(await ask("/chunks")).toBe("piece 1;piece 2;piece 3;piece 4;piece 5;");
  });
});

const asks = defineService(() => ({
  *request(...args: Parameters<typeof httpc.request>): Operation<unknown> {
    const header: Header = {};
    args[3] = header;
    try {
      const [status, body] = yield* httpc.request(...args);
      return [status, text(body), header["x-n"]];
    } catch (error) {
      return (error as Error).message.replace(/fd = \d+/, "fd = N");
    }
  },
  *size(host: string, url: string): Operation<readonly [number, number]> {
    const stream = yield* httpc.request_stream("GET", host, url);
    let [bytes, pieces] = [0, 0];
    for (let piece = yield* stream(); piece !== undefined; piece = yield* stream()) {
      bytes += piece.length;
      pieces++;
    }
    return [bytes, Math.min(pieces, 3)];
  },
}));

function answer(req: IncomingMessage, res: ServerResponse): void {
  let body = 0;
  req.on("data", (d: Buffer) => (body += d.length));
  req.on("end", () => {
    res.setHeader("x-n", ["1", "2"]);
    if (req.url === "/big") res.end(Buffer.alloc(3_000_000));
    else if (req.url === "/hints") {
      res.writeEarlyHints({ link: "</a.css>; rel=preload" });
      res.end("after hints");
    } else if (req.url === "/trailers") {
      res.writeHead(200, { trailer: "x-sum" });
      res.write("abc");
      res.addTrailers({ "x-sum": "6" });
      res.end();
    } else {
      res.statusCode = req.url === "/404" ? 404 : 200;
      res.end(`${req.method} ${req.url} ${body} ${String(req.headers["x-a"])}`);
    }
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("httpc with Node's server", () => {
  it.each(["http", "https"])(
    "%s: statuses, bodies, chunks, interim answers, trailers, three megabytes",
    { timeout: 30_000 },
    async (protocol) => {
      const port = await listening(protocol === "http" ? createServer(answer) : createTlsServer(tls, answer));
      const { node, start } = await host({ asks });
      const client = await start("asks");
      const target = `${protocol}://localhost:${port}`;
      const ask = (...args: unknown[]): Promise<unknown> => node.call(client, "lua", "request", ...args);
      expect(await ask("GET", target, "/x")).toEqual([200, "GET /x 0 undefined", ["1", "2"]]);
      expect(await ask("GET", target, "/404")).toEqual([404, "GET /404 0 undefined", ["1", "2"]]);
      expect(await ask("PUT", target, "/x", {}, { "x-a": "é" }, "b".repeat(200_000))).toEqual([
        200,
        expect.stringMatching(/^PUT \/x 200000 /),
        ["1", "2"],
      ]);
      expect(await ask("GET", target, "/hints")).toEqual([200, "after hints", ["1", "2"]]);
      expect(await ask("GET", target, "/trailers")).toEqual([200, "abc", ["1", "2"]]);
      expect(await ask("HEAD", target, "/big")).toEqual([200, "", ["1", "2"]]);
      expect(await node.call(client, "lua", "size", target, "/big")).toEqual([3_000_000, 3]);
    },
  );

  it("https: a certificate for somebody else is refused, and says so", async () => {
    const port = await listening(createTlsServer(tls, answer));
    const { node, start } = await host({ asks });
    const said = await node.call(await start("asks"), "lua", "request", "GET", `https://127.0.0.2:${port}`, "/");
    expect(said).toMatch(/Connection refused|TLS handshake failed fd = N: .*(altnames|IP)/i);
  });
});

const echo = defineService(function* (protocol: "ws" | "wss") {
  const closed: unknown[] = [];
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, (id, addr) =>
    websocket.accept(
      id,
      {
        message(ws, data, kind) {
          if (text(data.subarray(0, 5)) === "close") websocket.close(ws, 4001, "bye");
          else websocket.write(ws, data, kind);
        },
        close: (_ws, code, reason) => void closed.push([code, reason]),
      },
      protocol,
      addr,
    ),
  );
  return { port: () => port, closed: () => closed };
});

describe("websocket with the ws package", () => {
  it.each(["ws", "wss"] as const)("%s: accept serves its client", async (protocol) => {
    const { node, start } = await host({ echo });
    const server = await start("echo", protocol);
    const port = await node.call<number>(server, "lua", "port");
    const open = async (): Promise<WebSocket> => {
      const client = new WebSocket(`${protocol}://localhost:${port}/`, { ca: readFileSync(CA), perMessageDeflate: true });
      await new Promise((resolve, reject) => client.on("open", resolve).on("error", reject));
      return client;
    };
    const client = await open();
    const next = (): Promise<string | number> =>
      new Promise((resolve) => client.once("message", (data: Buffer, binary) => resolve(binary ? data.length : data.toString())));
    for (const size of [0, 125, 126, 65_536, 256 * 1024]) {
      const got = next();
      client.send(Buffer.alloc(size, 7));
      expect(await got).toBe(size);
    }
    let got = next();
    client.send("in ", { fin: false });
    client.send("parts", { fin: true });
    expect(await got).toBe("in parts");
    const pong = new Promise<string>((resolve) => client.once("pong", (data: Buffer) => resolve(data.toString())));
    client.ping("are you there");
    expect(await pong).toBe("are you there");
    got = next();
    client.send("grüße");
    expect(await got).toBe("grüße");
    const ended = new Promise((resolve) => client.once("close", (code: number, reason: Buffer) => resolve([code, reason.toString()])));
    client.send("close");
    expect(await ended).toEqual([4001, "bye"]);

    const other = await open();
    other.close(3000, "enough");
    await expect.poll(() => node.call(server, "lua", "closed")).toContainEqual([3000, "enough"]);

    const large = await open();
    const refused = new Promise((resolve) => large.once("close", resolve));
    large.send(Buffer.alloc(256 * 1024 + 1));
    expect(await refused).toBe(1009);
  });

  const client = defineService(() => {
    let id = 0;
    return {
      *connect(url: string) {
        id = yield* websocket.connect(url, { "x-a": "1" }, 500);
      },
      *ask(data: string | Uint8Array, kind?: "text" | "binary") {
        websocket.write(id, data, kind);
        const [got, closed] = yield* websocket.read(id);
        return got === false ? text(closed.subarray(2)) : got.length > 1000 ? got.length : text(got);
      },
      close: () => websocket.close(id, 3001, "done"),
    };
  });

  it.each(["ws", "wss"] as const)("%s: connect talks to its server, which takes masked frames only", async (protocol) => {
    const http = protocol === "ws" ? createServer() : createTlsServer(tls);
    const port = await listening(http);
    const server = new WebSocketServer({ server: http });
    const closed: unknown[] = [];
    server.on("connection", (peer, req) => {
      peer.on("message", (data: Buffer, binary) => {
        if (data.toString() === "close") peer.close(4002, "as you like");
        else if (data.toString() === "who") peer.send(`${req.url} ${String(req.headers["x-a"])}`);
        else {
          peer.ping();
          peer.send(data, { binary });
        }
      });
      peer.on("error", (error) => closed.push(error.message));
      peer.on("close", (code, reason) => closed.push([code, reason.toString()]));
    });
    const { node, start } = await host({ client });
    const handle = await start("client");
    const ask = (...args: unknown[]): Promise<unknown> => node.call(handle, "lua", "ask", ...args);
    await node.call(handle, "lua", "connect", `${protocol}://localhost:${port}/room?x=1`);
    expect(await ask("who")).toBe("/room?x=1 1");
    for (const size of [0, 5, 126, 65_536, 1_000_000])
      expect(await ask(new Uint8Array(size), "binary")).toBe(size > 1000 ? size : "\0".repeat(size));
    expect(await ask("close")).toBe("as you like");
    await node.call(handle, "lua", "connect", `${protocol}://localhost:${port}/`);
    await node.call(handle, "lua", "close");
    await expect
      .poll(() => closed)
      .toEqual([
        [1005, ""],
        [3001, "done"],
      ]);
  });
});
