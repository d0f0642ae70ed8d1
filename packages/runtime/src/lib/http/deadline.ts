/**
 * Ends connections that take too long, so that nobody holds one by sending a byte at a time.
 *
 * One timer for all of a service: what ends in time costs an entry in a set. Knows nothing of what is read.
 *
 * @module
 */
import { perService } from "../../core/per-service.ts";
import { skynet } from "../../core/skynet.ts";
import { socket } from "../socket.ts";

/** A limit that runs. */
export interface Deadline {
  readonly fd: number;
  /** When it is over, in the node's centiseconds. */
  readonly until: number;
  /** It came, and the socket was shut down. */
  over: boolean;
}

const state = perService(() => ({ running: new Set<Deadline>(), next: Infinity }));

/** Shuts a socket down in `cs` centiseconds, unless {@link lift} comes first. */
export function setDeadline(fd: number, cs: number): Deadline {
  const { running } = state();
  const deadline = { fd, until: skynet.now() + cs, over: false };
  running.add(deadline);
  wakeAt(deadline.until);
  return deadline;
}

/** The limit counts no more. */
export function lift(deadline: Deadline | undefined): void {
  if (deadline !== undefined) state().running.delete(deadline);
}

function wakeAt(time: number): void {
  const all = state();
  if (time >= all.next) return;
  all.next = time;
  skynet.timeout(Math.max(0, time - skynet.now()), sweep);
}

function sweep(): void {
  const all = state();
  const now = skynet.now();
  // An earlier one was asked for after this one, and has done its work.
  if (now < all.next) return;
  all.next = Infinity;
  let earliest = Infinity;
  for (const deadline of all.running) {
    if (deadline.until > now) {
      earliest = Math.min(earliest, deadline.until);
      continue;
    }
    deadline.over = true;
    all.running.delete(deadline);
    socket.shutdown(deadline.fd);
  }
  if (earliest < Infinity) wakeAt(earliest);
}
