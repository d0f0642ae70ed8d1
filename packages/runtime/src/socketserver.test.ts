import { describe, expect, it } from "vitest";
import { createSimNet } from "./simnet/index.ts";
import { socketserver, type ServerEvent, type SocketServer } from "./socketserver.ts";
import { Breaches, dial } from "./testing/conformance/tcp-probe.ts";
import { VirtualClock } from "./testing/virtual-clock.ts";

const clock = new VirtualClock();
const net = createSimNet({ clock });
const HOST = "10.0.0.1";
const FAR = "10.0.0.2";
const far = net.host(FAR);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function take(server: SocketServer): ServerEvent[] {
  clock.advance(10);
  const list: ServerEvent[] = [];
  for (let e = server.poll(); e !== undefined; e = server.poll()) list.push(e);
  return list;
}

describe("socketserver (seed 003)", () => {
  it("polls ACCEPT, OPEN, DATA, CLOSE, ERROR and EXIT", () => {
    const server = socketserver.create({ tcp: net.host(HOST) });
    const listener = server.listen(1, "", 9000, 32);
    expect(take(server)).toEqual([{ type: socketserver.OPEN, opaque: 1, id: listener, ud: 9000, data: "0.0.0.0" }]);
    server.start(1, listener);
    const client = dial(far, new Breaches(), HOST, 9000);
    client.link.resume();
    const [open, accept] = take(server);
    expect(open).toEqual({ type: socketserver.OPEN, opaque: 1, id: listener, ud: 0, data: "start" });
    expect(accept).toMatchObject({ type: socketserver.ACCEPT, id: listener, data: `${FAR}:${client.link.local!.port}` });
    const id = accept!.ud;
    server.start(2, id);
    client.write("ping");
    expect(take(server)).toEqual([
      { type: socketserver.OPEN, opaque: 2, id, ud: 0, data: "start" },
      { type: socketserver.DATA, opaque: 2, id, ud: 4, data: bytes("ping") },
    ]);
    server.send_lowpriority(id, bytes("low "));
    server.send(id, bytes("and high"));
    server.nodelay(id);
    server.flush();
    server.pause(id);
    server.close(id);
    expect(take(server)).toEqual([{ type: socketserver.CLOSE, opaque: 2, id, ud: 0, data: undefined }]);
    expect([client.text, client.isEnded]).toEqual(["low and high", true]);
    server.start(2, id);
    expect(take(server)).toEqual([{ type: socketserver.ERROR, opaque: 2, id, ud: 0, data: "invalid socket" }]);
    server.exit();
    expect(take(server)).toEqual([{ type: socketserver.EXIT, opaque: 0, id: 0, ud: 0, data: undefined }]);
    server.release();
    expect(take(server)).toEqual([]);
  });

  it("the numbers of the events are those of the C layer", () => {
    const { DATA, CLOSE, OPEN, ACCEPT, ERROR, EXIT, UDP, WARNING } = socketserver;
    expect([DATA, CLOSE, OPEN, ACCEPT, ERROR, EXIT, UDP, WARNING]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("block_connect waits and reports by its promise alone", async () => {
    const server = socketserver.create({ tcp: far });
    const listener = server.listen(1, "", 9001, 32);
    take(server);
    const good = server.block_connect(1, "127.0.0.1", 9001);
    const bad = server.block_connect(1, "127.0.0.1", 9002);
    const closed = server.block_connect(1, "127.0.0.1", 9001);
    const outcomes = Promise.allSettled([good, bad, closed]);
    const closing = listener + 3;
    server.shutdown(closing);
    expect(take(server)).toEqual([{ type: socketserver.CLOSE, opaque: 1, id: closing, ud: 0, data: undefined }]);
    const [a, b, c] = await outcomes;
    expect(a).toEqual({ status: "fulfilled", value: listener + 1 });
    expect(b).toMatchObject({
      status: "rejected",
      reason: { code: "SOCKET", message: "cannot connect to 127.0.0.1:9002: Connection refused" },
    });
    expect(c).toMatchObject({ status: "rejected", reason: { message: "cannot connect to 127.0.0.1:9001: closed while connecting" } });
    expect(server.send(listener + 1, bytes("x"))).toBe(true);
    const never = server.block_connect(1, "127.0.0.1", 9001);
    server.release();
    await expect(never).rejects.toThrow("closed while connecting");
  });

  it("what needs a missing port says so: UDP, bind", () => {
    const server = socketserver.create({ tcp: far });
    const calls = [
      () => server.udp(1),
      () => server.udp_listen(1, "127.0.0.1", 0),
      () => server.udp_dial(1, "127.0.0.1", 9),
      () => server.bind(1, 0),
    ];
    for (const call of calls) {
      expect(call).toThrow("is not supported here: this host");
      try {
        call();
      } catch (error) {
        expect((error as { code: string }).code).toBe("UNSUPPORTED");
      }
    }
  });

  it("udp, udp_connect, udp_send, udp_address: datagrams as events, with the address they came from", () => {
    const server = socketserver.create({ udp: net.host(HOST).udp });
    const client = socketserver.create({ udp: far.udp });
    const here = server.udp(1, HOST, 9005);
    expect(() => server.udp(1, HOST, 9005)).toThrow("udp failed: cannot bind 10.0.0.1:9005: Address already in use");
    const there = client.udp_dial(2, HOST, 9005);
    client.send(there, bytes("ping"));
    client.send_lowpriority(there, bytes("pong"));
    const events = take(server);
    expect(events.map((e) => [e.type, e.opaque, e.id, e.ud, e.data])).toEqual([
      [socketserver.UDP, 1, here, 4, bytes("ping")],
      [socketserver.UDP, 1, here, 4, bytes("pong")],
    ]);
    const from = server.udp_address(events[0]!)!;
    expect([from[0], [...from.subarray(3)]]).toEqual([1, [10, 0, 0, 2]]);
    expect(server.udp_send(here, from, bytes("back"))).toBe(true);
    expect(take(client).map((e) => [e.id, e.data])).toEqual([[there, bytes("back")]]);
    expect(server.udp_address(here)).toEqual(Uint8Array.of(1, 9005 >> 8, 9005 & 255, 10, 0, 0, 1));
    client.udp_connect(there, "::1", 1);
    expect(take(client)).toEqual([{ type: socketserver.ERROR, opaque: 2, id: there, ud: 0, data: "protocol mismatch" }]);
    expect(client.info()).toMatchObject([{ type: "UDP", read: 4, write: 8, peer: `${HOST}:9005` }]);
    client.start(3, there);
    client.pause(there);
    client.close(there);
    expect(take(client).map((e) => [e.type, e.opaque, e.data])).toEqual([
      [socketserver.OPEN, 3, "transfer"],
      [socketserver.CLOSE, 3, undefined],
    ]);
    expect([client.send(there, bytes("x")), client.udp_send(there, from, bytes("x")), client.info()]).toEqual([false, false, []]);
    expect(client.closedBytes).toEqual({ read: 4, written: 8 });
    server.release();
    expect(server.info()).toEqual([]);
  });

  it("a gate on it sees what seed 002 prints: init 1, start, open 2, start, data, more, close", () => {
    const log: string[] = [];
    const server = socketserver.create({
      tcp: net.host(HOST),
      onEvent: (type, _opaque, id, ud, data) => {
        if (type === socketserver.OPEN) log.push(`init ${id} ${String(data)}${ud === 0 ? "" : ` ${ud}`}`);
        if (type === socketserver.ACCEPT) log.push(`open ${ud}`);
        if (type === socketserver.DATA) log.push((data as Uint8Array).length === 4 ? "data" : "more");
        if (type === socketserver.CLOSE) log.push("close");
      },
    });
    const listener = server.listen(1, "", 8888, 32);
    clock.advance(1);
    server.start(1, listener);
    const client = dial(far, new Breaches(), HOST, 8888);
    clock.advance(1);
    server.start(1, listener + 1);
    client.write("ping");
    clock.advance(1);
    client.write("ping", "ping");
    clock.advance(1);
    client.call("end");
    clock.advance(1);
    server.release();
    expect(log).toEqual(["init 1 0.0.0.0 8888", "init 1 start", "open 2", "init 2 start", "data", "more", "close"]);
  });
});
