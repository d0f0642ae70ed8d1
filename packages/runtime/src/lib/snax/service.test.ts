/** What anybody may send to a snax service, and what becomes of its tasks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { skynet } from "../../core/skynet.ts";
import type { Operation } from "../../core/operation.ts";
import { testNode } from "../../testing/test-node.ts";
import { snax } from "../snax.ts";

const target = snax.define(() => {
  const state = { closed: 0 };
  return {
    state,
    response: {
      echo: (...args: unknown[]) => skynet.values(...args),
      *hang(): Operation<void> {
        try {
          yield* skynet.sleep(100_000);
        } finally {
          state.closed++;
        }
      },
      closed: () => state.closed,
    },
    accept: { note: () => undefined },
  };
});

async function started() {
  let handle = 0;
  const main = () =>
    skynet.start(function* () {
      handle = yield* snax.rawnewservice("target");
    });
  const t = await testNode({ services: { main, target } });
  await t.newservice("main");
  return { t, handle };
}

describe("a snax service", () => {
  it("answers or refuses whatever it is sent, and goes on", async () => {
    const { t, handle } = await started();
    const id = fc.oneof(
      fc.integer({ min: -3, max: 12 }).filter((n) => n !== 2 && n !== 6),
      fc.double(),
      fc.bigInt({ min: -5n, max: 5n }),
      fc.constantFrom("response.echo", "accept.note", "response.nope", "system.exit", "__proto__", "response.__proto__", "constructor", ""),
      fc.constantFrom(undefined, null, true, [], {}, new Uint8Array(3)),
    );
    await fc.assert(
      fc.asyncProperty(id, fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(undefined)), { maxLength: 5 }), async (first, args) => {
        // A posted method that is called gives no answer, which is right, but nothing to wait for.
        if (first === 8 || first === "accept.note") t.send(handle, "snax", first, ...args);
        else
          await t
            .call(handle, "snax", first, ...args)
            .then(undefined, (error: unknown) => expect(error).toMatchObject({ message: "call failed" }));
        expect(await t.call(handle, "snax", "response.echo", "alive")).toBe("alive");
      }),
      { numRuns: 300 },
    );
    await t.stop();
  });

  it("is shown by the names of its methods in what waits", async () => {
    const main = () =>
      skynet.start(function* () {
        const object = yield* snax.newservice("target");
        skynet.fork(function* () {
          yield* object.req.hang();
        });
      });
    const t = await testNode({ services: { main, target } });
    await t.newservice("main");
    expect(t.pending().join("\n")).toMatch(/waits for call :\w{8} snax hang session \d+/);
    await t.stop();
  });

  it("finishes the finally blocks of a method whose task is killed, and counts the call", async () => {
    let seen: unknown;
    const main = () =>
      skynet.start(function* () {
        const object = yield* snax.newservice("target");
        skynet.fork(function* () {
          yield* object.req.hang();
        });
        yield* skynet.sleep(1);
        const [task] = Object.keys(yield* skynet.call<Record<string, string>>(object.handle, "debug", "TASK"));
        yield* skynet.call(object.handle, "debug", "KILLTASK", task!.split(" session")[0]);
        seen = [yield* object.req.closed(), (yield* snax.profile_info(object))["hang"]!.count];
      });
    const t = await testNode({ services: { main, target } });
    await t.newservice("main");
    expect(seen).toEqual([1, 1]);
    await t.stop();
  });
});
