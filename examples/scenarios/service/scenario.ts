/**
 * `.scenario`: starts and stops scenarios on the node it runs in.
 *
 * Its services must be known to the node: see `services` in `../index.ts`. Started with a name it starts that scenario at once.
 */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { findScenario, scenarios } from "../registry.ts";
import type { Scenario } from "../scenario.ts";

/** One line of a list. */
export interface ScenarioInfo {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  readonly expect: string;
  readonly running: boolean;
}

/** The commands. */
export interface Scenarios {
  /** Starts a scenario; the handles of the services it began with. */
  start(name: string): number[];
  /** Ends all services of a scenario, or of all; how many there were. */
  stop(name?: string): number;
  list(): ScenarioInfo[];
}

/** Rounds of ending services: some are being started while others are ended. */
const ROUNDS = 20;

function* start(scenario: Scenario, run: number): Operation<number[]> {
  const handles: number[] = [];
  yield* scenario.start({
    run,
    *spawn(name, ...args) {
      const handle = yield* skynet.newservice(name, ...args);
      if (handle === undefined) throw new Error(`service ${name} ended while it started`);
      handles.push(handle);
      return handle;
    },
  });
  return handles;
}

/** Ends every service whose name is one of the scenario's, whoever started it; how many. */
function* stop({ services }: Scenario): Operation<number> {
  let ended = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const list = yield* skynet.call<Record<string, string>>(".launcher", "lua", "LIST");
    const mine = Object.entries(list).filter(([, line]) => Object.hasOwn(services, line.split(" ")[1] ?? ""));
    if (mine.length === 0) break;
    for (const [address] of mine) skynet.kill(address);
    ended += mine.length;
  }
  return ended;
}

export default defineService<Scenarios, [first?: string]>(function* (first) {
  const running = new Set<Scenario>();
  let runs = 0;
  const oneAtATime = skynet.queue();

  function* begin(scenario: Scenario): Operation<number[]> {
    if (running.has(scenario)) throw new Error(`scenario ${scenario.name} runs already: stop it first`);
    running.add(scenario);
    try {
      return yield* start(scenario, ++runs);
    } catch (error) {
      yield* stop(scenario);
      running.delete(scenario);
      throw error;
    }
  }

  function* end(list: readonly Scenario[]): Operation<number> {
    let ended = 0;
    for (const scenario of list) {
      ended += yield* stop(scenario);
      running.delete(scenario);
    }
    return ended;
  }

  skynet.register(".scenario");
  if (first !== undefined) {
    const scenario = findScenario(first);
    skynet.error(`scenario ${scenario.name}: ${scenario.what}`);
    yield* begin(scenario);
  }
  return {
    start: (name) => {
      const scenario = findScenario(name);
      return oneAtATime(() => begin(scenario));
    },
    stop: (name) => {
      const list = name === undefined ? undefined : [findScenario(name)];
      return oneAtATime(() => end(list ?? [...running]));
    },
    list: () => scenarios.map((s) => ({ name: s.name, title: s.title, what: s.what, expect: s.expect, running: running.has(s) })),
  };
});
