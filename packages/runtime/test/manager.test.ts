/** Starting services and skynet.manager, row by row: api.md §2 and §3. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import type { Body } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import { script, thrown } from "./script.ts";

describe("starting", () => {
  it("messages that arrive before the start function are dispatched normally", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.dispatch("lua", () => void seen.push("message"));
      skynet.send(skynet.self(), "lua");
      skynet.start(() => seen.push("start"));
    };
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    expect(seen).toEqual(["message", "start"]);
    await t.stop();
  });

  it("init after the start throws; memlimit can be set once, and only in the file body", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.memlimit(1 << 20);
      seen.push(thrown(() => skynet.memlimit(1)));
      skynet.start(() => {
        seen.push(thrown(() => skynet.init(() => undefined)));
        seen.push(thrown(() => skynet.memlimit(1)));
      });
    };
    const late = () => skynet.start(() => void seen.push(thrown(() => skynet.memlimit(1))));
    const t = await testNode({ services: { s, late } });
    await t.newservice("s");
    await t.newservice("late");
    expect(seen).toEqual([
      "ARGUMENT: skynet.memlimit can be set once",
      "ARGUMENT: skynet.init was called after the service has started",
      "ARGUMENT: skynet.memlimit can be set once",
      "ARGUMENT: skynet.memlimit must be set in the file body, before skynet.start",
    ]);
    expect(t.log.join("\n")).toContain("Set memory limit to 1.00 M");
    await t.stop();
  });

  it("uniqueservice and queryservice with true have the whole network as scope: another key than the node's", async () => {
    const one = defineService(() => ({ hi: () => 1 }));
    const { seen } = await script(
      function* (say) {
        let found: number | undefined;
        skynet.fork(function* () {
          found = yield* skynet.queryservice(true, "one");
        });
        const [global, again, local] = [
          yield* skynet.uniqueservice(true, "one"),
          yield* skynet.uniqueservice(true, "one"),
          yield* skynet.uniqueservice("one"),
        ];
        yield* skynet.sleep(1);
        say([global === again, global === local, found === global]);
      },
      { services: { one } },
    );
    expect(seen).toEqual([[true, false, true]]);
  });
});

describe("skynet.manager (api §3)", () => {
  it("launch gives a handle at once, nothing for an unknown kind, and the launcher does not list it", async () => {
    const { seen } = await script(function* (say) {
      const handle = skynet.launch("snlua", "echo")!;
      say(typeof handle);
      say(skynet.launch("nosuch"));
      say(Object.keys(yield* skynet.call<Record<string, string>>(".launcher", "lua", "LIST")).includes(skynet.address(handle)));
      say((yield* skynet.callall(handle, "lua", "hi"))[1]);
    });
    expect(seen).toEqual(["number", undefined, false, "hi"]);
  });

  it("kill takes a handle, :hex or .name; unknown ones are ignored", async () => {
    const { seen, log } = await script(function* (say) {
      for (const how of ["handle", "hex", "name"]) {
        const handle = (yield* skynet.newservice("echo"))!;
        skynet.name(`.${how}`, handle);
        skynet.kill(how === "handle" ? handle : how === "hex" ? `:${handle.toString(16)}` : `.${how}`);
        say([skynet.send(handle, "lua"), skynet.localname(`.${how}`)]);
      }
      skynet.kill(0x7777);
      skynet.kill(".nobody");
      const list = yield* skynet.call<Record<string, string>>(".launcher", "lua", "LIST");
      say(Object.values(list).filter((line) => line === "snlua echo").length);
    });
    // By name the launcher is not told, as in Skynet.
    expect(seen).toEqual([[undefined, undefined], [undefined, undefined], [undefined, undefined], 1]);
    expect(log).not.toContain("error :");
  });

  it("a local name taken is silently kept by the first, and free again when that one has ended", async () => {
    const { seen } = await script(function* (say) {
      const [a, b] = [(yield* skynet.newservice("echo"))!, (yield* skynet.newservice("echo"))!];
      skynet.name(".n", a);
      skynet.name(".n", b);
      say(skynet.localname(".n") === a);
      skynet.kill(a);
      skynet.name(".n", b);
      say(skynet.localname(".n") === b);
    });
    expect(seen).toEqual([true, true]);
  });

  it("forward_type passes other types on under a new type, bodies untouched; all others are dispatched as they are", async () => {
    const proxy = (to: number) => {
      skynet.register_protocol({ name: "system", id: skynet.PTYPE_SYSTEM, unpack: (b) => [b] });
      skynet.dispatch("system", function* (session, _source, body: Body) {
        if (session === 0) skynet.rawsend(to, "lua", body);
        else skynet.ret(yield* skynet.rawcall(to, "lua", body));
      });
      skynet.forward_type({ [skynet.PTYPE_LUA]: skynet.PTYPE_SYSTEM }, () => undefined);
    };
    const { seen } = await script(
      function* (say) {
        const to = (yield* skynet.newservice("echo"))!;
        const through = (yield* skynet.newservice("proxy", to))!;
        say((yield* skynet.callall(through, "lua", "a", { b: [1] })).slice(1));
        say((yield* skynet.callall(through, "lua"))[0] === through);
        say(yield* skynet.call(through, "debug", "PING"));
      },
      { services: { proxy } },
    );
    expect(seen).toEqual([["a", { b: [1] }], true, undefined]);
  });

  it("filter sees every message first and may change it; an error in it is logged and that message is lost", async () => {
    const types: number[] = [];
    const filtered = () => {
      skynet.dispatch("lua", (_s, _f, x: string) => void skynet.retpack(x));
      skynet.filter(
        (type, session, source, body) => {
          types.push(type);
          if (type !== skynet.PTYPE_LUA) return [type, session, source, body];
          const [x] = skynet.unpack(body);
          if (x === "bad") throw new Error("filtered out");
          return [type, session, source, skynet.pack(`seen ${String(x)}`)];
        },
        () => undefined,
      );
    };
    const { seen, log } = await script(
      function* (say) {
        const to = (yield* skynet.newservice("filtered"))!;
        skynet.send(to, "lua", "bad");
        say(yield* skynet.call(to, "lua", "hello"));
      },
      { services: { filtered } },
    );
    expect(seen).toEqual(["seen hello"]);
    expect(types).toEqual([skynet.PTYPE_RESPONSE, skynet.PTYPE_LUA, skynet.PTYPE_LUA]);
    expect(log).toMatch(/lua call \[8 to :a : 0 msgsz = \d+\] error : .*filtered out/);
  });

  it("monitor with query waits for the service instead of starting it; a new monitor replaces the old", async () => {
    const ended: string[] = [];
    const watcher = (name: string) => () => {
      skynet.register_protocol({
        name: "client",
        id: skynet.PTYPE_CLIENT,
        unpack: () => [],
        dispatch: (session, source) => void ended.push(`${name} ${session} ${source}`),
      });
      skynet.start(() => undefined);
    };
    await script(
      function* () {
        skynet.fork(() => skynet.monitor("first", true));
        yield* skynet.sleep(1);
        yield* skynet.uniqueservice(true, "first");
        yield* skynet.sleep(1);
        const [a, b] = [(yield* skynet.newservice("echo"))!, (yield* skynet.newservice("echo"))!];
        skynet.kill(a);
        yield* skynet.sleep(1);
        yield* skynet.monitor("second");
        skynet.send(b, "debug", "EXIT");
        yield* skynet.sleep(1);
        ended.push(String(a), String(b));
      },
      { services: { first: watcher("first"), second: watcher("second") } },
    );
    const [a, b] = ended.slice(-2);
    expect(ended.slice(0, 2)).toEqual([`first 0 ${a}`, `second 0 ${b}`]);
  });
});
