/** skynet.multicast (api.md §9), row by row: the same in Node and in a tab. */
import { defineService, skynet } from "@skyloom/runtime";
import { datacenter } from "@skyloom/runtime/datacenter";
import { multicast } from "@skyloom/runtime/multicast";
import type { MulticastChannel, MulticastConf } from "@skyloom/runtime/multicast";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

/** Hears channels and remembers. */
const listener = defineService(() => {
  const heard: unknown[] = [];
  const channels = new Map<number, MulticastChannel>();
  return {
    *subscribe(id: number) {
      let channel = channels.get(id);
      if (channel === undefined) {
        channel = yield* multicast.new({
          channel: id,
          dispatch: (c, source, ...values) => {
            heard.push([c.channel, source, ...values]);
            // What one subscriber does to a message, no other sees.
            if (typeof values[0] === "object" && values[0] !== null) (values[0] as { changed?: boolean }).changed = true;
          },
        });
        channels.set(id, channel);
      }
      yield* channel.subscribe();
    },
    unsubscribe: (id: number) => channels.get(id)?.unsubscribe(),
    heard: () => heard,
    quit: () => void skynet.timeout(0, () => skynet.exit()),
  };
});

const publisher = defineService(() => {
  const channels: MulticastChannel[] = [];
  return {
    *open() {
      const channel = yield* multicast.new();
      channels.push(channel);
      return channel.channel;
    },
    publish: (id: number, ...values: unknown[]) => channels.find((c) => c.channel === id)!.publish(...values),
    remove: (id: number) => channels.find((c) => c.channel === id)!.delete(),
    *afterDelete() {
      const channel = yield* multicast.new();
      channel.delete();
      const errors = [];
      for (const f of [() => channel.publish(1), () => channel.subscribe()]) {
        try {
          yield* f();
        } catch (error) {
          errors.push((error as Error).message);
        }
      }
      try {
        channel.delete();
      } catch (error) {
        errors.push((error as Error).message);
      }
      channel.unsubscribe();
      return errors;
    },
  };
});

async function team(listeners: number) {
  const { node, lines, start } = await startNode({ listener, publisher, group });
  const p = await start("publisher");
  const ls = await Promise.all(Array.from({ length: listeners }, () => start("listener")));
  const call = <T = unknown>(to: number, ...args: unknown[]): Promise<T> => node.call<T>(to, "lua", ...args);
  return { node, lines, start, call, p, ls };
}

describe("multicast.new, channel:subscribe, :unsubscribe, :publish, :delete", () => {
  it("publish reaches every subscriber once, with the publisher as source; each has its own copy", async () => {
    const { call, p, ls } = await team(3);
    const id = await call<number>(p, "open");
    for (const l of ls) await call(l, "subscribe", id);
    await call(ls[0]!, "subscribe", id); // subscribe is idempotent
    await call(p, "publish", id, { x: 1 }, "two", undefined, 4);
    for (const l of ls) expect(await call(l, "heard")).toEqual([[id, p, { x: 1, changed: true }, "two", undefined, 4]]);
  });

  it("channels have numbers of their own, 256 apart; the low 8 bits are the node", async () => {
    const { call, p } = await team(0);
    const ids = [await call<number>(p, "open"), await call<number>(p, "open"), await call<number>(p, "open")];
    expect(ids).toEqual([0, 256, 512]);
  });

  it("after unsubscribe nothing comes, after subscribing again it does; who has exited is forgotten", async () => {
    const { call, p, ls, lines } = await team(2);
    const id = await call<number>(p, "open");
    for (const l of ls) await call(l, "subscribe", id);
    await call(ls[0]!, "unsubscribe", id);
    await call(ls[0]!, "unsubscribe", id);
    await call(p, "publish", id, 1);
    await call(ls[0]!, "subscribe", id);
    await call(p, "publish", id, 2);
    expect(await call(ls[0]!, "heard")).toEqual([[id, p, 2]]);
    expect(await call(ls[1]!, "heard")).toHaveLength(2);
    await call(ls[1]!, "quit");
    await new Promise((done) => setTimeout(done, 30));
    await call(p, "publish", id, 3);
    await call(p, "publish", id, 4);
    expect(await call(ls[0]!, "heard")).toHaveLength(3);
    expect(lines.filter((l) => /error|fail/i.test(l))).toEqual([]);
  });

  it("delete removes the channel for everybody; then publish throws, and a channel that is not there is never heard of", async () => {
    const { call, p, ls } = await team(1);
    const id = await call<number>(p, "open");
    await call(ls[0]!, "subscribe", id);
    await call(p, "remove", id);
    await call(ls[0]!, "subscribe", 12_800); // silently accepted
    expect(await call(p, "afterDelete")).toEqual([
      "channel:publish: this channel was deleted",
      "channel:subscribe: this channel was deleted",
      "channel:delete: this channel was deleted",
    ]);
    expect(await call(ls[0]!, "heard")).toEqual([]);
  });

  it("pack and unpack of one's own carry bytes; values that cannot be sent, and a channel without dispatch, say so", async () => {
    const custom: MulticastConf = {
      pack: (n: number) => Uint8Array.of(n, n + 1),
      unpack: (body) => [...(body as Uint8Array)],
    };
    const own = defineService(() => {
      const heard: unknown[] = [];
      return {
        *run() {
          const channel = yield* multicast.new({ ...custom, dispatch: (_c, _s, ...values) => void heard.push(values) });
          yield* channel.subscribe();
          yield* channel.publish(7);
          const plain = yield* multicast.new();
          yield* plain.subscribe();
          yield* plain.publish("nobody listens");
          yield* skynet.yield();
          try {
            yield* plain.publish(() => 1);
          } catch (error) {
            heard.push((error as { code: string }).code);
          }
          heard.push(String(plain), String(channel));
          return heard;
        },
      };
    });
    const { node, lines, start } = await startNode({ own });
    expect(await node.call(await start("own"), "lua", "run")).toEqual([[7, 8], "PACK", "[Multicast:100]", "[Multicast:0]"]);
    expect(lines.join("\n")).toContain("[Multicast:100] is subscribed and has no dispatch");
  });

  it("a dispatch that throws is logged, and the next message comes", async () => {
    const clumsy = defineService(() => ({
      *run() {
        let n = 0;
        const channel = yield* multicast.new({
          dispatch: () => {
            if (++n === 1) throw new Error("dropped it");
          },
        });
        yield* channel.subscribe();
        yield* channel.publish(1);
        yield* channel.publish(2);
        yield* skynet.sleep(1);
        return n;
      },
    }));
    const { node, lines, start } = await startNode({ clumsy });
    expect(await node.call(await start("clumsy"), "lua", "run")).toBe(2);
    expect(lines.join("\n")).toContain("dropped it");
  });
});

/** What the seed's functions do. */
const group = defineService(() => {
  const heard: unknown[] = [];
  return {
    *make(other: number) {
      const channel = yield* multicast.create(undefined, "team", (_c, _s, ...values) => void heard.push(["function", ...values]));
      yield* multicast.create(channel.channel, "team", other);
      yield* multicast.create(undefined, "team", function* (_c, _s, ...values) {
        yield* skynet.sleep(0);
        heard.push(["generator", ...values]);
      });
      return channel.channel;
    },
    *opened(id: number) {
      const channel = yield* multicast.create(id);
      yield* channel.publish("by create");
    },
    send: (id: number, data: unknown) => multicast.send(id, data),
    *wrong(id: number) {
      yield* multicast.create(id, "team");
    },
    end: () => multicast.del_group("team"),
    heard: () => heard,
    /** A "lua" message of a publisher comes here. */
    note: (text: string) => void heard.push(["note", text]),
  };
});

describe("multicast.create, send and del_group (the seed's)", () => {
  it("create opens or makes a channel and joins members to a named group; send publishes; del_group ends it all", async () => {
    const { call, start, node } = await team(0);
    const [g, other] = [await start("group"), await start("group")];
    const id = await call<number>(g, "make", other);
    await call(other, "send", id, "note");
    await call(other, "opened", id);
    await new Promise((done) => setTimeout(done, 50));
    expect(await call(g, "heard")).toEqual([
      ["function", "note"],
      ["generator", "note"],
      ["function", "by create"],
      ["generator", "by create"],
    ]);
    expect(await call(other, "heard")).toEqual([["note", undefined]]);
    await expect(node.call(g, "lua", "wrong", 77)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('group "team" has channel') },
    });
    await call(g, "end");
    await call(other, "send", id, "into the void");
    await new Promise((done) => setTimeout(done, 50));
    expect(await call(g, "heard")).toHaveLength(4);
    await expect(node.call(g, "lua", "end")).rejects.toMatchObject({
      cause: { message: 'multicast.del_group: this service has no group "team"; it has: none' },
    });
  });
});

describe("members of a group", () => {
  it("one that throws or waits keeps nothing from the others; tasks that create the same group at once share one channel", async () => {
    const crowd = defineService(() => ({
      *run() {
        const heard: unknown[] = [];
        const ids: unknown[] = [];
        const join = (member: () => unknown) =>
          skynet.fork(function* () {
            ids.push((yield* multicast.create(undefined, "crowd", member)).channel);
          });
        join(() => {
          throw new Error("no, thanks");
        });
        join(function* () {
          yield* skynet.sleep(1000);
        });
        join(() => heard.push("third"));
        yield* skynet.sleep(1);
        yield* multicast.send(ids[0] as number, "x");
        yield* skynet.sleep(1);
        multicast.del_group("crowd");
        return [heard, new Set(ids).size];
      },
    }));
    const { node, lines, start } = await startNode({ crowd });
    expect(await node.call(await start("crowd"), "lua", "run")).toEqual([["third"], 1]);
    expect(lines.join("\n")).toContain("no, thanks");
  });
});

describe("multicast, where Skynet was asked", () => {
  it("who unsubscribes while hearing a message gets none of those behind it, and hears again after subscribing again", async () => {
    const once = defineService(() => ({
      *run() {
        const heard: unknown[] = [];
        let leave = true;
        const channel = yield* multicast.new({
          dispatch: (c, _source, value) => {
            heard.push(value);
            if (leave) c.unsubscribe();
          },
        });
        yield* channel.subscribe();
        for (const value of [1, 2, 3]) yield* channel.publish(value);
        yield* skynet.sleep(1);
        leave = false;
        yield* channel.subscribe();
        yield* channel.publish(4);
        yield* skynet.sleep(1);
        return heard;
      },
    }));
    const { node, start } = await startNode({ once });
    expect(await node.call(await start("once"), "lua", "run")).toEqual([1, 4]);
  });
});

describe("multicastd and other nodes", () => {
  /** Takes the place of node 2's multicastd: gets what this node's sends there. */
  const far = defineService(() => {
    const got: unknown[] = [];
    const me = 0x02000010;
    skynet.register_protocol({
      name: "multicast",
      id: skynet.PTYPE_MULTICAST,
      unpack: (body) => [body],
      dispatch: (id, source, body) => {
        skynet.ignoreret();
        got.push(["published", id, source, body instanceof Uint8Array, ...skynet.unpack(body)]);
      },
    });
    return {
      join: () => datacenter.set("multicast", 2, skynet.self()),
      /** As node 2's daemon would: the source is a handle of node 2. */
      *tell(daemon: number, command: string, id: number) {
        skynet.redirect(daemon, me, "lua", 0, skynet.pack(command, id));
        yield* skynet.sleep(1);
      },
      *publishTo(daemon: number, id: number, ...values: unknown[]) {
        skynet.redirect(daemon, me, "multicast", id, skynet.pack(...values));
        yield* skynet.sleep(1);
      },
      DEL: (id: number) => void got.push(["DEL", id]),
      DELR: (id: number) => void got.push(["DELR", id]),
      SUBR: (id: number) => (got.push(["SUBR", id]), id === 0x502 ? true : undefined),
      USUBR: (id: number) => void got.push(["USUBR", id]),
      got: () => got,
    };
  });

  async function border() {
    const { node, start } = await startNode({ listener, publisher, far });
    const call = <T = unknown>(to: number | string, ...args: unknown[]): Promise<T> => node.call<T>(to, "lua", ...args);
    const [p, l, f] = [await start("publisher"), await start("listener"), await start("far")];
    const id = await call<number>(p, "open");
    await call(f, "join");
    const daemon = node.kernel.services().find((s) => s.args.includes("multicastd"))!.handle;
    return { call, p, l, f, id, daemon };
  }

  it("a node that has subscribers (SUBR) gets each message once, as bytes, until it has none (USUBR)", async () => {
    const { call, p, l, f, id, daemon } = await border();
    await call(l, "subscribe", id);
    await call(f, "tell", daemon, "SUBR", id);
    await call(p, "publish", id, "hello", 1);
    await call(f, "tell", daemon, "USUBR", id);
    await call(p, "publish", id, "again");
    expect(await call(f, "got")).toEqual([["published", id, p, true, "hello", 1]]);
    expect(await call(l, "heard")).toHaveLength(2);
    await call(f, "tell", daemon, "SUBR", id);
    await call(p, "remove", id);
    expect(await call(f, "got")).toContainEqual(["DELR", id]);
  });

  it("another node's channel: the first subscriber asks (SUBR), publications are sent there, the last to leave says so (USUBR)", async () => {
    const { call, l, f, daemon } = await border();
    const far2 = 0x102;
    await call(l, "subscribe", far2);
    expect(await call(f, "got")).toEqual([["SUBR", far2]]);
    await call(f, "publishTo", daemon, far2, "from afar", { n: 1 });
    expect(await call(l, "heard")).toEqual([[far2, 0x02000010, "from afar", { n: 1 }]]);
    await call(l, "unsubscribe", far2);
    await call(f, "publishTo", daemon, far2, "nobody");
    expect(await call(f, "got")).toContainEqual(["USUBR", far2]);
    expect(await call(l, "heard")).toHaveLength(1);
    // A channel that its owner does not know is silently accepted.
    await call(l, "subscribe", 0x502);
    await call(f, "publishTo", daemon, 0x502, "nobody");
    expect(await call(l, "heard")).toHaveLength(1);
  });

  it("DELR from the owner forgets the channel here; DEL of another's channel is passed on", async () => {
    const { call, l, f, daemon } = await border();
    await call(l, "subscribe", 0x102);
    await call(f, "tell", daemon, "DELR", 0x102);
    await call(f, "publishTo", daemon, 0x102, "nobody");
    expect(await call(l, "heard")).toEqual([]);
    await call(f, "tell", daemon, "DEL", 0x202);
    expect(await call(f, "got")).toContainEqual(["DEL", 0x202]);
  });
});
