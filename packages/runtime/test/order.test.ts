import { expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";

it("prints f1 f2 f1.1 timeout0 (after yield) (semantics §5)", async () => {
  const seen: string[] = [];
  const main = () =>
    skynet.start(function* () {
      skynet.fork(() => {
        seen.push("f1");
        skynet.fork(() => seen.push("f1.1"));
      });
      skynet.fork(() => seen.push("f2"));
      skynet.timeout(0, () => seen.push("timeout0"));
      yield* skynet.yield();
      seen.push("(after yield)");
    });
  const t = await testNode({ services: { main }, config: { start: "main" } });
  expect(seen.join(" ")).toBe("f1 f2 f1.1 timeout0 (after yield)");
  await t.stop();
});

it("five lines test a service", async () => {
  const counter = defineService((start: number) => {
    let n = start;
    return { get: () => n, add: (by: number) => (n += by) };
  });
  const t = await testNode({ services: { counter } });
  const handle = await t.newservice("counter", 5);
  expect(await t.call(handle, "lua", "add", 2)).toBe(7);
  await t.stop();
});
