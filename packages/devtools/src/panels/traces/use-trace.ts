/**
 * One trace made ready to be drawn, and made anew while it grows.
 *
 * @module
 */
import { useCallback, useEffect, useState } from "react";
import type { Client } from "../../client/client.ts";
import { useVersion } from "../../widgets/hooks.ts";
import type { Built } from "./work/build.ts";
import type { TraceWork } from "./work/trace-work.ts";

/** A growing trace of up to so many events is made anew by itself; a larger one when the user asks. */
const FOLLOW_EVENTS = 50_000;
/** At least this long between two times, in milliseconds. */
const AGAIN_MS = 1_000;

/** See the file's comment. */
export interface OpenTrace {
  /** Its trace, and how many events it was made of; `undefined` until it is ready for the first time. */
  readonly built: (Built & { readonly id: number; readonly events: number }) | undefined;
  /** Events that came since. */
  readonly behind: number;
  readonly error: string | undefined;
  /** Makes it anew now. */
  readonly refresh: () => void;
}

/** Follows the trace with this number in the client's store. */
export function useTrace(client: Client, work: TraceWork, id: number | undefined): OpenTrace {
  const { traces } = client;
  useVersion(traces);
  const [built, setBuilt] = useState<OpenTrace["built"]>();
  const [error, setError] = useState<string>();
  const [turn, setTurn] = useState(0);
  const row = id === undefined ? undefined : traces.row(id);
  const events = row?.events ?? 0;
  const current = built?.id === id ? built : undefined;
  const behind = current === undefined ? 0 : Math.max(0, events - current.events);
  const due = current === undefined || (behind > 0 && events <= FOLLOW_EVENTS);
  const known = row !== undefined;

  useEffect(() => {
    if (id === undefined || !known) return undefined;
    let wanted = true;
    setError(undefined);
    const count = traces.row(id)?.events ?? 0;
    work
      .build(() => traces.eventsOf(id))
      .then(
        (ready) => {
          if (wanted) setBuilt({ ...ready, id, events: count });
        },
        (reason: unknown) => {
          if (wanted) setError(reason instanceof Error ? reason.message : String(reason));
        },
      );
    return () => {
      wanted = false;
    };
  }, [traces, work, id, known, turn]);

  const refresh = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    if (!due || current === undefined) return undefined;
    const timer = setTimeout(refresh, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [due, current, refresh]);
  return { built: current, behind: due ? 0 : behind, error, refresh };
}
