/** Critical sections and data queues as a module: api §4. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Task } from "@skyloom/runtime";
import { queue } from "@skyloom/runtime/queue";
import type { DataQueue } from "@skyloom/runtime/queue";
import { testNode } from "@skyloom/runtime/testing";

async function script(body: (say: (x: unknown) => void) => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const s = () => skynet.start(() => void skynet.fork(() => body((x) => void seen.push(x))));
  const t = await testNode({ services: { s } });
  await t.newservice("s");
  t.advance(10_000);
  expect(t.log.join("\n")).not.toContain("error :");
  await t.stop();
  return seen;
}

describe("the queue module (api §4)", () => {
  it("is the function that makes a critical section, and create() gives one that is a section, too", async () => {
    const seen = await script(function* (say) {
      for (const section of [queue(), queue.create(), skynet.queue()]) {
        for (const i of [1, 2])
          skynet.fork(function* () {
            yield* section(function* () {
              say(`enter ${i}`);
              yield* skynet.sleep(5);
              say(`leave ${i}`);
            });
          });
        yield* skynet.sleep(20);
      }
    });
    expect(seen).toEqual(Array.from({ length: 3 }, () => ["enter 1", "leave 1", "enter 2", "leave 2"]).flat());
  });

  it("push appends and gives the new length; pop takes the oldest", async () => {
    const seen = await script(function* (say) {
      const q = queue.create<string | undefined>();
      say([queue.push(q, "a"), queue.push(q, "b"), queue.push(q, undefined), q.size]);
      say([yield* queue.pop(q), yield* queue.pop(q), yield* queue.pop(q), q.size]);
    });
    expect(seen).toEqual([
      [1, 2, 3, 3],
      ["a", "b", undefined, 0],
    ]);
  });

  it("pop waits for ever, or for a time; the oldest waiting one is served first, and nobody overtakes it", async () => {
    const seen = await script(function* (say) {
      const q = queue.create<number>();
      for (const name of ["first", "second"])
        skynet.fork(function* () {
          say(`${name} ${yield* queue.pop(q)}`);
        });
      yield* skynet.sleep(100);
      say(queue.push(q, 1));
      say(q.size);
      say(yield* queue.pop(q, 0));
      say(queue.push(q, 2));
      const begun = skynet.now();
      say(yield* queue.pop(q, 30));
      say(skynet.now() - begun);
      skynet.timeout(10, () => queue.push(q, 3));
      say(yield* queue.pop(q, 30));
      say(skynet.now() - begun);
    });
    expect(seen).toEqual([0, 0, undefined, 0, "first 1", "second 2", undefined, 30, 3, 40]);
  });

  it("a waiting pop that is killed gives what it was handed to the next", async () => {
    const seen = await script(function* (say) {
      const q = queue.create<string>();
      const pop = (name: string): Task =>
        skynet.fork(function* () {
          say(`${name} ${yield* queue.pop(q)}`);
        });
      const a = pop("a");
      const b = pop("b");
      pop("c");
      yield* skynet.yield();
      skynet.killthread(b);
      queue.push(q, "x");
      skynet.killthread(a);
      yield* skynet.yield();
      const d = pop("d");
      yield* skynet.yield();
      queue.push(q, "y");
      skynet.killthread(d);
      say([q.size, yield* queue.pop(q, 0)]);
    });
    expect(seen).toEqual(["c x", [1, "y"]]);
  });

  it("refuses what is no queue", async () => {
    const seen = await script((say) => {
      try {
        queue.push({} as DataQueue, 1);
      } catch (error) {
        say((error as Error).message);
      }
    });
    expect(seen).toEqual(["queue.push needs a queue made by queue.create"]);
  });

  it("loses, doubles and reorders nothing, whoever pushes and pops when (property)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("push", "pop", "pop in time", "sleep"), { maxLength: 60 }), async (steps) => {
        const popped: number[] = [];
        const waiting: (number | undefined)[] = [];
        let pushed = 0;
        await script(function* () {
          const q = queue.create<number>();
          for (const step of steps) {
            if (step === "push") queue.push(q, pushed++);
            else if (step === "sleep") yield* skynet.sleep(3);
            else
              skynet.fork(function* () {
                const item = yield* queue.pop(q, step === "pop" ? undefined : 4);
                if (item === undefined) waiting.push(item);
                else popped.push(item);
              });
          }
          yield* skynet.sleep(10);
          for (let item = yield* queue.pop(q, 0); item !== undefined; item = yield* queue.pop(q, 0)) popped.push(item);
        });
        expect(popped).toEqual(Array.from({ length: pushed }, (_, i) => i));
      }),
      { numRuns: 25 },
    );
  });
});
