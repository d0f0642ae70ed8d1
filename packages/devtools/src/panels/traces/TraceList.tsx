/**
 * The list of traces, with a plot of them above it.
 *
 * @module
 */
import { useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import { navigate } from "../../stores/view.ts";
import type { TraceRow } from "../../traces/trace-row.ts";
import { count } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, StatePage } from "../../widgets/PanelStates.tsx";
import { RangeChip } from "../../widgets/RangeChip.tsx";
import { FilterBox } from "../../widgets/table/FilterBox.tsx";
import { QueryChips } from "../../widgets/table/QueryChips.tsx";
import { SavedFilters } from "../../widgets/table/SavedFilters.tsx";
import { ExportButton } from "./ExportDialog.tsx";
import { listView, traceKey } from "./list-view.tsx";
import type { Recording } from "./recording.ts";
import { listParameters, readRange, setRest, traceParameters } from "./rest.ts";
import { Scatter } from "./Scatter.tsx";
import { useTraceList } from "./use-list.ts";
import { VirtualGrid } from "./VirtualGrid.tsx";
import type { ListHandle } from "./VirtualGrid.tsx";
import type { TraceWork } from "./work/trace-work.ts";

/** See the file's comment. */
export function TraceList({ recording, work }: { readonly recording: Recording; readonly work: TraceWork }): ReactElement {
  const { client, view } = useInspector();
  useVersion(recording);
  useVersion(client.pause);
  const phase = useConnection((c) => c.phase);
  const q = useView((v) => v.route.q);
  const brushed = useView((v) => v.route.rest["d"] !== undefined || readRange(v.route.rest["r"]) !== undefined);
  const durations = useView((v) => v.route.rest["d"]);
  /** Traces to be compared: the newest two that were picked. */
  const [picked, setPicked] = useState<readonly number[]>([]);
  const [pick] = useState(
    () =>
      (row: TraceRow): void =>
        setPicked((old) => (old.includes(row.id) ? old.filter((id) => id !== row.id) : [...old, row.id].slice(-2))),
  );
  const [meaning] = useState(() => listView((row, kept) => client.traces.keep(row.id, kept), pick));
  const shown = useTraceList(meaning, picked);
  const { source, rows } = shown;
  const input = useRef<HTMLInputElement>(null);
  const grid = useRef<ListHandle>(null);
  const total = source.list.length;

  const open = (row: TraceRow): void => {
    view.setState({ drawer: false });
    setRest(view, Object.fromEntries(listParameters.map((name) => [name, undefined])), "push", {
      sel: traceKey(client.traces.rows(), row),
      view: "waterfall",
      q: "",
      sort: [],
    });
  };
  const compare = (): void => {
    const list = client.traces.rows();
    const [a, b] = picked.map((id) => list.find((row) => row.id === id));
    if (a === undefined || b === undefined) return setPicked([]);
    view.setState({ drawer: false });
    const rest = { ...Object.fromEntries(listParameters.map((name) => [name, undefined])), with: traceKey(list, b) };
    setRest(view, rest, "push", { sel: traceKey(list, a), view: "compare", q: "", sort: [] });
  };
  const clear = (): void => setRest(view, { r: undefined, d: undefined }, "push", { q: "" });
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "Escape" && (q !== "" || brushed)) clear();
    else if (key === "x") {
      const row = source.list[grid.current?.active() ?? -1];
      if (row === undefined) return false;
      client.traces.keep(row.id, !row.kept);
    } else if (key === "c") {
      const row = source.list[grid.current?.active() ?? -1];
      if (row === undefined) return false;
      pick(row);
    } else if (["j", "k", "ArrowDown", "ArrowUp", "Home", "End", "PageUp", "PageDown"].includes(key)) {
      grid.current?.focus();
      return grid.current?.press(key) ?? false;
    } else return false;
    return true;
  });
  const exported = useMemo(() => Array.from(rows, (i) => source.list[i]!), [rows, source]);

  return (
    <>
      <div className="sk-toolbar">
        <FilterBox input={input} things="traces" example="gate duration>10ms is:error" fault={shown.fault} />
        <SavedFilters panel="traces" faulty={shown.fault !== undefined} />
        <QueryChips flags={meaning.flags} slow="Only those slower than 99 of 100 that ended lately" />
        {durations === undefined ? <RangeChip /> : null}
        {durations !== undefined ? (
          <button
            type="button"
            className="sk-chip"
            aria-pressed="true"
            data-testid="filter-brush"
            onClick={() => setRest(view, { r: undefined, d: undefined }, "push")}
          >
            Part of the plot <span aria-hidden="true">✕</span>
          </button>
        ) : null}
        <span className="sk-spring" />
        {shown.waiting > 0 ? (
          <span className="sk-badge" data-testid="order-frozen" title="The list stands still while you point at it.">
            {count(shown.waiting)} new, order frozen
          </span>
        ) : null}
        <span className="sk-figures sk-dim" data-testid="traces-count">
          {count(rows.length)} / {count(total)}
        </span>
        <button
          type="button"
          className="sk-button"
          data-testid="action-compare"
          disabled={picked.length < 2}
          title={
            picked.length < 2
              ? "Pick two traces in the column Compare, or with the key c"
              : "What the second spent otherwise than the first"
          }
          onClick={compare}
        >
          {picked.length === 1 ? "Compare: pick one more" : "Compare two"}
        </button>
        <ExportButton traces={exported} what="traces" work={work} />
      </div>
      <ConnectionBanner />
      {total === 0 ? (
        <StatePage id="empty" title="No traces yet">
          <p>
            {client.pause.paused
              ? "The view is paused. Traces that come meanwhile are shown when it goes on."
              : recording.mode === undefined
                ? "Nothing is recorded until it is asked for. Choose above what to record and press Start."
                : "The host records; a trace appears with the next message that is chosen."}
          </p>
        </StatePage>
      ) : (
        <>
          <Scatter source={source} shown={rows} onOpen={open} />
          <div className={phase === "live" ? "sk-split" : "sk-split is-stale"}>
            {rows.length > 0 ? (
              <VirtualGrid
                meaning={meaning}
                source={source}
                rows={rows}
                sort={shown.sort}
                handle={grid}
                onOpen={(i) => open(source.list[i]!)}
                onHold={shown.hold}
              />
            ) : (
              <StatePage
                id="nomatch"
                title={`0 of ${count(total)} match`}
                actions={
                  <button type="button" className="sk-button sk-primary" onClick={clear}>
                    Clear filter
                  </button>
                }
              >
                <p>{q === "" ? "No trace lies in the part of the plot that is chosen." : `No trace matches “${q}”.`}</p>
              </StatePage>
            )}
          </div>
        </>
      )}
    </>
  );
}

/** Back to the list, as it was left or from the beginning. */
export function toList(view: ReturnType<typeof useInspector>["view"]): void {
  const { rest } = view.getState().route;
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => !(traceParameters as readonly string[]).includes(name)));
  navigate(view, { sel: undefined, view: undefined, q: "", sort: [], rest: kept }, "push");
}
