/** The message log of a service (semantics §17): the lines of skynet_log.c, recorded from the real program. */
import { createNode, defineService, skynet } from "@skyloom/runtime";
import type { LogSink } from "@skyloom/runtime/ports";
import { socket } from "@skyloom/runtime/socket";
import { createSimNet, simPorts, VirtualClock } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";

const echo = defineService(() => ({
  hi: (...args: unknown[]) => skynet.values(...(args as [])),
  *dial(host: string) {
    const [id] = yield* socket.open(host, 80);
    yield* socket.readline(id!);
    yield* socket.close(id!);
  },
  odd: () => undefined,
}));
const server = defineService(function* () {
  const [id] = yield* socket.listen("10.0.0.1", 80);
  yield* socket.start(id, function* (client) {
    yield* socket.start(client);
    socket.write(client, "hello\n");
    yield* socket.close(client);
  });
  return {};
});

async function host(config: Record<string, string>, broken = false) {
  const clock = new VirtualClock();
  const ports = simPorts({ clock, tcp: createSimNet({ clock }).host("10.0.0.1") });
  const files = new Map<string, string[]>();
  const file = (path: string): LogSink => {
    if (broken) throw new Error("no space left");
    const lines: string[] = [];
    files.set(path, lines);
    return { line: (text) => lines.push(text), close: () => lines.push("(closed)") };
  };
  const made = createNode({
    services: { echo, server },
    config: { start: "", ...config },
    ports: { ...ports, log: { ...ports.log, file } },
  });
  for (let i = 0; i < 50; i++) {
    clock.advance(10);
    await Promise.resolve();
  }
  const node = await made;
  const drive = async <T>(promise: Promise<T>): Promise<T> => {
    let done = false;
    void promise.catch(() => undefined).finally(() => (done = true));
    for (let i = 0; i < 400 && !done; i++) {
      clock.advance(10);
      await Promise.resolve();
    }
    return promise;
  };
  const console = async (line: string): Promise<unknown> => {
    const inspectd = (await drive(node.newservice("inspectd")))!;
    return drive(node.call(inspectd, "lua", "RUN", line));
  };
  return { node, files, ports, drive, console };
}

describe("logon", () => {
  it("writes each message that the service takes, and logoff ends it", async () => {
    const { node, files, ports, drive, console } = await host({ logpath: "/log" });
    await drive(node.newservice("server"));
    const e = (await drive(node.newservice("echo")))!;
    const address = skynet.address(e);
    expect(await console(`logon ${address}`)).toMatchObject({ ok: true, text: "<CMD OK>" });
    expect(await drive(node.call(e, "lua", "hi", 1, { a: 2 }))).toBe(1);
    await drive(node.call(e, "lua", "dial", "10.0.0.1"));
    expect(await console(`logoff ${address}`)).toMatchObject({ ok: true });
    await drive(node.call(e, "lua", "hi"));
    const [[path, lines]] = [...files] as [[string, string[]]];
    expect(path).toBe(`/log/${address.slice(1)}.log`);
    expect(lines[0]).toMatch(/^open time: \d+ (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/);
    // The bytes are those that Skynet wrote for the same message: "hi", 1, {a=2}.
    expect(lines[1]).toMatch(/^:[0-9a-f]{8} 10 \d+ \d+ 1468690a01060c610a0200$/);
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(/^:[0-9a-f]{8} 10 \d+ \d+ /),
      expect.stringMatching(/^\[socket\] 2 \d+ 0 \[10\.0\.0\.1(:80)?\]$/),
      expect.stringMatching(/^\[socket\] 1 \d+ 6 68656c6c6f0a$/),
      expect.stringMatching(/^\[socket\] 3 \d+ 0 \[\]$/),
      expect.stringMatching(/^close time: \d+$/),
      "(closed)",
    ]);
    expect(ports.lines.join("\n")).toContain(`Open log file ${path}`);
    expect(ports.lines.join("\n")).toContain(`Close log file ${address}`);
  });

  it("ends with the service, and the console's log begins it at the start", async () => {
    const { files, console } = await host({ logpath: "/log" });
    const started = (await console("log echo")) as { text: string };
    const [, address] = /^(:[0-9a-f]{8})\techo\n<CMD OK>$/.exec(started.text)!;
    await console(`kill ${address}`);
    const [lines] = [...files.values()];
    // What lets it load is the first message of a service.
    expect(lines![1]).toMatch(/^:00000000 0 0 \d+ $/);
    expect(lines!.slice(-2)).toEqual([expect.stringMatching(/^close time: /), "(closed)"]);
    expect(await console("log nosuchservice")).toMatchObject({ text: "Failed\n<CMD OK>" });
  });

  it("says why nothing is written", async () => {
    const none = await host({});
    const e = skynet.address((await none.drive(none.node.newservice("echo")))!);
    expect(await none.console(`logon ${e}`)).toMatchObject({ ok: true, text: "the configuration has no logpath\n<CMD OK>" });
    expect(await none.console("logon :0000dead")).toMatchObject({ text: "there is no such service\n<CMD OK>" });
    const full = await host({ logpath: "/log" }, true);
    const f = skynet.address((await full.drive(full.node.newservice("echo")))!);
    expect(await full.console(`logon ${f}`)).toMatchObject({ text: "no space left\n<CMD OK>" });
    expect(full.ports.lines.join("\n")).toContain(`Open log file /log/${f.slice(1)}.log fail`);
  });
});
