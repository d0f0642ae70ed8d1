/**
 * `skyloom console`: a line client for a node's debug_console.
 *
 * At a terminal it shows whatever comes; fed from a file or a pipe it waits for the end of each answer before the next line.
 *
 * @module
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { failureOf } from "../ports/failures.ts";
import type { Address } from "./address.ts";
import { CommandError } from "./command-error.ts";

/** Where debug_console usually listens. */
export const CONSOLE_ADDRESS: Address = { host: "127.0.0.1", port: 8000 };

/** What ends each answer. */
const DONE = "<CMD OK>";
const FAILED = "<CMD Error>";
const CONNECT_MS = 5000;

/** Talks until either side ends. @returns 0, or 1 when a line from a pipe failed. @throws CommandError when nobody answers. */
export async function consoleClient(address: Address): Promise<number> {
  const socket = await open(address);
  socket.setEncoding("utf8");
  return process.stdin.isTTY === true ? atTerminal(socket) : fromPipe(socket);
}

async function open({ host, port }: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const fail = (why: string): void => {
      socket.destroy();
      const hint = `is a node running there, with skynet.newservice("debug_console", ${port})?`;
      reject(new CommandError(`cannot connect to a debug console at ${host}:${port}: ${why}; ${hint}`));
    };
    socket.setTimeout(CONNECT_MS, () => fail(`no answer in ${CONNECT_MS / 1000} s`));
    socket.once("error", (error) => fail(failureOf(error).text));
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

async function atTerminal(socket: Socket): Promise<number> {
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });
  return new Promise((resolve) => {
    lines.on("line", (line) => {
      if (line.trim() === "") lines.prompt();
      else socket.write(`${line}\n`);
    });
    lines.on("close", () => socket.end());
    socket.on("data", (text) => {
      process.stdout.write(`\r\u001B[K${String(text)}`);
      lines.prompt(true);
    });
    socket.on("error", (error) => process.stderr.write(`\n${failureOf(error).text}\n`));
    socket.on("close", () => {
      lines.close();
      process.stdout.write("\n");
      resolve(0);
    });
  });
}

async function fromPipe(socket: Socket): Promise<number> {
  const answers = new Answers(socket);
  let failed = false;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    socket.write(`${line}\n`);
    const end = await answers.next();
    if (end === undefined) throw new CommandError(`the node closed the connection before it answered ${JSON.stringify(line)}`);
    failed ||= end === FAILED;
  }
  socket.end();
  await answers.next();
  return failed ? 1 : 0;
}

/** Copies what comes to standard output and tells the ends of answers. */
class Answers {
  readonly #ends: string[] = [];
  #rest = "";
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    socket.on("data", (text) => {
      process.stdout.write(text);
      const lines = (this.#rest + String(text)).split("\n");
      // Only the ends matter; a line without end is not kept for ever.
      this.#rest = lines.pop()!.slice(0, FAILED.length + 1);
      for (const line of lines) if (line === DONE || line === FAILED) this.#ends.push(line);
      this.#wake?.();
    });
    socket.on("error", (error) => process.stderr.write(`${failureOf(error).text}\n`));
    socket.on("close", () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** The end of the next answer; `undefined` when the connection is gone. */
  async next(): Promise<string | undefined> {
    while (this.#ends.length === 0) {
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#ends.shift();
  }
}
