/**
 * `skynet.debug`: commands of one's own for the debug protocol.
 *
 * Source: lualib/skynet/debug.lua; api.md §4, semantics.md §19.
 *
 * @module
 */
import { reg_debugcmd } from "../core/debug.ts";

export type { DebugCommand } from "../core/debug.ts";

/** Skynet's internal set-up of this module. Every service has its debug protocol from the start here: it only gives the module. */
function init(): DebugModule {
  return debug;
}

/** The module. */
export interface DebugModule {
  readonly reg_debugcmd: typeof reg_debugcmd;
  readonly init: () => DebugModule;
}

/**
 * Commands of one's own for the debug protocol.
 *
 * @example
 * ```ts
 * import { debug } from "@skyloom/runtime/debug";
 *
 * const players = new Map<number, string>();
 * debug.reg_debugcmd("PLAYERS", () => skynet.retpack(players.size)); // then: dbgcmd 8 PLAYERS
 * ```
 */
export const debug: DebugModule = { reg_debugcmd, init };
