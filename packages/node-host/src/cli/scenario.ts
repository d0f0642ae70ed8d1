/**
 * The scenarios of `skyloom start --scenario`: where they lie, and which there are.
 *
 * They are no part of this package: it looks for them beside itself.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadedConfig } from "../config/index.ts";
import { importModule } from "../loader/import-module.ts";
import { CommandError } from "./command-error.ts";

/** Services by name, as `createNode` takes them. */
export type ServiceObjects = Readonly<Record<string, object>>;

/** What a node needs to run one scenario. */
export interface LoadedScenario {
  readonly config: LoadedConfig;
  readonly services: ServiceObjects;
}

/** Where they may lie: beside the installed package, or in a clone of the repository. */
const PLACES: readonly string[] = ["../../scenarios/index.js", "../../../../examples/scenarios/index.ts"];

/** Finds a scenario. @throws CommandError when there are none here, or none of this name: then it lists all. */
export async function loadScenario(name: string): Promise<LoadedScenario> {
  const file = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (file === undefined)
    throw new CommandError("the scenarios are not installed here; they are in the folder examples/scenarios of the repository");
  const module = await importModule(file, dirname(file));
  const { services, scenarios } = module as {
    services: ServiceObjects;
    scenarios: readonly { readonly name: string; readonly what: string }[];
  };
  if (!scenarios.some((s) => s.name === name)) {
    const width = Math.max(...scenarios.map((s) => s.name.length));
    const list = scenarios.map((s) => `  ${s.name.padEnd(width)}  ${s.what}`).join("\n");
    throw new CommandError(
      `${name === "" ? "--scenario needs a name" : `there is no scenario ${JSON.stringify(name)}`}; there are:\n${list}`,
    );
  }
  return {
    config: { values: { harbor: 0, start: `scenario ${name}` }, file: name, base: process.cwd(), warnings: [] },
    services,
  };
}
