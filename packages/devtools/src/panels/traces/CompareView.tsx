/**
 * Two traces compared: `sel` in the address is one, `with` the other.
 *
 * @module
 */
import { useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { TraceRow } from "../../traces/trace-row.ts";
import { count } from "../../widgets/format.ts";
import { useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, ErrorPage, Loading, StatePage } from "../../widgets/PanelStates.tsx";
import { FilterBox } from "../../widgets/table/FilterBox.tsx";
import { compareTraces, compareView, signed, traceTitle } from "./compare.ts";
import { duration } from "./format.ts";
import { findTrace } from "./list-view.tsx";
import { setRest } from "./rest.ts";
import { orderOf } from "./row-view.ts";
import type { SpanSource } from "./span-source.ts";
import { toList } from "./TraceList.tsx";
import { useTrace } from "./use-trace.ts";
import { VirtualGrid } from "./VirtualGrid.tsx";
import type { ListHandle } from "./VirtualGrid.tsx";
import type { TraceWork } from "./work/trace-work.ts";

/** What differs most comes first, until the user says otherwise. */
const LARGEST = [{ column: "difference", descending: true }] as const;

/** See the file's comment. */
export function CompareView({
  sel,
  other,
  work,
}: {
  readonly sel: string;
  readonly other: string;
  readonly work: TraceWork;
}): ReactElement {
  const { client, view } = useInspector();
  const { traces } = client;
  useVersion(traces);
  // Found once each: the list may be long, and a trace keeps its number.
  const [ids] = useState(() => [sel, other].map((key) => findTrace(traces.rows(), key)?.id));
  const [a, b] = [useTrace(client, work, ids[0]), useTrace(client, work, ids[1])];
  const rows = ids.map((id) => (id === undefined ? undefined : traces.row(id)));
  const q = useView((v) => v.route.q);
  const chosen = useView((v) => v.route.sort);
  const sort = chosen.length > 0 ? chosen : LARGEST;
  const input = useRef<HTMLInputElement>(null);
  const grid = useRef<ListHandle>(null);
  const [left, right] = [a.built?.model, b.built?.model];
  const comparison = useMemo(() => {
    if (left === undefined || right === undefined) return undefined;
    const source = (model: typeof left): SpanSource => ({ model, reader: client.traceNames, texts: traces.names });
    return compareTraces(source(left), source(right));
  }, [left, right, client, traces]);
  const shown = useMemo(
    () => (comparison === undefined ? undefined : orderOf(compareView, comparison, comparison.rows.length, q, sort)),
    [comparison, q, sort],
  );
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "Backspace") toList(view);
    else if (["j", "k", "ArrowDown", "ArrowUp", "Home", "End", "PageUp", "PageDown"].includes(key)) {
      grid.current?.focus();
      return grid.current?.press(key) ?? false;
    } else return false;
    return true;
  });
  const gone = [sel, other].filter((_, i) => rows[i] === undefined && [left, right][i] === undefined);
  const list = (
    <button type="button" className="sk-button" data-testid="action-all-traces" title="Backspace" onClick={() => toList(view)}>
      ← All traces
    </button>
  );
  if (gone.length > 0)
    return (
      <StatePage id="gone" title={`No trace ${gone.join(" and no trace ")}`} actions={list}>
        <p>This page does not have what should be compared: it was recorded elsewhere, cleared, or had to make room.</p>
      </StatePage>
    );
  const error = a.error ?? b.error;
  if (error !== undefined)
    return (
      <ErrorPage
        trouble={{ code: "GARBAGE", msg: `a trace could not be built: ${error}` }}
        onRetry={() => {
          a.refresh();
          b.refresh();
        }}
      />
    );
  const name = (row: TraceRow | undefined, key: string): string => (row === undefined ? key : traceTitle(row.tag, row.command, row.addr));
  const length = (row: TraceRow | undefined): string => (row === undefined ? "" : duration(row.durationUs));
  const show = (key: string, span: number): void =>
    setRest(view, { with: undefined, span: String(span + 1) }, "push", { sel: key, view: "waterfall", q: "", sort: [] });
  return (
    <>
      <div className="sk-toolbar sk-trace-head">
        {list}
        <h2 className="sk-trace-title" data-testid="compare-title">
          <span className="sk-mono">A {name(rows[0], sel)}</span> <span className="sk-dim">{length(rows[0])}</span>
          <span aria-label="and"> · </span>
          <span className="sk-mono">B {name(rows[1], other)}</span> <span className="sk-dim">{length(rows[1])}</span>
          {rows[0] === undefined || rows[1] === undefined ? null : (
            <span className="sk-figures"> · B less A {signed(rows[1].durationUs - rows[0].durationUs)}</span>
          )}
        </h2>
        <span className="sk-spring" />
        <button
          type="button"
          className="sk-button"
          data-testid="action-swap"
          onClick={() => setRest(view, { with: sel }, "replace", { sel: other })}
        >
          Swap A and B
        </button>
      </div>
      <ConnectionBanner />
      <div className="sk-toolbar">
        <FilterBox input={input} things="ways" example="gate self>1ms is:slower" fault={shown?.fault} />
        <span className="sk-figures sk-dim" data-testid="compare-count">
          {count(shown?.rows.length ?? 0)} / {count(comparison?.rows.length ?? 0)} ways
        </span>
      </div>
      {comparison === undefined || shown === undefined ? (
        <Loading columns={5} />
      ) : shown.rows.length === 0 ? (
        <StatePage id="nomatch" title={`0 of ${count(comparison.rows.length)} match`}>
          <p>No way through the services matches the filter.</p>
        </StatePage>
      ) : (
        <div className="sk-split">
          <VirtualGrid
            meaning={compareView}
            source={comparison}
            rows={shown.rows}
            sort={sort}
            handle={grid}
            onOpen={(i) => {
              const row = comparison.rows[i]!;
              if (row.b.first >= 0) show(other, row.b.first);
              else show(sel, row.a.first);
            }}
          />
        </div>
      )}
    </>
  );
}
