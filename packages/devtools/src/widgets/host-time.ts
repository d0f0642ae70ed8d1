/**
 * Moments of the host's monotonic clock as local time of day.
 *
 * @module
 */
import type { ConnectionView } from "../client/connection.ts";

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hour12: false,
});

/** Makes a writer of moments: `08:15:02.480` local time. `use` is the hook that reads the connection. */
export function hostTime(use: <T>(select: (c: ConnectionView) => T) => T): (us: number) => string {
  const offset = use((c) => c.epochOffsetMs);
  return (us) => (offset === undefined ? `${(us / 1e6).toFixed(3)} s` : clock.format(us / 1000 + offset));
}
