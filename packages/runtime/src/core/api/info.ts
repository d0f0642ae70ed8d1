/**
 * What a service can learn and say about itself and its node: time, environment, counters, tasks, traces, log lines.
 *
 * Source: lualib/skynet.lua, lualib/skynet/debug.lua; api.md §2.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { handleText } from "../../kernel/handles.ts";
import { inspectValue } from "../inspect-value.ts";
import { describeWait } from "../waits.ts";
import { currentContext, currentTask, Task } from "../task.ts";

/** Centiseconds since node start plus the sub-second part of the start time. Never goes back. */
export function now(): number {
  return currentContext("skynet.now").kernel.now();
}

/** UTC seconds at node start. */
export function starttime(): number {
  return currentContext("skynet.starttime").kernel.starttime;
}

/** UTC seconds now, with hundredths: `starttime() + now() / 100`. */
export function time(): number {
  const { kernel } = currentContext("skynet.time");
  return kernel.starttime + kernel.now() / 100;
}

/** Monotonic nanoseconds, for measuring. */
export function hpc(): number {
  return Math.round(currentContext("skynet.hpc").kernel.ports.clock.now() * 1e6);
}

/** A value of the node's environment: configuration keys and what {@link setenv} added. */
export function getenv(key: string): string | undefined {
  return currentContext("skynet.getenv").kernel.env.get(key);
}

/** Adds a key to the environment; the value becomes text. @throws SkynetError `ENV_EXISTS` when it is set already. */
export function setenv(key: string, value: string | number | boolean): void {
  currentContext("skynet.setenv").kernel.env.set(key, value);
}

/** Writes a log line: the arguments as text, joined by one blank. Without arguments it logs `nil`. */
export function error(...args: unknown[]): void {
  const context = currentContext("skynet.error");
  context.kernel.log(context.handle, args.length === 0 ? "nil" : args.map((a) => inspectValue(a)).join(" "));
}

/** Messages waiting in the own mailbox, without the one being handled. */
export function mqlen(): number {
  return currentContext("skynet.mqlen").service.mqlen;
}

/** Was this service in one message for more than five seconds? Reading clears it. */
export function endless(): boolean {
  const { service } = currentContext("skynet.endless");
  const was = service.endless;
  service.endless = false;
  return was;
}

/**
 * One figure of this service.
 *
 * @param what - `mqlen`; `endless` (0 or 1, clears); `cpu` (seconds in handlers, as the node's profile measures them); `time` (seconds
 * since the current message began, 0 when profiling is off); `message` (messages handled). Any other word gives 0.
 */
export function stat(what: string): number {
  const { service, kernel } = currentContext("skynet.stat");
  switch (what) {
    case "mqlen":
      return service.mqlen;
    case "endless":
      return endless() ? 1 : 0;
    case "cpu":
      return service.cpuMs / 1000;
    case "time":
      return kernel.profile === false ? 0 : Math.max(0, kernel.elapsedMs() - kernel.coarseMs) / 1000;
    case "message":
      return service.messages;
    default:
      return 0;
  }
}

/**
 * Limits the memory of this service; only while its file body runs. JavaScript has no heap per service, so the limit applies to an
 * estimate: the bytes in the mailbox and what {@link memory} reported. A request above it fails with `not enough memory`.
 *
 * @param bytes - The limit in bytes.
 * @throws SkynetError `ARGUMENT` on a second call or after the service has started.
 */
export function memlimit(bytes: number): void {
  const context = currentContext("skynet.memlimit");
  if (context.service.memoryLimit !== 0) throw new SkynetError("ARGUMENT", "skynet.memlimit can be set once");
  if (context.started) throw new SkynetError("ARGUMENT", "skynet.memlimit must be set in the file body, before skynet.start");
  if (!(bytes > 0)) throw new SkynetError("ARGUMENT", `a memory limit must be above zero, not ${bytes}`);
  context.service.memoryLimit = bytes;
  context.kernel.log(context.handle, `Set memory limit to ${(bytes / 1048576).toFixed(2)} M`);
}

/** Tells the runtime how many bytes this service holds in its own tables; part of the estimates of `mem` and {@link memlimit}. Ours. */
export function memory(bytes: number): void {
  currentContext("skynet.memory").reportedBytes = bytes;
}

/** Supplies the answer to debug INFO. */
export function info_func(func: (...args: unknown[]) => unknown): void {
  currentContext("skynet.info_func").rare.infoFunction = func;
}

/**
 * Looks at the suspended tasks of this service.
 *
 * @param ret - Absent: how many. An object: filled with `thread: 0x… session: n` → what it waits for. A number: that session's, or
 * `No session`. A task: its session. `"init"`: the start function's, while it runs.
 */
export function task(): number;
export function task(ret: Record<string, string>): undefined;
export function task(ret: number | "init"): string | undefined;
export function task(ret: Task): number | undefined;
export function task(ret?: Record<string, string> | number | "init" | Task): number | string | undefined {
  const context = currentContext("skynet.task");
  if (ret === undefined) return context.tasks();
  if (ret === "init") return context.starter === undefined ? undefined : describeWait(context, context.starter);
  const pending = context.sessions.all();
  if (typeof ret === "number") {
    const op = pending.find((o) => o.session === ret);
    return op === undefined ? "No session" : op.broken ? "BREAK" : describeWait(context, op.task!);
  }
  if (ret instanceof Task) return pending.find((o) => o.task === ret && !o.broken)?.session;
  for (const op of pending)
    ret[`${op.broken ? "BREAK" : String(op.task)} session: ${op.session}`] = op.broken ? "BREAK" : describeWait(context, op.task!);
  return undefined;
}

/** Groups the suspended tasks by what they wait for: `count<TAB>sessions:[a,b,…]` → the wait. At most nine sessions are listed. */
export function uniqtask(): Record<string, string> {
  const context = currentContext("skynet.uniqtask");
  const groups = new Map<string, { text: string; sessions: number[]; count: number }>();
  for (const op of context.sessions.all()) {
    const text = op.broken ? "BREAK" : describeWait(context, op.task!);
    const key = text.replace(/\d+(\.\d+)?/g, "#");
    const group = groups.get(key) ?? { text, sessions: [], count: 0 };
    if (++group.count < 10) group.sessions.push(op.session);
    groups.set(key, group);
  }
  const result: Record<string, string> = {};
  for (const { text, sessions, count } of groups.values())
    result[`${count}\tsessions:[${sessions.join(",")}${count > 10 ? "..." : ""}]\n`] = text;
  return result;
}

/** Remember where timers made from now on come from; shown by {@link task} and {@link uniqtask}. */
export function trace_timeout(on: boolean): void {
  currentContext("skynet.trace_timeout").rare.timerOrigins = on;
}

/**
 * Starts tracing the request this task serves: makes a tag, logs it, and hands it on with every call.
 *
 * @param info - Added to the first line.
 */
export function trace(info?: string): void {
  const current = currentTask("skynet.trace");
  current.context.startTrace(current, info);
}

/** Trace tag of the running task; `false` when tracing is forced off. */
export function tracetag(): string | false | undefined {
  const { tag } = currentTask("skynet.tracetag");
  // The numbers are a recorder's own: a service sees nothing of being recorded.
  return typeof tag === "number" ? undefined : tag;
}

/** Trace every request of a protocol (`true`), none (`false`), or those asked for (absent). @throws SkynetError `UNKNOWN_TYPE`. */
export function traceproto(prototype: string, flag?: boolean): void {
  currentContext("skynet.traceproto").protocols.own(prototype).trace = flag;
}

/** Writes one trace log line. @param level - How many source lines to add, up to 3; here the registration's at most. */
export function tracelog(tag: string, text: string, level = 0): void {
  const context = currentContext("skynet.tracelog");
  context.traceLog(tag, text, level > 0 ? currentTask("skynet.tracelog").site : undefined);
}

/** Runs a function; Skynet's deprecated alias of `pcall`. @returns `[true, result]` or `[false, error]`. */
export function pcall<A extends readonly unknown[], R>(
  func: (...args: A) => R,
  ...args: A
): readonly [true, R] | readonly [false, unknown] {
  try {
    return [true, func(...args)];
  } catch (caught) {
    if (!(caught instanceof Error)) throw caught;
    return [false, caught];
  }
}

/**
 * Skynet's cache of compiled code. Modules are loaded once here, so clearing and modes change nothing. `loadfile`, which compiles a Lua file
 * for whoever asks, is refused.
 */
export const cache: { clear(): void; mode(mode?: "ON" | "OFF" | "EXIST"): "ON"; loadfile(file: string): never } = {
  clear: () => undefined,
  mode: () => "ON",
  loadfile: (file) => {
    throw new SkynetError(
      "UNSUPPORTED",
      `skynet.cache.loadfile(${JSON.stringify(file)}) would compile a Lua file: import the module, or read data with sharetable.loadfile`,
    );
  },
};

/** Who a service is, for messages to people: name, else launch line, else handle. */
export function whois(handle: number): string {
  const name = currentContext("skynet").nameOf(handle);
  return name === undefined ? handleText(handle) : `${handleText(handle)} ${name}`;
}
