/**
 * Functions on their way to become services, kept per node under a key that can be sent.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { perNode } from "./per-node.ts";

type MainFunction = (...args: unknown[]) => unknown;

const waiting = perNode(() => ({ functions: new Map<string, MainFunction>(), last: 0 }));

/** Keeps a function until {@link takeMainFunction}; the key that stands for it. */
export function keepMainFunction(func: MainFunction): string {
  const state = waiting();
  const key = `main-${++state.last}`;
  state.functions.set(key, func);
  return key;
}

/** The function behind a key; once. */
export function takeMainFunction(key: string): MainFunction {
  const { functions } = waiting();
  const func = functions.get(key);
  if (func === undefined)
    throw new SkynetError("ARGUMENT", "the main function of this service is gone: it was started on another node, or twice");
  functions.delete(key);
  return func;
}
