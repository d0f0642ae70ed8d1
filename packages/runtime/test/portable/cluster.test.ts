/** skynet.cluster (api.md §9, semantics.md §15), row by row: nodes that reach each other over TCP, real in Node and the page's in a tab. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation, SkynetNode } from "@skyloom/runtime";
import { cluster } from "@skyloom/runtime/cluster";
import type { ClusterTable } from "@skyloom/runtime/cluster";
import { core } from "@skyloom/runtime/cluster-core";
import { snax } from "@skyloom/runtime/snax";
import { socket } from "@skyloom/runtime/socket";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

/** What runs in the service `runner` of a node, by number: functions cannot be sent. */
const bodies = new Map<number, () => Operation<unknown>>();

const runner = defineService(() => ({
  *run(body: number) {
    return skynet.values(yield* bodies.get(body)!());
  },
}));

/** What others call. */
const svc = defineService(() => {
  const pushed: unknown[] = [];
  return {
    ECHO: (...args: unknown[]) => skynet.values(...args),
    NONE: () => skynet.ret(),
    LEN: (text: string) => text.length,
    BIG: (n: number) => "r".repeat(n),
    FAIL(text: string) {
      throw new Error(text);
    },
    *SLOW(ticks: number, value: unknown) {
      yield* skynet.sleep(ticks);
      return value;
    },
    *NEVER(): Operation<void> {
      yield* skynet.wait({});
    },
    PUSH: (...args: unknown[]) => void pushed.push(...args),
    PUSHED: () => pushed,
  };
});

/** A snax service that a cluster may call. */
const counter = snax.define(
  () => {
    let n = 0;
    snax.enablecluster();
    return {
      response: { get: () => n },
      accept: {
        add(by: number) {
          n += by;
        },
      },
    };
  },
  { order: ["response.get", "accept.add"] },
);

interface ClusterNode {
  readonly node: SkynetNode;
  readonly lines: readonly string[];
  /** Runs something in a service of the node. */
  do<T>(body: () => Operation<T>): Promise<T>;
}

async function clusterNode(config: Record<string, string | number> = {}): Promise<ClusterNode> {
  const { node, lines, start } = await startNode({ runner, svc, counter }, { config });
  const handle = await start("runner");
  return {
    node,
    lines,
    do: async (body) => {
      const number = bodies.size + 1;
      bodies.set(number, body);
      return (await node.call(handle, "lua", "run", number)) as never;
    },
  };
}

/** The text of a failure, and of what is behind it. */
function* failure(op: Operation<unknown>): Operation<string> {
  try {
    return `nothing thrown, but ${JSON.stringify(yield* op)}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [error, error.cause].flatMap((e) => (e instanceof Error ? [e.message] : [])).join(" < ");
  }
}

/** A node that listens, with `svc` registered as `@svc`, and its address. */
async function server(config?: Record<string, string | number>) {
  const one = await clusterNode(config);
  const address = await one.do(function* () {
    const handle = yield* skynet.newservice("svc");
    skynet.name(".svc", handle!);
    yield* cluster.register("svc", handle);
    const [, port] = yield* cluster.open(0);
    return `127.0.0.1:${port}`;
  });
  return { ...one, address };
}

/** Two nodes; the second knows the first as `one`. */
async function pair() {
  const one = await server();
  const two = await clusterNode();
  await two.do(() => cluster.reload({ one: one.address }));
  return { one, two };
}

async function until(what: string, test: () => boolean): Promise<void> {
  for (let i = 0; !test(); i++) {
    if (i > 500) throw new Error(`${what} has not happened`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("cluster.call, cluster.callall, cluster.query", () => {
  it("call reaches a service by registered name, local name and handle; it gives the first value, callall all of them", async () => {
    const { one, two } = await pair();
    const got = await two.do(function* () {
      const handle = yield* cluster.query("one", "svc");
      return [
        yield* cluster.call("one", "@svc", "ECHO", 1, "two", true),
        yield* cluster.callall("one", "@svc", "ECHO", 1, "two", true),
        yield* cluster.callall("one", ".svc", "ECHO", "hi"),
        yield* cluster.callall("one", handle, "ECHO", "num"),
        yield* cluster.callall("one", "@svc", "NONE"),
        yield* cluster.callall("one", "@svc", "ECHO", undefined),
        yield* cluster.callall("one", "@svc", "ECHO", 1.5, [1, 2, { a: "b" }], undefined, false),
      ];
    });
    expect(got).toEqual([1, [1, "two", true], ["hi"], ["num"], [], [undefined], [1.5, [1, 2, { a: "b" }], undefined, false]]);
    expect(one.lines.some((l) => /Register \[svc\] :[0-9a-f]{8}/.test(l))).toBe(true);
    expect(one.lines.some((l) => l.includes("socket accept from"))).toBe(true);
  });

  it("query, call: a request that fails throws `call failed`, whose cause says what the other node said; unknown names and addresses too", async () => {
    const { two } = await pair();
    const got = await two.do(function* () {
      return [
        yield* failure(cluster.call("one", "@svc", "FAIL", "some text")),
        yield* failure(cluster.call("one", "@nope", "ECHO", 1)),
        yield* failure(cluster.call("one", ".nope", "ECHO", 1)),
        yield* failure(cluster.call("one", 0xffff, "ECHO", 1)),
        yield* failure(cluster.query("one", "nothere")),
        yield* cluster.call("one", "@svc", "ECHO", "still there"),
      ];
    });
    expect(got[0]).toMatch(/^call failed < .*call failed/);
    expect(got[1]).toBe("call failed < Invalid name");
    expect(got.slice(2, 4)).toEqual(Array(2).fill("call failed < call to invalid address"));
    expect(got[4]).toBe("call failed < name not found");
    expect(got[5]).toBe("still there");
    expect(two.lines.some((l) => l.includes("cluster node [one]: Invalid name"))).toBe(true);
  });

  it("bodies of any size go both ways, in parts or not", async () => {
    const { two } = await pair();
    const sizes = [0, 32_756, 32_760, 32_761, 65_536, 100_000, 1_000_003];
    const got = await two.do(function* () {
      const lengths: unknown[] = [];
      for (const n of sizes) {
        lengths.push(yield* cluster.call("one", "@svc", "LEN", "x".repeat(n)));
        lengths.push((yield* cluster.call<string>("one", "@svc", "BIG", n)).length);
      }
      return lengths;
    });
    expect(got).toEqual(sizes.flatMap((n) => [n, n]));
  });

  it("a message of 16 MiB passes, and small ones overtake it", async () => {
    const { two } = await pair();
    const size = 16 << 20;
    const order = await two.do(function* () {
      const done: string[] = [];
      const tasks = 2;
      const all = {};
      const end = (what: string): void => {
        if (done.push(what) === tasks) skynet.wakeup(all);
      };
      yield* cluster.call("one", "@svc", "ECHO");
      skynet.fork(function* () {
        end(`large ${yield* cluster.call<number>("one", "@svc", "LEN", new Uint8Array(size).fill(120))}`);
      });
      skynet.fork(function* () {
        yield* cluster.call("one", "@svc", "ECHO", 1);
        end("small");
      });
      yield* skynet.wait(all);
      return done;
    });
    expect(order).toEqual(["small", `large ${size}`]);
  });

  it("each request runs on its own at the other end: a quick one is not held up by a slow one", async () => {
    const { two } = await pair();
    const order = await two.do(function* () {
      const done: unknown[] = [];
      const all = {};
      for (const [command, ...args] of [
        ["SLOW", 10, "slow"],
        ["ECHO", "fast"],
      ] as const)
        skynet.fork(function* () {
          if (done.push(yield* cluster.call("one", "@svc", command, ...args)) === 2) skynet.wakeup(all);
        });
      yield* skynet.wait(all);
      return done;
    });
    expect(order).toEqual(["fast", "slow"]);
  });
});

describe("cluster.send", () => {
  it("send is one way, and keeps its order with calls from the very first on, before there is a connection", async () => {
    const { two } = await pair();
    const got = await two.do(function* () {
      cluster.send("one", "@svc", "PUSH", 1);
      cluster.send("one", "@svc", "PUSH", 2);
      const first = yield* cluster.call<unknown[]>("one", "@svc", "PUSHED");
      cluster.send("one", "@svc", "PUSH", 3);
      const second = yield* cluster.call<unknown[]>("one", "@svc", "PUSHED");
      cluster.send("one", ".svc", "PUSH", "l".repeat(50_000));
      while ((yield* cluster.call<unknown[]>("one", "@svc", "PUSHED")).length < 4) yield* skynet.sleep(1);
      return [first, second];
    });
    expect(got).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
  });

  it("takes its arguments as they are then", async () => {
    const { two } = await pair();
    const got = await two.do(function* () {
      const list = [1];
      cluster.send("one", "@svc", "PUSH", list);
      list.push(2);
      return yield* cluster.call("one", "@svc", "PUSHED");
    });
    expect(got).toEqual([[1]]);
  });

  it("to a node that is down or cannot be reached it is lost, and nothing is thrown", async () => {
    const { one, two } = await pair();
    await two.do(function* () {
      yield* cluster.reload({ dead: false, shut: "127.0.0.1:1" });
      cluster.send("dead", "@svc", "PUSH", 1);
      cluster.send("shut", "@svc", "PUSH", 1);
      cluster.send("one", "@nobody", "PUSH", 1);
      cluster.send("one", "@svc", "PUSH", "arrives");
      yield* cluster.call("one", "@svc", "ECHO");
    });
    expect(await one.do(() => skynet.call(".svc", "lua", "PUSHED"))).toEqual(["arrives"]);
    await until("the log line", () => two.lines.some((l) => /\[shut\] \(127\.0\.0\.1:1\) failed/.test(l)));
    expect(two.lines.some((l) => l.includes("cluster node [dead] is down"))).toBe(true);
  });
});

describe("cluster.register, cluster.unregister", () => {
  it("register, unregister: a handle has one name, a name one handle; what changes reaches those who know the old one", async () => {
    const { one, two } = await pair();
    const call = (name: string) => two.do(() => failure(cluster.call("one", name, "ECHO", name)));
    expect(await call("@svc")).toContain('"@svc"');
    await one.do(function* () {
      yield* cluster.register("renamed", skynet.localname(".svc"));
    });
    expect(await call("@svc")).toBe("call failed < Invalid name");
    expect(await call("@renamed")).toContain('"@renamed"');
    expect(await one.do(() => failure(cluster.register("renamed")))).toMatch(/call failed < cluster name renamed is registered already/);
    await one.do(function* () {
      yield* cluster.unregister("renamed");
      yield* cluster.unregister("never there");
    });
    expect(await call("@renamed")).toBe("call failed < Invalid name");
    expect(await one.do(() => failure(cluster.register(5 as never)))).toContain("takes a name");
    expect(await one.do(() => failure(cluster.unregister(5 as never)))).toContain("takes a name");
    // Without a handle it is who asks.
    await one.do(() => cluster.register("me"));
    expect(await two.do(() => cluster.query("one", "me"))).toBe(
      await one.do(function* () {
        yield* skynet.sleep(0);
        return skynet.self();
      }),
    );
  });
});

describe("cluster.open", () => {
  it("open listens at a port, or at the address that the table gives this node; an unknown name and a taken port fail", async () => {
    const one = await server();
    const two = await clusterNode();
    const got = await two.do(function* () {
      yield* cluster.reload({ me: "127.0.0.1:0", down: false, taken: one.address });
      const byName = yield* cluster.open("me");
      const gates = () => skynet.call<Record<string, string>>(".launcher", "lua", "LIST");
      const before = Object.keys(yield* gates()).length;
      const failures = [
        yield* failure(cluster.open("unknown")),
        yield* failure(cluster.open("down")),
        yield* failure(cluster.open("taken")),
      ];
      return { byName, failures, left: Object.keys(yield* gates()).length - before };
    });
    expect(got.byName).toEqual(["me"]);
    expect(got.failures[0]).toContain("cluster node [unknown] is absent");
    expect(got.failures[1]).toContain("cluster node [down] is down");
    expect(got.failures[2]).toContain("call failed");
    expect(got.left).toBe(0);
  });
});

describe("cluster.reload", () => {
  it("reload: a call to a node that nobody has named waits until a table does", async () => {
    const one = await server();
    const two = await clusterNode();
    const waiting = two.do(() => cluster.call("late", "@svc", "ECHO", "at last"));
    await until("the log line", () => two.lines.some((l) => l.includes("Waiting for cluster node [late]")));
    await two.do(() => cluster.reload({ late: one.address }));
    expect(await waiting).toBe("at last");
    expect(two.lines.some((l) => l.includes(`Cluster node [late] resolved : ${one.address}`))).toBe(true);
  });

  it("with __nowaiting it fails at once, also for those who wait already", async () => {
    const two = await clusterNode();
    const waiting = two.do(() => failure(cluster.call("never", "@svc", "ECHO")));
    await until("the log line", () => two.lines.some((l) => l.includes("Waiting for cluster node [never]")));
    await two.do(() => cluster.reload({ __nowaiting: true }));
    expect(await waiting).toContain("cluster node [never] is absent");
    expect(await two.do(() => failure(cluster.call("neither", "@svc", "ECHO")))).toContain("cluster node [neither] is absent");
    expect(await two.do(() => cluster.get_sender("neither"))).toBeUndefined();
  });

  it("false takes a node down, an address brings it back; a changed one is followed by those who have called before", async () => {
    const { one, two } = await pair();
    const other = await server();
    const echo = () => two.do(() => failure(cluster.call("one", "@svc", "ECHO", "here")));
    expect(await echo()).toContain('"here"');
    await two.do(() => cluster.reload({ one: false }));
    expect(await echo()).toContain("cluster node [one] is down");
    await two.do(() => cluster.reload({ one: one.address }));
    expect(await echo()).toContain('"here"');
    await one.do(() => skynet.call(".svc", "lua", "PUSH", "first"));
    await other.do(() => skynet.call(".svc", "lua", "PUSH", "second"));
    await two.do(() => cluster.reload({ one: other.address }));
    expect(await two.do(() => cluster.call("one", "@svc", "PUSHED"))).toEqual(["second"]);
    expect(await two.do(() => cluster.get_sender("one"))).toBeTypeOf("number");
  });

  it("a table with a mistake changes nothing and says what is wrong", async () => {
    const { two } = await pair();
    const wrong: [ClusterTable, string][] = [
      [{ one: "127.0.0.1:1", two: 5 } as never, 'the address of two must be "host:port"'],
      [{ one: "127.0.0.1:1", two: "no port" }, 'the address of two must be "host:port", or false when it is down, not '],
      [new Map([[5, "127.0.0.1:1"]]) as never, "the name of a node is a text"],
      [{ one: false, __maxlarge: -1 }, "__maxlarge is a number of MiB"],
      ["text" as never, "must be an object"],
    ];
    for (const [table, text] of wrong) expect(await two.do(() => failure(cluster.reload(table)))).toContain(text);
    expect(await two.do(() => cluster.call("one", "@svc", "ECHO", "unharmed"))).toBe("unharmed");
  });
});

describe("a connection", () => {
  it("that is lost fails what waits on it; the next call makes a new one", async () => {
    const { one, two } = await pair();
    const waiting = [0, 1, 2].map(() => two.do(() => failure(cluster.call("one", "@svc", "NEVER"))));
    // Requests keep their order: when this one is answered, the others are there.
    await two.do(() => cluster.call("one", "@svc", "ECHO"));
    // The one side forgets who is connected.
    await one.do(function* () {
      const list = yield* skynet.call<Record<string, string>>(".launcher", "lua", "LIST");
      const agent = Object.entries(list).find(([, line]) => line.includes("clusteragent"))![0];
      skynet.send(agent, "lua", "exit");
    });
    for (const text of await Promise.all(waiting)) expect(text).toMatch(/^call failed < .*socket/);
    expect(await two.do(() => cluster.call("one", "@svc", "ECHO", "again"))).toBe("again");
  });

  it("get_sender: a node that cannot be reached fails its callers and gives nothing, and is tried again by the next", async () => {
    const two = await clusterNode();
    await two.do(() => cluster.reload({ gone: "127.0.0.1:1" }));
    const call = () => two.do(() => failure(cluster.call("gone", "@svc", "ECHO", "up")));
    expect(await call()).toContain("changenode [gone] (127.0.0.1:1) failed");
    expect(await call()).toContain("changenode [gone] (127.0.0.1:1) failed");
    expect(await two.do(() => cluster.get_sender("gone"))).toBeUndefined();
    const one = await server();
    await two.do(() => cluster.reload({ gone: one.address }));
    expect(await call()).toContain('"up"');
  });

  it("a sender that was killed is replaced", async () => {
    const { two } = await pair();
    const text = await two.do(function* () {
      yield* cluster.call("one", "@svc", "ECHO");
      const sender = yield* cluster.get_sender("one");
      skynet.kill(sender!);
      return yield* cluster.call("one", "@svc", "ECHO", "new sender");
    });
    expect(text).toBe("new sender");
  });

  it("bytes that are no packets, and parts that do not fit, harm nobody else", async () => {
    const { one, two } = await pair();
    const port = Number(one.address.split(":")[1]);
    const frame = (...bytes: number[]): Uint8Array => Uint8Array.of(bytes.length >> 8, bytes.length & 255, ...bytes);
    const answers = await two.do(function* () {
      const [fd] = yield* socket.open("127.0.0.1", port);
      // Too short, unknown kinds, a part of nothing, a last part of nothing, one larger than announced, one smaller.
      for (const bytes of [[], [0], [0x7f, 1], [0x80, 200, 1], [2, 9, 0, 0, 0, 1], [3, 9, 0, 0, 0, 1]]) socket.write(fd!, frame(...bytes));
      socket.write(fd!, frame(1, 10, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0));
      socket.write(fd!, frame(3, 8, 0, 0, 0, 1, 2, 3));
      socket.write(fd!, frame(1, 10, 0, 0, 0, 7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff));
      socket.write(fd!, frame(3, 7, 0, 0, 0, 1));
      const got: string[] = [];
      for (let i = 0; i < 3; i++) {
        const [head] = yield* socket.read(fd!, 2);
        const [body] = yield* socket.read(fd!, (head as Uint8Array)[0]! * 256 + (head as Uint8Array)[1]!);
        got.push(`${(body as Uint8Array)[0]} ${skynet.totext((body as Uint8Array).slice(5))}`);
      }
      yield* socket.close(fd!);
      return got;
    });
    expect(answers).toEqual(["9 Invalid large req", "8 Invalid large req", "7 Invalid large req"]);
    expect(await two.do(() => cluster.call("one", "@svc", "ECHO", "fine"))).toBe("fine");
  });
});

describe("a limit", () => {
  it("__maxlarge: a larger body is refused, at either end, and a peer that reads no answers is disconnected", async () => {
    const one = await server();
    await one.do(() => cluster.reload({ __maxlarge: 2 }));
    const two = await clusterNode();
    await two.do(() => cluster.reload({ one: one.address, __maxlarge: 1 }));
    const got = await two.do(function* () {
      const large = 3 << 20;
      return [
        yield* failure(cluster.call("one", "@svc", "LEN", "x".repeat(large))),
        yield* cluster.call("one", "@svc", "LEN", "x".repeat(1 << 20)),
        yield* failure(cluster.call("one", "@svc", "BIG", 1 << 20)),
        (yield* cluster.call<string>("one", "@svc", "BIG", 1 << 19)).length,
      ];
    });
    expect(got).toEqual(["call failed < Invalid large req", 1 << 20, "call failed < Invalid large answer, or more than 1 MiB", 1 << 19]);
    await two.do(function* () {
      const [fd] = yield* socket.open("127.0.0.1", Number(one.address.split(":")[1]));
      socket.pause(fd!);
      for (let i = 1; i <= 40; i++) socket.write(fd!, core.packrequest(".svc", i, skynet.pack("BIG", 1 << 20))[0]);
    });
    await until("the disconnection", () =>
      one.lines.some((l) => l.includes("for a peer that does not read them; its connection is closed")),
    );
    expect(await two.do(() => cluster.call("one", "@svc", "ECHO", "unharmed"))).toBe("unharmed");
  });
});

describe("cluster.proxy, cluster.snax", () => {
  it("a proxy is a handle that stands for a service elsewhere: call, send, one for each name, in either spelling", async () => {
    const { one, two } = await pair();
    const got = await two.do(function* () {
      const proxy = yield* cluster.proxy("one", "@svc");
      const all = {};
      const handles: number[] = [];
      for (const args of [["one", "@svc"], ["one@svc"], ["one", ".svc"], ["one.svc"]] as const)
        skynet.fork(function* () {
          if (handles.push(yield* cluster.proxy(...(args as [string]))) === 4) skynet.wakeup(all);
        });
      yield* skynet.wait(all);
      skynet.send(proxy, "lua", "PUSH", "via proxy");
      return {
        same: new Set(handles).size,
        first: handles.includes(proxy),
        reply: yield* skynet.callall(proxy, "lua", "ECHO", "via", "proxy", [1]),
        failed: yield* failure(skynet.call(proxy, "lua", "FAIL", "far away")),
        wrong: yield* failure(cluster.proxy("no name")),
      };
    });
    expect(got).toMatchObject({
      same: 2,
      first: true,
      reply: ["via", "proxy", [1]],
      failed: expect.stringContaining("call failed") as string,
    });
    expect(got.wrong).toContain("Invalid name no name");
    expect(await one.do(() => skynet.call(".svc", "lua", "PUSHED"))).toEqual(["via proxy"]);
  });

  it("snax: an object whose methods run on another node, found by address or as the unique service of its name", async () => {
    const { one, two } = await pair();
    await one.do(function* () {
      const object = yield* snax.uniqueservice("counter");
      yield* cluster.register("counter", object.handle);
    });
    const got = await two.do(function* () {
      const byName = yield* cluster.snax("one", "counter", "@counter");
      const unique = yield* cluster.snax("one", "counter");
      const counts: number[] = [];
      for (const [object, by] of [
        [byName, 5],
        [unique, 2],
      ] as const) {
        const { post, req } = object as never as { post: { add(n: number): void }; req: { get(): Operation<number> } };
        post.add(by);
        counts.push(yield* req.get());
      }
      return counts;
    });
    expect(got).toEqual([5, 7]);
  });
});

describe("skynet.trace across nodes", () => {
  it("the tag of a request goes with it, after the nodename of who sent it", async () => {
    const { one, two } = await pair();
    await two.do(function* () {
      yield* cluster.call("one", "@svc", "ECHO");
      skynet.trace("far");
      yield* cluster.call("one", "@svc", "ECHO", 1);
    });
    const [, name] = /<TRACE \((.*?)-one-\d+\)/.exec(two.lines.join("\n")) ?? [];
    expect(name).toBe(
      await two.do(function* () {
        yield* skynet.sleep(0);
        return core.nodename();
      }),
    );
    expect(name).not.toMatch(/\s/);
    expect(two.lines.join("\n")).toContain("cluster one");
    expect(one.lines.join("\n")).toMatch(new RegExp(`<TRACE \\(${name}-one-\\d+\\):[0-9a-f]{8}-1> \\d+ tracecall begin`));
  });
});
