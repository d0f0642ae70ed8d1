/**
 * The debug protocol: what every service answers about itself.
 *
 * Source: lualib/skynet/debug.lua; semantics.md §19, design D23.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { PTYPE_DEBUG, PTYPE_ERROR, PTYPE_LUA, PTYPE_RESPONSE } from "../kernel/message.ts";
import * as info from "./api/info.ts";
import * as messages from "./api/messages.ts";
import * as replies from "./api/replies.ts";
import * as services from "./api/services.ts";
import * as tasks from "./api/tasks.ts";
import { injections } from "./injected.ts";
import { inspectValue } from "./inspect-value.ts";
import type { Operation } from "./operation.ts";
import { perService } from "./per-service.ts";
import { Protocol } from "./protocol.ts";
import { currentContext } from "./task.ts";
import { errorDispatch } from "./unhandled.ts";

/** Handles one debug command; must reply itself. */
// oxlint-disable-next-line typescript/no-explicit-any -- a command names the types of the arguments it is sent
export type DebugCommand = (...args: any[]) => unknown;

const custom = perService(() => new Map<string, DebugCommand>());
const collecting = perService(() => ({ now: false }));

/** Kilobytes this service is known to hold; an estimate. */
function kilobytes(): number {
  const context = currentContext("debug MEM");
  return (context.service.bytes + context.memory()) / 1024;
}

const unsupported = (what: string, hint: string) => (): never => {
  throw new SkynetError("UNSUPPORTED", `debug ${what} is not available in this runtime: ${hint}`);
};

const noSource = unsupported("RUN", "source text cannot be run inside a service; the console's inject runs a file");

const commands: Readonly<Record<string, DebugCommand>> = {
  MEM: () => replies.retpack(kilobytes()),
  *GC(): Operation<void> {
    const state = collecting();
    if (state.now) return;
    state.now = true;
    const before = kilobytes();
    const begun = info.now();
    // The collector is the engine's; Skynet yields here too, so that repeated requests are skipped.
    yield* tasks.yield();
    info.error(`GC ${before.toFixed(2)} Kb -> ${kilobytes().toFixed(2)} Kb, cost ${((info.now() - begun) / 100).toFixed(2)} sec`);
    state.now = false;
  },
  STAT: () => replies.retpack({ task: info.task(), mqlen: info.stat("mqlen"), cpu: info.stat("cpu"), message: info.stat("message") }),
  KILLTASK(name: string) {
    const killed = tasks.killthread(name);
    info.error(killed === undefined ? `Kill ${name} : Not found` : `Kill ${killed.toString()}`);
    if (killed === undefined) replies.retpack("Not found");
    else replies.ret();
  },
  TASK(session?: number | "init") {
    if (session !== undefined) return replies.retpack(info.task(session));
    const list: Record<string, string> = {};
    info.task(list);
    return replies.retpack(list);
  },
  UNIQTASK: () => replies.retpack(info.uniqtask()),
  *INFO(...args: unknown[]): Operation<void> {
    const { infoFunction } = currentContext("debug INFO").rare;
    replies.retpack(infoFunction === undefined ? undefined : yield* services.runToEnd(infoFunction(...args)));
  },
  EXIT: () => services.exit(),
  *RUN(key?: unknown, ...args: string[]): Operation<void> {
    const { waiting } = injections();
    const code = typeof key === "number" ? waiting.get(key) : undefined;
    if (code === undefined) return noSource();
    waiting.delete(key as number);
    const lines: string[] = [];
    const print = (...values: unknown[]): void => void lines.push(values.map(inspectValue).join("\t"));
    try {
      const result = yield* services.runToEnd(code(print, ...args));
      if (result !== undefined) print(result);
      replies.retpack(true, lines.join("\n"));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      print(error.stack?.includes(error.message) === true ? error.stack : error.message);
      replies.retpack(false, lines.join("\n"));
    }
  },
  TERM: (service: number) => messages.term(service),
  REMOTEDEBUG: unsupported("REMOTEDEBUG", "attach a JavaScript debugger to the process (node --inspect)"),
  SUPPORT: (name: string) => replies.retpack(currentContext("debug SUPPORT").protocols.byName(name)?.dispatch !== undefined),
  PING: () => replies.ret(),
  LINK: () => void replies.response(),
  TRACELOG(protocol?: string | boolean, flag?: boolean) {
    const [name, on] = typeof protocol === "string" ? [protocol, flag] : ["lua", protocol];
    info.error(`Turn trace log ${on === undefined ? "nil" : String(on)} for ${name}`);
    info.traceproto(name, on);
    replies.ret();
  },
};

function debugDispatch(_session: number, _source: number, command: string, ...args: unknown[]): unknown {
  const handler = (Object.hasOwn(commands, command) ? commands[command] : undefined) ?? custom().get(command);
  if (handler === undefined)
    throw new SkynetError(
      "ARGUMENT",
      `unknown debug command "${command}"; there are: ${[...Object.keys(commands), ...custom().keys()].join(", ")}`,
    );
  const result = handler(...args);
  // Commands reply themselves; what they return is no reply.
  return typeof result === "object" ? result : undefined;
}

/**
 * Adds a command to this service's debug protocol.
 *
 * @param fn - Plain or a generator; must reply itself, e.g. with `skynet.retpack`.
 */
export function reg_debugcmd(name: string, fn: DebugCommand): void {
  custom().set(name, fn);
}

/**
 * The protocols every service has, shared until one of them changes its own.
 *
 * @param border - Encode values although they stay on the node.
 */
export function standardProtocols(border: boolean): readonly Protocol[] {
  return [
    new Protocol({ name: "lua", id: PTYPE_LUA }, true, border),
    new Protocol({ name: "response", id: PTYPE_RESPONSE }, false),
    new Protocol({ name: "error", id: PTYPE_ERROR, dispatch: errorDispatch }, false),
    new Protocol({ name: "debug", id: PTYPE_DEBUG, dispatch: debugDispatch }, true, border),
  ];
}
