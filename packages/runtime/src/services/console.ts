/**
 * `console`: lines of standard input start services.
 *
 * A line is a service's name and its arguments, which are texts. Source: service/console.lua; services.md §1.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { snax } from "../lib/snax.ts";
import { socket } from "../lib/socket.ts";

/** File body of the console. */
export default function console(): void {
  skynet.start(() => {
    skynet.fork(serve);
  });
}

function* serve(): Operation<void> {
  const id = yield* input();
  if (id === undefined) return;
  for (;;) {
    const [line, rest] = yield* socket.readline(id);
    // Each line has a task of its own: a service that never comes up holds up nobody.
    skynet.fork(launch, skynet.totext(line === false ? rest : line) as string);
    if (line === false) break;
  }
  yield* socket.close(id);
}

function* input(): Operation<number | undefined> {
  try {
    const [id, err] = yield* socket.stdin();
    if (err !== undefined) skynet.error("console:", err);
    return id;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    skynet.error("console:", error.message);
    return undefined;
  }
}

function* launch(line: string): Operation<void> {
  const [name, ...args] = line.split(/\s+/).filter((word) => word !== "");
  if (name === undefined) return;
  try {
    if (name === "snax") {
      const [service, ...rest] = args;
      if (service === undefined) skynet.error("console: snax needs the name of a service: snax name arguments");
      else yield* snax.rawnewservice(service, ...rest);
    } else yield* skynet.newservice(name, ...args);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    skynet.error(`console: ${name === "snax" ? args[0] : name} could not be started: ${error.message}`);
  }
}
