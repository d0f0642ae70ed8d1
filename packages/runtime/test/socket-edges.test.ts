/** What the socket library does with wrong arguments, killed tasks and callbacks that suspend (api §8), on the simulated network. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { state } from "../src/lib/socket-state.ts";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";

type Say = (x: unknown) => void;
const text = (bytes: Uint8Array | false | undefined): string | false | undefined =>
  bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes;
const thrown = (fn: () => unknown): string => {
  try {
    return `no error: ${String(fn())}`;
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
};
function* failure(made: Operation<unknown>): Operation<string> {
  try {
    return `no error: ${String(yield* made)}`;
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
}

/** Runs one service on a simulated host with TCP and UDP. */
async function run(script: (say: Say) => Operation<void>, cs = 1000): Promise<{ said: unknown[]; log: string[] }> {
  const clock = new VirtualClock();
  const host = createSimNet({ clock }).host("127.0.0.1");
  const said: unknown[] = [];
  const services = { s: () => skynet.start(() => void skynet.fork(() => script((x) => void said.push(x)))) };
  const node = await testNode({ clock, tcp: host, udp: host.udp, dns: host.dns, services });
  await node.newservice("s");
  node.advance(cs);
  const log = [...node.log];
  await node.stop();
  return { said, log };
}

/** Both ends of a connection of the running service to itself. */
function* pair(port: number): Operation<readonly [here: number, there: number]> {
  const [listener] = yield* socket.listen("127.0.0.1", port);
  const token = {};
  let there = 0;
  yield* socket.start(listener, function* (id) {
    yield* socket.start(id);
    there = id;
    skynet.wakeup(token);
  });
  const [here] = yield* socket.open("127.0.0.1", port);
  if (there === 0) yield* skynet.wait(token);
  return [here!, there];
}

describe("wrong arguments are refused and spoil nothing", () => {
  it("socket.write, lwrite, socketdriver.send and lsend take bytes, text and lists of them; anything else throws and the next write arrives", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      const write = socket.write as (id: number, data: unknown) => boolean;
      say(thrown(() => write(here, 5)));
      say(thrown(() => write(here, ["a", undefined])));
      say(thrown(() => socketdriver.send(here, { length: 3 } as never)));
      say([
        socket.write(here, ["a", Uint8Array.of(98)]),
        socketdriver.send(here, ["c", "d"]),
        socketdriver.lsend(here, ["e", Uint8Array.of(102)]),
      ]);
      say(text((yield* socket.read(there, 6))[0]));
    });
    expect(said).toEqual([
      "ARGUMENT: a socket sends bytes, text or a list of them, not a number",
      "ARGUMENT: a socket sends bytes, text or a list of them, not a list with undefined in it",
      "ARGUMENT: a socket sends bytes, text or a list of them, not an object",
      [true, true, true],
      "abcdef",
    ]);
  });

  it("socket.read (id, sz) with a size that is none throws and leaves the bytes; size 0 is empty at once", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      socket.write(here, "abc");
      yield* skynet.sleep(10);
      for (const size of [-1, 1.5, NaN]) say(yield* failure(socket.read(there, size)));
      say(text((yield* socket.read(there, 0))[0]));
      say(text((yield* socket.read(there, 3))[0]));
    });
    expect(said).toEqual([
      "ARGUMENT: socket.read takes a number of bytes, a whole number from 0 on, not -1",
      "ARGUMENT: socket.read takes a number of bytes, a whole number from 0 on, not 1.5",
      "ARGUMENT: socket.read takes a number of bytes, a whole number from 0 on, not NaN",
      "",
      "abc",
    ]);
  });

  it("socket.read, readall and readline of a listener or a datagram socket throw at once, as nothing could ever come", async () => {
    const { said } = await run(function* (say) {
      const [listener] = yield* socket.listen("127.0.0.1", 1);
      say(yield* failure(socket.read(listener)));
      yield* socket.start(listener, () => undefined);
      say(yield* failure(socket.readline(listener)));
      const udp = socket.udp(() => undefined, "127.0.0.1");
      say(yield* failure(socket.readall(udp)));
    });
    expect(said).toEqual([
      expect.stringMatching(/^SOCKET: socket \d+ is a listener: connections come to the function given to socket\.start$/),
      expect.stringMatching(/^SOCKET: socket \d+ is a listener: /),
      expect.stringMatching(/^SOCKET: socket \d+ is a UDP socket: datagrams come to its callback$/),
    ]);
  });
});

describe("callbacks may suspend", () => {
  it("socket.onclose (id, callback) and socket.warning (id, callback) run generators to their end", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      socket.onclose(here, function* (id) {
        yield* skynet.sleep(1);
        say(["closed", id === here]);
      });
      socket.warning(there, function* (_id, kib) {
        yield* skynet.sleep(1);
        say(["warned", kib > 0]);
      });
      socket.pause(here);
      socket.write(there, new Uint8Array(2_000_000));
      yield* skynet.sleep(20);
      yield* socket.close(here);
      yield* skynet.sleep(10);
    });
    expect(said).toEqual([
      ["warned", true],
      ["closed", true],
    ]);
  });

  it("socket.onclose on a socket that has closed already is not kept", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      yield* socket.close(there);
      say([yield* socket.readall(here), socket.disconnected(here)]);
      socket.onclose(here, () => say("too late"));
      yield* socket.close(here);
      say(state().onClose.size);
    });
    expect(said).toEqual([[false, true], 0]);
  });
});

describe("datagram sockets", () => {
  it("socket.udp_connect to an address of the other family is logged and the socket goes on", async () => {
    const { said, log } = await run(function* (say) {
      const server = socket.udp_listen("127.0.0.1", 0, (data) => say(text(data)));
      const [, port] = socket.udp_address(server);
      const id = socket.udp_dial("127.0.0.1", port, () => undefined);
      socket.udp_connect(id, "::1", port);
      yield* skynet.sleep(10);
      say([socket.disconnected(id), socket.write(id, "still there")]);
      yield* skynet.sleep(10);
      yield* socket.close(id);
      say("closed");
    });
    expect(said).toEqual([[false, true], "still there", "closed"]);
    expect(log.join("\n")).toMatch(/socket: error on \d+ protocol mismatch/);
  });
});

describe("killed tasks", () => {
  it("one that waits in socket.listen leaves no listener behind", async () => {
    const { said } = await run(function* (say) {
      const task = skynet.fork(() => socket.listen("127.0.0.1", 7));
      yield* skynet.yield();
      skynet.killthread(task);
      yield* skynet.sleep(10);
      const [, , port] = yield* socket.listen("127.0.0.1", 7);
      say(port);
    });
    expect(said).toEqual([7]);
  });

  it("one that waits in socket.close leaves the reader its bytes, and the id to nobody", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      skynet.fork(function* () {
        const [data, rest] = yield* socket.read(here, 10);
        say([data, text(rest)]);
      });
      socket.write(there, "abc");
      yield* skynet.sleep(10);
      const closer = skynet.fork(() => socket.close(here));
      skynet.fork(() => {
        skynet.killthread(closer);
      });
      yield* skynet.sleep(10);
      say(socket.invalid(here));
    });
    expect(said).toEqual([[false, "abc"], true]);
  });
});

describe("rows of api §8 on one connection", () => {
  it("socket.start (id, func): a socket that is open here throws `socket is not closed`; one whose CLOSE was reported gives `socket closed`", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      say(yield* failure(socket.start(here)));
      say(text((yield* answer(here, there))[0]));
      yield* socket.close(there);
      yield* skynet.sleep(10);
      socket.abandon(here);
      say((yield* socket.start(here))[1]);
      say(socket.invalid(here));
    });
    expect(said).toEqual(["SOCKET: socket is not closed", "still open", "socket closed", true]);
  });

  it("socket.shutdown (id) drops unsent data and still needs close (id)", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      socket.write(here, "never sent");
      socket.shutdown(here);
      yield* skynet.sleep(10);
      say([socket.disconnected(here), socket.invalid(here), yield* socket.readall(there)]);
      yield* socket.close(here);
      say([socket.disconnected(here), socket.invalid(here)]);
      socket.shutdown(here);
    });
    expect(said).toEqual([
      [true, false, false],
      [undefined, true],
    ]);
  });

  it("socket.close_fd (id) closes what this service does not own, and throws `Use socket.close instead` for what it does", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      say(thrown(() => socket.close_fd(here)).replace(/\d+/, "N"));
      socket.abandon(here);
      socket.close_fd(here);
      say(yield* socket.readall(there));
    });
    expect(said).toEqual(["SOCKET: Use socket.close instead: socket N is open in this service", false]);
  });

  it("socket.lwrite (id, data): sent only when the high queue is empty", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      socket.write(here, "1");
      socket.lwrite(here, "low");
      socket.write(here, "2");
      say(text((yield* socket.read(there, 5))[0]));
    });
    expect(said).toEqual(["12low"]);
  });

  it("socket.limit (id, limit) does not count while a sized read waits", async () => {
    const { said, log } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      socket.limit(there, 10);
      const task = skynet.fork(function* () {
        say((yield* socket.read(there, 30))[0] !== false);
        say((yield* socket.readline(there))[0]);
      });
      void task;
      yield* skynet.sleep(5);
      for (let i = 0; i < 2; i++) {
        socket.write(here, "x".repeat(20));
        yield* skynet.sleep(5);
      }
      socket.write(here, "x");
      yield* skynet.sleep(5);
    });
    expect(said).toEqual([true, false]);
    expect(log.filter((line) => line.includes("socket buffer overflow"))).toEqual([expect.stringMatching(/fd=\d+ size=11$/)]);
  });

  it("socket.pause (id) stops reading; the next read resumes, and nothing is lost", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      yield* socket.pause(there);
      socket.write(here, "later");
      yield* skynet.sleep(10);
      const reading = (): unknown => (socket.netstat(there) as { reading: boolean }).reading;
      say(reading());
      say(text((yield* socket.read(there, 5))[0]));
      say(reading());
    });
    expect(said).toEqual([false, "later", true]);
  });

  it("socket.netstat (id): LISTEN with accept, rtime, sock; TCP with counters and peer; CLOSING when the peer has ended", async () => {
    const { said } = await run(function* (say) {
      const [here, there] = yield* pair(1);
      socket.write(here, "abc");
      yield* socket.read(there, 3);
      say(socket.netstat().find((s) => s.type === "LISTEN"));
      say(socket.netstat(here));
      yield* socket.close(there);
      yield* skynet.sleep(5);
      say(socket.netstat(here)?.type);
      say([socket.netstat(there), yield* socket.block(there), socket.disconnected(there)]);
    });
    const base = { address: expect.any(Number) as number, id: expect.any(Number) as number, rtime: expect.any(Number) as number };
    expect(said).toEqual([
      { ...base, type: "LISTEN", accept: 1, sock: "127.0.0.1:1" },
      {
        ...base,
        type: "TCP",
        read: 0,
        write: 3,
        wbuffer: 0,
        wtime: expect.any(Number) as number,
        reading: true,
        writing: false,
        peer: "127.0.0.1:1",
      },
      "CLOSING",
      [undefined, false, undefined],
    ]);
  });
});

/** What arrives when one end says something. */
function* answer(here: number, there: number): Operation<readonly [Uint8Array | false, unknown]> {
  socket.write(here, "still open");
  return yield* socket.read(there, 10);
}
