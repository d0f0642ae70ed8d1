/**
 * Log sinks: standard output and files. Lines of one tick are written together; what is still pending when the process ends is written then.
 *
 * Knows nothing of what the lines say.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { SkynetError } from "@skyloom/runtime";
import type { LogPort, LogSink } from "@skyloom/runtime/ports";
import { failureOf } from "./failures.ts";

/** Where {@link nodeLog} writes what is not a file. */
export interface LogOutput {
  write(text: string): unknown;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** Pending text beyond this is written at once, not at the end of the tick. */
const FLUSH_BYTES = 64 * 1024;

/** What has pending lines; emptied when the process ends. */
const pending = new Set<() => void>();
let watchingExit = false;

/**
 * Makes the {@link LogPort} of this process.
 *
 * @param output - Default: standard output. When its reader has gone (`| head`) further lines are dropped.
 * @param lost - Is told, once for standard output and for each opened file, why lines to it are lost. Default: standard error.
 */
export function nodeLog(output: LogOutput = process.stdout, lost: (text: string) => void = complain): LogPort {
  let broken = false;
  output.on?.("error", (error) => {
    if (!broken && (error as NodeJS.ErrnoException).code !== "EPIPE")
      lost(`standard output cannot be written: ${failureOf(error).text}; lines are lost`);
    broken = true;
  });
  return {
    output: batching((text) => {
      if (!broken) output.write(text);
    }),
    file: (path) => new FileSink(path, lost),
  };
}

/** Collects the lines of a tick. */
function batching(write: (text: string) => void): LogSink & { flush(): void } {
  let text = "";
  const flush = (): void => {
    pending.delete(flush);
    if (text === "") return;
    const all = text;
    text = "";
    write(all);
  };
  return {
    line(line) {
      if (text === "") {
        pending.add(flush);
        watchExit();
        setImmediate(flush);
      }
      text += line + "\n";
      if (text.length > FLUSH_BYTES) flush();
    },
    flush,
  };
}

function watchExit(): void {
  if (watchingExit) return;
  watchingExit = true;
  process.on("exit", () => {
    for (const flush of pending) flush();
  });
}

class FileSink implements LogSink {
  readonly #path: string;
  readonly #lines: LogSink & { flush(): void };
  #file: number | undefined;
  #complained = false;
  readonly #lost: (text: string) => void;

  constructor(path: string, lost: (text: string) => void) {
    this.#path = path;
    this.#lost = lost;
    this.#file = open(path);
    this.#lines = batching((text) => this.#append(text));
  }

  line(text: string): void {
    this.#lines.line(text);
  }

  /** Goes on in a new file of the same name. When that cannot be opened, the old one stays in use. */
  reopen(): void {
    this.#lines.flush();
    const fresh = open(this.#path);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = fresh;
    this.#complained = false;
  }

  close(): void {
    this.#lines.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(text: string): void {
    if (this.#file === undefined) return;
    try {
      const bytes = Buffer.from(text, "utf8");
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      // A full disk must not end the node; one line per opened file says what is being lost.
      if (!this.#complained) this.#lost(`log file "${this.#path}" cannot be written: ${failureOf(error).text}; lines are lost`);
      this.#complained = true;
    }
  }
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

function open(path: string): number {
  try {
    return openSync(path, "a");
  } catch (error) {
    const hint = "check the directory and its permissions, or change the configuration key logger";
    throw new SkynetError("CONFIG", `cannot open log file "${path}" for appending: ${failureOf(error).text}; ${hint}`, { cause: error });
  }
}
