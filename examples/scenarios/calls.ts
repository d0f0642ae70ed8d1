/** Calls that take long, or whose answer never comes. */
import { defineService, skynet } from "@skyloom/runtime";
import { commands } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

/** Calls a command of a service again and again. */
const asker = () =>
  defineService((other: number, command: string) => {
    skynet.fork(function* () {
      for (;;) yield* skynet.call(other, "lua", command);
    });
  });

const lostReply: Scenario = {
  name: "lost-reply",
  title: "Lost reply",
  what: "A handler ends without an answer, and its caller waits for ever.",
  expect: "lost-reply",
  services: { "lost-asker": asker(), forgetful: () => commands({ ask: () => undefined }) },
  *start({ spawn }) {
    yield* spawn("lost-asker", yield* spawn("forgetful"), "ask");
  },
};

const sleepingCallee: Scenario = {
  name: "sleeping-callee",
  title: "Sleeping callee",
  what: "A handler sleeps three seconds before it answers, again and again.",
  expect: "silent",
  services: {
    "sleeper-asker": asker(),
    sleeper: () =>
      commands({
        *nap() {
          yield* skynet.sleep(300);
          skynet.ret();
        },
      }),
  },
  *start({ spawn }) {
    yield* spawn("sleeper-asker", yield* spawn("sleeper"), "nap");
  },
};

const unknownWaker: Scenario = {
  name: "unknown-waker",
  title: "Unknown waker",
  what: "A handler waits for a token that only some other task could wake, and none does.",
  expect: "stuck-call",
  services: {
    "waiter-asker": asker(),
    waiter: () =>
      commands({
        *wait() {
          yield* skynet.wait({});
          skynet.ret();
        },
      }),
  },
  *start({ spawn }) {
    yield* spawn("waiter-asker", yield* spawn("waiter"), "wait");
  },
};

const longCall: Scenario = {
  name: "long-call",
  title: "Long call",
  what: "A handler works for ten minutes, a second at a time: the call hangs, but nothing is deadlocked.",
  expect: "stuck-call",
  services: {
    "long-asker": asker(),
    worker: () =>
      commands({
        *work() {
          for (let i = 0; i < 600; i++) yield* skynet.sleep(100);
          skynet.ret();
        },
      }),
  },
  *start({ spawn }) {
    yield* spawn("long-asker", yield* spawn("worker"), "work");
  },
};

export const calls: readonly Scenario[] = [lostReply, sleepingCallee, unknownWaker, longCall];
