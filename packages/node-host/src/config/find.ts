/**
 * Which file is the configuration, when the command line does not say.
 *
 * @module
 */
import { statSync } from "node:fs";
import { join } from "node:path";

/** In this order. */
export const CONFIG_NAMES: readonly string[] = ["config", "skyloom.config.ts", "skyloom.config.toml", "skyloom.config.json"];

/** The first of {@link CONFIG_NAMES} that is a file in `folder`; `undefined` when none is. */
export function findConfig(folder: string): string | undefined {
  return CONFIG_NAMES.find((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true);
}
