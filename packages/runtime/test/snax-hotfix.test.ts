/** `snax.hotfix`: what a patch may be, what it leaves alone, and what happens when it fails. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
import { patchesOf } from "../src/lib/snax/patch.ts";
import { startNode } from "./portable/host.ts";
import { script } from "./script.ts";

const make = () =>
  snax.define((start: number) => ({ n: start }), {
    methods: (state) => ({
      response: {
        get: () => state.n,
        *slow(): Operation<string> {
          yield* skynet.sleep(10);
          return `old ${state.n}`;
        },
        two(): string {
          return `old ${this.get()}`;
        },
      },
      accept: {
        add(by: number) {
          state.n += by;
        },
      },
      exit: () => skynet.error("old exit"),
    }),
  });
interface State {
  n: number;
}

/** Names of what fails, and its text. */
function* failure(op: Operation<unknown>): Operation<string> {
  try {
    yield* op;
    return "nothing thrown";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

describe("snax.hotfix", () => {
  it("replaces the same-named methods and keeps the state; calls under way end in the old method, the next take the new", async () => {
    const { seen } = await script(
      function* (say) {
        const c = yield* snax.newservice("counter", 5);
        c.post.add(1);
        const token = {};
        skynet.fork(function* () {
          say(yield* c.req.slow());
          skynet.wakeup(token);
        });
        yield* skynet.sleep(1);
        say(
          yield* snax.hotfix(c, (state: State) => ({
            response: { get: () => state.n * 100, slow: () => "new" },
          })),
        );
        say(yield* c.req.get());
        say(yield* c.req.slow());
        // A method that was not replaced sees those that were.
        say(yield* c.req.two());
        c.post.add(1);
        say(yield* c.req.get());
        yield* skynet.wait(token);
      },
      { services: { counter: make() } },
    );
    expect(seen).toEqual([undefined, 600, "new", "old 600", 700, "old 7"]);
  });

  it("a hotfix function in the patch runs with the extra arguments, before anything is replaced; its result is the result", async () => {
    const { seen } = await script(
      function* (say) {
        const c = yield* snax.newservice("counter", 5);
        say(
          yield* snax.hotfix(
            c,
            (state: State) => ({
              response: { get: () => `new ${state.n}` },
              *hotfix(n: number, more: object) {
                const before = state.n;
                state.n = n;
                yield* skynet.sleep(5);
                return [before, more];
              },
            }),
            100,
            { x: 1 },
          ),
        );
        say(yield* c.req.get());
      },
      { services: { counter: make() } },
    );
    expect(seen).toEqual([[5, { x: 1 }], "new 100"]);
  });

  it("Patch mismatch group.name, and every other failing patch, changes nothing and says why", async () => {
    const { seen } = await script(
      function* (say) {
        const c = yield* snax.newservice("counter", 5);
        const get = () => "new";
        for (const patch of [
          { response: { get, nope: () => 1 } },
          { accept: { get }, response: { get } },
          { response: { get, slow: 5 } },
          { respnse: { get } },
          () => ({ response: { get }, hotfix: () => Promise.reject(new Error("not today")) }),
          () => {
            throw new Error("cannot be made");
          },
          { response: { get }, hotfix: "no function" },
          5,
          "function accept.get() end",
          snax.define(() => ({ response: { get } })),
        ])
          say(yield* failure(snax.hotfix(c, patch as never)));
        say(yield* c.req.get());
      },
      { services: { counter: make() } },
    );
    expect(seen).toEqual([
      "Patch mismatch response.nope",
      "Patch mismatch accept.get",
      "response.slow must be function, not number",
      expect.stringContaining('the patch has "respnse"'),
      "not today",
      "cannot be made",
      "hotfix must be a function",
      "a patch must be a table of functions, not 5",
      expect.stringContaining("source text is not compiled here"),
      expect.stringContaining("keeps its state in the variables of its init function"),
      5,
    ]);
  });

  it("the key of a patch of another node stands for none here, however many are under way", async () => {
    const [here, there] = [await startNode({}), await startNode({})].map(({ node }) => patchesOf(node.kernel as never));
    const patch = { from: {}, grows: false };
    const key = here!.keep(patch);
    there!.keep({ from: {}, grows: false });
    expect(() => there!.get(key)).toThrow("there is no such patch on this node");
    expect(here!.get(key)).toBe(patch);
  });

  it("takes a newer definition, and a module with one; new instances are not touched by it", async () => {
    const newer = snax.define((n: number) => ({ n }), {
      methods: (state) => ({ response: { get: () => `newer ${state.n}` }, exit: () => skynet.error("new exit") }),
    });
    const { seen, log } = await script(
      function* (say) {
        const [a, b] = [yield* snax.newservice("counter", 1), yield* snax.newservice("counter", 2)];
        yield* snax.hotfix(a, newer);
        yield* snax.hotfix(b, { counter: newer, other: 5 });
        say([yield* a.req.get(), yield* b.req.get(), yield* a.req.two()]);
        const c = yield* snax.newservice("counter", 3);
        say(yield* c.req.get());
        yield* snax.kill(a);
        yield* snax.kill(c);
      },
      { services: { counter: make() } },
    );
    expect(seen).toEqual([["newer 1", "newer 2", "old newer 1"], 3]);
    expect(log).toContain("new exit");
    expect(log).toContain("old exit");
  });

  it("a service without methods of its own gives its patches the state of its table, if it has one", async () => {
    const kept = snax.define(() => {
      const state = { hits: 3 };
      return { state, response: { get: () => state.hits } };
    });
    const { seen } = await script(
      function* (say) {
        const k = yield* snax.newservice("kept");
        yield* snax.hotfix(k, (state: { hits: number }) => ({ response: { get: () => state.hits + 1000 } }));
        say(yield* k.req.get());
      },
      { services: { kept } },
    );
    expect(seen).toEqual([1003]);
  });

  it("a service that gives no state takes functions that need none, and refuses what asks for it", async () => {
    const closed = snax.define(() => {
      const hits = 3;
      return { response: { get: () => hits, two: () => 2 } };
    });
    const { seen } = await script(
      function* (say) {
        const k = yield* snax.newservice("closed");
        const needy = (state: { hits: number }) => ({ response: { get: () => state.hits } });
        const split = snax.define(() => ({ hits: 1 }), { methods: needy });
        for (const patch of [needy, split]) say(yield* failure(snax.hotfix(k, patch)));
        yield* snax.hotfix(k, { response: { two: () => 22 } });
        yield* snax.hotfix(k, () => ({ exit: () => undefined }));
        say([yield* k.req.get(), yield* k.req.two()]);
      },
      { services: { closed } },
    );
    const refused = expect.stringContaining("keeps its state in the variables of its init function") as string;
    expect(seen).toEqual([refused, refused, [3, 22]]);
  });

  it("two patches at once are taken one after the other", async () => {
    const { seen } = await script(
      function* (say) {
        const c = yield* snax.newservice("counter", 1);
        const order: string[] = [];
        const patch = (name: string, ticks: number) => (state: State) => ({
          response: { get: () => `${name} ${state.n}` },
          *hotfix() {
            order.push(`${name} begins`);
            yield* skynet.sleep(ticks);
            order.push(`${name} ends`);
          },
        });
        const token = {};
        skynet.fork(function* () {
          yield* snax.hotfix(c, patch("slow", 10));
          skynet.wakeup(token);
        });
        skynet.fork(() => snax.hotfix(c, patch("fast", 1)));
        yield* skynet.wait(token);
        yield* skynet.sleep(5);
        say(order);
        say(yield* c.req.get());
      },
      { services: { counter: make() } },
    );
    expect(seen).toEqual([["slow begins", "slow ends", "fast begins", "fast ends"], "fast 1"]);
  });

  it("counts go on over a patch", async () => {
    const { seen } = await script(
      function* (say) {
        const c = yield* snax.newservice("counter", 1);
        yield* c.req.get();
        yield* snax.hotfix(c, { response: { get: () => 2 } });
        yield* c.req.get();
        say((yield* snax.profile_info(c))["get"]!.count);
      },
      { services: { counter: make() } },
    );
    expect(seen).toEqual([2]);
  });
});
