/** Log lines: semantics §17. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { Kernel } from "../kernel/kernel.ts";
import { PTYPE_LUA, PTYPE_SYSTEM, PTYPE_TEXT } from "../kernel/message.ts";
import type { Service } from "../kernel/service.ts";
import { loggerKind } from "./logger.ts";

const kernelWith = (log: unknown, startMs: number) => ({ ports: { log, clock: new VirtualClock({ startMs }) } }) as unknown as Kernel;
const none = {} as Service;

describe("the logger (semantics §17)", () => {
  it("writes [:handle] text, source 0 for the system, to standard output", () => {
    const lines: string[] = [];
    const body = loggerKind(() => undefined)(none, kernelWith({ output: { line: (l: string) => void lines.push(l) } }, 0), [])!;
    body.callback(PTYPE_TEXT, 0, 0, "from the system");
    body.callback(PTYPE_TEXT, 0, 0xff00000a, "from a service");
    body.callback(PTYPE_LUA, 1, 8, "no log line");
    expect(lines).toEqual(["[:00000000] from the system", "[:ff00000a] from a service"]);
  });

  it("puts DD/MM/YY HH:MM:SS.cc before lines of a file; PTYPE_SYSTEM reopens it; a listener hears of each line", () => {
    const done: string[] = [];
    const file = (path: string) => ({ line: (l: string) => void done.push(`${path}: ${l}`), reopen: () => void done.push("reopened") });
    const heard: unknown[] = [];
    const kind = loggerKind(
      () =>
        (...line) =>
          void heard.push(line),
    );
    const at = Date.UTC(2024, 1, 29, 23, 59, 58, 987);
    const body = kind(none, kernelWith({ output: { line: () => undefined }, file }, at), ["sky.log"])!;
    body.callback(PTYPE_TEXT, 0, 8, "leap day");
    body.callback(PTYPE_SYSTEM, 0, 0, undefined);
    expect(done).toEqual(["sky.log: 29/02/24 23:59:58.98 [:00000008] leap day", "reopened"]);
    expect(heard).toEqual([[8, "leap day", at]]);
  });

  it("a host without files refuses a path and says so", () => {
    expect(() => loggerKind(() => undefined)(none, kernelWith({ output: { line: () => undefined } }, 0), ["x.log"])).toThrow(
      "this host has no files, so it cannot log to x.log",
    );
  });

  it("a user's log service gets PTYPE_TEXT with the speaker as source", async () => {
    const heard: string[] = [];
    const mylog = () => {
      skynet.register_protocol({
        name: "text",
        id: skynet.PTYPE_TEXT,
        unpack: (body) => [body],
        dispatch: (_session, source, line: string) => void heard.push(`${source} ${line}`),
      });
      skynet.start(() => undefined);
    };
    const talker = () => skynet.start(() => skynet.error("hello"));
    const t = await testNode({ services: { mylog, talker }, config: { logservice: "snlua", logger: "mylog" } });
    const handle = await t.newservice("talker");
    t.settle();
    expect(heard).toContain(`${handle} hello`);
    expect(heard[0]).toBe("2 LAUNCH snlua bootstrap");
    expect(t.log).toEqual([]);
    await t.stop();
  });
});
