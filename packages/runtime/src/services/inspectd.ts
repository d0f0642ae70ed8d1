/**
 * `inspectd`: runs console commands for the inspector, with results as values and as the text Skynet's console prints.
 *
 * Started when a client gives its first command; the agent has checked the client's rights.
 *
 * @module
 */
import { skynet } from "../core/skynet.ts";
import { runCommand } from "./console-commands.ts";

/** File body. Its one command: `RUN line`. */
export default function inspectd(): void {
  skynet.start(() => {
    skynet.dispatch("lua", function* (_session, _source, _command: string, line: string) {
      const { ok, value, text } = yield* runCommand(line);
      skynet.retpack({ ok, text, value: value ?? false });
    });
  });
}
