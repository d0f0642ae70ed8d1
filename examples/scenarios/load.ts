/** Many services, many messages, many timers: load of one kind each. */
import { defineService, skynet } from "@skyloom/runtime";
import { commands } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

const idle: Scenario = {
  name: "idle-10000",
  title: "10,000 idle services",
  what: "Ten thousand services that do nothing.",
  expect: "silent",
  services: { idler: () => undefined },
  *start({ spawn }) {
    for (let i = 1; i <= 10_000; i++) yield* spawn("idler", i);
  },
};

const pingPong: Scenario = {
  name: "ping-pong",
  title: "Ping-pong",
  what: "Two services call each other a hundred times in each hundredth of a second.",
  expect: "silent",
  services: {
    ping: defineService((pong: number) => {
      skynet.fork(function* () {
        for (;;) {
          for (let i = 0; i < 100; i++) yield* skynet.call(pong, "lua", "ping", i);
          yield* skynet.sleep(1);
        }
      });
    }),
    pong: defineService(() => ({ ping: (i: number) => i })),
  },
  *start({ spawn }) {
    yield* spawn("ping", yield* spawn("pong"));
  },
};

const fanOut: Scenario = {
  name: "fan-out",
  title: "Fan-out",
  what: "One service asks a thousand others at once and waits for all, five times a second.",
  expect: "silent",
  services: {
    root: defineService((...leaves: number[]) => {
      skynet.fork(function* () {
        for (;;) {
          const batch = skynet.request<readonly [number, string, string]>();
          for (const leaf of leaves) batch.add([leaf, "lua", "get"]);
          const replies = batch.select();
          for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next());
          yield* skynet.sleep(20);
        }
      });
    }),
    leaf: defineService((n: number) => ({ get: () => n })),
  },
  *start({ spawn }) {
    const leaves: number[] = [];
    for (let i = 0; i < 1000; i++) leaves.push(yield* spawn("leaf", i));
    yield* spawn("root", ...leaves);
  },
};

/** Most messages that may wait, so that the backlog stays within memory. */
const MOST_WAITING = 20_000;
/** A message takes a millisecond, or so many looks at a clock that stands still. */
const WORK_NS = 1e6;
const WORK_LOOKS = 20_000;

const overload: Scenario = {
  name: "overload",
  title: "Overload",
  what: "A producer sends ten times as many messages as its consumer can handle.",
  expect: "overload",
  services: {
    producer: (consumer: number) => {
      let waiting = 0;
      commands({ done: (count: number) => void (waiting -= count) });
      skynet.start(() => {
        skynet.fork(function* () {
          for (;;) {
            for (let i = 0; i < 100 && waiting < MOST_WAITING; i++, waiting++) skynet.send(consumer, "lua", "work");
            yield* skynet.sleep(1);
          }
        });
      });
    },
    consumer: () => {
      let done = 0;
      commands({
        work() {
          const end = skynet.hpc() + WORK_NS;
          for (let looks = 0; looks < WORK_LOOKS && skynet.hpc() < end; looks++);
          const [, producer] = skynet.context();
          if (++done % 100 === 0) skynet.send(producer!, "lua", "done", 100);
        },
      });
    },
  },
  *start({ spawn }) {
    yield* spawn("producer", yield* spawn("consumer"));
  },
};

const timerStorm: Scenario = {
  name: "timer-storm",
  title: "Timer storm",
  what: "Ten thousand timers, two thousand of them within the same hundredth of a second, each set again as it fires.",
  expect: "silent",
  services: {
    storm: defineService(() => {
      for (let i = 0; i < 10_000; i++) {
        const again = (): void => void skynet.timeout(40 + 5 * (i % 5), again);
        again();
      }
    }),
  },
  *start({ spawn }) {
    yield* spawn("storm");
  },
};

const logFlood: Scenario = {
  name: "log-flood",
  title: "Log flood",
  what: "A service writes ten thousand log lines a second.",
  expect: "silent",
  services: {
    chatter: defineService(() => {
      skynet.fork(function* () {
        for (let n = 0; ; yield* skynet.sleep(1)) for (let i = 0; i < 100; i++) skynet.error("line", ++n);
      });
    }),
  },
  *start({ spawn }) {
    yield* spawn("chatter");
  },
};

const churn: Scenario = {
  name: "churn",
  title: "Churn",
  what: "A thousand services a second are started and end a tenth of a second later.",
  expect: "silent",
  services: {
    breeder: defineService(() => {
      skynet.fork(function* () {
        for (;;) {
          for (let i = 0; i < 10; i++) skynet.fork(() => skynet.newservice("mayfly"));
          yield* skynet.sleep(1);
        }
      });
    }),
    mayfly: defineService(() => {
      skynet.timeout(10, () => skynet.exit());
    }),
  },
  *start({ spawn }) {
    yield* spawn("breeder");
  },
};

/** Bytes it takes each second, and at most. */
const LEAK_PER_SECOND = 1 << 20;
const LEAK_MOST = 256 << 20;

const leak: Scenario = {
  name: "leak",
  title: "Memory leak",
  what: "One service keeps another mebibyte each second, up to 256.",
  expect: "silent",
  services: {
    hoarder: defineService(() => {
      const kept: Uint8Array[] = [];
      skynet.fork(function* () {
        for (let held = 0; held < LEAK_MOST; yield* skynet.sleep(100)) {
          kept.push(new Uint8Array(LEAK_PER_SECOND));
          held += LEAK_PER_SECOND;
          skynet.memory(held);
        }
      });
      return { kept: () => kept.length };
    }),
  },
  *start({ spawn }) {
    yield* spawn("hoarder");
  },
};

export const load: readonly Scenario[] = [idle, pingPong, fanOut, overload, timerStorm, logFlood, churn, leak];
