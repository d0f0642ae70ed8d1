/** The console's line protocol and commands (semantics §20). */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
import type { SocketEvents } from "@skyloom/runtime/ports";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";

const target = () => {
  skynet.register(".target");
  skynet.info_func((...args: unknown[]) => ({ state: "fine", args: args.join(",") }));
  skynet.start(() => {
    skynet.fork(function* () {
      yield* skynet.sleep(100_000);
    });
  });
  skynet.dispatch("lua", (_s, _src, cmd: string, ...args: unknown[]) => {
    if (cmd === "add") skynet.retpack((args[0] as number) + (args[1] as number));
    else if (cmd === "echo") skynet.retpack(...args);
    else throw new Error("nothing but add and echo");
  });
};

async function session() {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const unique = defineService(() => ({}));
  const counter = snax.define((start: string) => ({ response: { get: () => Number(start) } }));
  const t = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { target, unique, counter }, config: { thread: 2 } });
  await t.newservice("target");
  await t.newservice("debug_console", "10.0.0.1", 8000);
  let got = "";
  const state = { closed: false };
  const events: SocketEvents = {
    opened: () => link.resume(),
    data: (bytes) => (got += new TextDecoder().decode(bytes)),
    ended: () => (state.closed = true),
    drained: () => undefined,
    failed: () => undefined,
    closed: () => (state.closed = true),
  };
  const link = net.host("10.0.0.9").connect("10.0.0.1", 8000, events);
  clock.advance(20);
  return {
    t,
    state,
    /** Sends text and gives what came back. */
    ask: (line: string, cs = 20): string => {
      got = line === "" ? got : "";
      link.write([new TextEncoder().encode(line)]);
      t.advance(cs);
      return got;
    },
  };
}

describe("debug_console", () => {
  it.each<[line: string, answer: string | RegExp]>([
    [
      "list\n",
      ":00000004\tsnlua cdummy\n:00000006\tsnlua datacenterd\n:00000007\tsnlua service_mgr\n:00000008\tsnlua target\n:0000000a\tsnlua debug_console 10.0.0.1 8000\n<CMD OK>\n",
    ],
    ["  list  \r\n", /^:00000004\tsnlua cdummy\n[\s\S]*<CMD OK>\n$/],
    ["stat\n", /^:00000004\tcpu:[\d.e-]+\tmessage:\d+\tmqlen:\d+\ttask:\d+\n[\s\S]*<CMD OK>\n$/],
    ["mem\n", /^:00000004\t\d+\.\d\d Kb \(snlua cdummy\)\n[\s\S]*<CMD OK>\n$/],
    ["gc\n", /^:00000004\t\d+\.\d\d Kb \(snlua cdummy\)\n[\s\S]*<CMD OK>\n$/],
    ["info .target\n", "args\t\nstate\tfine\n<CMD OK>\n"],
    ["info .target a b\n", "args\ta,b\nstate\tfine\n<CMD OK>\n"],
    ["info ffff\n", "call to invalid address :0000ffff\n<CMD Error>\n"],
    ["info zzz\n", /^Need an address.*\n<CMD Error>\n$/],
    ["info\n", /^Need an address.*\n<CMD Error>\n$/],
    ["ping .target\n", "0\n<CMD OK>\n"],
    ["ping 8\n", "0\n<CMD OK>\n"],
    ["task .target\n", /^thread: 0x[0-9a-f]{8} session: \d+\tsleep 100000 session \d+, [\d.]+ s\n[\s\S]*<CMD OK>\n$/],
    ["uniqtask .target\n", /^1\tsessions:\[\d+\]\n\tsleep 100000 session \d+/],
    ['call .target "add",1,2\n', "1\t3\nn\t1\n<CMD OK>\n"],
    ['call .target "echo","x",{1,2},nil,true\n', "1\tx\n2\t1:1\t2:2\n4\ttrue\nn\t4\n<CMD OK>\n"],
    ['call .target "fail"\n', /^call failed \(nothing but add and echo\)\n<CMD Error>\n$/],
    ["call .target\n", /^need arguments.*\n<CMD Error>\n$/],
    ['call .target "add"+\n', /^Invalid arguments.*\n<CMD Error>\n$/],
    ["getenv thread\n", "thread\t2\n<CMD OK>\n"],
    ["getenv nosuch\n", "nosuch\tnil\n<CMD OK>\n"],
    ["foo\n", "Invalid command, type help for command list\n\n<CMD Error>\n"],
    ["start unique\n", ":0000000b\tunique\n<CMD OK>\n"],
    ["start nosuchservice\n", "Failed\n<CMD OK>\n"],
    ["snax counter 5\n", ":0000000b\tcounter\n<CMD OK>\n"],
    ["snax nosuchservice\n", "Failed\n<CMD OK>\n"],
    ["snax\n", /^need the name of .*snax service.*\n<CMD Error>\n$/],
    ["kill 8\n", ":00000008\tsnlua target\n<CMD OK>\n"],
    ["kill 77\n", ":00000077\tnil\n<CMD OK>\n"],
    ["trace .target on\n", "<CMD OK>\n"],
    ["dbgcmd .target SUPPORT lua\n", /true|<CMD OK>/],
    ["killtask .target nosuch\n", "Not found\n<CMD OK>\n"],
    ["inject .target x.lua\n", /^inject is not available here: this host loads no files\n<CMD Error>\n$/],
    ["dumpheap\n", /^memory\.dumpheap is not available here: .*\n<CMD Error>\n$/],
    ["signal .target\n", /^signal 0 is not available in this runtime: nothing interrupts .*killtask.*\n<CMD Error>\n$/],
    ["signal .target 1\n", "<CMD OK>\n"],
    ["signal .target 9\n", /^there is no signal 9: .*\n<CMD Error>\n$/],
    ["signal ffff 1\n", /^there is no service :0000ffff on this node\n<CMD Error>\n$/],
    ["cmem\n", /^:00000001\t\d+\n[\s\S]*:00000008\t\d+\n[\s\S]*block\t0\ntotal\t\d+\n<CMD OK>\n$/],
    ["jmem\n", /^jmem is not available in this runtime: .*mem and cmem.*\n<CMD Error>\n$/],
    ["profactive on\n", /^profactive is not available in this runtime: .*--heap-prof.*\n<CMD Error>\n$/],
    ["clearcache\n", "<CMD OK>\n"],
    [
      "netstat\n",
      /^1\t(accept:\d+\taddress::0000000a|address::0000000a\tid:\d+\tpeer:10\.0\.0\.9:\d+)[\s\S]*type:(LISTEN|TCP)[\s\S]*<CMD OK>\n$/,
    ],
    ["getenv thread\ngetenv harbor\n\n\n", "thread\t2\n<CMD OK>\nharbor\t0\n<CMD OK>\n"],
  ])("%j", async (line, answer) => {
    const { t, ask } = await session();
    const got = ask(line);
    if (typeof answer === "string") expect(got).toBe(answer);
    else expect(got).toMatch(answer);
    await t.stop();
  });

  it("greets, and help describes every command", async () => {
    const { t, ask } = await session();
    expect(ask("")).toBe("Welcome to skynet console\n");
    const help = ask("help\n");
    for (const name of "call clearcache cmem dbgcmd debug dumpheap exit gc getenv help info inject jmem kill killtask list log logoff logon mem netstat ping profactive service setenv signal snax start stat task trace uniqtask".split(
      " ",
    ))
      expect(help).toMatch(new RegExp(`^${name}\t.+$`, "m"));
    await t.stop();
  });

  it("setenv sets, exit ends the service politely, service lists unique ones", async () => {
    const { t, ask } = await session();
    expect(ask("setenv vk vv\n")).toBe("<CMD OK>\n");
    expect(ask("getenv vk\n")).toBe("vk\tvv\n<CMD OK>\n");
    expect(ask("exit .target\n")).toBe("<CMD OK>\n");
    expect(ask("list\n")).not.toContain("snlua target");
    expect(ask("service\n")).toBe("<CMD OK>\n");
    await t.stop();
  });

  it("runs a command given as an HTTP request and closes", async () => {
    const a = await session();
    expect(a.ask("GET /ping/.target HTTP/1.1\r\n\r\n")).toBe("0\n<CMD OK>\n");
    expect(a.state.closed).toBe(true);
    await a.t.stop();
    const b = await session();
    expect(b.ask("POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\nping .target")).toBe("0\n<CMD OK>\n");
    expect(b.state.closed).toBe(true);
    await b.t.stop();
  });
});
