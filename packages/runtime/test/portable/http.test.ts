/** httpd and httpc (api.md §7) with each other, on real sockets and on those of a page. */
import { decode, encode } from "@leichtgewicht/dns-packet";
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { dns } from "@skyloom/runtime/dns";
import { httpc, httpd, sockethelper, url } from "@skyloom/runtime/http";
import type { Header } from "@skyloom/runtime/http";
import { socket } from "@skyloom/runtime/socket";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A web server: says what it was asked, in several ways. `limit` is for bodies, `timeout` for whole requests. */
const web = defineService(function* (limit?: number, timeout?: number) {
  const outcomes: unknown[] = [];
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (fd) {
    yield* socket.start(fd);
    const [read, write] = [sockethelper.readfunc(fd), sockethelper.writefunc(fd)];
    for (let more = true; more;) {
      const [code, at, method, header, body] = yield* httpd.read_request(read, limit, timeout === undefined ? {} : { timeout });
      outcomes.push(code ?? at.message.replace(/fd = \d+/, "fd = N"));
      more = code === 200 && header["connection"] === "keep-alive";
      if (code !== 200) {
        if (code !== undefined) httpd.write_response(write, code);
      } else {
        const [path, query] = url.parse(at);
        if (path === "/chunks") {
          let n = 0;
          httpd.write_response(write, 200, () => (n++ < 3 ? `piece ${n};` : undefined), { "x-n": [1, 2] });
        } else if (path === "/slow") {
          let n = 0;
          const [ok] = yield* httpd.write_response(write, 200, function* (): Operation<string | undefined> {
            yield* skynet.sleep(2);
            return n++ < 3 ? `slow ${n};` : undefined;
          });
          outcomes.push(ok);
        } else if (path === "/throws") {
          const [ok, error] = httpd.write_response(write, 200, () => {
            throw new Error("no body today");
          });
          outcomes.push([ok, error?.message]);
        } else if (path === "/split") {
          outcomes.push(httpd.write_response(write, 200, "x", { "x-a": "1\r\nset-cookie: evil=1" })[1]?.message);
        } else if (path === "/never") yield* skynet.sleep(100_000);
        else if (path === "/big") httpd.write_response(write, 200, new Uint8Array(Number(query)));
        else if (path === "/close") socket.write(fd, "HTTP/1.1 200 OK\r\n\r\nuntil I close");
        else if (path === "/short") socket.write(fd, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbroken off");
        else if (path === "/nothing") httpd.write_response(write, 204);
        else {
          const told = [method, path, Object.entries(url.parse_query(query)), Object.entries(header), text(body)];
          httpd.write_response(write, 200, JSON.stringify(told), { "content-type": "application/json", "content-length": 1 });
        }
      }
    }
    yield* socket.close(fd);
  });
  return { port: () => port, outcomes: () => outcomes, open: () => socket.netstat().filter((s) => s.type !== "LISTEN").length };
});

const shown = (error: unknown): string => (error as Error).message.replace(/fd = \d+/, "fd = N");

const browser = defineService(() => ({
  *request(...args: Parameters<typeof httpc.request>): Operation<unknown> {
    try {
      const header: Header = {};
      args[3] = header;
      const [status, body] = yield* httpc.request(...args);
      return [status, text(body), Object.entries(header)];
    } catch (error) {
      return `${(error as { code: string }).code}: ${shown(error)}`;
    }
  },
  timeout(cs: number | undefined) {
    httpc.timeout = cs;
    return httpc.timeout;
  },
  limit(bytes: number) {
    httpc.bodylimit = bytes;
  },
  *get(host: string, at: string) {
    const [status, body] = yield* httpc.get(host, at);
    return [status, text(body)];
  },
  head: (host: string, at: string) => httpc.head(host, at),
  *post(host: string, form: Record<string, string>) {
    const [status, body] = yield* httpc.post(host, "/f", form);
    return [status, text(body)];
  },
  *stream(host: string, at: string, most = Infinity): Operation<unknown> {
    const stream = yield* httpc.request_stream("GET", host, at);
    const pieces: string[] = [];
    try {
      for (let piece = yield* stream(); piece !== undefined; piece = yield* stream()) {
        pieces.push(piece.length > 100 ? `${piece.length} bytes` : text(piece));
        if (pieces.length >= most) yield* stream.close();
      }
    } catch (error) {
      pieces.push(shown(error));
    }
    return [stream.status, Object.entries(stream.header), stream.connected, pieces];
  },
  /** Says pieces as they are, with rests between them, and gives what it heard until the end. */
  *raw(port: number, rest: number, ...pieces: string[]) {
    const fd = yield* sockethelper.connect("127.0.0.1", port);
    for (const piece of pieces) {
      socket.write(fd, piece);
      if (rest > 0) yield* skynet.sleep(rest);
    }
    const all = yield* sockethelper.readall(fd);
    yield* socket.close(fd);
    return all === false ? "" : text(all);
  },
}));

async function pair(...limits: (number | undefined)[]) {
  const { node, start } = await startNode({ web, browser });
  const [w, b] = [await start("web", ...limits), await start("browser")];
  const port = await node.call<number>(w, "lua", "port");
  return {
    node,
    port,
    host: `127.0.0.1:${port}`,
    ask: <T = unknown>(command: string, ...args: unknown[]) => node.call<T>(b, "lua", command, ...args),
    outcomes: () => node.call<unknown[]>(w, "lua", "outcomes"),
    open: () => node.call<number>(w, "lua", "open"),
  };
}

describe("httpc.request (method, hostname, url, recvheader, header, content) and httpd.read_request, write_response", () => {
  it("carries method, address, fields and body; fills recvheader; the length that is sent is the body's", async () => {
    const { ask, host } = await pair();
    const [status, body, header] = await ask<[number, string, unknown]>(
      "request",
      "PUT",
      host,
      "/a%20b?x=1&x=2&__proto__=3",
      {},
      { "X-A": ["1", 2], Host: "me" },
      "grüße",
    );
    expect([status, JSON.parse(body)]).toEqual([
      200,
      [
        "PUT",
        "/a b",
        [
          ["x", ["1", "2"]],
          ["__proto__", "3"],
        ],
        [
          ["x-a", ["1", "2"]],
          ["host", "me"],
          ["content-length", "7"],
        ],
        "grüße",
      ],
    ]);
    expect(header).toEqual([
      ["content-type", "application/json"],
      ["content-length", String(new TextEncoder().encode(body).length)],
    ]);
  });

  it("httpc.get (...), httpc.head (hostname, url), httpc.post (host, url, form): also with http:// before the host", async () => {
    const { ask, host } = await pair();
    expect(await ask("get", `http://${host}`, "/nothing")).toEqual([204, ""]);
    expect(await ask("head", host, "/big?1000")).toBe(200);
    const [status, body] = await ask<[number, string]>("post", host, { "a b": "ä&=", c: "1.5" });
    expect([status, (JSON.parse(body) as unknown[]).at(-1)]).toEqual([200, "a%20b=%C3%A4%26%3D&c=1%2E5"]);
  });

  it("a body that is a function is sent in chunks, one that must wait as well; one that throws gives false and the error", async () => {
    const { ask, host, outcomes } = await pair();
    expect(await ask("request", "GET", host, "/chunks")).toEqual([
      200,
      "piece 1;piece 2;piece 3;",
      [
        ["x-n", ["1", "2"]],
        ["transfer-encoding", "chunked"],
      ],
    ]);
    expect(await ask("get", host, "/slow")).toEqual([200, "slow 1;slow 2;slow 3;"]);
    expect(await ask("request", "GET", host, "/throws")).toMatch(/^SOCKET: /);
    expect(await outcomes()).toEqual([200, 200, true, 200, [false, "no body today"]]);
  });

  it("read_request and write_response never throw, whatever their functions throw", async () => {
    const thrower = defineService(() => {
      const rude = (): never => {
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- programs do
        throw "no";
      };
      function* rudely(): Operation<undefined> {
        rude();
      }
      const said = ([ok, error]: readonly [unknown, unknown, ...unknown[]]) => [ok, (error as Error).message];
      return {
        *all() {
          return [
            said(httpd.write_response(rude, 200, "body")),
            said(httpd.write_response(() => undefined, 200, rude)),
            said(yield* httpd.write_response(() => undefined, 200, rudely)),
            said(yield* httpd.read_request(rude)),
          ];
        },
      };
    });
    const { node, start } = await startNode({ thrower });
    const failed = [false, "no"];
    expect(await node.call(await start("thrower"), "lua", "all")).toEqual([failed, failed, failed, [undefined, "no"]]);
  });

  it("a field with a line end in it is sent by neither side", async () => {
    const { ask, host, outcomes } = await pair();
    const refusal = 'the HTTP header field x-a must not have line ends or zero bytes in it: "1\\r\\nset-cookie: evil=1"';
    await ask("request", "GET", host, "/split");
    expect((await outcomes())[1]).toBe(refusal);
    expect(await ask("request", "GET", host, "/", {}, { "x-a": "1\r\nset-cookie: evil=1" })).toBe(`ARGUMENT: ${refusal}`);
    expect(await ask("request", "GET", host, "/a b")).toMatch(/^ARGUMENT: "\/a b" has blanks/);
    expect(await ask("request", "GE T", host, "/")).toBe('ARGUMENT: "GE T" is no HTTP method');
  });

  it("no length: until the peer closes; a length that does not come: the socket error", async () => {
    const { ask, host, open } = await pair();
    expect(await ask("get", host, "/close")).toEqual([200, "until I close"]);
    expect(await ask("request", "GET", host, "/short")).toBe("SOCKET: [Socket Error] : read failed fd = N");
    await expect.poll(open).toBe(0);
  });

  it("hosts: a wrong protocol, a bare IPv6 address and a wrong port say so", async () => {
    const { ask } = await pair();
    expect(await ask("request", "GET", "ftp://a", "/")).toMatch(/^ARGUMENT: Invalid protocol: ftp/);
    expect(await ask("request", "GET", "::1", "/")).toBe("ARGUMENT: Invalid host: bare IPv6 address '::1', use '[::1]' instead");
    expect(await ask("request", "GET", "a:99999", "/")).toMatch(/^ARGUMENT: Invalid port 99999/);
    expect(await ask("request", "GET", "127.0.0.1:9", "/")).toMatch(/^SOCKET: .*Connection refused/);
  });

  it("httpc.timeout: overall time limit in cs; each service has its own", async () => {
    const { ask, host, open } = await pair();
    expect(await ask("timeout", 30)).toBe(30);
    expect(await ask("request", "GET", host, "/never")).toBe("SOCKET: [Socket Error] : no answer within 0.3 s fd = N");
    expect(await ask("get", host, "/slow")).toEqual([200, "slow 1;slow 2;slow 3;"]);
    await expect.poll(open).toBeLessThan(2);
  });

  it("httpc.bodylimit ends an answer that is too large, whole, in chunks, or without a length", async () => {
    const { ask, host } = await pair();
    await ask("limit", 10);
    for (const at of ["/big?11", "/chunks", "/close"])
      expect(await ask("request", "GET", host, at)).toBe(
        "HTTP: the body of the answer has more than 10 bytes: use httpc.request_stream, or raise httpc.bodylimit",
      );
    expect(await ask("get", host, "/big?10")).toEqual([200, "\0".repeat(10)]);
  });
});

describe("httpc.dns (server, port)", () => {
  /** Knows one name; says nothing of others. */
  const nameserver = defineService(() => {
    const asked: string[] = [];
    const fd = socket.udp_listen("127.0.0.1", 0, (data, from) => {
      const { id = 0, questions } = decode(data);
      const [{ name, type }] = questions as [{ name: string; type: string }];
      asked.push(`${type} ${name}`);
      if (name === "silent.example") return;
      const answers = name === "web.example" ? [{ name, type, class: "IN", ttl: 60, data: "127.0.0.1" }] : [];
      socket.sendto(fd, from, encode({ type: "response", id, questions: questions!, answers: answers as never }));
    });
    return { port: () => socket.udp_address(fd)[1], asked: () => asked };
  });
  const asker = defineService((nameServer: number) => {
    dns.DEFAULT_HOSTS = "";
    httpc.dns("127.0.0.1", nameServer);
    return {
      *get(host: string, timeout?: number): Operation<unknown> {
        httpc.timeout = timeout;
        const begun = skynet.now();
        try {
          const [status, body] = yield* httpc.get(host, "/hello");
          return [status, text(body).slice(0, 12)];
        } catch (error) {
          return [(error as { code: string }).code, (error as Error).message, skynet.now() - begun];
        }
      },
    };
  });
  async function named() {
    const { node, start } = await startNode({ nameserver, asker, web });
    const [n, w] = [await start("nameserver"), await start("web")];
    const a = await start("asker", await node.call<number>(n, "lua", "port"));
    const port = await node.call<number>(w, "lua", "port");
    return {
      get: (name: string, timeout?: number) => node.call<readonly unknown[]>(a, "lua", "get", `${name}:${port}`, timeout),
      asked: () => node.call<string[]>(n, "lua", "asked"),
    };
  }

  it("uses the async resolver from now on: names are asked for there, addresses are not", async () => {
    const { get, asked } = await named();
    expect((await get("web.example"))[0]).toBe(200);
    expect((await get("127.0.0.1"))[0]).toBe(200);
    expect(await asked()).toEqual(["A web.example"]);
    expect((await get("none.example")).slice(0, 2)).toEqual(["DNS", "timeout or no answer: none.example (A): it has no such address"]);
    expect((await get("no_such!name")).slice(0, 2)).toEqual([
      "SOCKET",
      "[Socket Error] : no_such!name dns resolve failed msg:illegal name",
    ]);
  });

  it("httpc.timeout counts for the name server too", async () => {
    const { get } = await named();
    const [code, message, waited] = await get("silent.example", 20);
    expect([code, message]).toEqual(["SOCKET", "[Socket Error] : silent.example dns resolve failed msg:timeout"]);
    expect(waited).toBeGreaterThanOrEqual(20);
    expect(waited).toBeLessThan(300);
  });
});

describe("httpc.request_stream (method, hostname, url, recvheader, header, content)", () => {
  it("stream {status, header, connected}: pieces until there are none; the last may be empty; broken off it throws", async () => {
    const { ask, host, open } = await pair();
    const [status, header, connected, pieces] = await ask<[number, unknown, unknown, string[]]>("stream", host, "/slow");
    expect([status, header, connected, pieces]).toEqual([
      200,
      [["transfer-encoding", "chunked"]],
      undefined,
      ["slow 1;", "slow 2;", "slow 3;", ""],
    ]);
    const big = await ask<[number, unknown, unknown, string[]]>("stream", host, "/big?300000");
    expect(big[3].reduce((n, p) => n + Number.parseInt(p, 10), 0)).toBe(300_000);
    expect(big[3].length).toBeGreaterThan(1);
    expect((await ask<unknown[]>("stream", host, "/close")).slice(2)).toEqual([undefined, ["until I close", ""]]);
    expect((await ask<unknown[]>("stream", host, "/short")).slice(2)).toEqual([
      false,
      ["broken off", "[Socket Error] : read failed fd = N"],
    ]);
    expect((await ask<unknown[]>("stream", host, "/slow", 1)).slice(2)).toEqual([false, ["slow 1;"]]);
    await expect.poll(open).toBe(0);
  });
});

it("a task that is killed in the middle of a stream leaves no connection open", async () => {
  const mute = defineService(function* () {
    let [begun, ended] = [0, 0];
    const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
    yield* socket.start(listener, function* (fd) {
      yield* socket.start(fd);
      yield* socket.read(fd);
      socket.write(fd, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc");
      begun++;
      while ((yield* socket.read(fd))[0] !== false);
      ended++;
      yield* socket.close(fd);
    });
    return { port: () => port, counts: () => [begun, ended] };
  });
  const reader = defineService(() => {
    let task: ReturnType<typeof skynet.running> | undefined;
    let pieces = 0;
    return {
      start(port: number) {
        task = skynet.fork(function* () {
          const stream = yield* httpc.request_stream("GET", `127.0.0.1:${port}`, "/");
          while ((yield* stream()) !== undefined) pieces++;
        });
      },
      pieces: () => pieces,
      kill: () => skynet.killthread(task!) === task,
    };
  });
  const { node, start } = await startNode({ mute, reader });
  const [m, r] = [await start("mute"), await start("reader")];
  await node.call(r, "lua", "start", await node.call(m, "lua", "port"));
  await expect.poll(() => node.call(r, "lua", "pieces")).toBe(1);
  expect(await node.call(r, "lua", "kill")).toBe(true);
  await expect.poll(() => node.call(m, "lua", "counts")).toEqual([1, 1]);
});

describe("httpd.read_request (readbytes, bodylimit): what is refused", () => {
  const field = (size: number): string => `GET / HTTP/1.1\r\nx: ${"y".repeat(size)}\r\n\r\n`;

  it.each([
    ["a header block over 8192 bytes is 413", field(8193), 413],
    ["a header block that never ends is 413", `GET / HTTP/1.1\r\nx: ${"y".repeat(9000)}`, 413],
    ["one of 8192 bytes is fine", field(8192 - 19), 200],
    ["a body over bodylimit is 413", "POST / HTTP/1.1\r\ncontent-length: 101\r\n\r\n", 413],
    [
      "a body in chunks over bodylimit is 413",
      `POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n64\r\n${"z".repeat(100)}\r\n1\r\n`,
      413,
    ],
    ["a chunk over bodylimit is 413 before it comes", "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nfffffffff\r\n", 413],
    ["transfer-encoding other than identity or chunked is 501", "POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n", 501],
    ["HTTP/3.0 is 505", "GET / HTTP/3.0\r\n\r\n", 505],
    ["a field without colon is 400", "GET / HTTP/1.1\r\nhost\r\n\r\n", 400],
    ["a blank before the colon is 400", "GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400],
    ["a bare line end in a field is 400", "GET / HTTP/1.1\r\na: b\nc: d\r\n\r\n", 400],
    ["two lengths are 400", "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400],
    ["a length and chunks are 400", "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400],
    ["a length that is no number is 400", "POST / HTTP/1.1\r\ncontent-length: 0x10\r\n\r\n", 400],
    ["a chunk whose size is no number is 400", "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n-5\r\n", 400],
    ["a chunk without line end is 400", "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc", 400],
  ])("%s", async (_what, bytes, code) => {
    const { ask, port, outcomes } = await pair(100);
    const heard = await ask<string>("raw", port, 0, bytes);
    expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    expect(await outcomes()).toEqual([code]);
  });

  it("chunked bodies are joined and trailers merged; a line that begins with a tab continues the one before", async () => {
    const { ask, port } = await pair();
    const heard = await ask<string>(
      "raw",
      port,
      0,
      "POST /x HTTP/1.1\r\nTransfer-Encoding: Chunked\r\nA: 1\r\n\t 2\r\n\r\n3;q=1\r\nabc\r\n2 \r\nde\r\n0\r\nZ: 9\r\nA: 3\r\n\r\n",
    );
    expect(JSON.parse(heard.slice(heard.indexOf("\r\n\r\n") + 4))).toEqual([
      "POST",
      "/x",
      [],
      [
        ["transfer-encoding", "Chunked"],
        ["a", ["1 2", "3"]],
        ["z", "9"],
      ],
      "abcde",
    ]);
  });

  it("what follows a request is the next one, however the bytes are cut", async () => {
    const { ask, port, outcomes } = await pair();
    const one = "POST /1 HTTP/1.1\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nab";
    const two = "GET /2 HTTP/1.1\r\n\r\n";
    for (const pieces of [[one + two], [one + two.slice(0, 7), two.slice(7)], (one + two).split("")]) {
      const heard = await ask<string>("raw", port, 0, ...pieces);
      expect([heard.match(/HTTP\/1\.1 200 OK/g)?.length, heard.includes('"/1"'), heard.includes('"/2"')]).toEqual([2, true, true]);
    }
    expect(await outcomes()).toEqual(Array(6).fill(200));
  });

  it("a request that comes a byte at a time for ever is ended by the timeout, and so is one that never comes", async () => {
    const { ask, port, outcomes, open } = await pair(undefined, 20);
    expect(await ask("raw", port, 1, ..."GET / HTTP/1.1\r\nx: ".padEnd(60, "y").split(""))).toBe("");
    expect(await ask("raw", port, 0)).toBe("");
    expect(await outcomes()).toEqual(Array(2).fill("[Socket Error] : no whole HTTP request within 0.2 s fd = N"));
    await expect.poll(open).toBe(0);
  });

  it("nil, error on socket failure: a peer that closes in the middle", async () => {
    const { node, port, outcomes } = await pair();
    const closer = defineService(() => ({
      *go(to: number) {
        const fd = yield* sockethelper.connect("127.0.0.1", to);
        socket.write(fd, "POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nhal");
        yield* socket.close(fd);
      },
    }));
    const { start, node: other } = await startNode({ closer });
    await other.call(await start("closer"), "lua", "go", port);
    await expect.poll(outcomes).toEqual(["[Socket Error] : read failed fd = N"]);
    expect(node).toBeDefined();
  });
});
