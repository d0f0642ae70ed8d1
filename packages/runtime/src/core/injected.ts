/**
 * Code that somebody runs inside a service: kept here by number until the service takes it, since messages carry data only.
 *
 * @module
 */
import { perNode } from "./per-node.ts";

/** What an injected file exports: plain, or a generator. `print` collects lines for whoever has injected it. */
export type Injected = (print: (...values: unknown[]) => void, ...args: string[]) => unknown;

/** Of each node: what was not taken yet. */
export const injections: () => { next: number; readonly waiting: Map<number, Injected> } = perNode(() => ({ next: 1, waiting: new Map() }));
