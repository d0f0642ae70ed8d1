/**
 * `skyloom stop`: ends the node that runs a configuration in the background.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { CommandError } from "./command-error.ts";
import { isAlive, readPid, runningOwner } from "./pid-file.ts";
import { readConfig } from "./read-config.ts";

/** Longest wait for the end of the process, in milliseconds; the usual grace is 5 s. */
const PATIENCE_MS = 10_000;

/** Sends SIGTERM to the process in the pid file and waits for its end. @throws CommandError when there is none. */
export async function stop(named: string | undefined): Promise<number> {
  const { values, file } = await readConfig(named, "stop");
  const { daemon } = values;
  if (typeof daemon !== "string" || daemon === "")
    throw new CommandError(`${file} names no pid file: set daemon = "./skyloom.pid" there and start the node again`);
  const pid = runningOwner(daemon);
  if (pid === undefined) {
    const left = readPid(daemon);
    if (left !== undefined) rmSync(daemon, { force: true });
    throw new CommandError(
      left === undefined
        ? `nothing runs in the background: there is no pid file ${daemon}`
        : `nothing runs in the background: process ${left} of the pid file ${daemon} is gone (the file is removed now)`,
    );
  }
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    throw new CommandError(`process ${pid} cannot be ended: ${(error as Error).message}`, { cause: error });
  }
  for (let waited = 0; isAlive(pid); waited += 50) {
    if (waited >= PATIENCE_MS)
      throw new CommandError(`process ${pid} still finishes what is under way; run skyloom stop again to end it at once`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.stdout.write(`process ${pid} has ended\n`);
  return 0;
}
