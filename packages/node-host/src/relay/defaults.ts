/**
 * The relay's port and limits when none are given.
 *
 * @module
 */
import type { RelayLimits } from "./session.ts";

/** Port of the relay. */
export const DEFAULT_RELAY_PORT = 7402;

/** What limits each tab, and how many there may be. */
export const relayDefaults: RelayLimits & { readonly maxTabs: number } = {
  maxTabs: 8,
  maxConnections: 64,
  maxListeners: 8,
  maxBytesInFlight: 16 * 1024 * 1024,
  opensPerSecond: 50,
  bytesPerSecond: 64 * 1024 * 1024,
  idleSeconds: 900,
};
