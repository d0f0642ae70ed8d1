/**
 * `service_cell`: an empty service that becomes what the function it is sent makes of it.
 *
 * The function itself cannot be sent, as no function can; it waits in a table of the node under a key, see `lib/service.ts`.
 * Source: service/service_cell.lua; services.md §1.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { takeMainFunction } from "../core/main-functions.ts";
import { runToEnd } from "../core/api/services.ts";
import { currentContext } from "../core/task.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";

/** File body of service_cell. */
export default function service_cell(): void {
  skynet.start(() => {
    skynet.dispatch(
      "lua",
      function* (_session: number, _source: number, command: string, key: string, ...args: unknown[]): Operation<void> {
        if (command !== "init") throw new SkynetError("ARGUMENT", `service_cell has no command "${command}"`);
        skynet.dispatch("lua", () => {
          throw new SkynetError("ARGUMENT", "No dispatch function");
        });
        const context = currentContext("service_cell");
        let startFunc: (() => unknown) | undefined;
        context.rare.recordStart = (func) => (startFunc = func);
        yield* runToEnd(takeMainFunction(key)(...args));
        delete context.rare.recordStart;
        if (startFunc !== undefined) yield* runToEnd(startFunc());
        skynet.ret();
      },
    );
  });
}
