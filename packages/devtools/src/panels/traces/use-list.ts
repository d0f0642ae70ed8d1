/**
 * The list of traces as it is shown: filtered, sorted, and standing still while the user points at it.
 *
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "react";
import type { SortKey } from "../../stores/order.ts";
import type { FilterFault } from "../../stores/filter/parse.ts";
import type { TraceRow } from "../../traces/trace-row.ts";
import { hostTime } from "../../widgets/host-time.ts";
import { useConnection, useHosts, useInspector, useView } from "../../widgets/hooks.ts";
import type { TraceSource } from "./list-view.tsx";
import { readRange } from "./rest.ts";
import { orderOf } from "./row-view.ts";
import type { RowView } from "./row-view.ts";

/** Rows are read at most this often, in milliseconds; and less often when there are many. */
const READ_MS = 500;
const MANY = 20_000;
const READ_MANY_MS = 2_000;

/** Newest first, until the user says otherwise. */
const NEWEST: readonly SortKey[] = [{ column: "time", descending: true }];

const NONE: readonly number[] = [];

/** See the file's comment. */
export interface ShownList {
  readonly source: TraceSource;
  readonly rows: Uint32Array;
  readonly sort: readonly SortKey[];
  readonly fault: FilterFault | undefined;
  /** Traces that came since the order stands still. */
  readonly waiting: number;
  /** Holds the order, or lets it go. */
  readonly hold: (held: boolean) => void;
}

/** Follows the client's traces. */
export function useTraceList(meaning: RowView<TraceSource>, picked: readonly number[] = NONE): ShownList {
  const { client } = useInspector();
  const { traces } = client;
  const q = useView((v) => v.route.q);
  const chosen = useView((v) => v.route.sort);
  const sort = chosen.length > 0 ? chosen : NEWEST;
  const r = useView((v) => v.route.rest["r"]);
  const d = useView((v) => v.route.rest["d"]);
  const time = hostTime(useConnection);
  const offset = useConnection((c) => c.epochOffsetMs);
  const [list, setList] = useState<readonly TraceRow[]>(() => traces.rows());
  const [held, setHeld] = useState(false);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = (): void => {
      timer = undefined;
      setList(traces.rows());
    };
    const later = (): void => {
      // An emptied list is shown as such at once.
      if (traces.count === 0) {
        clearTimeout(timer);
        read();
      } else timer ??= setTimeout(read, traces.count > MANY ? READ_MANY_MS : READ_MS);
    };
    read();
    const stop = traces.subscribe(later);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [traces]);

  const source = useMemo<TraceSource>(
    () => ({ list, reader: client.traceNames, texts: traces.names, slowUs: traces.slowUs, time, picked, offsetUs: (offset ?? 0) * 1000 }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `time` is made anew with each render and depends on the offset only
    [list, client, traces, offset, picked],
  );
  const frozen = useRef<{ readonly key: string; readonly ids: readonly number[] }>(undefined);
  const hosts = useHosts();
  const nodes = hosts?.picked.join() ?? "";
  const key = JSON.stringify([q, sort, r, d, nodes]);
  const shown = useMemo(() => {
    const before = frozen.current;
    if (held && before !== undefined && before.key === key && before.ids.length > 0) {
      const places = new Map(list.map((row, i) => [row.id, i]));
      const rows = Uint32Array.from(before.ids.map((id) => places.get(id) ?? -1).filter((i) => i >= 0));
      const seen = new Set(before.ids);
      return { rows, fault: undefined, waiting: list.reduce((n, row) => n + (seen.has(row.id) ? 0 : 1), 0) };
    }
    const [times, durations] = [readRange(r), readRange(d)];
    const { rows, fault } = orderOf(meaning, source, list.length, q, sort, (i) => {
      const row = list[i]!;
      return (
        (nodes === "" || hosts!.shows(client.traceNames.nodes[row.node] ?? "")) &&
        (times === undefined || (row.t >= times[0] && row.t <= times[1])) &&
        (durations === undefined || (row.durationUs >= durations[0] && row.durationUs <= durations[1]))
      );
    });
    return { rows, fault, waiting: 0 };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- q, sort, r and d are in the key
  }, [meaning, source, key, held]);
  useEffect(() => {
    // What is held is the order of the moment; while held, only a new question replaces it.
    if (held && frozen.current?.key === key && frozen.current.ids.length > 0) return;
    frozen.current = { key, ids: Array.from(shown.rows, (i) => list[i]!.id) };
  }, [shown, held, key, list]);
  return { source, ...shown, sort, hold: setHeld };
}
