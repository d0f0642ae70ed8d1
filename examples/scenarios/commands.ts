/**
 * What an inspector needs to start and stop scenarios on a node: two commands and a question.
 *
 * For `nodeSource(host, { commands, questions })`. Needs the scope `operate`, as a scenario only ever ends services of its own.
 */
import type { SkynetNode } from "@skyloom/runtime";
import type { HostCommand } from "@skyloom/runtime/inspect";
import { findScenario } from "./registry.ts";

/** A name from outside. @throws Error naming all scenarios when it is none. */
function nameOf(value: unknown): string {
  return findScenario(typeof value === "string" ? value : "").name;
}

/** See the file's comment. The node must run the service `scenario`. */
export function scenarioControls(node: SkynetNode): {
  readonly commands: readonly HostCommand[];
  readonly questions: Readonly<Record<string, () => Promise<unknown>>>;
} {
  return {
    commands: [
      {
        name: "scenario.start",
        scope: "operate",
        usage: "scenario.start <name>",
        help: "Starts a scenario, to see what it looks like",
        run: ([name]) => node.call(".scenario", "lua", "start", nameOf(name)),
      },
      {
        name: "scenario.stop",
        scope: "operate",
        usage: "scenario.stop [name]",
        help: "Ends a scenario, or all of them",
        run: ([name]) => (name === undefined ? node.call(".scenario", "lua", "stop") : node.call(".scenario", "lua", "stop", nameOf(name))),
      },
    ],
    questions: { scenarios: () => node.call(".scenario", "lua", "list") },
  };
}
