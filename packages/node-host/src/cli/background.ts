/**
 * Running a node in the background: a second process, and the wait until it is up.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "./command-error.ts";

/** Tells the second process what it is. */
const MARK = "SKYLOOM_BACKGROUND";

/** What the second process reports when it is up. */
interface Report {
  readonly up: true;
  /** Lines for the terminal. */
  readonly lines: readonly string[];
}

/** True in the second process. The mark is taken off, so that programs it starts do not see it. */
export function isBackground(): boolean {
  const marked = process.env[MARK] === "1";
  delete process.env[MARK];
  return marked;
}

/** In the second process: the node is up. */
export function reportUp(lines: readonly string[]): void {
  process.send?.({ up: true, lines } satisfies Report, undefined, undefined, () => process.disconnect());
}

/**
 * Starts this program once more, detached, and waits until it is up.
 *
 * @param args - The command line after the program.
 * @returns its pid and what it has to say.
 * @throws CommandError with what it wrote to standard error when it ended first.
 */
export async function startInBackground(args: readonly string[]): Promise<{ pid: number; lines: readonly string[] }> {
  // A file, not a pipe: the second process goes on writing when this one is gone.
  const folder = mkdtempSync(join(tmpdir(), "skyloom-start-"));
  const errors = join(folder, "stderr");
  const fd = openSync(errors, "a", 0o600);
  try {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
      detached: true,
      stdio: ["ignore", "ignore", fd, "ipc"],
      env: { ...process.env, [MARK]: "1" },
    });
    const report = await new Promise<Report | number | string>((resolve) => {
      child.once("message", (message) => resolve(message as Report));
      child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
      child.once("error", (error) => resolve(error.message));
    });
    if (typeof report === "object") {
      if (child.connected) child.disconnect();
      child.unref();
      return { pid: child.pid!, lines: report.lines };
    }
    const text = readFileSync(errors, "utf8")
      .trim()
      .replace(/^skyloom start: /, "");
    throw new CommandError(text === "" ? `the process in the background ended at once (${report})` : text);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  }
}
