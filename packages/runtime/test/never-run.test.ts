/**
 * "made but never run" for every operation there is (design D2: an operation made but never run is reported with its call site), and for
 * no other: one that is kept, handed over or returned is run where it is run.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { bson } from "@skyloom/runtime/bson";
import { cluster } from "@skyloom/runtime/cluster";
import { core as clusterCore } from "@skyloom/runtime/cluster-core";
import { coroutine } from "@skyloom/runtime/coroutine";
import { crypt } from "@skyloom/runtime/crypt";
import { datacenter } from "@skyloom/runtime/datacenter";
import { datasheet } from "@skyloom/runtime/datasheet";
import { debug } from "@skyloom/runtime/debug";
import { dns } from "@skyloom/runtime/dns";
import { gateserver } from "@skyloom/runtime/gateserver";
import { httpc } from "@skyloom/runtime/httpc";
import { httpd } from "@skyloom/runtime/httpd";
import { loginserver } from "@skyloom/runtime/loginserver";
import { md5 } from "@skyloom/runtime/md5";
import { memory } from "@skyloom/runtime/memory";
import { mqueue } from "@skyloom/runtime/mqueue";
import { msgserver } from "@skyloom/runtime/msgserver";
import { multicast } from "@skyloom/runtime/multicast";
import { netpack } from "@skyloom/runtime/netpack";
import { profile } from "@skyloom/runtime/profile";
import { queue } from "@skyloom/runtime/queue";
import { require } from "@skyloom/runtime/require";
import { service } from "@skyloom/runtime/service";
import { sharedata } from "@skyloom/runtime/sharedata";
import { sharemap } from "@skyloom/runtime/sharemap";
import { sharetable } from "@skyloom/runtime/sharetable";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import { socketchannel } from "@skyloom/runtime/socketchannel";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { sproto } from "@skyloom/runtime/sproto";
import { core as sprotoCore } from "@skyloom/runtime/sproto-core";
import { snax } from "@skyloom/runtime/snax";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { stm } from "@skyloom/runtime/stm";
import { tlshelper } from "@skyloom/runtime/tlshelper";
import { url } from "@skyloom/runtime/url";
import { websocket } from "@skyloom/runtime/websocket";
import { testNode } from "@skyloom/runtime/testing";
import { script } from "./script.ts";

const COMPLAINT = " was made but never run (missing yield*?)";
const complaints = (log: string): string[] =>
  [...log.matchAll(/(\S.*?) was made but never run \(missing yield\*\?\)/g)].map((m) => m[1]!.replace(/^\[:[0-9a-f]+\] /, ""));

interface Chain {
  readonly madeBefore?: Chain;
}

/** Names of the members of `T` that return an operation. */
type OperationNames<T> = {
  [K in keyof T & string]: T[K] extends (...args: never[]) => infer R ? (R extends Operation<unknown> ? K : never) : never;
}[keyof T & string];

/** Arguments that make each operation of `T`, and how the report prints it. The compiler refuses a table that lacks one. */
type Made<T> = Readonly<Record<OperationNames<T>, readonly [args: readonly unknown[], text: string]>>;

const cases = <T extends object>(path: string, module: T, made: Made<T>): readonly [string, object, Made<object>] => [path, module, made];

function* bodyInPieces(): Operation<undefined> {
  yield* skynet.sleep(1);
  return undefined;
}

const co = coroutine.create(() => undefined);

/** Each subpath of the package that services import, with its object. */
const modules = [
  cases(".", skynet, {
    call: [[".launcher", "lua", "LIST"], 'skynet.call(".launcher", "lua", "LIST")'],
    callall: [[".launcher", "lua", "LIST"], 'skynet.callall(".launcher", "lua", "LIST")'],
    rawcall: [[".launcher", "lua", new Uint8Array(1)], 'skynet.rawcall(".launcher", "lua")'],
    tracecall: [["tag", ".launcher", "lua", new Uint8Array(1)], 'skynet.tracecall("tag", ".launcher", "lua", …)'],
    sleep: [[5], "skynet.sleep(5)"],
    yield: [[], "skynet.sleep(0)"],
    wait: [["token"], "skynet.wait()"],
    await: [[Promise.resolve(1)], "skynet.await()"],
    newservice: [["echo", 1], 'skynet.newservice("echo", 1)'],
    uniqueservice: [[true, "echo"], 'skynet.uniqueservice(true, "echo")'],
    queryservice: [["echo"], 'skynet.queryservice("echo")'],
    monitor: [["echo"], 'skynet.monitor("echo")'],
    init_service: [[() => undefined], "skynet.init_service(…)"],
  }),
  cases("./cluster", cluster, {
    call: [["db", "@accounts", "get", 1], 'cluster.call("db", "@accounts", "get", 1)'],
    callall: [["db", "@accounts", "get"], 'cluster.callall("db", "@accounts", "get")'],
    query: [["db", "accounts"], 'cluster.query("db", "accounts")'],
    open: [["db"], 'cluster.open("db")'],
    reload: [[{}], "cluster.reload(…)"],
    proxy: [["db@accounts"], 'cluster.proxy("db@accounts")'],
    snax: [["db", "counter"], 'cluster.snax("db", "counter")'],
    register: [["accounts"], 'cluster.register("accounts")'],
    unregister: [["accounts"], 'cluster.unregister("accounts")'],
    get_sender: [["db"], 'cluster.get_sender("db")'],
  }),
  cases("./coroutine", coroutine, {
    resume: [[co, 1], "coroutine.resume(…, 1)"],
    yield: [[1], "coroutine.yield(1)"],
  }),
  cases("./datacenter", datacenter, {
    get: [["a"], 'datacenter.get("a")'],
    set: [["a", 1], 'datacenter.set("a", 1)'],
    wait: [["a"], 'datacenter.wait("a")'],
    call: [["a", "x"], 'datacenter.call("a", "x")'],
    map: [["a", () => 1], 'datacenter.map("a", …)'],
  }),
  cases("./datasheet", datasheet, { query: [["a"], 'datasheet.query("a")'] }),
  cases("./datasheet", datasheet.builder, {
    new: [["a", {}], 'builder.new("a", …)'],
    update: [["a", {}], 'builder.update("a", …)'],
  }),
  cases("./multicast", multicast, {
    new: [[], "multicast.new()"],
    create: [[5, "group"], 'multicast.create(5, "group")'],
    send: [[5, "x"], 'multicast.send(5, "x")'],
  }),
  cases("./sharedata", sharedata, {
    query: [["a"], 'sharedata.query("a")'],
    new: [["a", 1], 'sharedata.new("a", 1)'],
    update: [["a", 1], 'sharedata.update("a", 1)'],
    delete: [["a"], 'sharedata.delete("a")'],
    deepcopy: [["a", "b"], 'sharedata.deepcopy("a", "b")'],
  }),
  cases("./sharetable", sharetable, {
    load: [["a"], 'sharetable.load("a")'],
    loadfile: [["a"], 'sharetable.loadfile("a")'],
    loadstring: [["a", "{}"], 'sharetable.loadstring("a", "{}")'],
    loadtable: [["a", {}], 'sharetable.loadtable("a", …)'],
    save: [["a", {}], 'sharetable.save("a", …)'],
    query: [["a"], 'sharetable.query("a")'],
    queryall: [[], "sharetable.queryall()"],
    update: [["a"], 'sharetable.update("a")'],
  }),
  cases("./mqueue", mqueue, { call: [[":8", "x"], 'mqueue.call(":8", "x")'] }),
  cases("./profile", profile, { resume: [[co], "coroutine.resume(…)"] }),
  cases("./queue", queue, { pop: [[queue.create(), 100], "queue.pop(…, 100)"] }),
  cases("./require", require, { init_all: [[], "require.init_all()"] }),
  cases("./service", service, {
    new: [["one", () => undefined], 'service.new("one", …)'],
    query: [["one"], 'service.query("one")'],
    close: [["one"], 'service.close("one")'],
  }),
  cases("./socket", socket, {
    open: [["localhost", 80], 'socket.open("localhost", 80)'],
    start: [[5], "socket.start(5)"],
    listen: [["localhost", 0], 'socket.listen("localhost", 0)'],
    read: [[5, 10], "socket.read(5, 10)"],
    readall: [[5], "socket.readall(5)"],
    readline: [[5, "\r\n"], 'socket.readline(5, "\\r\\n")'],
    block: [[5], "socket.block(5)"],
    close: [[5], "socket.close(5)"],
    pause: [[5], "socket.pause(5)"],
    bind: [[3], "socket.bind(3)"],
    stdin: [[], "socket.stdin()"],
    resolve: [["localhost"], 'socket.resolve("localhost")'],
  }),
  cases("./socket_proxy", socket_proxy, {
    subscribe: [[5], "socket_proxy.subscribe(5)"],
    read: [[5], "socket_proxy.read(5)"],
    info: [[5], "socket_proxy.info(5)"],
  }),
  cases("./dns", dns, {
    resolve: [["game.example"], 'dns.resolve("game.example", false)'],
    resolve_sync: [["game.example", 100], 'dns.resolve_sync("game.example", 100)'],
  }),
  cases("./sockethelper", sockethelper, {
    connect: [["localhost", 80], 'sockethelper.connect("localhost", 80)'],
    readall: [[5], "socket.readall(5)"],
    close: [[5], "socket.close(5)"],
  }),
  cases("./httpd", httpd as Pick<typeof httpd, "read_request">, { read_request: [[() => "", 100], "httpd.read_request(…, 100)"] }),
  cases("./httpc", httpc, {
    request: [["GET", "game.example", "/"], 'httpc.request("GET", "game.example", "/")'],
    get: [["game.example", "/"], 'httpc.get("game.example", "/")'],
    head: [["game.example", "/"], 'httpc.head("game.example", "/")'],
    post: [["game.example", "/", {}], 'httpc.post("game.example", "/", …)'],
    request_stream: [["GET", "game.example", "/"], 'httpc.request_stream("GET", "game.example", "/")'],
  }),
  cases("./websocket", websocket, {
    accept: [[5, {}, "ws"], 'websocket.accept(5, …, "ws")'],
    connect: [["ws://game.example/"], 'websocket.connect("ws://game.example/")'],
    read: [[5], "websocket.read(5)"],
  }),
  cases("./http", { httpc, httpd, url }, {}),
  cases("./url", url, {}),
  // snax.exit does its work when it is called; what it gives need not be run.
  cases("./snax", snax as Omit<typeof snax, "exit">, {
    load: [["room"], 'snax.load("room")'],
    newservice: [["room", 1], 'snax.newservice("room", 1)'],
    rawnewservice: [["room", 1], 'snax.rawnewservice("room", 1)'],
    uniqueservice: [["room"], 'snax.uniqueservice("room")'],
    globalservice: [["room"], 'snax.globalservice("room")'],
    queryservice: [["room"], 'snax.queryservice("room")'],
    queryglobal: [["room"], 'snax.queryglobal("room")'],
    kill: [[{}], "snax.kill(…)"],
    hotfix: [[{}, {}, 5], "snax.hotfix(…, …, 5)"],
    profile_info: [[{}], "snax.profile_info(…)"],
  }),
  // Their operations are those of a channel and of functions they give; the former stand below.
  cases("./socketchannel", socketchannel, {}),
  cases("./tlshelper", tlshelper, {}),
  // None of these has an operation; the compiler says when one gets its first.
  cases("./bson", bson, {}),
  cases("./crypt", crypt, {}),
  cases("./debug", debug, {}),
  cases("./gateserver", gateserver, {}),
  cases("./loginserver", { loginserver }, {}),
  cases("./md5", md5, {}),
  cases("./memory", memory, {}),
  cases("./msgserver", msgserver, {}),
  cases("./netpack", netpack, {}),
  cases("./sharemap", sharemap, {}),
  cases("./socketdriver", socketdriver, {}),
  cases("./sproto", sproto, {}),
  cases("./cluster-core", clusterCore, {}),
  cases("./sproto-core", sprotoCore, {}),
  cases("./sprotoloader", sprotoloader, {}),
  cases("./sprotoparser", sprotoparser, {}),
  cases("./stm", stm, {}),
] as const;

/** Subpaths for those who run nodes, and one that exports the object of another. */
const notForServices = ["./browser", "./inspect", "./manager", "./ports", "./relay", "./socketserver", "./stock", "./testing"];

describe("every operation that is made and never run is reported (design D2)", () => {
  it("the tables below have every subpath of the package", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { exports: object };
    expect([...new Set(modules.map(([path]) => path)), ...notForServices].sort()).toEqual(Object.keys(manifest.exports).sort());
  });

  const rows = modules.flatMap(([path, module, made]) =>
    Object.entries(made as Made<Record<string, () => Operation<unknown>>>).map(([name, [args, text]]) => ({
      path,
      module,
      name,
      args,
      text,
    })),
  );
  it.each(rows)("$path $name: $text", async ({ module, name, args, text }) => {
    const { log } = await script(() => void (Reflect.get(module, name) as (...list: readonly unknown[]) => unknown)(...args));
    expect(complaints(log)).toEqual([text]);
  });

  const others: readonly (readonly [what: string, make: () => unknown, text: string])[] = [
    ["skynet.queue", () => skynet.queue()(() => 1), "skynet.queue()(…)"],
    ["skynet.queue by the module", () => queue()((n: number) => n, 1), "skynet.queue()(…, 1)"],
    ["a data queue as a critical section", () => queue.create()(() => 1), "skynet.queue()(…)"],
    ["require", () => require("items", () => 1), 'require("items", …)'],
    ["coroutine.wrap", () => coroutine.wrap(() => 1)(2), "coroutine.wrap()(2)"],
    ["a request of a channel", () => socketchannel.channel({ host: "a", port: 1 }).request("x", 5), 'channel.request("x", 5)'],
    ["a reply of a channel", () => socketchannel.channel({ host: "a", port: 1 }).response(5), "channel.response(5)"],
    ["an answer in pieces", () => httpd.write_response(() => undefined, 200, bodyInPieces), "httpd.write_response(…, 200, …)"],
    ["connecting a channel", () => socketchannel.channel({ host: "a", port: 1 }).connect(true), "channel.connect(true)"],
    ["the next answer of a batch", () => skynet.request([".launcher", "lua", "LIST"]).select().next(), "replies.next()"],
  ];
  it.each(others)("%s", async (_what, make, text) => {
    const { log } = await script(() => void make());
    expect(complaints(log)).toEqual([text]);
  });

  it("the first report names the task, the next ones the line", async () => {
    const { log } = await script(
      function* () {
        skynet.fork(() => void skynet.newservice("echo"));
        yield* skynet.yield();
        skynet.fork(() => void socket.close(5));
        yield* skynet.yield();
      },
      { stacks: false },
    );
    expect(log).toMatch(/skynet\.newservice\("echo"\) was made .*\n {4}in fork \(the next one shows its line\)/);
    expect(log).toMatch(/socket\.close\(5\) was made .*\n.*never-run\.test\.ts:\d+/);
  });

  it("several are reported in the order they were made", async () => {
    const { log } = await script(() => {
      skynet.sleep(1);
      skynet.newservice("echo");
      skynet.sleep(2);
    });
    expect(complaints(log)).toEqual(["skynet.sleep(1)", 'skynet.newservice("echo")', "skynet.sleep(2)"]);
  });

  it("a task that never ends says it too, once for all of the same place, and keeps only the latest", async () => {
    const { seen, log } = await script(function* (say) {
      for (let i = 0; i < 5000; i++) {
        socket.close(i);
        yield* skynet.yield();
      }
      let kept = 0;
      for (let o = (skynet.running() as unknown as { made?: Chain }).made; o !== undefined; o = o.madeBefore) kept++;
      say(kept <= 2000);
      yield* skynet.wait();
    });
    expect(seen).toEqual([true]);
    expect(
      log.match(/socket\.close\(\d+\) was made but never run \(missing yield\*\?\), and \d+ more like it\n.*never-run\.test\.ts:/g)?.length,
    ).toBe(4);
  });

  it("an operation that waits long for its turn is none of them", async () => {
    const { seen, log } = await script(function* (say) {
      const later = Array.from({ length: 900 }, (_, i) => skynet.queue()(() => i));
      let sum = 0;
      for (const op of later) {
        yield* skynet.yield();
        sum += yield* op;
      }
      say(sum);
    });
    expect([seen, complaints(log)]).toEqual([[404_550], []]);
  });

  it("long and strange arguments are cut", async () => {
    const { log } = await script(() => {
      skynet.newservice("x".repeat(100));
      skynet.newservice("echo", null, undefined, 5n, { a: 1 }, Number.NaN);
      skynet.newservice("echo", ...Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i)));
    });
    const [long, strange, many] = complaints(log);
    expect(long).toMatch(/^skynet\.newservice\("x+…"\)$/);
    expect(strange).toBe('skynet.newservice("echo", null, undefined, 5n, …, NaN)');
    expect(many).toMatch(/^skynet\.newservice\("echo", "a", "b".*, …\)$/);
    for (const text of [long!, strange!, many!]) expect(text.length).toBeLessThanOrEqual(90);
  });

  it("outside of a task nothing is tracked, and running it says what is wrong", async () => {
    expect(() => skynet.newservice("echo")[Symbol.iterator]().next()).toThrow(expect.objectContaining({ code: "NOT_IN_SERVICE" }));
    const body = () => {
      void skynet.newservice("echo");
      skynet.start(() => undefined);
    };
    const t = await testNode({ services: { body } });
    await t.newservice("body");
    expect(t.log.join("\n")).not.toContain(COMPLAINT);
    await t.stop();
  });
});

describe("what is run, wherever, is not reported", () => {
  /** Makes an operation in two ways: one object of the runtime, one generator inside. */
  const kinds: readonly (readonly [what: string, make: () => Operation<unknown>])[] = [
    ["skynet.call", () => skynet.call(".echo", "lua", 7)],
    ["skynet.newservice", () => skynet.newservice("echo")],
    ["skynet.queue", () => skynet.queue()(() => skynet.call(".echo", "lua", 7))],
  ];

  describe.each(kinds)("%s", (_what, make) => {
    const run = (body: (say: (x: unknown) => void) => unknown) =>
      script(function* (say) {
        skynet.name(".echo", (yield* skynet.newservice("echo"))!);
        yield* body(say) as Operation<unknown>;
      });

    it("run at once", async () => {
      const { seen, log } = await run(function* (say) {
        say(typeof (yield* make()));
      });
      expect([seen, complaints(log)]).toEqual([["number"], []]);
    });

    it("kept and run later in the same task", async () => {
      const { seen, log } = await run(function* (say) {
        const [a, b] = [make(), make()];
        yield* skynet.sleep(5);
        say(typeof (yield* a));
        say(typeof (yield* b));
      });
      expect([seen, complaints(log)]).toEqual([["number", "number"], []]);
    });

    it("handed over to another task that runs it while this one goes on", async () => {
      const { seen, log } = await run(function* (say) {
        const op = make();
        skynet.fork(function* () {
          say(typeof (yield* op));
        });
        yield* skynet.sleep(5);
      });
      expect([seen, complaints(log)]).toEqual([["number"], []]);
    });

    it("handed over to a fork that runs it after this task has ended", async () => {
      const { seen, log } = await run(function* (say) {
        const op = make();
        skynet.fork(function* () {
          say(typeof (yield* op));
        });
        skynet.fork(() => make());
      });
      expect([seen, complaints(log)]).toEqual([["number"], []]);
    });

    it("returned from a fork, a timer and a handler", async () => {
      const { seen, log } = await run(function* (say) {
        skynet.fork(() => make());
        skynet.timeout(1, () => make());
        skynet.dispatch("lua", () => make());
        say(typeof (yield* skynet.call(skynet.self(), "lua")));
        yield* skynet.sleep(5);
      });
      expect([seen, complaints(log)]).toEqual([["number"], []]);
    });

    it("runs once: a second time says so", async () => {
      const { seen, log } = await run(function* (say) {
        const op = make();
        yield* op;
        try {
          yield* op;
        } catch (error) {
          say((error as Error).message);
        }
      });
      expect(seen).toEqual([expect.stringContaining("was run already: an operation runs once, make a new one")]);
      expect(complaints(log)).toEqual([]);
    });
  });

  it("one that a handler returned is finished when its task is killed", async () => {
    const { seen, log } = await script(function* (say) {
      const lock = skynet.queue();
      const task = skynet.fork(() =>
        lock(function* () {
          try {
            yield* skynet.sleep(1000);
          } finally {
            say("finally");
          }
        }),
      );
      yield* skynet.sleep(5);
      skynet.killthread(task);
      say(lock.holder === undefined);
      yield* lock(() => say("entered"));
    });
    expect([seen, complaints(log)]).toEqual([["finally", true, "entered"], []]);
  });

  it("a yield without the star inside of one a handler returned is told at its line", async () => {
    const { log } = await script(() =>
      skynet.queue()(function* () {
        yield skynet.sleep(5) as never;
      }),
    );
    expect(log).toContain("write yield* (with the star)");
  });

  it("a yield of one without the star is refused", async () => {
    const { log } = await script(function* () {
      yield skynet.newservice("echo") as never;
    });
    expect(log).toContain("write yield* (with the star)");
  });

  it("what a killed task had made is reported at once", async () => {
    const { log } = await script(function* () {
      const task = skynet.fork(function* () {
        skynet.newservice("echo");
        yield* skynet.wait();
      });
      yield* skynet.yield();
      skynet.killthread(task);
    });
    expect(complaints(log)).toEqual(['skynet.newservice("echo")']);
  });

  it("a task that makes and hands over for ever keeps none of them", async () => {
    const { seen, log } = await script(function* (say) {
      for (let i = 0; i < 100; i++) {
        const op = socket.block(1);
        skynet.fork(() => op);
        yield* skynet.yield();
      }
      say((skynet.running() as unknown as { made: unknown }).made);
    });
    expect([seen, complaints(log)]).toEqual([[undefined], []]);
  });
});
