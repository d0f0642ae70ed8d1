/**
 * State that a library keeps once per service, as a Lua module's locals are.
 *
 * @module
 */
import { currentContext } from "./task.ts";

/**
 * Makes a function that gives the running service's own value, made when it is first asked for.
 *
 * @example
 * ```ts
 * const cache = perService(() => new Map<string, number>());
 * export const find = (name: string): number | undefined => cache().get(name);
 * ```
 */
export function perService<T>(make: () => T): () => T {
  const key = {};
  return () => {
    const context = currentContext("perService");
    const locals = (context.locals ??= new Map());
    let value = locals.get(key) as T | undefined;
    if (value === undefined) {
      value = make();
      locals.set(key, value);
    }
    return value;
  };
}
