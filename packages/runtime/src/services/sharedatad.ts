/**
 * `sharedatad`: keeps the tables of `skynet.sharedata`. One for each node.
 *
 * Source: service/sharedatad.lua; services.md §5.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { frozenTable, tableOfFile, tableOfText } from "../lib/data-source.ts";
import { sharedTables } from "../lib/sharedata.ts";

/** File body of sharedatad. */
export default function sharedatad(): void {
  const tables = sharedTables();

  function* load(name: string, value: unknown, args: readonly unknown[]): Operation<object> {
    if (typeof value === "object" && value !== null) return frozenTable(value, `shared data "${name}"`);
    if (value === undefined || value === null) return frozenTable({}, name);
    if (typeof value !== "string")
      throw new SkynetError("ARGUMENT", `Unknown data type ${typeof value} for "${name}": give a table, text, or "@file"`);
    if (value.startsWith("@")) return yield* tableOfFile(value.slice(1), args);
    return tableOfText(value, name, args);
  }

  function known(name: string): void {
    if (!tables.has(name)) throw new SkynetError("ARGUMENT", `there is no shared data "${name}"`);
  }

  const commands: Readonly<Record<string, (name: string, value?: unknown, ...args: unknown[]) => unknown>> = {
    *new(name, value, ...args) {
      if (tables.has(name)) throw new SkynetError("ARGUMENT", `there is shared data "${name}" already: sharedata.update replaces it`);
      const table = yield* load(name, value, args);
      if (tables.has(name)) throw new SkynetError("ARGUMENT", `shared data "${name}" was made by somebody else meanwhile`);
      tables.publish(name, table);
      skynet.ret();
    },
    *update(name, value, ...args) {
      tables.publish(name, yield* load(name, value, args));
      skynet.ret();
    },
    delete(name) {
      known(name);
      tables.remove(name);
      skynet.ret();
    },
    // The table is not sent: its reader finds it in the node.
    query(name) {
      known(name);
      skynet.ret();
    },
  };

  skynet.dispatch("lua", (_session, _source, command: string, name: string, ...rest: unknown[]) => {
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined)
      throw new SkynetError("ARGUMENT", `sharedatad has no command "${command}"; it has ${Object.keys(commands).join(", ")}`);
    if (typeof name !== "string") throw new SkynetError("ARGUMENT", `the name of shared data must be text, not ${typeof name}`);
    return run(name, ...rest);
  });
  skynet.info_func(() => tables.info());
  skynet.start(() => undefined);
}
