/**
 * `skynet.snax`: services with named methods, called through objects that know them.
 *
 * A service is defined with {@link define | snax.define}, started by name, and lies where `createNode({ services })`, the configuration's key
 * `snax` or else `luaservice` lead. Source: lualib/skynet/snax.lua; api.md §5, style.md §3.
 *
 * @module
 */
import { error } from "../core/api/info.ts";
import { call, callall } from "../core/api/messages.ts";
import {
  kill as killService,
  newservice as newSkynetService,
  queryservice as query,
  self as ownHandle,
  uniqueservice as unique,
} from "../core/api/services.ts";
import { await as awaitPromise, fork, wait, wakeup } from "../core/api/tasks.ts";
import type { Operation } from "../core/operation.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { define, splitKey, SYSTEM } from "./snax/define.ts";
import { format } from "./snax/format.ts";
import { bind, snaxProtocol } from "./snax/object.ts";
import { snaxPatches } from "./snax/patch.ts";
import type { SnaxPatch } from "./snax/patch.ts";
import { runningSnax } from "./snax/running.ts";
import { snaxSources } from "./snax/sources.ts";
import type {
  KnownSnax,
  SnaxArgsOf,
  SnaxDefine,
  SnaxInterface,
  SnaxMethodsOf,
  SnaxObject,
  SnaxProfile,
  SnaxServices,
  UncheckedSnax,
} from "./snax/types.ts";

// A star, so that `declare module "@skyloom/runtime/snax" { interface SnaxServices … }` reaches the interface.
export type * from "./snax/types.ts";
export type { SnaxPatch } from "./snax/patch.ts";

type Args<N extends KnownSnax> = SnaxArgsOf<SnaxServices[N]>;
type Known<N extends KnownSnax> = SnaxObject<SnaxMethodsOf<SnaxServices[N]>>;

/** Makes sure that the definition of a service is loaded. @throws SkynetError `SERVICE_NOT_FOUND`. @remarks Suspends. */
function* load(name: string): Operation<void> {
  const found = snaxSources().load(name);
  if (found instanceof Promise) yield* awaitPromise(found);
}

/**
 * Names and numbers of the methods of a service.
 *
 * @throws SkynetError `SERVICE_NOT_FOUND`; `SNAX` when its file has not been loaded yet, or its methods are not known because it has no `order` and
 * no instance has run here.
 */
function interfaceOf(name: string): SnaxInterface {
  const found = snaxSources().load(name);
  if (found instanceof Promise) {
    found.catch(() => undefined);
    throw new SkynetError(
      "SNAX",
      `the source of snax service ${name} is not loaded yet: run yield* snax.load(${JSON.stringify(name)}) before`,
    );
  }
  const { ids } = found;
  if (!ids.complete)
    throw new SkynetError(
      "SNAX",
      `the methods of snax service ${name} are known once it has run on this node: start it first, or give snax.define their order`,
    );
  const groups = { accept: {} as Record<string, number>, response: {} as Record<string, number> };
  for (const key of ids.names) {
    const [group, method] = splitKey(key);
    if (group !== undefined) groups[group][method] = ids.get(key)!;
  }
  return { name, ...groups, system: { ...SYSTEM } };
}

/**
 * Starts a snax service and runs its init function; its handle.
 *
 * @param args - For the init function: values.
 * @throws SkynetError `SERVICE_NOT_FOUND`; CallError when loading or init fails. The service is gone then.
 * @remarks Suspends. In Skynet a service whose init throws stays.
 */
function* rawnewservice(name: string, ...args: unknown[]): Operation<number> {
  yield* load(name);
  const handle = yield* newSkynetService("snaxd" as string, name);
  if (handle === undefined) throw new SkynetError("EXITED_IN_START", `snax service ${name} ended itself while it started`);
  snaxProtocol();
  bind(handle, name);
  try {
    yield* call(handle, "snax", SYSTEM.init, ...args);
  } catch (failure) {
    killService(handle);
    throw failure;
  }
  return handle;
}

/** {@link rawnewservice}, as an object. */
function newservice<N extends KnownSnax>(name: N, ...args: Args<N>): Operation<Known<N>>;
function newservice<N extends string>(name: UncheckedSnax<N>, ...args: unknown[]): Operation<SnaxObject>;
function* newservice(...list: unknown[]): Operation<unknown> {
  const [name, ...args] = list as [string, ...unknown[]];
  return bind(yield* rawnewservice(name, ...args), name);
}

/** Starts a snax service once for the node; later calls give the same. @throws SkynetError `CALL_FAILED` with the text of the failure. */
function uniqueservice<N extends KnownSnax>(name: N, ...args: Args<N>): Operation<Known<N>>;
function uniqueservice<N extends string>(name: UncheckedSnax<N>, ...args: unknown[]): Operation<SnaxObject>;
function* uniqueservice(...list: unknown[]): Operation<unknown> {
  const [name, ...args] = list as [string, ...unknown[]];
  yield* load(name);
  return bind(yield* unique("snaxd" as string, name, ...args), name);
}

/** {@link uniqueservice} once for the whole network. */
function globalservice<N extends KnownSnax>(name: N, ...args: Args<N>): Operation<Known<N>>;
function globalservice<N extends string>(name: UncheckedSnax<N>, ...args: unknown[]): Operation<SnaxObject>;
function* globalservice(...list: unknown[]): Operation<unknown> {
  const [name, ...args] = list as [string, ...unknown[]];
  yield* load(name);
  return bind(yield* unique(true, "snaxd", name, ...args), name);
}

/** Waits until somebody has started the unique service, without limit. */
function queryservice<N extends KnownSnax>(name: N): Operation<Known<N>>;
function queryservice<N extends string>(name: UncheckedSnax<N>): Operation<SnaxObject>;
function* queryservice(name: string): Operation<unknown> {
  yield* load(name);
  return bind(yield* unpackHandle(callall(".service", "lua", "QUERY", "snaxd", name)), name);
}

/** {@link queryservice} for {@link globalservice}. */
function queryglobal<N extends KnownSnax>(name: N): Operation<Known<N>>;
function queryglobal<N extends string>(name: UncheckedSnax<N>): Operation<SnaxObject>;
function* queryglobal(name: string): Operation<unknown> {
  yield* load(name);
  return bind(yield* query(true, "snaxd", name), name);
}

function* unpackHandle(answer: Operation<readonly unknown[]>): Operation<number> {
  const [handle, text] = yield* answer;
  if (typeof handle === "number") return handle;
  throw new SkynetError("CALL_FAILED", typeof text === "string" ? text : "the unique service could not be started");
}

/** Wraps a handle; the same object for the same handle. @throws SkynetError `SNAX` when it is known under another name. */
function bindTyped<N extends KnownSnax>(handle: number, type: N): Known<N>;
function bindTyped<N extends string>(handle: number, type: UncheckedSnax<N>): SnaxObject;
function bindTyped(handle: number, type: string): unknown {
  return bind(handle, type);
}

/**
 * Runs the service's exit function and ends the service.
 *
 * @param args - For its exit function.
 * @throws CallError when the exit function throws: the service goes on.
 * @remarks Suspends.
 */
function* kill(object: SnaxObject, ...args: unknown[]): Operation<void> {
  snaxProtocol();
  yield* call(object.handle, "snax", SYSTEM.exit, ...args);
}

/** The object of the running snax service. @throws SkynetError `SNAX` when it is none. */
function self<M = unknown>(): SnaxObject<M> {
  const { name } = runningSnax();
  if (name === undefined) throw new SkynetError("SNAX", "snax.self was called in a service that is no snax service");
  return bind(ownHandle(), name) as SnaxObject as SnaxObject<M>;
}

/**
 * Ends the running snax service: its exit function runs as a task of its own, with these arguments.
 *
 * @returns an operation that never ends well: run it, with `yield*` or by returning it, where nothing shall follow. It need not be run.
 * @throws SkynetError `SNAX` in a service that is no snax service.
 */
function exit(...args: unknown[]): Operation<never> {
  const object = self();
  const token = {};
  let failure: unknown;
  fork(function* () {
    try {
      yield* kill(object, ...args);
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      failure = thrown;
      // Nobody waits: the failure belongs into the log.
      if (wakeup(token) === undefined) throw thrown;
    }
  });
  function* forEver(): Operation<never> {
    yield* wait(token);
    throw failure;
  }
  // A generator as it is, which nobody misses when it is not run.
  return forEver();
}

/**
 * Replaces methods of a running service. Calls that are under way end in the old ones; its state stays as it is.
 *
 * @param patch - A table of functions; `(state) => table`, where state is what the service's init gave (with `methods`) or the `state` of its
 * table; a definition made with `methods`; or a module with one of these. A `hotfix` function in it runs first.
 * @param args - For the patch's hotfix function.
 * @returns what the hotfix function returned.
 * @throws SkynetError `SNAX` with the reason, e.g. `Patch mismatch accept.hello` for a method that the service has not: then nothing was replaced.
 * @remarks Suspends. Works within a node. In Skynet a patch is source text.
 *
 * @example
 * ```ts
 * import { snax } from "@skyloom/runtime/snax";
 *
 * const counter = yield* snax.newservice("counter", 1);
 * const before = yield* snax.hotfix(counter, (state: { n: number }) => ({
 *   response: { get: () => state.n * 2 },
 *   hotfix(n: number) { const old = state.n; state.n = n; return old; },
 * }), 100);
 * ```
 */
function* hotfix(object: SnaxObject, patch: SnaxPatch, ...args: unknown[]): Operation<unknown> {
  snaxProtocol();
  const patches = snaxPatches();
  const key = patches.keep({ from: patch, grows: false });
  try {
    const [ok, result] = yield* callall<readonly [boolean, unknown]>(object.handle, "snax", SYSTEM.hotfix, key, ...args);
    if (!ok) throw new SkynetError("SNAX", String(result));
    return result;
  } finally {
    patches.drop(key);
  }
}

/** How often each method was called and how many seconds it worked, by its name. @remarks Suspends. */
function* profile_info(object: SnaxObject): Operation<Record<string, SnaxProfile>> {
  snaxProtocol();
  return yield* call<Record<string, SnaxProfile>>(object.handle, "snax", SYSTEM.profile);
}

/** A log line, formatted as Lua's string.format does. @throws SkynetError `ARGUMENT` when text and arguments do not fit. */
function printf(text: string, ...args: unknown[]): void {
  error(format(text, args));
}

/** Lets "lua" messages, as cluster calls are, reach the methods of the running snax service. @throws SkynetError `SNAX` elsewhere. */
function enablecluster(): void {
  const { enableCluster } = runningSnax();
  if (enableCluster === undefined) throw new SkynetError("SNAX", "snax.enablecluster was called in a service that is no snax service");
  enableCluster();
}

/** Skynet's `snax` module. */
export const snax: {
  readonly define: SnaxDefine;
  readonly load: typeof load;
  readonly interface: typeof interfaceOf;
  readonly newservice: typeof newservice;
  readonly rawnewservice: typeof rawnewservice;
  readonly bind: typeof bindTyped;
  readonly uniqueservice: typeof uniqueservice;
  readonly globalservice: typeof globalservice;
  readonly queryservice: typeof queryservice;
  readonly queryglobal: typeof queryglobal;
  readonly kill: typeof kill;
  readonly exit: typeof exit;
  readonly self: typeof self;
  readonly hotfix: typeof hotfix;
  readonly profile_info: typeof profile_info;
  readonly printf: typeof printf;
  readonly enablecluster: typeof enablecluster;
} = {
  define,
  load: operation("snax.load", load),
  interface: interfaceOf,
  newservice: operation("snax.newservice", newservice),
  rawnewservice: operation("snax.rawnewservice", rawnewservice),
  bind: bindTyped,
  uniqueservice: operation("snax.uniqueservice", uniqueservice),
  globalservice: operation("snax.globalservice", globalservice),
  queryservice: operation("snax.queryservice", queryservice),
  queryglobal: operation("snax.queryglobal", queryglobal),
  kill: operation("snax.kill", kill),
  exit,
  self,
  hotfix: operation("snax.hotfix", hotfix),
  profile_info: operation("snax.profile_info", profile_info),
  printf,
  enablecluster,
};
