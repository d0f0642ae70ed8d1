/** The socket library (api §8, TCP rows) on the simulated network. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";

type Script = (say: (x: unknown) => void) => Operation<void>;
const text = (bytes: Uint8Array | false): string | false => (bytes === false ? false : new TextDecoder().decode(bytes));

/** Runs a server script and a client script on two hosts of one network. */
async function run(server: Script, client: Script, cs = 2000): Promise<{ server: unknown[]; client: unknown[]; log: string[] }> {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const seen = { server: [] as unknown[], client: [] as unknown[] };
  const service = (script: Script, list: unknown[]) => () => skynet.start(() => void skynet.fork(() => script((x) => void list.push(x))));
  const a = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { s: service(server, seen.server) } });
  const b = await testNode({ clock, tcp: net.host("10.0.0.2"), services: { c: service(client, seen.client) } });
  await a.newservice("s");
  a.advance(5);
  await b.newservice("c");
  a.advance(cs);
  const log = [...a.log, ...b.log];
  await Promise.all([a.stop(), b.stop()]);
  return { ...seen, log };
}

/** Listens on port 1 and serves the first connection. */
const serve = (body: (id: number, say: (x: unknown) => void) => Operation<void>): Script =>
  function* (say) {
    const [listener] = yield* socket.listen("10.0.0.1", 1);
    yield* socket.start(listener, (id, peer) => {
      skynet.fork(function* () {
        say(peer.replace(/:\d+$/, ""));
        yield* socket.start(id);
        yield* body(id, say);
      });
    });
  };
const connect = (body: (id: number, say: (x: unknown) => void) => Operation<void>): Script =>
  function* (say) {
    const [id, err] = yield* socket.open("10.0.0.1", 1);
    if (id === undefined) say(err);
    else yield* body(id, say);
  };

describe("socket.read, readline, readall, block", () => {
  it("reads by size, by line and whatever there is, across chunks", async () => {
    const { client } = await run(
      serve(function* (id) {
        for (const part of ["he", "llo wor", "ld\nsecond|", "third", "\r\n", "rest"]) {
          socket.write(id, part);
          yield* skynet.sleep(5);
        }
        yield* socket.close(id);
      }),
      connect(function* (id, say) {
        say(text((yield* socket.read(id, 5))[0]));
        say(text((yield* socket.readline(id))[0]));
        say(text((yield* socket.readline(id, "|"))[0]));
        say(text((yield* socket.readline(id, "\r\n"))[0]));
        say(yield* socket.block(id));
        say(text((yield* socket.read(id))[0]));
        say(yield* socket.block(id));
        yield* socket.close(id);
      }),
    );
    expect(client).toEqual(["hello", " world", "second", "third", true, "rest", false]);
  });

  it("gives false and the rest when the peer closes first; buffered bytes come first; socket.disconnected and invalid tell", async () => {
    const { client } = await run(
      serve(function* (id) {
        socket.write(id, "abcdef");
        yield* socket.close(id);
      }),
      connect(function* (id, say) {
        yield* skynet.sleep(20);
        say(text((yield* socket.read(id, 2))[0]));
        const [data, rest] = yield* socket.read(id, 100);
        say([data, text(rest!)]);
        say(socket.disconnected(id));
        say(socket.invalid(id));
        yield* socket.close(id);
        yield* socket.close(id);
        say(socket.invalid(id));
      }),
    );
    expect(client).toEqual(["ab", [false, "cdef"], true, false, true]);
  });

  it("readall gives everything up to the end, also above the 128 KiB at which reading pauses", async () => {
    const size = 1_000_000;
    const { client } = await run(
      serve(function* (id) {
        socket.write(id, new Uint8Array(size).fill(7));
        yield* socket.close(id);
      }),
      connect(function* (id, say) {
        const all = yield* socket.readall(id);
        say(all === false ? false : [all.length, all.every((b) => b === 7)]);
        say(yield* socket.readall(id));
      }),
    );
    expect(client).toEqual([[size, true], false]);
  });

  it("pauses above 128 KiB with a log line and resumes with the next read; nothing is lost", async () => {
    const size = 600_000;
    const { client, log } = await run(
      serve(function* (id) {
        socket.write(id, new Uint8Array(size).fill(1));
        yield* skynet.sleep(0);
      }),
      connect(function* (id, say) {
        yield* skynet.sleep(200);
        let got = 0;
        while (got < size) {
          const [data] = yield* socket.read(id, 1000);
          if (data === false) break;
          got += data.length;
        }
        say(got);
      }),
    );
    expect(client).toEqual([size]);
    expect(log.join("\n")).toMatch(/Pause socket \(\d+\) size : \d+[\s\S]*Resume socket \(\d+\)/);
  });

  it("reading an unknown id throws, and so do two readers at once", async () => {
    const { client } = await run(
      serve(function* (id) {
        yield* socket.read(id);
      }),
      connect(function* (id, say) {
        try {
          yield* socket.read(999);
        } catch (error) {
          say((error as { code: string }).code);
        }
        skynet.fork(function* () {
          yield* socket.read(id, 10);
        });
        yield* skynet.yield();
        try {
          yield* socket.read(id, 1);
        } catch (error) {
          say((error as Error).message);
        }
      }),
    );
    expect(client).toEqual(["SOCKET", expect.stringContaining("is being read by another task")]);
  });
});

describe("opening, closing, writing", () => {
  it("open gives the reason; an address without a port throws; listen on a taken port throws Listen error", async () => {
    const { client } = await run(
      function* () {
        yield* socket.listen("10.0.0.1", 1);
      },
      function* (say) {
        say((yield* socket.open("10.0.0.1:9"))[1]);
        try {
          yield* socket.open("nowhere");
        } catch (error) {
          say((error as Error).message.slice(0, 24));
        }
        yield* socket.listen("10.0.0.2", 5);
        try {
          yield* socket.listen("10.0.0.2", 5);
        } catch (error) {
          say((error as Error).message);
        }
        const [, address, port] = yield* socket.listen("10.0.0.2:0");
        say([address, port > 0]);
      },
    );
    expect(client).toEqual([
      "Connection refused",
      "Invalid address nowhere.",
      "Listen error: cannot listen on 10.0.0.2:5: Address already in use",
      ["10.0.0.2", true],
    ]);
  });

  it("write joins lists, takes text and bytes, and says false for an id that is gone; start of an unknown id gives invalid socket", async () => {
    const { server, client } = await run(
      serve(function* (id, say) {
        say(text((yield* socket.read(id, 6))[0]));
      }),
      connect(function* (id, say) {
        say(socket.write(id, ["ab", Uint8Array.of(99, 100), "ef"]));
        yield* skynet.sleep(10);
        yield* socket.close(id);
        say(socket.write(id, "late"));
        say((yield* socket.start(777))[1]);
      }),
    );
    expect(server).toEqual(["10.0.0.2", "abcdef"]);
    expect(client).toEqual([true, false, "invalid socket"]);
  });

  it("close lets another task finish reading first; onclose is called once", async () => {
    const { client } = await run(
      serve(function* (id) {
        socket.write(id, "x");
        yield* skynet.sleep(1000);
      }),
      connect(function* (id, say) {
        socket.onclose(id, (closed) => say(["closed", closed === id]));
        skynet.fork(function* () {
          const [data, rest] = yield* socket.read(id, 10);
          say([data, text(rest!)]);
        });
        yield* skynet.sleep(10);
        yield* socket.close(id);
        say("close returned");
      }),
    );
    expect(client).toEqual([["closed", true], [false, "x"], "close returned"]);
  });

  it("limit closes a socket whose buffer overflows, with a log line", async () => {
    const { log, server } = await run(
      serve(function* (id, say) {
        socket.limit(id, 100);
        const [line] = yield* socket.readline(id);
        say(line);
      }),
      connect(function* (id) {
        socket.write(id, "x".repeat(500));
        yield* skynet.sleep(50);
      }),
    );
    expect(log.join("\n")).toMatch(/socket buffer overflow: fd=\d+ size=500/);
    expect(server).toEqual(["10.0.0.2", false]);
  });

  it("warning reports what a slow peer leaves unsent, and 0 when it is gone", async () => {
    const { client } = await run(
      serve(function* (id) {
        yield* skynet.sleep(300);
        yield* socket.readall(id);
      }),
      connect(function* (id, say) {
        socket.warning(id, (_id, kib) => say(kib));
        socket.write(id, new Uint8Array(3_000_000));
        yield* skynet.sleep(1000);
        yield* socket.close(id);
      }),
      3000,
    );
    expect(client.length).toBeGreaterThanOrEqual(2);
    expect(client[0]).toBeGreaterThanOrEqual(1024);
    expect(client.at(-1)).toBe(0);
  });

  it("abandon hands a socket to another service; netstat shows owner and peer; header is big-endian", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const seen: unknown[] = [];
    const taker = () =>
      skynet.dispatch("lua", function* (_s, _src, id: number) {
        yield* socket.start(id);
        seen.push(text((yield* socket.readline(id))[0]), socket.netstat(id)?.address === skynet.self());
        skynet.retpack(true);
      });
    const main = () =>
      skynet.start(function* () {
        const to = yield* skynet.newservice("taker");
        const [listener] = yield* socket.listen("10.0.0.1", 1);
        yield* socket.start(
          listener,
          (id) =>
            void skynet.fork(function* () {
              yield* socket.start(id);
              socket.abandon(id);
              yield* skynet.call(to!, "lua", id);
            }),
        );
      });
    const client = () =>
      skynet.start(function* () {
        const [id] = yield* socket.open("10.0.0.1", 1);
        socket.write(id!, "for the other\n");
        seen.push(socket.header(Uint8Array.of(1, 2)));
      });
    const a = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { main, taker } });
    const b = await testNode({ clock, tcp: net.host("10.0.0.2"), services: { client } });
    await a.newservice("main");
    await b.newservice("client");
    clock.advance(500);
    expect(seen).toEqual([258, "for the other", true]);
    await Promise.all([a.stop(), b.stop()]);
  });

  it("sockets close when their service ends, by exit or kill: the peer sees the end, the port refuses (semantics §7)", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const seen: unknown[] = [];
    const owner = () => {
      skynet.start(function* () {
        const [listener] = yield* socket.listen("10.0.0.1", 1);
        yield* socket.start(listener, (id) => void skynet.fork(() => socket.start(id)));
      });
      skynet.dispatch("lua", () => skynet.exit());
    };
    const client = () =>
      skynet.start(function* () {
        const [id] = yield* socket.open("10.0.0.1", 1);
        skynet.fork(function* () {
          seen.push(yield* socket.readall(id!), "ended");
          seen.push((yield* socket.open("10.0.0.1", 1))[1]);
        });
      });
    const a = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { owner } });
    const b = await testNode({ clock, tcp: net.host("10.0.0.2"), services: { client } });
    const handle = await a.newservice("owner");
    await b.newservice("client");
    clock.advance(50);
    a.send(handle, "lua", "exit");
    clock.advance(50);
    expect(seen).toEqual([false, "ended", "Connection refused"]);
    await Promise.all([a.stop(), b.stop()]);
  });
});
