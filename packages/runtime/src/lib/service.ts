/**
 * `skynet.service`: unique services whose body is a function.
 *
 * Source: lualib/skynet/service.lua; api.md §4.
 *
 * @module
 */
import { skynet } from "../core/skynet.ts";
import { keepMainFunction } from "../core/main-functions.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { operation } from "../core/tracked.ts";

const cache = perService(() => new Map<string, number>());

const provider = (): Operation<number> => skynet.uniqueservice("service_provider");

/**
 * Starts a named service with a function as its body, or finds the one that runs.
 *
 * @param name - Unique on the node.
 * @param mainFunc - Runs in the new service; it must not use variables of the service that starts it. A `skynet.start(f)` in it runs
 * `f` at the end.
 * @param args - Arguments for it: values.
 * @returns the handle.
 * @throws CallError when it fails; the failure is remembered for the name.
 * @remarks Suspends.
 */
function* newService<A extends readonly unknown[]>(name: string, mainFunc: (...args: A) => unknown, ...args: A): Operation<number> {
  const address = yield* provider();
  const [running, booting] = yield* skynet.callall<readonly [number?, boolean?]>(address, "lua", "test", name);
  let handle = running;
  if (handle === undefined && booting === true) handle = yield* skynet.call<number>(address, "lua", "query", name);
  if (handle === undefined) {
    const key = keepMainFunction(mainFunc as unknown as (...list: unknown[]) => unknown);
    handle = yield* skynet.call<number>(address, "lua", "launch", name, key, ...args);
  }
  cache().set(name, handle);
  return handle;
}

/** Waits for a named service; its handle. @throws CallError when its start failed. @remarks Suspends. */
function* query(name: string): Operation<number> {
  let handle = cache().get(name);
  if (handle === undefined) {
    handle = yield* skynet.call<number>(yield* provider(), "lua", "query", name);
    cache().set(name, handle);
  }
  return handle;
}

/** Kills a named service; false when it is unknown or still starting. @remarks Suspends. */
function* close(name: string): Operation<boolean> {
  const handle = yield* skynet.call<number | undefined>(yield* provider(), "lua", "close", name);
  if (handle === undefined) return false;
  cache().delete(name);
  skynet.kill(handle);
  return true;
}

/** Named services with a function as their body. */
export const service: { readonly new: typeof newService; readonly query: typeof query; readonly close: typeof close } = {
  new: operation("service.new", newService),
  query: operation("service.query", query),
  close: operation("service.close", close),
};
