/**
 * `skynet.require`: modules that are loaded once per service by a task, and whose loading may suspend.
 *
 * TypeScript's own `import` is what Skynet's `require` is in a service's file body. This one is for what a running service loads: a table
 * fetched from another service, a module imported late. Several tasks may ask at once; the first loads, the others wait.
 * Source: lualib/skynet/require.lua; api.md §4.
 *
 * @module
 */
import { init_all, runToEnd } from "../core/api/services.ts";
import { wait, wakeup } from "../core/api/tasks.ts";
import { awaitIfPromise } from "../core/op.ts";
import type { Op } from "../core/op.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { currentTask } from "../core/task.ts";
import type { Task } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import type { Replied } from "../core/types.ts";
import { SkynetError } from "../errors/error.ts";

interface Loading {
  readonly task: Task;
  readonly waiting: object[];
}

const modules = perService(() => ({
  loaded: new Map<string, unknown>(),
  loading: new Map<string, Loading>(),
  /** What the tasks that wait are waiting for. */
  awaited: new Map<Task, string>(),
}));

/**
 * Gives the module of a name, loading it the first time. Functions registered with `skynet.init` while it loads run right after.
 *
 * @param name - Its name in this service.
 * @param load - Makes it: plain, a generator, or giving a promise as `import("./x.ts")` does. Used by the first task that asks.
 * `undefined` counts as `true`.
 * @returns the module.
 * @throws whatever `load` throws, for the task that loads; SkynetError `ARGUMENT`, `require <name> failed`, for those that waited, and
 * `circular dependency` when the module needs itself, also through modules that other tasks are loading. A failed load may be tried again.
 *
 * @example
 * ```ts
 * import { require } from "@skyloom/runtime/require";
 *
 * const items = yield* require("items", function* () {
 *   return new Map(yield* skynet.call<[string, number][]>(".config", "lua", "items"));
 * });
 * ```
 *
 * @remarks Suspends. In the file body of a service nothing can: write `import` there.
 */
function* requireModule(name: string, load: () => unknown): Operation<unknown> {
  const { loaded, loading, awaited } = modules();
  if (loaded.has(name)) return loaded.get(name);
  const task = currentTask(`require ${name}`);
  const busy = loading.get(name);
  if (busy !== undefined) {
    for (let next: Loading | undefined = busy; next !== undefined; next = loading.get(awaited.get(next.task) ?? ""))
      if (next.task === task) throw new SkynetError("ARGUMENT", `circular dependency: module "${name}" is needed to load itself`);
    const token = {};
    busy.waiting.push(token);
    awaited.set(task, name);
    const op = wait(token) as unknown as Op;
    op.reason = `require ${name}`;
    op.holder = () => busy.task;
    try {
      yield* op;
    } finally {
      awaited.delete(task);
    }
    if (!loaded.has(name)) throw new SkynetError("ARGUMENT", `require ${name} failed`);
    return loaded.get(name);
  }

  const mine: Loading = { task, waiting: [] };
  loading.set(name, mine);
  const extra = (task.extra ??= {});
  const outer = extra.inits;
  const inits: (() => unknown)[] = [];
  extra.inits = inits;
  try {
    const made = yield* runToEnd(awaitIfPromise(load()));
    // Those that an init function registers follow.
    for (const func of inits) yield* runToEnd(awaitIfPromise(func()));
    loaded.set(name, made ?? true);
    return loaded.get(name);
  } finally {
    extra.inits = outer;
    loading.delete(name);
    for (const token of mine.waiting) wakeup(token);
  }
}

/** What `require "skynet.require"` gives. */
export interface RequireModule {
  <R>(name: string, load: () => R): Operation<Replied<R>>;
  /** Runs the service's init functions, as `skynet.start` does before the start function. @remarks Suspends. */
  readonly init_all: typeof init_all;
}

/** Modules loaded by tasks. */
export const require: RequireModule = Object.assign(operation("require", requireModule) as unknown as RequireModule, {
  init_all: operation("require.init_all", init_all),
});
