/**
 * `skyloom sproto types`: writes the TypeScript types of a schema.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { CommandError } from "./command-error.ts";

const USAGE = "skyloom sproto types file.sproto [-o out.d.ts]";

/**
 * Runs the command.
 *
 * @param words - `types` and the schema's file.
 * @param out - File to write; absent: standard output.
 * @throws CommandError for wrong words or files, SkynetError `SPROTO` with the line of what is wrong in the schema: nothing is written then.
 */
export function sproto(words: readonly string[], out: string | undefined): number {
  const [action, file, ...more] = words;
  if (action !== "types" || file === undefined || more.length > 0)
    throw new CommandError(
      action === undefined || action === "types" ? `one schema is expected: ${USAGE}` : `there is no ${action}: ${USAGE}`,
    );
  if (out === "") throw new CommandError(`-o needs a file: ${USAGE}`);
  const types = sprotoparser.types(
    attempt(`${file} cannot be read`, () => readFileSync(file, "utf8")),
    file,
  );
  if (out === undefined) process.stdout.write(types);
  else attempt(`${out} cannot be written`, () => writeFileSync(out, types));
  return 0;
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError(`${what}: ${(error as Error).message}`);
  }
}
