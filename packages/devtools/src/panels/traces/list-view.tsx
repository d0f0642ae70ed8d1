/**
 * The columns and marks of the list of traces.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import type { TraceRow } from "../../traces/trace-row.ts";
import { count } from "../../widgets/format.ts";
import { duration, share } from "./format.ts";
import type { RowColumn, RowView } from "./row-view.ts";
import { fullServiceText } from "./span-source.ts";
import type { Names } from "./span-source.ts";

/** All traces there are, and what their rows need. */
export interface TraceSource extends Names {
  readonly list: readonly TraceRow[];
  /** Slower than this is slow; Infinity while too few have ended. */
  readonly slowUs: number;
  /** Writes a moment of the host's clock. */
  readonly time: (us: number) => string;
  /** Numbers of the traces that are picked to be compared. */
  readonly picked?: readonly number[];
  /** Added to a moment it gives one of the wall clock, in microseconds; 0 while that is not known. */
  readonly offsetUs: number;
}

/** What a trace is called in addresses: its tag, which may name another one of an earlier recording as well; then its number tells. */
export function traceKey(list: readonly TraceRow[], row: TraceRow): string {
  return list.some((r) => r.tag === row.tag && r.id !== row.id) ? `${row.tag}.${row.id}` : row.tag;
}

/** The trace of an address; of several with one tag the newest. */
export function findTrace(list: readonly TraceRow[], key: string | undefined): TraceRow | undefined {
  if (key === undefined) return undefined;
  const exact = list.findLast((r) => r.tag === key);
  if (exact !== undefined) return exact;
  const [, tag, id] = /^(.*)\.(\d+)$/s.exec(key) ?? [];
  return tag === undefined ? undefined : list.find((r) => r.tag === tag && r.id === Number(id));
}

/**
 * Makes the description.
 *
 * @param keep - Keeps a trace, or no longer.
 * @param pick - Picks a trace to be compared, or no longer; default: none can be picked.
 */
export function listView(keep: (row: TraceRow, kept: boolean) => void, pick?: (row: TraceRow) => void): RowView<TraceSource> {
  const at = (source: TraceSource, i: number): TraceRow => source.list[i]!;
  return {
    name: "traces",
    title: "Traces",
    things: "traces",
    id: ({ list }, i) => String(list[i]!.id),
    search: (source, i) => {
      const r = at(source, i);
      return `${r.tag} ${fullServiceText(source, r.node, r.addr)} ${formatAddress(r.addr)} ${r.command} ${r.sampledBy}`;
    },
    flags: {
      error: (s, i) => at(s, i).errors > 0,
      open: (s, i) => at(s, i).open > 0,
      kept: (s, i) => at(s, i).kept,
      slow: (s, i) => at(s, i).durationUs > s.slowUs,
      partial: (s, i) => at(s, i).partial,
    },
    columns: [
      {
        key: "time",
        title: "Time",
        hint: "When its first message was sent, in local time",
        numeric: true,
        steady: true,
        unit: "us",
        width: "100px",
        value: (s, i) => at(s, i).t,
        cell: (s, i) => s.time(at(s, i).t),
      },
      {
        key: "service",
        title: "Root service",
        hint: "The service it began in",
        numeric: false,
        width: "minmax(120px, 2fr)",
        value: (s, i) => fullServiceText(s, at(s, i).node, at(s, i).addr),
      },
      {
        key: "command",
        title: "Command",
        hint: "The command it began with",
        aliases: ["cmd"],
        numeric: false,
        width: "minmax(88px, 1fr)",
        value: (s, i) => at(s, i).command,
        cell: (s, i) => at(s, i).command || <span className="sk-zero">–</span>,
      },
      {
        key: "duration",
        title: "Duration",
        hint: "From its first event to its last",
        numeric: true,
        unit: "us",
        width: "88px",
        value: (s, i) => at(s, i).durationUs,
        cell: (s, i) => {
          const { durationUs, open } = at(s, i);
          return (
            <>
              {durationUs > s.slowUs ? (
                <span className="sk-tone-warn" title="Slower than 99 of 100 that ended lately">
                  ▲{" "}
                </span>
              ) : null}
              {duration(durationUs)}
              {open > 0 ? <span title={`${count(open)} tasks of it have not ended`}> …</span> : null}
            </>
          );
        },
      },
      {
        key: "spans",
        title: "Spans",
        hint: "Messages that were handled",
        numeric: true,
        width: "64px",
        value: (s, i) => at(s, i).spans,
        cell: (s, i) => count(at(s, i).spans),
      },
      {
        key: "services",
        title: "Services",
        hint: "Services that took part",
        numeric: true,
        width: "72px",
        value: (s, i) => at(s, i).services,
        cell: (s, i) => count(at(s, i).services),
      },
      {
        key: "nodes",
        title: "Nodes",
        hint: "Nodes that took part",
        numeric: true,
        width: "56px",
        value: (s, i) => at(s, i).nodes,
      },
      {
        key: "errors",
        title: "Errors",
        hint: "Handlers that failed",
        numeric: true,
        width: "64px",
        value: (s, i) => at(s, i).errors,
        cell: (s, i) => {
          const { errors } = at(s, i);
          return errors === 0 ? <span className="sk-zero">0</span> : <span className="sk-tone-err">✖ {count(errors)}</span>;
        },
      },
      {
        key: "queue",
        title: "Queue",
        hint: "Of the time in mailboxes and running, the part in mailboxes",
        numeric: true,
        unit: "%",
        width: "64px",
        value: (s, i) => at(s, i).queueShare * 100,
        cell: (s, i) => share(at(s, i).queueShare),
      },
      {
        key: "sampled",
        title: "Sampled",
        hint: "Why it was recorded",
        numeric: false,
        width: "84px",
        value: (s, i) => at(s, i).sampledBy,
      },
      {
        key: "kept",
        title: "Kept",
        hint: "Kept traces stay when others make room",
        numeric: true,
        width: "48px",
        value: (s, i) => Number(at(s, i).kept),
        cell: (s, i) => {
          const row = at(s, i);
          return (
            <button
              type="button"
              className="sk-trace-keep"
              tabIndex={-1}
              aria-pressed={row.kept}
              aria-label={`Keep trace ${row.tag}`}
              title={row.kept ? "Kept (x): click to let it go" : "Keep it (x)"}
              data-testid={`keep-${row.id}`}
              onClick={(e) => {
                e.stopPropagation();
                keep(row, !row.kept);
              }}
            >
              {row.kept ? "★" : "☆"}
            </button>
          );
        },
      },
      ...(pick === undefined ? [] : [pickColumn(pick)]),
    ],
  };
}

function pickColumn(pick: (row: TraceRow) => void): RowColumn<TraceSource> {
  return {
    key: "compare",
    title: "Compare",
    hint: "Two that are picked can be compared",
    numeric: true,
    width: "68px",
    value: ({ picked = [], list }, i) => Number(picked.includes(list[i]!.id)),
    cell: ({ picked = [], list }, i) => {
      const row = list[i]!;
      const at = picked.indexOf(row.id);
      return (
        <button
          type="button"
          className="sk-trace-keep"
          tabIndex={-1}
          aria-pressed={at >= 0}
          aria-label={`Compare trace ${row.tag}`}
          title={at >= 0 ? "Picked (c): click to let it go" : "Pick it for a comparison (c)"}
          data-testid={`pick-${row.id}`}
          onClick={(e) => {
            e.stopPropagation();
            pick(row);
          }}
        >
          {at < 0 ? "◇" : at === 0 ? "A" : "B"}
        </button>
      );
    },
  };
}
