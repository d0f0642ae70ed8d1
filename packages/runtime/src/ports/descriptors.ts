/**
 * Open files of the process as byte streams: standard input, or a descriptor that somebody handed over.
 *
 * @module
 */
import type { SocketEvents, SocketFailure, SocketLink } from "./tcp.ts";

/** Descriptors of a host. Absent where there are none, as in a tab. */
export interface DescriptorPort {
  /**
   * Takes a descriptor as a connection that is open and paused. Closing it leaves standard input and files open for whoever opened them;
   * pipes and sockets may be closed with it.
   *
   * @param fd - The system's number; 0 is standard input.
   * @returns the connection; or why there is none (`EBADF`), in which case nothing is reported. `opened` is never reported.
   */
  adopt(fd: number, events: SocketEvents): SocketLink | SocketFailure;
}
