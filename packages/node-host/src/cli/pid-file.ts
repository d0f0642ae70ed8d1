/**
 * Pid files: which process runs a configuration in the background.
 *
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { CommandError } from "./command-error.ts";

/**
 * Takes a pid file for this process; it is removed when the process ends.
 *
 * @throws CommandError when another one holds it, or it cannot be written.
 */
export function takePidFile(path: string): void {
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
      break;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EEXIST" || tries > 2) throw new CommandError(`cannot write the pid file ${path}: ${message}`, { cause: error });
      const owner = runningOwner(path);
      if (owner !== undefined)
        throw new CommandError(
          `this configuration runs already as process ${owner} (pid file ${path}): end it with skyloom stop, or use another pid file`,
        );
      rmSync(path, { force: true });
    }
  }
  process.once("exit", () => {
    if (readPid(path) === process.pid) rmSync(path, { force: true });
  });
}

/** The pid in a file; `undefined` when there is no file or nothing sensible in it. */
export function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The pid in a file when a process of ours lives under it: numbers are used again after a restart of the machine. */
export function runningOwner(path: string): number | undefined {
  const pid = readPid(path);
  return pid !== undefined && isAlive(pid) && isOurs(pid) ? pid : undefined;
}

/** Is there a process with this pid? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where the system tells command lines, a process counts as ours when skyloom is in its own. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("skyloom");
  } catch {
    return true;
  }
}
