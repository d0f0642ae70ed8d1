/** Messages one after the other: api §4 mqueue. */
import { expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { mqueue } from "@skyloom/runtime/mqueue";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNodeOptions } from "@skyloom/runtime/testing";

const seen: string[] = [];
const server = () => {
  mqueue.register(function* (cmd: string, ...args: number[]) {
    seen.push(`begin ${cmd}`);
    yield* skynet.sleep(5);
    seen.push(`end ${cmd}`);
    if (cmd === "fail") throw new Error("far text");
    // oxlint-disable-next-line typescript/only-throw-error -- the point of the test
    if (cmd === "throw text") throw "only text";
    if (cmd === "both") return skynet.values(...args);
    return cmd === "quiet" ? undefined : mqueue.size();
  });
  skynet.dispatch("lua", () => {
    mqueue.register(() => undefined);
  });
};
const client = defineService(() => ({
  *call(to: number, ...args: unknown[]) {
    try {
      return yield* mqueue.call(to, ...args);
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  },
  send: (to: number, ...args: unknown[]) => mqueue.send(to, ...args),
}));
const start = async (options: TestNodeOptions = {}) => {
  seen.length = 0;
  const t = await testNode({ services: { server, client }, ...options });
  return { t, to: await t.newservice("server"), from: await t.newservice("client") };
};

it.each([{}, { border: "always" } as const])(
  "handles one message at a time, suspensions included; size is the backlog (%o)",
  async (options) => {
    const { t, to, from } = await start(options);
    const replies = ["a", "b", "c"].map((cmd) => t.call(from, "lua", "call", to, cmd));
    expect(await Promise.all(replies)).toEqual([2, 1, 0]);
    expect(seen).toEqual(["begin a", "end a", "begin b", "end b", "begin c", "end c"]);
    expect(await t.call(from, "lua", "call", to, "both", 7, 8)).toBe(7);
    await t.stop();
  },
);

it("call rethrows the text of the function's error; the next message is handled", async () => {
  const { t, to, from } = await start();
  expect(await t.call(from, "lua", "call", to, "fail")).toBe("CALL_FAILED: far text");
  expect(await t.call(from, "lua", "call", to, "throw text")).toBe("CALL_FAILED: only text");
  expect(await t.call(from, "lua", "call", to, "a")).toBe(0);
  await t.stop();
});

it("a send that returns something or throws is logged with both addresses, and the queue goes on", async () => {
  const { t, to, from } = await start();
  expect(await t.call(from, "lua", "send", to, "a")).toBe(0);
  expect(await t.call(from, "lua", "send", to, "fail")).toBe(0);
  expect(await t.call(from, "lua", "send", to, "quiet")).toBe(0);
  expect(await t.call(from, "lua", "call", to, "b")).toBe(0);
  const lines = t.log.filter((l) => l.includes("send a message to"));
  expect(lines.length).toBe(2);
  expect(lines[0]).toContain("[:a] send a message to [:8] return something");
  expect(lines[1]).toContain("[:a] send a message to [:8] throw an error : far text");
  await t.stop();
});

it("a second register throws; a dead address is told", async () => {
  const { t, to, from } = await start();
  await expect(Promise.resolve(t.call(to, "lua"))).rejects.toMatchObject({
    cause: { message: expect.stringContaining("was called before") as string },
  });
  expect(await t.call(from, "lua", "call", 0x7777, "a")).toBe("INVALID_ADDRESS: call to invalid address :00007777");
  await t.stop();
});
