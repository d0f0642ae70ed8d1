/** The scenarios, and all services that a host needs to run them. */
import { scenarios } from "./registry.ts";
import scenario from "./service/scenario.ts";

export type { Expected, Scenario, Stage } from "./scenario.ts";
export type { ScenarioInfo, Scenarios } from "./service/scenario.ts";
export { scenarioControls } from "./commands.ts";
export { findScenario, scenarios } from "./registry.ts";

/** For `createNode({ services })`; start `scenario`, or `scenario NAME`. */
export const services: Readonly<Record<string, object>> = Object.assign({ scenario }, ...scenarios.map((s) => s.services)) as Record<
  string,
  object
>;
