/**
 * A server that plays a debug console from recorded transcripts, and the proxy that records them from a real one.
 *
 * @module
 */
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is said on one line, and everything that comes back. */
export interface Exchange {
  readonly send: string;
  readonly recv: string;
  /** The server hangs up after it. */
  readonly closed?: boolean;
}

/** How the server plays an answer. */
export type Play = Exchange | ((socket: Socket, line: string) => void);

const BANNER = "Welcome to skynet console\n";

/** The probe's text changes; what matters is that it is put in. */
const keyOf = (line: string): string => line.trim().replace(/^(dbgcmd \S+ RUN) .*$/, "$1");

/** Reads a recording beside this file. */
export function recording(name: string): readonly Exchange[] {
  const path = fileURLToPath(new URL(`recordings/${name}.json`, import.meta.url));
  return (JSON.parse(readFileSync(path, "utf8")) as { exchanges: readonly Exchange[] }).exchanges;
}

/** A console that answers from a list: several answers to one line come in their order, the last again and again. */
export class TranscriptServer {
  readonly #server: Server;
  readonly #answers = new Map<string, Play[]>();
  readonly sockets = new Set<Socket>();
  /** Lines as they came, blank ones left out. */
  readonly asked: string[] = [];
  port = 0;

  constructor(exchanges: readonly Exchange[], options: { readonly banner?: string; readonly bytes?: number } = {}) {
    for (const e of exchanges) this.play(e.send, e);
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.sockets.delete(socket));
      socket.write(options.banner ?? BANNER);
      let rest = "";
      socket.on("data", (data) => {
        const lines = (rest + data.toString("utf8")).split("\n");
        rest = lines.pop()!;
        for (const line of lines) if (line.trim() !== "") this.#answer(socket, line, options.bytes);
      });
    });
  }

  /** Adds an answer to a line. */
  play(line: string, play: Play): this {
    const key = keyOf(line);
    this.#answers.set(key, [...(this.#answers.get(key) ?? []), play]);
    return this;
  }

  /** Puts an answer in the place of all there were. */
  replay(line: string, play: Play): this {
    this.#answers.delete(keyOf(line));
    return this.play(line, play);
  }

  #answer(socket: Socket, line: string, bytes: number | undefined): void {
    this.asked.push(keyOf(line));
    const list = this.#answers.get(keyOf(line));
    const play = list === undefined ? undefined : list.length > 1 ? list.shift()! : list[0]!;
    if (typeof play === "function") return play(socket, line);
    const text = play?.recv ?? "Invalid command, type help for command list\n\n<CMD Error>\n";
    if (bytes === undefined) socket.write(text);
    else for (let at = 0; at < text.length; at += bytes) socket.write(text.slice(at, at + bytes));
    if (play?.closed === true) socket.end();
  }

  async listen(port: number = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Passes a conversation on to a real console, and notes it. */
export async function recordingProxy(
  port: number,
): Promise<{ readonly port: number; readonly exchanges: Exchange[]; close(): Promise<void> }> {
  const exchanges: Exchange[] = [];
  const server = createServer((client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    let line: string | undefined;
    let text = "";
    client.on("data", (data) => {
      const said = data.toString("utf8");
      if (said.trim() !== "") {
        line = keyOf(said);
        text = "";
      }
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      text += data.toString("utf8");
      if (line !== undefined && /(^|\n)<CMD (OK|Error)>\n$/.test(text)) {
        exchanges.push({ send: line, recv: text });
        line = undefined;
      }
      client.write(data);
    });
    for (const [a, b] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      a.on("error", () => undefined);
      a.on("close", () => b.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    exchanges,
    close: async () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
