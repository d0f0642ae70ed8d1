/**
 * The message log of a service: every message it takes, a line each, in a file of its own.
 *
 * Written as Skynet writes it, so that its tools read it. Source: skynet-src/skynet_log.c; semantics.md §17.
 *
 * @module
 */
import { pack } from "../codec/luaseri/index.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { PTYPE_SOCKET } from "../kernel/message.ts";
import type { Body, Message } from "../kernel/message.ts";
import type { MessageLog } from "../kernel/service.ts";
import type { SocketEvent } from "../kernel/socket/index.ts";
import type { LogSink } from "../ports/index.ts";
import { ctimeText } from "./calendar.ts";

const encoder = new TextEncoder();

/**
 * Begins the message log of a service, in `<logpath>/<8 hex>.log`.
 *
 * @param by - Who wants it: the lines about it in the node's log are that one's.
 * @returns why nothing is written, or `undefined`.
 */
export function logOn(kernel: Kernel, handle: number, by: number): string | undefined {
  const service = kernel.find(handle);
  if (service === undefined) return "there is no such service";
  if (service.log !== undefined) return undefined;
  const folder = kernel.env.get("logpath");
  if (folder === undefined || folder === "") return "the configuration has no logpath";
  const { log } = kernel.ports;
  if (log.file === undefined) return "this host has no files";
  const path = `${folder}/${hex(handle)}.log`;
  try {
    service.log = new FileLog(kernel, log.file(path));
  } catch (error) {
    kernel.log(by, `Open log file ${path} fail`);
    return error instanceof Error ? error.message : String(error);
  }
  kernel.log(by, `Open log file ${path}`);
  return undefined;
}

/** Ends it, if there is one. @param by - Who wants that. */
export function logOff(kernel: Kernel, handle: number, by: number): void {
  const service = kernel.find(handle);
  if (service?.log === undefined) return;
  kernel.log(by, `Close log file :${hex(handle)}`);
  service.log.close();
  service.log = undefined;
}

class FileLog implements MessageLog {
  readonly #kernel: Kernel;
  readonly #sink: LogSink;

  constructor(kernel: Kernel, sink: LogSink) {
    this.#kernel = kernel;
    this.#sink = sink;
    sink.line(`open time: ${this.#now()} ${ctimeText(kernel.ports.clock.wall())}`);
  }

  taken({ type, session, source, body }: Message): void {
    this.#sink.line(
      type === PTYPE_SOCKET && Array.isArray(body)
        ? socketText(body as unknown as SocketEvent)
        : `:${hex(source)} ${type} ${session} ${this.#now()} ${bodyText(body)}`,
    );
  }

  close(): void {
    this.#sink.line(`close time: ${this.#now()}`);
    this.#sink.close?.();
  }

  /** Centiseconds since the node started. */
  #now(): number {
    return Math.floor(this.#kernel.elapsedMs() / 10);
  }
}

function socketText([type, id, ud, data]: SocketEvent): string {
  return `[socket] ${type} ${id} ${ud} ${data instanceof Uint8Array ? hexOf(data) : `[${data ?? ""}]`}`;
}

/** Values as the bytes that another node would get. What has none is said in brackets. */
function bodyText(body: Body): string {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return hexOf(body);
  if (typeof body === "string") return hexOf(encoder.encode(body));
  if (Array.isArray(body)) {
    try {
      return hexOf(pack(body));
    } catch (error) {
      return `[${error instanceof Error ? error.message : String(error)}]`;
    }
  }
  return "length" in body ? `[${body.length} bytes of another realm]` : "";
}

const hex = (n: number): string => n.toString(16).padStart(8, "0");

function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}
