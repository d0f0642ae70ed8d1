/** All scenarios, in the order of a list. */
import { calls } from "./calls.ts";
import { deadlocks } from "./deadlocks.ts";
import { load } from "./load.ts";
import type { Scenario } from "./scenario.ts";
import { trace } from "./trace.ts";

export const scenarios: readonly Scenario[] = [...deadlocks, ...calls, ...load, trace];

/** The scenario with this name. @throws Error that lists all names. */
export function findScenario(name: string): Scenario {
  const found = scenarios.find((s) => s.name === name);
  if (found === undefined)
    throw new Error(`there is no scenario ${JSON.stringify(name)}; there are: ${scenarios.map((s) => s.name).join(", ")}`);
  return found;
}
