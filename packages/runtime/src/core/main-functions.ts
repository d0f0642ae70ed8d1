/**
 * Functions on their way to become services, kept per node under a key that can be sent.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { Kernel } from "../kernel/kernel.ts";

type MainFunction = (...args: unknown[]) => unknown;

const waiting = new WeakMap<Kernel, Map<string, MainFunction>>();
let lastKey = 0;

/** Keeps a function until {@link takeMainFunction}; the key that stands for it. */
export function keepMainFunction(kernel: Kernel, func: MainFunction): string {
  const key = `main-${++lastKey}`;
  let functions = waiting.get(kernel);
  if (functions === undefined) {
    functions = new Map();
    waiting.set(kernel, functions);
  }
  functions.set(key, func);
  return key;
}

/** The function behind a key; once. */
export function takeMainFunction(kernel: Kernel, key: string): MainFunction {
  const func = waiting.get(kernel)?.get(key);
  if (func === undefined)
    throw new SkynetError("ARGUMENT", "the main function of this service is gone: it was started on another node, or twice");
  waiting.get(kernel)!.delete(key);
  return func;
}
