/**
 * Services: starting, finding, naming and ending them.
 *
 * Source: lualib/skynet.lua, lualib/skynet/manager.lua; api.md §2, §3, semantics.md §7, §16.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { handleText } from "../../kernel/handles.ts";
import type { Body } from "../../kernel/message.ts";
import { errorText, ExitSignal } from "../failures.ts";
import type { Made, Operation } from "../operation.ts";
import { addressText } from "../service-state.ts";
import type { MessageFilter } from "../service-state.ts";
import { currentContext, turn } from "../task.ts";
import type { AnyAddress, ArgsOf, CommandsOf, Handle, KnownService, Services, Unchecked } from "../types.ts";
import { call, callall, dispatch_message, send } from "./messages.ts";
import { timeout } from "./tasks.ts";

/** Own handle. */
export function self(): number {
  return currentContext("skynet.self").handle;
}

/** The handle behind a local name such as `.launcher`; `undefined` when nobody has it or the dot is missing. */
export function localname(name: string): number | undefined {
  const { kernel } = currentContext("skynet.localname");
  return name.startsWith(".") ? kernel.names.find(name.slice(1)) : undefined;
}

/**
 * Starts a service and waits until its start function has finished.
 *
 * @param name - Service name; one of {@link Services} makes arguments and commands checked.
 * @param args - Start arguments: values, copied like message arguments.
 * @returns its handle; `undefined` when the service ended itself in its start function. That holds for a checked name too, although its type
 * leaves it out: services that others call should not.
 * @throws CallError when loading or starting fails.
 * @remarks Suspends.
 */
export function newservice<N extends KnownService>(name: N, ...args: ArgsOf<Services[N]>): Operation<Handle<CommandsOf<Services[N]>>>;
export function newservice<N extends string>(name: Unchecked<N>, ...args: unknown[]): Operation<number | undefined>;
export function* newservice(...list: unknown[]): Operation<unknown> {
  return yield* call(".launcher", "lua", "LAUNCH", "snlua", ...list);
}

/**
 * Starts a service once per node; later calls give the same handle. Concurrent callers wait for the first.
 *
 * @param name - Service name; with `true` before it the scope is the whole harbor network.
 * @throws SkynetError `CALL_FAILED` with the stored text when starting it ever failed.
 * @remarks Suspends.
 */
export function uniqueservice<N extends KnownService>(name: N, ...args: ArgsOf<Services[N]>): Operation<Handle<CommandsOf<Services[N]>>>;
export function uniqueservice(global: true, name: string, ...args: unknown[]): Operation<number>;
export function uniqueservice<N extends string>(name: Unchecked<N>, ...args: unknown[]): Operation<number>;
export function* uniqueservice(...list: unknown[]): Operation<unknown> {
  const [name, ...args] = list;
  return yield* managed(
    name === true ? callall(".service", "lua", "GLAUNCH", ...args) : callall(".service", "lua", "LAUNCH", name, ...args),
  );
}

/** Waits until somebody has started the unique service `name`, without limit; with `true` before it in the whole network. @remarks Suspends. */
export function queryservice<N extends KnownService>(name: N): Operation<Handle<CommandsOf<Services[N]>>>;
export function queryservice(global: true, name: string, ...args: unknown[]): Operation<number>;
export function queryservice<N extends string>(name: Unchecked<N>, ...args: unknown[]): Operation<number>;
export function* queryservice(...list: unknown[]): Operation<unknown> {
  const [name, ...args] = list;
  return yield* managed(name === true ? callall(".service", "lua", "GQUERY", ...args) : callall(".service", "lua", "QUERY", name, ...args));
}

function* managed(answer: Made<readonly unknown[]>): Operation<number> {
  const [handle, text] = yield* answer;
  if (typeof handle === "number") return handle;
  throw new SkynetError("CALL_FAILED", typeof text === "string" ? text : "the unique service could not be started");
}

/** Ends this service. Never returns: it throws a signal that is no Error; let it pass. @see semantics.md §7 */
export function exit(): never {
  return currentContext("skynet.exit").exit();
}

/**
 * Installs the start function: it runs in a later turn, behind the messages queued so far. A service's file body calls this once.
 *
 * @param startFunc - Plain or a generator; may suspend.
 */
export function start(startFunc: () => unknown): void {
  const context = currentContext("skynet.start");
  context.started = true;
  if (context.rare.recordStart !== undefined) {
    context.rare.recordStart(startFunc);
    return;
  }
  timeout(0, () => init_service(startFunc));
}

/**
 * Registers a function to run before the start function, in order. While a task loads a module with the require library it runs when that
 * module has loaded.
 *
 * @throws SkynetError `ARGUMENT` once the service has started.
 */
export function init(func: () => unknown): void {
  const context = currentContext("skynet.init");
  const loading = turn.task?.extra?.inits;
  if (loading !== undefined) {
    loading.push(func);
    return;
  }
  if (context.initFunctions === null) throw new SkynetError("ARGUMENT", "skynet.init was called after the service has started");
  (context.initFunctions ??= []).push(func);
}

/** Runs the init functions, then `startFunc`, and tells the launcher how it went. What {@link start} schedules. @remarks Suspends. */
export function* init_service(startFunc: () => unknown): Operation<void> {
  const context = currentContext("skynet.init_service");
  context.starter = turn.task;
  try {
    yield* init_all();
    yield* runToEnd(startFunc());
  } catch (error) {
    if (error instanceof ExitSignal || context.ended) throw error;
    context.starter = undefined;
    context.kernel.log(context.handle, `init service failed: ${errorText(error)}`);
    context.rare.startFailure = error;
    send(".launcher", "lua", "ERROR");
    exit();
  }
  context.starter = undefined;
  send(".launcher", "lua", "LAUNCHOK");
}

/** Runs the init functions registered so far; those they register follow. @remarks Suspends. */
export function* init_all(): Operation<void> {
  const context = currentContext("skynet.init");
  for (let list = context.initFunctions; list !== null && list !== undefined && list.length > 0; list = context.initFunctions) {
    context.initFunctions = undefined;
    for (const func of list) yield* runToEnd(func());
  }
  context.initFunctions = null;
}

/** Runs what a plain or generator function returned, when it is an operation. */
export function* runToEnd(result: unknown): Operation<unknown> {
  if (typeof result === "object" && result !== null && typeof (result as Partial<Made<unknown>>).next === "function")
    return yield* result as Made<unknown>;
  return result;
}

// --- skynet.manager

/**
 * Starts a service of a native kind without the launcher: `snlua`, `logger`, `harbor`.
 *
 * @returns its handle as soon as it exists, or `undefined` when the kind is unknown or refuses.
 */
export function launch(kind: string, ...args: unknown[]): number | undefined {
  return currentContext("skynet.launch").kernel.launch(kind, args);
}

/**
 * Removes a service at once: queued messages are answered with errors; requests it was already handling get no reply at all.
 *
 * @param addr - Handle, `:hex` or `.name`. Unknown ones are ignored.
 */
export function kill(addr: AnyAddress): void {
  const context = currentContext("skynet.kill");
  const handle = context.kernel.resolve(addr);
  if (typeof addr === "number" || addr.startsWith(":")) send(".launcher", "lua", "REMOVE", handle, true);
  if (handle === undefined) return;
  context.kernel.kill(handle, context.handle);
  if (handle === context.handle) throw new ExitSignal();
}

/** Ends every service; the node stops with exit code 0. Never returns. */
export function abort(): never {
  currentContext("skynet.abort").kernel.abort();
  throw new ExitSignal();
}

/** Gives this service a name: `.x` on this node, anything else in the whole network. A local name that is taken is silently kept. */
export function register(name: string): void {
  giveName(name, currentContext("skynet.register").handle);
}

/** {@link register} for another service. */
function nameService(name: string, handle: number): void {
  giveName(name, handle);
}
export { nameService as name };

function giveName(name: string, handle: number): void {
  const { kernel } = currentContext("skynet.name");
  if (name.startsWith(".")) {
    kernel.names.register(name.slice(1), handle);
    return;
  }
  checkGlobalName(name);
  send(".cslave", "lua", "REGISTER", name, handle);
}

/** @throws SkynetError `NAME` when `name` cannot be a global name. */
export function checkGlobalName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (name.startsWith(":")) throw new SkynetError("NAME", `"${name}" cannot be a global name: it starts with a colon`);
  if (bytes > 15) throw new SkynetError("NAME", `global name "${name}" has ${bytes} bytes; at most 15 are allowed`);
  if (name.trim() === "" || !Number.isNaN(Number(name)))
    throw new SkynetError("NAME", `"${name}" cannot be a global name: it is ${name.trim() === "" ? "empty" : "a number"}`);
}

/**
 * {@link start} for a service that passes messages on: types found in `map` are dispatched as the type they map to, with their bodies
 * untouched.
 */
export function forward_type(map: Readonly<Record<number, number>>, startFunc: () => unknown): void {
  const context = currentContext("skynet.forward_type");
  context.rare.filter = (type, session, source, body) => dispatch_message(map[type] ?? type, session, source, body);
  start(startFunc);
}

/** {@link start} for a service that sees every message first: `f` returns the message to dispatch. */
export function filter(
  f: (type: number, session: number, source: number, body: Body) => readonly [type: number, session: number, source: number, body: Body],
  startFunc: () => unknown,
): void {
  const context = currentContext("skynet.filter");
  const see: MessageFilter = (type, session, source, body) => dispatch_message(...f(type, session, source, body));
  context.rare.filter = see;
  start(startFunc);
}

/**
 * Makes a network-wide unique service the exit monitor: it gets an empty PTYPE_CLIENT message from each handle that ends.
 *
 * @param query - Wait for it instead of starting it.
 * @remarks Suspends.
 */
export function* monitor(service: string, query = false): Operation<number> {
  const handle = query ? yield* queryservice(true, service) : yield* uniqueservice(true, service);
  currentContext("skynet.monitor").kernel.monitor = handle;
  return handle;
}

/** A handle as `:0000000a`; anything else as its text. */
export function address(addr: unknown): string {
  return typeof addr === "number" ? handleText(addr) : typeof addr === "string" ? addressText(addr) : String(addr);
}

/** The harbor id in a handle, and whether it is another node's. */
export function harbor(addr: number): readonly [id: number, isRemote: boolean] {
  const id = addr >>> 24;
  return [id, id !== currentContext("skynet.harbor").kernel.harbor];
}
