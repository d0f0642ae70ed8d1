/**
 * `.launcher`: starts services, knows their launch lines, and tells those who wait for a start how it went.
 *
 * Source: service/launcher.lua; services.md §1.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import { inspectValue } from "../core/inspect-value.ts";
import { skynet } from "../core/skynet.ts";
import { ServiceContext } from "../core/context.ts";
import { logOn } from "../core/message-log.ts";
import type { Operation } from "../core/operation.ts";
import { explainReply } from "../core/reply.ts";
import type { Responder } from "../core/reply.ts";
import { NO_REPLY } from "./no-reply.ts";

type Command = (source: number, ...args: never[]) => unknown;
type Listed = Record<string, unknown>;

/** File body of the launcher. */
export default function launcher(): void {
  const services = new Map<number, string>();
  const starting = new Map<number, { readonly reply: Responder; readonly session: number | undefined }>();

  function list(): Listed {
    return Object.fromEntries([...services].map(([handle, line]) => [skynet.address(handle), line]));
  }

  /** Asks every service for a figure; those that fail or keep silent get a word instead. */
  function* askAll(
    limit: number | undefined,
    format: (value: unknown, handle: number) => unknown,
    ...command: unknown[]
  ): Operation<Listed> {
    const result: Listed = {};
    const silent = new Set(services.keys());
    const batch = skynet.request<readonly [number, "debug", ...unknown[]]>();
    for (const handle of services.keys()) batch.add([handle, "debug", ...command]);
    const replies = batch.select(limit);
    for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next()) {
      const [handle] = r.request;
      silent.delete(handle);
      result[skynet.address(handle)] = format(r.values ? r.values[0] : "ERROR", handle);
    }
    for (const handle of silent) result[skynet.address(handle)] = format("TIMEOUT", handle);
    return result;
  }

  const memory = (value: unknown, handle: number): string =>
    `${typeof value === "number" ? `${value.toFixed(2)} Kb` : String(value)} (${services.get(handle) ?? "nil"})`;

  function begin(kind: string, args: readonly unknown[]): number | undefined {
    const handle = skynet.launch(kind, ...args);
    const [session] = skynet.context();
    const reply = skynet.response();
    if (handle === undefined) {
      reply(false);
      return undefined;
    }
    const { context } = skynet.running();
    explainReply(context, reply, `the start of ${skynet.address(handle)} ${inspectValue(args[0] ?? kind)}`, () => {
      const body = context.kernel.find(handle)?.body;
      return body instanceof ServiceContext ? body.starter : undefined;
    });
    services.set(handle, [kind, ...args].map(inspectValue).join(" "));
    starting.set(handle, { reply, session });
    return handle;
  }

  function settle(handle: number, ...answer: [ok: boolean, ...values: unknown[]]): void {
    const waiting = starting.get(handle);
    starting.delete(handle);
    waiting?.reply(...answer);
  }

  const commands: Readonly<Record<string, Command>> = {
    LIST: () => list(),
    STAT: (_source, limit?: number) => askAll(limit, (v) => v, "STAT"),
    MEM: (_source, limit?: number) => askAll(limit, memory, "MEM"),
    GC(_source, limit?: number) {
      for (const handle of services.keys()) skynet.send(handle, "debug", "GC");
      return askAll(limit, memory, "MEM");
    },
    KILL(_source, handle: number | string) {
      skynet.kill(handle);
      const known = typeof handle === "number" ? handle : Number.parseInt(handle.replace(/^:/, ""), 16);
      const line = services.get(known);
      services.delete(known);
      return { [skynet.address(handle)]: line ?? "nil" };
    },
    LAUNCH(_source, kind: string, ...args: unknown[]) {
      begin(kind, args);
      return NO_REPLY;
    },
    LOGLAUNCH(_source, kind: string, ...args: unknown[]) {
      const handle = begin(kind, args);
      if (handle === undefined) return NO_REPLY;
      const why = logOn(skynet.running().context.kernel, handle, skynet.self());
      if (why !== undefined) skynet.error(`no message log of ${skynet.address(handle)}: ${why}`);
      return NO_REPLY;
    },
    REMOVE(_source, handle: number, killed?: boolean) {
      services.delete(handle);
      // A service that ended itself while it started makes newservice return nothing; a killed one makes it fail.
      settle(handle, killed !== true);
      return NO_REPLY;
    },
    ERROR(source) {
      settle(source, false);
      services.delete(source);
      return NO_REPLY;
    },
    LAUNCHOK(source) {
      settle(source, true, source);
      return NO_REPLY;
    },
    QUERY(_source, session: number) {
      for (const [handle, waiting] of starting) if (waiting.session === session) return handle;
      return undefined;
    },
  };

  skynet.register_protocol({
    name: "text",
    id: skynet.PTYPE_TEXT,
    unpack: (body) => (typeof body === "string" ? body : new TextDecoder().decode(skynet.tostring(body) ?? new Uint8Array())),
    dispatch(_session, source, text: string) {
      skynet.ignoreret();
      if (text === "") settle(source, true, source);
      else if (text === "ERROR") {
        settle(source, false);
        services.delete(source);
      } else throw new Error(`Invalid text command ${text}`);
    },
  });

  skynet.dispatch("lua", function* (_session: number, source: number, command: string, ...args: unknown[]): Operation<void> {
    const name = String(command).toUpperCase();
    const handler = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (handler === undefined) {
      skynet.retpack(["Unknown command"]);
      return;
    }
    const answer = yield* runToEnd(handler(source, ...(args as never[])));
    if (answer !== NO_REPLY) skynet.retpack(answer);
  });
}
