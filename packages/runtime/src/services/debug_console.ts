/**
 * `debug_console`: a line console over TCP, in Skynet's protocol. What its commands do is in `console-commands.ts`.
 *
 * Source: service/debug_console.lua; semantics.md §20.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { socket } from "../lib/socket.ts";
import { runCommand } from "./console-commands.ts";

/** Most bytes of an HTTP body that is run as a command. */
const MAX_BODY = 8192;

/** File body of the console. Arguments: `port`, or `ip port`. */
export default function debug_console(...args: readonly (string | number)[]): void {
  const ip = args.length >= 2 ? String(args[0]) : "127.0.0.1";
  const port = Number(args.at(-1));

  skynet.start(function* () {
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new SkynetError("ARGUMENT", `debug_console needs a port from 0 to 65535, not ${String(args.at(-1))}`);
    const [listener, address, bound] = yield* socket.listen(ip, port);
    skynet.error(`Start debug console at ${address}:${bound}`);
    yield* socket.start(listener, function* (id, peer) {
      const [started] = yield* socket.start(id);
      if (started !== undefined) skynet.fork(serve, id, peer);
    });
  });
}

function* serve(id: number, peer: string): Operation<void> {
  const print = (text: string): void => void socket.write(id, `${text}\n`);
  print("Welcome to skynet console");
  skynet.error(peer, "connected");
  try {
    socket.limit(id, 1 << 20);
    for (let line = yield* readText(id); line !== undefined; line = yield* readText(id)) {
      if (line.startsWith("GET ")) {
        print((yield* runCommand((line.split(/\s+/)[1] ?? "/").slice(1).split("?")[0]!.split("/").map(decodePart).join(" "))).text);
        break;
      }
      if (line.startsWith("POST ")) {
        const body = yield* readBody(id);
        if (body !== undefined) print((yield* runCommand(body)).text);
        break;
      }
      if (line.trim() !== "") print((yield* runCommand(line)).text);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    skynet.error(id, error.message);
  }
  skynet.error(peer, "disconnect");
  yield* socket.close(id);
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function* readText(id: number): Operation<string | undefined> {
  const [line] = yield* socket.readline(id);
  return line === false ? undefined : new TextDecoder().decode(line).replace(/\r$/, "");
}

/** The body of an HTTP request whose first line was read. */
function* readBody(id: number): Operation<string | undefined> {
  let length = 0;
  for (let line = yield* readText(id); line !== undefined && line !== ""; line = yield* readText(id)) {
    const found = /^content-length:\s*(\d+)\s*$/i.exec(line);
    if (found) length = Number(found[1]);
  }
  if (length > MAX_BODY) throw new SkynetError("ARGUMENT", `an HTTP body of ${length} bytes is too long; at most ${MAX_BODY} are run`);
  const [body] = yield* socket.read(id, length);
  return body === false ? undefined : new TextDecoder().decode(body);
}
