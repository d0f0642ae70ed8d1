/**
 * Unmodified C Skynet processes in the inspector, through their debug consoles.
 *
 * @module
 */
export type { ConsoleAddress, ConsoleLimits } from "./console-client.ts";
export type { ConsoleNode } from "./console-node.ts";
export type { Look, Looker, NotRead } from "./look.ts";
export { exitCodeOf, lookText, lookValue, probeTerms } from "./look-text.ts";
export { consoleSource } from "./source.ts";
export type { ConsoleSource, ConsoleSourceOptions } from "./source.ts";
