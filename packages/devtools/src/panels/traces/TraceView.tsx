/**
 * One trace: its head line, the choice of views, the filter, and the details of a span.
 *
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import { compileFilter } from "../../stores/filter/compile.ts";
import { navigate } from "../../stores/view.ts";
import { matchSpans } from "../../traces/layout.ts";
import { timeScale } from "../../traces/time-scale.ts";
import type { TraceRow } from "../../traces/trace-row.ts";
import { count } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, ErrorPage, Loading, StatePage } from "../../widgets/PanelStates.tsx";
import { FilterBox } from "../../widgets/table/FilterBox.tsx";
import { ExportButton } from "./ExportDialog.tsx";
import { Flame } from "./Flame.tsx";
import { duration } from "./format.ts";
import { findTrace } from "./list-view.tsx";
import { readRange, setRest, writeRange } from "./rest.ts";
import { orderOf } from "./row-view.ts";
import { SequenceView } from "./SequenceView.tsx";
import { SpanDrawer } from "./SpanDrawer.tsx";
import { spanView } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";
import { TimeWindow } from "./timeline/time-window.ts";
import { toList } from "./TraceList.tsx";
import { useTrace } from "./use-trace.ts";
import type { OpenTrace } from "./use-trace.ts";
import { VirtualGrid } from "./VirtualGrid.tsx";
import type { ListHandle } from "./VirtualGrid.tsx";
import { Waterfall } from "./Waterfall.tsx";
import type { TraceWork } from "./work/trace-work.ts";

const views = [
  { name: "waterfall", title: "Waterfall" },
  { name: "sequence", title: "Sequence" },
  { name: "flame", title: "Flame" },
  { name: "table", title: "Table" },
] as const;

/** The stretch in view goes into the address so long after it has changed, in milliseconds. */
const SETTLE_MS = 250;

/** See the file's comment. */
export function TraceView({ sel, work }: { readonly sel: string; readonly work: TraceWork }): ReactElement {
  const { client, view } = useInspector();
  useVersion(client.traces);
  // Found once: the list may be long, and a trace keeps its number.
  const [found, setFound] = useState<number>();
  const row = found === undefined ? findTrace(client.traces.rows(), sel) : client.traces.row(found);
  const id = row?.id;
  useEffect(() => setFound(id), [id]);
  const open = useTrace(client, work, id);
  if (row === undefined && open.built === undefined)
    return (
      <StatePage
        id="gone"
        title={`No trace ${sel}`}
        actions={
          <button type="button" className="sk-button sk-primary" onClick={() => toList(view)}>
            All traces
          </button>
        }
      >
        <p>
          This page does not have this trace: it was recorded elsewhere, cleared, or had to make room. Traces that are kept stay longer.
        </p>
      </StatePage>
    );
  if (open.error !== undefined)
    return <ErrorPage trouble={{ code: "GARBAGE", msg: `the trace could not be built: ${open.error}` }} onRetry={open.refresh} />;
  return <Opened row={row} sel={sel} open={open} work={work} />;
}

function Opened(props: {
  readonly row: TraceRow | undefined;
  readonly sel: string;
  readonly open: OpenTrace;
  readonly work: TraceWork;
}): ReactElement {
  const { client, view } = useInspector();
  const { row, open, work } = props;
  const { built } = open;
  const chosen = useView((v) => v.route.view);
  const shown = views.find((v) => v.name === chosen)?.name ?? "waterfall";
  const critical = useView((v) => v.route.rest["critical"] === "1");
  const gaps = useView((v) => v.route.rest["gaps"] === "all");
  const phase = useConnection((c) => c.phase);
  return (
    <>
      <div className="sk-toolbar sk-trace-head">
        <button type="button" className="sk-button" data-testid="action-all-traces" title="Backspace" onClick={() => toList(view)}>
          ← All traces
        </button>
        <h2 className="sk-trace-title" data-testid="trace-title">
          <span className="sk-mono">{row?.tag ?? props.sel}</span>
          {row === undefined ? null : (
            <span className="sk-dim">
              {row.command === "" ? "" : ` · ${row.command}`} · {duration(row.durationUs)} · {count(row.spans)} spans ·{" "}
              {count(row.services)} services
              {row.errors > 0 ? (
                <span className="sk-tone-err">
                  {" "}
                  · ✖ {count(row.errors)} {row.errors === 1 ? "error" : "errors"}
                </span>
              ) : null}
              {row.open > 0 ? " · goes on" : null}
              {row.partial ? <span className="sk-tone-warn"> · ◇ its beginning is missing</span> : null}
            </span>
          )}
        </h2>
        <span className="sk-spring" />
        {row === undefined ? null : (
          <button
            type="button"
            className="sk-button"
            aria-pressed={row.kept}
            data-testid="action-keep"
            title="Kept traces stay when others make room"
            onClick={() => client.traces.keep(row.id, !row.kept)}
          >
            {row.kept ? "★ Kept" : "☆ Keep"}
          </button>
        )}
        <ExportButton traces={row === undefined ? [] : [row]} what="trace" work={work} />
      </div>
      <ConnectionBanner />
      {row === undefined ? (
        <div className="sk-banner sk-banner-warn" data-testid="state-gone">
          <span>This trace has made room for newer ones. What is shown is all that is left of it.</span>
        </div>
      ) : null}
      {open.behind > 0 ? (
        <div className="sk-banner" data-testid="trace-behind">
          <span>{count(open.behind)} more events of this trace have come since it was drawn.</span>
          <button type="button" className="sk-button" onClick={open.refresh}>
            Draw them
          </button>
        </div>
      ) : null}
      {built === undefined ? (
        <Loading columns={3} />
      ) : (
        <Views built={built} tag={row?.tag ?? props.sel} shown={shown} critical={critical} gaps={gaps} stale={phase !== "live"} />
      )}
    </>
  );
}

function Views(props: {
  readonly built: NonNullable<OpenTrace["built"]>;
  readonly tag: string;
  readonly shown: (typeof views)[number]["name"];
  readonly critical: boolean;
  readonly gaps: boolean;
  readonly stale: boolean;
}): ReactElement {
  const { client, view } = useInspector();
  const { built, shown, critical, gaps } = props;
  const { model } = built;
  const q = useView((v) => v.route.q);
  const sort = useView((v) => v.route.sort);
  const drawer = useView((v) => v.drawer);
  const wanted = useView((v) => v.route.rest["span"]);
  const selected =
    wanted !== undefined && /^\d+$/.test(wanted) && Number(wanted) >= 1 && Number(wanted) <= model.spans ? Number(wanted) - 1 : -1;
  const source = useMemo<SpanSource>(() => ({ model, reader: client.traceNames, texts: client.traces.names }), [model, client]);
  const scale = useMemo(() => timeScale(model, !gaps), [model, gaps]);
  const window = useWindow(scale);
  const compiled = useMemo(() => compileFilter(q, spanView, source), [q, source]);
  const fault = "fault" in compiled ? compiled.fault : undefined;
  const matches = useMemo(
    () => ("fault" in compiled || compiled.terms.length === 0 ? undefined : matchSpans(model, compiled.test)),
    [compiled, model],
  );
  const matching = useMemo(() => matches?.reduce((n, hit) => n + hit, 0) ?? model.spans, [matches, model]);
  const input = useRef<HTMLInputElement>(null);
  const handle = useRef<{ focus(): void; press(key: string): boolean }>(null);
  const open = drawer && selected >= 0;
  const select = (span: number, step: "push" | "replace"): void => {
    if (span < 0) return;
    view.setState({ drawer: true });
    setRest(view, { span: String(span + 1) }, step);
  };
  const close = (): void => {
    view.setState({ drawer: false });
    handle.current?.focus();
  };
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "Escape" && open) close();
    else if (key === "Escape" && q !== "") navigate(view, { q: "" }, "push");
    else if (key === "Backspace") toList(view);
    else if (key === "T") {
      if (shown === "sequence") return handle.current?.press(key) ?? false;
      navigate(view, { view: shown === "table" ? "waterfall" : "table", sort: [] }, "push");
    } else if (["j", "k", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"].includes(key)) {
      handle.current?.focus();
      return handle.current?.press(key) ?? false;
    } else return handle.current?.press(key) ?? false;
    return true;
  });
  const ordered = useMemo(
    () => (shown === "table" ? orderOf(spanView, source, model.spans, q, sort) : undefined),
    [shown, source, model, q, sort],
  );
  const nothing = matching === 0 && (shown === "waterfall" || shown === "table");
  const list = handle as React.Ref<ListHandle>;
  return (
    <>
      <div className="sk-toolbar sk-trace-tools">
        <span className="sk-trace-views" role="group" aria-label="View">
          {views.map(({ name, title }) => (
            <button
              key={name}
              type="button"
              className="sk-chip"
              aria-pressed={shown === name}
              data-testid={`view-${name}`}
              onClick={() => navigate(view, { view: name, sort: [] }, "push")}
            >
              {title}
            </button>
          ))}
        </span>
        <FilterBox input={input} things="spans" example="gate run>1ms is:error" fault={fault} />
        <span className="sk-figures sk-dim" data-testid="spans-count">
          {count(matching)} / {count(model.spans)} spans
        </span>
        <span className="sk-spring" />
        {shown === "waterfall" ? (
          <button
            type="button"
            className="sk-chip"
            aria-pressed={critical}
            data-testid="toggle-critical"
            title="The stretches that, if they were shorter, would make the whole shorter"
            onClick={() => setRest(view, { critical: critical ? undefined : "1" }, "replace")}
          >
            Critical path
          </button>
        ) : null}
        {shown === "waterfall" || shown === "sequence" ? (
          <>
            <button
              type="button"
              className="sk-chip"
              aria-pressed={!gaps}
              data-testid="toggle-gaps"
              title="Stretches in which nothing of the trace ran are cut when they are over three times as long as all that did"
              onClick={() => setRest(view, { gaps: gaps ? undefined : "all" }, "replace")}
            >
              Cut idle time
            </button>
            <WholeButton window={window} />
          </>
        ) : null}
      </div>
      <div className={props.stale ? "sk-split is-stale" : "sk-split"}>
        {nothing ? (
          <StatePage
            id="nomatch"
            title={`0 of ${count(model.spans)} match`}
            actions={
              <button type="button" className="sk-button sk-primary" onClick={() => navigate(view, { q: "" }, "push")}>
                Clear filter
              </button>
            }
          >
            <p>No span of this trace matches “{q}”.</p>
          </StatePage>
        ) : shown === "waterfall" ? (
          <Waterfall
            source={source}
            built={built}
            scale={scale}
            window={window}
            matches={matches}
            critical={critical}
            selected={selected}
            onSelect={select}
            follows={open}
            handle={handle}
          />
        ) : shown === "sequence" ? (
          <SequenceView
            source={source}
            scale={scale}
            window={window}
            matches={matches}
            selected={selected}
            onSelect={select}
            follows={open}
            handle={list}
          />
        ) : shown === "flame" ? (
          <Flame source={source} handle={list} onSelect={(s) => select(s, "push")} />
        ) : (
          <VirtualGrid
            meaning={spanView}
            source={source}
            rows={ordered!.rows}
            sort={sort}
            selected={selected < 0 ? undefined : String(selected + 1)}
            handle={list}
            onOpen={(s) => select(s, "push")}
          />
        )}
        {open ? <SpanDrawer source={source} span={selected} tag={props.tag} onSelect={(s) => select(s, "push")} onClose={close} /> : null}
      </div>
    </>
  );
}

/** Shows all of the trace again; there while it does not. */
function WholeButton({ window }: { readonly window: TimeWindow }): ReactElement | null {
  useVersion(window);
  if (window.whole) return null;
  return (
    <button type="button" className="sk-button" data-testid="action-whole" title="0" onClick={() => window.reset()}>
      Show all
    </button>
  );
}

/** The stretch in view, kept in the address as `w`: microseconds from the beginning of the trace. */
function useWindow(scale: ReturnType<typeof timeScale>): TimeWindow {
  const { view } = useInspector();
  const begin = scale.toReal(0);
  const [window] = useState(() => new TimeWindow(scale.length));
  const w = useView((v) => v.route.rest["w"]);
  /** What this wrote itself need not be read back, unless the axis has changed. */
  const written = useRef<string>(undefined);
  const known = useRef(scale);
  useEffect(() => {
    window.resize(scale.length);
    const range = readRange(w);
    if (w === written.current && (w === undefined || scale === known.current)) return;
    written.current = w;
    known.current = scale;
    if (range === undefined) window.reset();
    else window.show(scale.toShown(begin + range[0]), scale.toShown(begin + range[1]));
  }, [window, scale, begin, w]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (): void => {
      const text = window.whole ? undefined : writeRange(scale.toReal(window.from) - begin, scale.toReal(window.to) - begin);
      if (text === view.getState().route.rest["w"]) return;
      written.current = text;
      setRest(view, { w: text }, "replace");
    };
    const stop = window.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(settle, SETTLE_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [window, scale, begin, view]);
  return window;
}
