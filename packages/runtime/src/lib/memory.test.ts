/** Estimates of memory: api §14, semantics §14. */
import { expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { memory } from "@skyloom/runtime/memory";
import { testNode } from "@skyloom/runtime/testing";

it("memory.current, total, info and block sum up mailboxes and what services report; what only an allocator knows is 0 or refused: dumpheap, dump, dumpinfo, profactive", async () => {
  const s = () =>
    skynet.dispatch("lua", (_s, _f, bytes: number) => {
      skynet.memory(bytes);
      skynet.retpack([memory.current(), memory.total(), memory.info().get(skynet.self()), memory.block()]);
      for (const refused of [memory.dumpheap, memory.dump, memory.dumpinfo, memory.profactive])
        expect(() => refused()).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    });
  const t = await testNode({ services: { s } });
  const [a, b] = [await t.newservice("s"), await t.newservice("s")];
  const [own, all] = await t.call<number[]>(a, "lua", 0);
  expect(own).toBeGreaterThan(0);
  expect(all).toBeGreaterThan(own!);
  expect(await t.call(a, "lua", 1000)).toEqual([own! + 1000, all! + 1000, own! + 1000, 0]);
  expect(await t.call(b, "lua", 500)).toEqual([own! + 500, all! + 1500, own! + 500, 0]);
  // The bytes that wait in the mailbox count: the message behind this one holds 100.
  const first = t.node.call(a, "lua", 1000);
  t.node.send(a, "lua", 1000, new Uint8Array(100));
  t.settle();
  expect(((await first) as number[])[0]).toBeGreaterThanOrEqual(own! + 1100);
  expect(await t.call(a, "debug", "MEM")).toBeCloseTo((own! + 1000) / 1024, 5);
  await t.stop();
});
