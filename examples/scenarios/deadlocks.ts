/** Tasks that wait for each other, and two cases that only look like it. */
import { defineService, skynet } from "@skyloom/runtime";
import { commands } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

/** Holds its lock while it calls somebody whose handler needs a lock too. */
const holder = () => () => {
  const lock = skynet.queue();
  commands({
    *hold(next: number) {
      yield* lock(function* () {
        yield* skynet.sleep(1);
        yield* skynet.call(next, "lua", "touch");
      });
    },
    *touch() {
      yield* lock(() => undefined);
      skynet.ret();
    },
  });
};

const twoQueues: Scenario = {
  name: "deadlock-two-queues",
  title: "Deadlock of two queues",
  what: "Two accounts pay each other at once: each holds its own queue and waits for the other's.",
  expect: "deadlock",
  services: { account: holder() },
  *start({ spawn }) {
    const a = yield* spawn("account", "a");
    const b = yield* spawn("account", "b");
    skynet.send(a, "lua", "hold", b);
    skynet.send(b, "lua", "hold", a);
  },
};

const ring: Scenario = {
  name: "deadlock-ring",
  title: "Deadlock of three",
  what: "Three philosophers hold a fork each and wait for the next one's.",
  expect: "deadlock",
  services: { philosopher: holder() },
  *start({ spawn }) {
    const all = [yield* spawn("philosopher", 1), yield* spawn("philosopher", 2), yield* spawn("philosopher", 3)];
    for (const [i, one] of all.entries()) skynet.send(one, "lua", "hold", all[(i + 1) % all.length]!);
  },
};

const selfCall: Scenario = {
  name: "deadlock-self-call",
  title: "Deadlock with oneself",
  what: "A service calls itself for something that needs the queue which the caller holds.",
  expect: "deadlock",
  services: { ouroboros: holder() },
  *start({ spawn }) {
    const one = yield* spawn("ouroboros");
    skynet.send(one, "lua", "hold", one);
  },
};

const initCycle: Scenario = {
  name: "init-cycle",
  title: "A start that waits for itself",
  what: "A unique service asks for itself, by its name, before it has started.",
  expect: "deadlock",
  services: {
    "unique-cycle": (run: string) =>
      skynet.start(function* () {
        yield* skynet.uniqueservice(`unique-cycle ${run}`);
      }),
    "unique-cycle-user": defineService((run: number) => {
      skynet.fork(() => skynet.uniqueservice(`unique-cycle ${run}`));
    }),
  },
  *start({ spawn, run }) {
    // The name counts up: a unique service that failed to start is never tried again.
    yield* spawn("unique-cycle-user", run);
  },
};

const reentrant: Scenario = {
  name: "reentrant",
  title: "Re-entrant calls",
  what: "A calls B, whose handler calls A back: no deadlock, because nobody holds a queue.",
  expect: "silent",
  services: {
    caller: (other: number) => {
      commands({
        *back() {
          yield* skynet.sleep(50);
          skynet.ret();
        },
      });
      skynet.start(() => {
        skynet.fork(function* () {
          for (;;) yield* skynet.call(other, "lua", "over", skynet.self());
        });
      });
    },
    callee: () =>
      commands({
        *over(back: number) {
          yield* skynet.sleep(50);
          yield* skynet.call(back, "lua", "back");
          skynet.ret();
        },
      }),
  },
  *start({ spawn }) {
    yield* spawn("caller", yield* spawn("callee"));
  },
};

export const deadlocks: readonly Scenario[] = [twoQueues, ring, selfCall, reentrant, initCycle];
