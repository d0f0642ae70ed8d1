/**
 * The configuration a command works with: the one named, or the first of the usual names.
 *
 * @module
 */
import { CONFIG_NAMES, findConfig, loadConfig } from "../config/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { CommandError } from "./command-error.ts";

/** Reads the configuration. @throws CommandError when there is none, ConfigError when it is bad. */
export async function readConfig(named: string | undefined, command: string): Promise<LoadedConfig> {
  const path = named ?? findConfig(process.cwd());
  if (path === undefined)
    throw new CommandError(
      `there is no configuration: none of ${CONFIG_NAMES.join(", ")} is in ${process.cwd()}. Name one: skyloom ${command} path/to/config`,
    );
  return loadConfig(path);
}
