import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { gateserver } from "@skyloom/runtime/gateserver";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import type { SocketEvents, SocketLink } from "@skyloom/runtime/ports";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { packFrame } from "../src/codec/netpack/index.ts";

/** A client that keeps what it receives. */
function client(net: ReturnType<typeof createSimNet>, port: number) {
  const seen = { data: [] as number[], ended: false, closed: false };
  const events: SocketEvents = {
    opened: () => link.resume(),
    data: (bytes) => seen.data.push(...bytes),
    ended: () => (seen.ended = true),
    drained: () => undefined,
    failed: () => undefined,
    closed: () => (seen.closed = true),
  };
  const link: SocketLink = net.host("10.0.0.2").connect("10.0.0.1", port, events);
  return { link, seen, send: (...frames: (string | Uint8Array)[]) => link.write(frames.map((f) => packFrame(f))) };
}

async function gateNode(services: Record<string, object>) {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const t = await testNode({ clock, tcp: net.host("10.0.0.1"), services });
  return { t, net, clock };
}

describe("gateserver (services.md §3)", () => {
  it("a gate that ends takes its listener and its connections along", async () => {
    const mygate = () => gateserver.start({ connect: (fd) => gateserver.openclient(fd), message: () => undefined });
    const { t, net } = await gateNode({ mygate });
    const gate = await t.newservice("mygate");
    await t.call(gate, "lua", "open", { address: "10.0.0.1", port: 8080 });
    const c = client(net, 8080);
    t.advance(1);
    await t.call(".launcher", "lua", "KILL", gate);
    t.advance(1);
    expect(c.seen.ended || c.seen.closed).toBe(true);
    const next = await t.newservice("mygate");
    await t.call(next, "lua", "open", { address: "10.0.0.1", port: 8080 });
  });

  it("open that fails leaves nothing behind: a handler that throws, an address that is taken, a task that is killed", async () => {
    const gone: number[] = [];
    let opener: ReturnType<typeof skynet.running> | undefined;
    const mygate = () =>
      gateserver.start({
        connect: () => undefined,
        message: () => undefined,
        disconnect: (fd) => void gone.push(fd),
        *open(_source, conf) {
          if (conf.backlog === 1) throw new Error("not like this");
          opener = skynet.running();
          if (conf.backlog === 2) yield* skynet.wait({});
          return [conf.port];
        },
        command: () => (skynet.killthread(opener!) === opener ? "killed" : "missed"),
      });
    const { t } = await gateNode({ mygate, other: () => gateserver.start({ connect: () => undefined, message: () => undefined }) });
    const gate = await t.newservice("mygate");
    const at = { address: "10.0.0.1", port: 8080 };
    await expect(t.call(gate, "lua", "open", { ...at, backlog: 1 })).rejects.toThrow("call failed");
    expect(t.log.join("\n")).toContain("not like this");
    t.advance(1);
    const other = await t.newservice("other");
    await t.call(other, "lua", "open", at);
    await expect(t.call(gate, "lua", "open", at)).rejects.toThrow("call failed");
    expect(t.log.join("\n")).toContain("Listen error: cannot listen on 10.0.0.1:8080");
    await t.call(other, "lua", "close");
    t.advance(1);
    const open = t.call(gate, "lua", "open", { ...at, backlog: 2 });
    const refused = expect(open).rejects.toThrow("call failed");
    t.advance(1);
    expect(await t.call(gate, "lua", "kill")).toBe("killed");
    await refused;
    t.advance(1);
    expect(await t.call(gate, "lua", "open", at)).toBe(8080);
    expect(gone).toEqual([]);
  });

  it("sees init, init start, open, init start, data, more, close in this order (seed 002)", async () => {
    const seen: unknown[][] = [];
    const mygate = () =>
      gateserver.start({
        trace: (kind, ...args) => void seen.push([kind, ...args.filter((a) => a !== undefined && !(a instanceof Uint8Array))]),
        connect: (fd) => gateserver.openclient(fd),
        message: () => undefined,
      });
    const { t, net } = await gateNode({ mygate });
    const gate = await t.newservice("mygate");
    await t.call(gate, "lua", "open", { address: "10.0.0.1", port: 8080 });
    t.advance(1);
    const c = client(net, 8080);
    t.advance(1);
    c.send("one");
    t.advance(1);
    c.send("two", "three");
    t.advance(1);
    c.link.end();
    t.advance(1);
    expect(seen).toEqual([
      ["init", 1, "10.0.0.1", 8080],
      ["init", 1, "start", 0],
      ["open", 2, expect.stringMatching(/^10\.0\.0\.2:\d+$/)],
      ["init", 2, "start", 0],
      ["data", 2],
      ["more"],
      ["close", 2],
    ]);
    await t.stop();
  });

  it("echoes frames however the stream is cut", async () => {
    const echo = () =>
      gateserver.start({
        connect: (fd) => gateserver.openclient(fd),
        message: (fd, frame) => void socketdriver.send(fd, packFrame(frame)),
      });
    const { t, net } = await gateNode({ echo });
    await t.call(await t.newservice("echo"), "lua", "open", { address: "10.0.0.1", port: 1 });
    const c = client(net, 1);
    t.advance(1);
    const whole = [...packFrame("hello"), ...packFrame(""), ...packFrame("x".repeat(300))];
    for (const byte of whole) c.link.write([Uint8Array.of(byte)]);
    t.advance(5);
    expect(c.seen.data).toEqual(whole);
    await t.stop();
  });

  it("gateserver.openclient begins reading; closeclient closes, and frames that are queued are dropped with a log line", async () => {
    const seen: unknown[] = [];
    const strict = () =>
      gateserver.start({
        connect: (fd) => gateserver.openclient(fd),
        *message(fd, frame) {
          const said = new TextDecoder().decode(frame);
          seen.push(said);
          if (said === "wait") yield* skynet.sleep(5);
          else if (said === "go") gateserver.closeclient(fd);
        },
        disconnect: (fd) => void seen.push(["gone", fd]),
        command: (_command, _source, fd: number) => {
          gateserver.openclient(fd);
          gateserver.closeclient(fd);
          return "nothing happens to who is not there";
        },
      });
    const { t, net } = await gateNode({ strict });
    const gate = await t.newservice("strict");
    await t.call(gate, "lua", "open", { address: "10.0.0.1", port: 1 });
    const c = client(net, 1);
    t.advance(1);
    c.send("wait", "go", "too late");
    t.advance(20);
    expect([seen, c.seen.ended || c.seen.closed]).toEqual([["wait", "go", ["gone", 2]], true]);
    expect(t.log.join("\n")).toContain("Drop message from fd (2) : too late");
    expect(await t.call(gate, "lua", "any", 2)).toBe("nothing happens to who is not there");
    await t.stop();
  });

  it("keeps at most maxclient - 1 clients; the next one is shut down without an open message", async () => {
    const told: unknown[][] = [];
    const watchdog = () => {
      skynet.dispatch("lua", function* (_session, _source, cmd: string, ...args: unknown[]) {
        if (cmd === "start") {
          const gate = yield* skynet.newservice("gate");
          skynet.retpack(...(yield* skynet.callall(gate!, "lua", "open", args[0])));
        } else told.push(args);
      });
    };
    const { t, net } = await gateNode({ watchdog });
    const handle = await t.newservice("watchdog");
    await t.call(handle, "lua", "start", { address: "10.0.0.1", port: 7, maxclient: 3 });
    const clients = [client(net, 7), client(net, 7), client(net, 7)];
    t.advance(5);
    expect(told.filter(([what]) => what === "open").length).toBe(2);
    expect(clients.map((c) => c.seen.ended || c.seen.closed)).toEqual([false, false, true]);
    await t.stop();
  });

  it("reads nothing before forward, then redirects frames as PTYPE_CLIENT with the fd as session", async () => {
    const got: unknown[] = [];
    let gate = 0;
    const agent = () => {
      skynet.register_protocol({
        name: "client",
        id: skynet.PTYPE_CLIENT,
        unpack: (body) => skynet.totext(body),
        dispatch: (session, source, text: string) => {
          skynet.ignoreret();
          got.push([session, source, text]);
        },
      });
      skynet.dispatch("lua", function* (_s, _src, cmd: string, fd: number) {
        if (cmd === "take") yield* skynet.call(gate, "lua", "forward", fd, 77);
        skynet.ret();
      });
    };
    const watchdog = () => {
      skynet.dispatch("lua", function* (_session, _source, cmd: string) {
        if (cmd !== "start") return;
        gate = (yield* skynet.newservice("gate"))!;
        skynet.retpack(yield* skynet.call(gate, "lua", "open", { address: "10.0.0.1", port: 9 }));
      });
    };
    const { t, net } = await gateNode({ watchdog, agent });
    await t.call(await t.newservice("watchdog"), "lua", "start");
    const handle = await t.newservice("agent");
    const c = client(net, 9);
    c.send("early");
    t.advance(5);
    expect(got).toEqual([]);
    await t.call(handle, "lua", "take", 2);
    t.advance(5);
    expect(got).toEqual([[2, 77, "early"]]);
    await t.stop();
  });

  it("says why it cannot listen, and can be opened again on another port", async () => {
    const { t } = await gateNode({ idle: () => undefined });
    const [a, b] = [await t.newservice("gate"), await t.newservice("gate")];
    await t.call(a, "lua", "open", { address: "10.0.0.1", port: 5 });
    await expect(Promise.resolve(t.call(b, "lua", "open", { address: "10.0.0.1", port: 5 }))).rejects.toMatchObject({
      message: "call failed",
      cause: { message: expect.stringContaining("Listen error: cannot listen on 10.0.0.1:5: Address already in use") as string },
    });
    expect(await t.call(b, "lua", "open", { address: "10.0.0.1", port: 6 })).toBe("10.0.0.1");
    await t.stop();
  });
});
