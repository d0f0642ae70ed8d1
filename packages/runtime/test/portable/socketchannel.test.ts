/** Socket channels (api.md §13, §15) on real sockets and on those of a page. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation, SkynetNode } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socketchannel } from "@skyloom/runtime/socketchannel";
import type { Channel, ChannelOptions, ChannelSocket, OrderReply, SessionReply } from "@skyloom/runtime/socketchannel";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

const text = (bytes: Uint8Array): string => skynet.totext(bytes) as string;

/**
 * Answers lines: `echo x`, `fail x`, `parts a b c`, `wait cs x`, `session id cs x`, `push x` (as if unasked), `visits`, `hang`, `die`.
 * Counts its visitors and remembers what they said.
 */
const server = defineService(function* (port = 0) {
  let visits = 0;
  const said: string[] = [];
  const [listener, , bound] = yield* socket.listen("127.0.0.1", Number(port));
  function* serve(id: number): Operation<void> {
    for (;;) {
      const [line] = yield* socket.readline(id);
      if (line === false) break;
      const [command, ...words] = text(line).split(" ");
      said.push(text(line));
      const reply = (x: string): void => void socket.write(id, `${x}\n`);
      if (command === "echo") reply(`+${words.join(" ")}`);
      else if (command === "fail") reply(`-${words.join(" ")}`);
      else if (command === "parts") words.forEach((word, i) => reply(`${i < words.length - 1 ? "*" : "+"}${word}`));
      else if (command === "visits") reply(`+${visits}`);
      else if (command === "die") {
        // What was answered before is on its way by then.
        yield* skynet.sleep(2);
        socket.shutdown(id);
        break;
      } else if (command === "wait" || command === "session") {
        const [session, cs, ...rest] = command === "session" ? words : ["", ...words];
        skynet.timeout(Number(cs), () => reply(command === "session" ? `${session} +${rest.join(" ")}` : `+${rest.join(" ")}`));
      } else if (command === "raw") reply(words.join(" "));
    }
    yield* socket.close(id);
  }
  yield* socket.start(listener, function* (id) {
    visits++;
    yield* socket.start(id);
    yield* serve(id);
  });
  return {
    port: () => bound,
    said: () => said,
    *stop() {
      yield* socket.close(listener);
    },
  };
});

/** Reads a line; `*` says that more follow, `-` that it failed. */
function* readLine(sock: ChannelSocket): Operation<OrderReply> {
  const line = text(yield* sock.readline());
  return [line[0] !== "-", line.slice(1), line[0] === "*"];
}
/** As {@link readLine}, with a session before it. */
function* readSession(sock: ChannelSocket): Operation<SessionReply> {
  const line = text(yield* sock.readline());
  const at = line.indexOf(" ");
  return [Number(line.slice(0, at)), line[at + 1] !== "-", line.slice(at + 2), line[at + 1] === "*"];
}

const ask = (channel: Channel, line: string): Operation<unknown> => channel.request(`${line}\n`, readLine);
const caught = function* (operation: Operation<unknown>): Operation<unknown> {
  try {
    return yield* operation;
  } catch (error) {
    return error === socketchannel.error ? "[Error: socket]" : `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
};

interface World {
  readonly port: number;
  readonly lines: readonly string[];
  readonly server: (command: string) => Promise<unknown>;
  /** Runs a script in a service of a second node. */
  readonly run: <T>(script: (say: (x: unknown) => void) => Operation<T>) => Promise<T>;
  readonly node: SkynetNode;
}

async function world(): Promise<World> {
  const far = await startNode({ server });
  const handle = await far.start("server");
  let script: (say: (x: unknown) => void) => Operation<unknown>;
  const client = defineService(() => ({
    run: function* (): Operation<unknown> {
      return yield* script(() => undefined);
    },
  }));
  const near = await startNode({ client });
  return {
    port: await far.node.call<number>(handle, "lua", "port"),
    lines: near.lines,
    node: far.node,
    server: (command) => far.node.call(handle, "lua", command),
    run: async <T>(body: (say: (x: unknown) => void) => Operation<T>) => {
      script = body;
      return near.node.call(await near.start("client"), "lua", "run") as Promise<T>;
    },
  };
}

/** Runs operations side by side; their results in order. */
function* all(operations: readonly Operation<unknown>[]): Operation<unknown[]> {
  const results: unknown[] = [];
  let left = operations.length;
  const done = {};
  operations.forEach((operation, i) =>
    skynet.fork(function* () {
      results[i] = yield* caught(operation);
      if (--left === 0) skynet.wakeup(done);
    }),
  );
  if (left > 0) yield* skynet.wait(done);
  return results;
}

describe("socketchannel.new (conf) and socketchannel.channel (desc)", () => {
  it("order mode: replies go to the requests in their order; parts come as a list; a reply that failed throws its data", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.new({ host: "127.0.0.1", port });
      return yield* all([
        ask(channel, "echo one"),
        ask(channel, "wait 3 late"),
        ask(channel, "parts a b c"),
        ask(channel, "fail no such key"),
        channel.request("echo ignored\n", function* (sock): Operation<OrderReply> {
          yield* sock.readline();
          return [true];
        }),
        ask(channel, "echo five"),
      ]);
    });
    // The server answers "wait" late, so what it says at once comes before: in order mode that is the reply.
    expect(got).toEqual(["one", ["a", "b", "c"], "CALL_FAILED: no such key", "ignored", undefined, "late"]);
  });

  it("session mode: replies go to their session, in any order; one that nobody asked for is logged", async () => {
    const { port, run, lines } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port, response: readSession });
      const first = yield* all([
        channel.request("session 1 5 slow\n", 1),
        channel.request("session 2 1 quick\n", 2),
        channel.request("raw 77 +nobody\nraw 3 *part\nraw 3 *of\nraw 3 +three\n", 3),
        channel.request("raw 4 -wrong\n", 4),
      ]);
      const again = yield* all([channel.request("session 5 5 x\n", 5), channel.request("session 5 1 y\n", 5)]);
      return [first, again, yield* caught(ask(channel, "echo x"))];
    });
    expect(got).toEqual([
      ["slow", "quick", ["part", "of", "three"], "CALL_FAILED: wrong"],
      ["x", "ARGUMENT: session 5 is waited for already: each request that is under way needs its own"],
      "ARGUMENT: a channel with a response function takes the session of a request, not a function that reads its reply",
    ]);
    expect(lines.join("\n")).toContain("socket: unknown session : 77");
  });

  it("does not connect; without a host it throws; socketchannel.error is printed [Error: socket]", async () => {
    const { port, run, server: far } = await world();
    await run(function* () {
      socketchannel.new({ host: "127.0.0.1", port });
      yield* skynet.sleep(2);
    });
    expect(await far("said")).toEqual([]);
    expect(() => socketchannel.new({} as ChannelOptions)).toThrow("a socket channel needs a host");
    expect(String(socketchannel.error)).toBe("[Error: socket]");
    expect(socketchannel.error.code).toBe("SOCKET");
  });
});

describe("channel:request (data, response, padding)", () => {
  it("without response waits for nothing; with padding everything arrives, in order", async () => {
    const { port, run, server: far } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port, nodelay: true });
      const none = yield* channel.request("hang\n");
      return [none, yield* channel.request(["ec", "ho "], readLine, ["in ", ["par", "ts"], "\n"]), yield* ask(channel, "echo next")];
    });
    expect(got).toEqual([undefined, "in parts", "next"]);
    expect(await far("said")).toEqual(["hang", "echo in parts", "echo next"]);
  });

  it("with data or padding that cannot be sent throws before anything is written", async () => {
    const { port, run, server: far } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      const bad = yield* caught(channel.request("echo half ", readLine, ["of it", 5 as never]));
      const worse = yield* caught(channel.request(undefined as never, readLine));
      return [bad, worse, yield* ask(channel, "echo next")];
    });
    expect(got).toEqual([
      "ARGUMENT: a socket sends bytes, text or a list of them, not a number",
      "ARGUMENT: a socket sends bytes, text or a list of them, not undefined",
      "next",
    ]);
    expect(await far("said")).toEqual(["echo next"]);
  });

  it("a peer that dies throws the socket error for all who wait; the next request connects again", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      const results = yield* all([ask(channel, "echo a"), ask(channel, "die"), ask(channel, "echo b"), ask(channel, "echo c")]);
      return [...results, yield* ask(channel, "visits")];
    });
    expect(got).toEqual(["a", "[Error: socket]", "[Error: socket]", "[Error: socket]", "2"]);
  });

  it("a peer that dies in the middle of 1,000 pipelined requests: every caller gets its answer or the error, none twice, none hangs", async () => {
    const { port, run } = await world();
    const [results, after] = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port, response: readSession });
      const ordered = socketchannel.channel({ host: "127.0.0.1", port });
      const line = (i: number): string => (i === 500 ? "die\n" : i % 7 === 0 ? `session ${i} 1 ${i}\n` : `raw ${i} +${i}\n`);
      const results = yield* all([
        ...Array.from({ length: 1000 }, (_, i) => channel.request(line(i), i)),
        ...Array.from({ length: 1000 }, (_, i) => ask(ordered, i === 500 ? "die" : `echo ${i}`)),
      ]);
      return [results, [yield* channel.request("raw 1 +back\n", 1), yield* ask(ordered, "echo back")]] as const;
    });
    expect(results.length).toBe(2000);
    const wrong = results.filter((r, i) => r !== String(i % 1000) && r !== "[Error: socket]");
    expect(wrong).toEqual([]);
    // Nothing behind the one that killed it can have an answer, in order mode.
    expect(results.slice(1500).every((r) => r === "[Error: socket]")).toBe(true);
    expect(results.filter((r) => r !== "[Error: socket]").length).toBeGreaterThan(500);
    expect(after).toEqual(["back", "back"]);
  });

  it("a killed waiter's reply is read and dropped; those behind it get theirs", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const ordered = socketchannel.channel({ host: "127.0.0.1", port });
      const bySession = socketchannel.channel({ host: "127.0.0.1", port, response: readSession });
      yield* ordered.connect();
      yield* bySession.connect();
      const seen: unknown[] = [];
      const victims = [ask(ordered, "parts x y z"), bySession.request("session 1 1 x\n", 1)].map((operation) =>
        skynet.fork(function* () {
          seen.push(yield* operation);
        }),
      );
      const rest = all([ask(ordered, "echo behind"), bySession.request("session 2 3 behind\n", 2)]);
      skynet.fork(() => victims.forEach((task) => skynet.killthread(task)));
      return [yield* rest, seen];
    });
    expect(got).toEqual([["behind", "behind"], []]);
  });

  it("a reader that throws ends the connection: everybody gets its error", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      const results = yield* all([
        channel.request("echo a\n", function* (sock): Operation<OrderReply> {
          yield* sock.read(1);
          throw new TypeError("no such protocol");
        }),
        ask(channel, "echo b"),
      ]);
      return [...results, yield* ask(channel, "visits")];
    });
    expect(got).toEqual(["undefined: no such protocol", "undefined: no such protocol", "2"]);
  });

  it("socket_read and socket_readline of the description stand in place of the socket's", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({
        host: "127.0.0.1",
        port,
        *socket_readline(sock, sep) {
          return skynet.tobytes(text(yield* sock.readline(sep)).toUpperCase());
        },
        *socket_read(sock, sz) {
          return skynet.tobytes(`<${text(yield* sock.read(sz))}>`);
        },
      });
      return [
        yield* ask(channel, "echo loud"),
        yield* channel.request("echo abc\n", function* (sock): Operation<OrderReply> {
          return [true, text(yield* sock.read(5))];
        }),
      ];
    });
    expect(got).toEqual(["LOUD", "<+abc\n>"]);
  });
});

describe("channel:response (response)", () => {
  it("waits for what the peer says unasked", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      yield* channel.request("wait 2 news\n");
      return yield* channel.response(readLine);
    });
    expect(got).toBe("news");
  });
});

describe("channel:connect (once)", () => {
  it("once: throws the socket error when nobody is there, over host and backups; the log says why", async () => {
    const { run, lines } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port: 9, backup: ["localhost", { host: "127.0.0.1", port: 10 }] });
      return [yield* caught(channel.connect(true)), yield* caught(ask(channel, "x"))];
    });
    expect(got).toEqual(["[Error: socket]", "[Error: socket]"]);
    const log = lines.join("\n");
    expect(log).toContain("socket: connect to backup host localhost 9");
    expect(log).toContain("socket: connect to backup host 127.0.0.1 10");
    expect(log).toContain("Connect failed Connection refused");
  });

  it("otherwise it tries until somebody is there; requests meanwhile that connect once fail, or come through with it", async () => {
    const far = await startNode({ server });
    const { port } = await world().then(async (w) => {
      await w.node.stop();
      return w;
    });
    const { run } = await world();
    const later = new Promise<unknown>((resolve) => {
      setTimeout(() => resolve(far.start("server", port)), 300);
    });
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      const [connected, heard] = yield* all([channel.connect(), ask(channel, "echo with it")]);
      return [connected, heard, yield* ask(channel, "echo there")];
    });
    await later;
    expect(got).toEqual([true, "with it", "there"]);
  });

  it("many requests on a channel that is not connected make one connection", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      yield* all(Array.from({ length: 50 }, (_, i) => ask(channel, `echo ${i}`)));
      return yield* ask(channel, "visits");
    });
    expect(got).toBe("1");
  });

  it("a killed task that was connecting leaves the attempt to those who wait, and no socket behind", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      const victim = skynet.fork(() => ask(channel, "echo never"));
      const rest = all([ask(channel, "echo a"), ask(channel, "echo b")]);
      skynet.fork(() => skynet.killthread(victim));
      const results = yield* rest;
      channel.close();
      yield* skynet.sleep(2);
      return [results, socket.netstat().length];
    });
    expect(got).toEqual([["a", "b"], 0]);
  });
});

describe("channel auth and backups", () => {
  it("auth runs before any other request and may request itself; when it throws the next host is tried", async () => {
    const [good, bad] = [await world(), await world()];
    const got = await good.run(function* () {
      const channel = socketchannel.channel({
        host: "127.0.0.1",
        port: bad.port,
        backup: [{ host: "127.0.0.1", port: good.port }],
        *auth(c) {
          if ((yield* ask(c, "echo login")) !== "login") throw new Error("never");
          if ((yield* ask(c, "visits")) === "1" && (yield* ask(c, "echo again")) === "again" && refused++ === 0)
            throw new Error("wrong password");
        },
      });
      let refused = 0;
      return [yield* all([ask(channel, "echo a"), ask(channel, "echo b")]), refused];
    });
    expect(got).toEqual([["a", "b"], 2]);
    expect(await bad.server("said")).toEqual(["echo login", "visits", "echo again"]);
    expect(((await good.server("said")) as string[]).slice(-2)).toEqual(["echo a", "echo b"]);
    expect(good.lines.join("\n")).toContain("socket: auth failed wrong password");
  });

  it("auth may lead to another host", async () => {
    const [first, second] = [await world(), await world()];
    const got = await first.run(function* () {
      const channel = socketchannel.channel({
        host: "127.0.0.1",
        port: first.port,
        *auth(c) {
          if ((yield* ask(c, "echo who")) === "who" && moved++ === 0) c.changehost("127.0.0.1", second.port);
        },
      });
      let moved = 0;
      return yield* ask(channel, "echo here");
    });
    expect(got).toBe("here");
    expect([await first.server("said"), await second.server("said")]).toEqual([["echo who"], ["echo who", "echo here"]]);
  });

  it("changehost during auth: the new host wins, and who waits gets there", async () => {
    const [a, b] = [await world(), await world()];
    const got = await a.run(function* () {
      const channel = socketchannel.channel({
        host: "127.0.0.1",
        port: a.port,
        *auth(ch) {
          yield* ask(ch, moved ? "echo auth" : "hang");
        },
      });
      let moved = false;
      skynet.timeout(5, () => {
        moved = true;
        channel.changehost("127.0.0.1", b.port);
      });
      return yield* all([ask(channel, "echo one"), channel.connect()]);
    });
    expect(got).toEqual(["one", true]);
    expect([await a.server("said"), await b.server("said")]).toEqual([["hang"], ["echo auth", "echo one"]]);
  });

  it("a peer that closes during auth fails that attempt, and hangs nobody", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port, auth: (c) => ask(c, "die") });
      return yield* all([ask(channel, "echo a"), ask(channel, "echo b"), channel.connect(true)]);
    });
    expect(got).toEqual(["[Error: socket]", "[Error: socket]", "[Error: socket]"]);
  });
});

describe("socketchannel:close, change, changehost, changebackup", () => {
  it("close () fails those who wait; a request then throws; connect opens it again", async () => {
    const { port, run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port });
      yield* channel.connect();
      const rest = all([ask(channel, "hang"), channel.response(readLine)]);
      skynet.timeout(2, () => channel.close());
      const first = yield* rest;
      const closed = yield* caught(ask(channel, "echo x"));
      channel.close();
      return [first, closed, yield* channel.connect(), yield* ask(channel, "visits")];
    });
    expect(got).toEqual([
      ["[Error: socket]", "[Error: socket]"],
      `SOCKET: the channel to 127.0.0.1:${port} is closed; connect() opens it again`,
      true,
      "2",
    ]);
  });

  it("close () while it tries for ever ends the trying at once: connect gives false", async () => {
    const { run } = await world();
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port: 9 });
      const begun = skynet.now();
      skynet.timeout(30, () => channel.close());
      const result = yield* channel.connect();
      return [result, skynet.now() - begun < 90];
    });
    expect(got).toEqual([false, true]);
  });

  it("changehost (host, port), change (f) and change ({host, port, backup}): the next request goes there", async () => {
    const [a, b, c] = [await world(), await world(), await world()];
    await a.run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port: a.port });
      yield* ask(channel, "echo 1");
      channel.changehost("localhost", b.port);
      yield* ask(channel, "echo 2");
      channel.changehost("127.0.0.1");
      yield* ask(channel, "echo 3");
      channel.change((ch) => ch.changehost("127.0.0.1", c.port));
      yield* ask(channel, "echo 4");
      channel.change({ port: 9, backup: [{ host: "127.0.0.1", port: a.port }] });
      yield* ask(channel, "echo 5");
      channel.changebackup(["127.0.0.1"]);
      channel.change(() => undefined);
      yield* ask(channel, "echo 6");
    });
    const said = await Promise.all([a, b, c].map((w) => w.server("said")));
    expect(said).toEqual([["echo 1", "echo 5", "echo 6"], ["echo 2", "echo 3"], ["echo 4"]]);
  });
});

describe("overload", () => {
  it("is told true when 1 MiB waits, and false when it is gone", async () => {
    const slow = defineService(function* () {
      const ids: number[] = [];
      const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
      yield* socket.start(listener, (id) => void ids.push(id));
      return {
        port: () => port,
        *read() {
          for (const id of ids.splice(0)) {
            yield* socket.start(id);
            skynet.fork(function* () {
              for (let got = 0; got < 30_000_000;) {
                const [data] = yield* socket.read(id);
                if (data === false) break;
                got += data.length;
              }
              socket.write(id, "+done\n");
            });
          }
        },
      };
    });
    const { node, start } = await startNode({ slow });
    const handle = await start("slow");
    const port = await node.call<number>(handle, "lua", "port");
    const { run } = await world();
    const told: boolean[] = [];
    const got = await run(function* () {
      const channel = socketchannel.channel({ host: "127.0.0.1", port, overload: (on) => void told.push(on) });
      yield* channel.connect();
      skynet.timeout(20, () => void node.send(handle, "lua", "read"));
      return yield* channel.request(new Uint8Array(30_000_000), readLine);
    });
    expect(got).toBe("done");
    expect(told).toEqual([true, false]);
  });
});
