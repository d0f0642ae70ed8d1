/**
 * Names to addresses, by the resolver of the host's system.
 *
 * @module
 */
import type { SocketFailure } from "./tcp.ts";

/** The system's resolver. */
export interface DnsPort {
  /**
   * Looks a name up. `done` is called once, later: with literal addresses, at least one, in the system's order; or with why there are none.
   *
   * @param host - A name; a literal address is its own answer.
   */
  resolve(host: string, done: (result: readonly string[] | SocketFailure) => void): void;
}
