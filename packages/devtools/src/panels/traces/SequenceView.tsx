/**
 * A trace as a sequence diagram: a lifeline for each service, an arrow for each message, in the order they were sent.
 *
 * @module
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import type { ReactElement, Ref } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { rowHeights } from "../../stores/view.ts";
import { ArrowKind } from "../../traces/model.ts";
import { MOST_ARROWS, sequenceOf } from "../../traces/sequence.ts";
import type { Sequence } from "../../traces/sequence.ts";
import type { TimeScale } from "../../traces/time-scale.ts";
import { count } from "../../widgets/format.ts";
import { useView, useVersion } from "../../widgets/hooks.ts";
import { Popup } from "../../widgets/Popup.tsx";
import { StatePage } from "../../widgets/PanelStates.tsx";
import { arrowText, arrowView, describeArrow } from "./arrow-source.ts";
import type { ArrowSource } from "./arrow-source.ts";
import { orderOf } from "./row-view.ts";
import { serviceText } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";
import { GUTTER_PX, LANE_PX, laneX, paintSequence } from "./timeline/paint-sequence.ts";
import { seriesOf, usePainter } from "../../widgets/painter.ts";
import type { Paint } from "../../widgets/painter.ts";
import { Ruler } from "./timeline/Ruler.tsx";
import type { TimeWindow } from "./timeline/time-window.ts";
import { moveTo, VirtualGrid } from "./VirtualGrid.tsx";
import type { ListHandle } from "./VirtualGrid.tsx";

const OVER_PX = 200;
/** Services that the menu of lifelines lists. */
const MOST_CHOICES = 300;

/** See the file's comment. */
export function SequenceView(props: {
  readonly source: SpanSource;
  readonly scale: TimeScale;
  readonly window: TimeWindow;
  /** Spans that pass the filter; absent: no filter. */
  readonly matches: Uint8Array | undefined;
  readonly selected: number;
  readonly onSelect: (span: number, step: "push" | "replace") => void;
  readonly follows: boolean;
  readonly handle: Ref<ListHandle>;
}): ReactElement {
  const { source: spans, scale, window, matches } = props;
  const { model } = spans;
  useVersion(window);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(() => new Set());
  const [byType, setByType] = useState(false);
  const [asList, setAsList] = useState(false);
  const { from, to, whole } = window;
  // One number for each name, so that services of a type can share a lifeline.
  const laneOf = useMemo(() => {
    if (!byType) return undefined;
    const numbers = new Map<string, number>();
    return (addr: number, node: number): number => {
      const name = serviceText(spans, node, addr);
      let id = numbers.get(name);
      if (id === undefined) numbers.set(name, (id = numbers.size + 1));
      return id;
    };
  }, [byType, spans]);
  const wish = useMemo(
    () => ({ ...(laneOf === undefined ? {} : { laneOf }), ...(whole ? {} : { from: scale.toReal(from), to: scale.toReal(to) }) }),
    [laneOf, whole, scale, from, to],
  );
  const all = useMemo(() => sequenceOf(model, { ...wish, most: Infinity }).lanes, [model, wish]);
  const sequence = useMemo<Sequence>(() => sequenceOf(model, { ...wish, hidden }), [model, wish, hidden]);
  const source = useMemo<ArrowSource>(() => ({ spans, sequence }), [spans, sequence]);
  const laneText = (lane: { readonly addr: number; readonly node: number }): string =>
    byType || lane.addr === 0
      ? serviceText(spans, lane.node, lane.addr)
      : `${serviceText(spans, lane.node, lane.addr)} ${formatAddress(lane.addr)}`;
  const list = useRef<ListHandle>(null);
  const diagram = useRef<ListHandle>(null);
  useImperativeHandle(props.handle, () => ({
    focus: () => (asList ? list : diagram).current?.focus(),
    active: () => -1,
    press: (key) => {
      if (key === "T" || key === "t") {
        setAsList(!asList);
        return true;
      }
      return (asList ? list : diagram).current?.press(key) ?? false;
    },
  }));
  const spanOf = (row: number): number => model.arrows.span[sequence.arrows[row]!]!;

  return (
    <div className="sk-seq" data-testid="trace-sequence">
      <div className="sk-seq-tools">
        <span className="sk-figures" data-testid="sequence-count">
          {count(sequence.arrows.length)} / {count(sequence.total)} messages, {count(sequence.lanes.length)} services
        </span>
        <label className="sk-choice">
          <input
            type="checkbox"
            data-testid="sequence-by-type"
            checked={byType}
            onChange={(e) => (setHidden(new Set()), setByType(e.target.checked))}
          />
          one lifeline for services of one name
        </label>
        <Popup label="Lifelines" testId="lifelines">
          <ul className="sk-menu-list">
            {all.slice(0, MOST_CHOICES).map((lane) => (
              <li key={lane.id}>
                <label>
                  <input
                    type="checkbox"
                    checked={!hidden.has(lane.id)}
                    onChange={() => {
                      const next = new Set(hidden);
                      if (!next.delete(lane.id)) next.add(lane.id);
                      setHidden(next);
                    }}
                  />{" "}
                  {laneText(lane)}
                </label>
              </li>
            ))}
          </ul>
          {all.length > MOST_CHOICES ? (
            <p className="sk-dim">
              The first {count(MOST_CHOICES)} of {count(all.length)}.
            </p>
          ) : null}
        </Popup>
        <button
          type="button"
          className="sk-button"
          aria-pressed={asList}
          data-testid="sequence-list"
          title="T"
          onClick={() => setAsList(!asList)}
        >
          As a list
        </button>
      </div>
      <div className="sk-seq-ruler">
        <Ruler model={model} scale={scale} window={window} />
      </div>
      {sequence.total > sequence.arrows.length ? (
        <div className="sk-banner sk-banner-warn" role="status" data-testid="sequence-narrow">
          <span>
            These are the first {count(MOST_ARROWS)} of {count(sequence.total)} messages. Choose a shorter stretch on the axis above, or
            hide lifelines, to see the others.
          </span>
        </div>
      ) : null}
      {sequence.arrows.length === 0 ? (
        <StatePage id="nomatch" title="No messages here">
          <p>
            {model.arrows.count === 0
              ? "The trace has no message from one service to another."
              : "No message was under way in the stretch that is chosen, between the lifelines that are shown."}
          </p>
        </StatePage>
      ) : asList ? (
        <MessageList source={source} handle={list} onOpen={(row) => props.onSelect(spanOf(row), "push")} />
      ) : (
        <Diagram
          {...props}
          arrows={source}
          matches={matches}
          handle={diagram}
          laneText={laneText}
          hide={(id) => setHidden(new Set([...hidden, id]))}
        />
      )}
    </div>
  );
}

function MessageList(props: {
  readonly source: ArrowSource;
  readonly handle: Ref<ListHandle>;
  readonly onOpen: (row: number) => void;
}): ReactElement {
  const { source } = props;
  const q = useView((v) => v.route.q);
  const sort = useView((v) => v.route.sort);
  const { rows } = useMemo(() => orderOf(arrowView, source, source.sequence.arrows.length, q, sort), [source, q, sort]);
  return <VirtualGrid meaning={arrowView} source={source} rows={rows} sort={sort} handle={props.handle} onOpen={props.onOpen} />;
}

function Diagram(props: {
  readonly arrows: ArrowSource;
  readonly matches: Uint8Array | undefined;
  readonly selected: number;
  readonly onSelect: (span: number, step: "push" | "replace") => void;
  readonly follows: boolean;
  readonly handle: Ref<ListHandle>;
  readonly laneText: (lane: { readonly addr: number; readonly node: number }) => string;
  readonly hide: (lane: number) => void;
}): ReactElement {
  const { arrows: source, matches, selected, onSelect, laneText, hide } = props;
  const { spans, sequence } = source;
  const { model } = spans;
  const rowPx = Math.max(28, rowHeights[useView((v) => v.density)]);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [active, setActive] = useState(-1);
  const rows = sequence.arrows.length;
  const spanOf = (row: number): number => model.arrows.span[sequence.arrows[row]!]!;
  const selectedRow = useMemo(
    () => (selected < 0 ? -1 : sequence.arrows.findIndex((a) => model.arrows.span[a] === selected)),
    [sequence, model, selected],
  );
  const lanes = useVirtualizer({
    horizontal: true,
    count: sequence.lanes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LANE_PX,
    overscan: 2,
    scrollMargin: GUTTER_PX,
    useFlushSync: false,
  });
  const draw = useCallback(
    (p: Paint) => {
      const at = scroller.current!;
      const top = Math.max(0, at.scrollTop - OVER_PX);
      const left = Math.max(0, at.scrollLeft - OVER_PX);
      canvas.current!.style.transform = `translate(${left}px, ${top}px)`;
      paintSequence(p, {
        model,
        sequence,
        rowPx,
        top,
        left,
        colourOf: (lane) => seriesOf(serviceText(spans, sequence.lanes[lane]!.node, sequence.lanes[lane]!.addr)),
        textOf: (row) => {
          const session = model.arrows.session[sequence.arrows[row]!]!;
          return `${arrowText(source, row)}${session === 0 ? "" : ` #${session}`}`;
        },
        passes: (row) => {
          const span = model.arrows.span[sequence.arrows[row]!]!;
          return matches === undefined || (span >= 0 && matches[span] !== 0);
        },
        active,
        selected: selectedRow,
      });
    },
    [source, model, sequence, spans, rowPx, matches, active, selectedRow],
  );
  const redraw = usePainter(canvas, draw);
  useEffect(() => {
    const at = scroller.current;
    at?.addEventListener("scroll", redraw, { passive: true });
    return () => at?.removeEventListener("scroll", redraw);
  }, [redraw]);

  /** Brings a row into view, and both ends of its arrow as far as they fit. */
  const show = (row: number): void => {
    const at = scroller.current;
    if (at === null) return;
    const head = 32;
    const [y, view] = [row * rowPx, at.clientHeight - head];
    if (y < at.scrollTop) at.scrollTop = y;
    else if (y + rowPx > at.scrollTop + view) at.scrollTop = y + rowPx - view;
    const [a, b] = [laneX(sequence.from[row]!), laneX(sequence.to[row]!)];
    const [low, high] = [Math.min(a, b) - LANE_PX / 2, Math.max(a, b) + LANE_PX / 2];
    if (high > at.scrollLeft + at.clientWidth) at.scrollLeft = high - at.clientWidth;
    if (low < at.scrollLeft) at.scrollLeft = Math.max(0, low - (low < GUTTER_PX + LANE_PX ? GUTTER_PX : 0));
  };
  const go = (row: number): void => {
    setActive(row);
    show(row);
    if (props.follows && spanOf(row) >= 0) onSelect(spanOf(row), "replace");
  };
  const press = (key: string): boolean => {
    if (key === "ArrowLeft" || key === "a") scroller.current?.scrollBy(-LANE_PX, 0);
    else if (key === "ArrowRight" || key === "d") scroller.current?.scrollBy(LANE_PX, 0);
    else if (key === "Enter" && active >= 0) onSelect(spanOf(active), "push");
    else if (key === "n" || key === "N") {
      const step = key === "n" ? 1 : -1;
      for (let i = 1; i <= rows; i++) {
        const row = ((((active < 0 ? (step > 0 ? -1 : 0) : active) + step * i) % rows) + rows) % rows;
        const span = spanOf(row);
        if (matches === undefined ? model.arrows.kind[sequence.arrows[row]!] !== ArrowKind.error : span < 0 || matches[span] === 0)
          continue;
        go(row);
        return true;
      }
      return false;
    } else {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 2);
      const to = rows === 0 ? undefined : moveTo(key, active, page, rows - 1);
      if (to === undefined) return false;
      go(to);
    }
    return true;
  };
  useImperativeHandle(props.handle, () => ({ focus: () => scroller.current?.focus(), press, active: () => active }));
  const width = GUTTER_PX + sequence.lanes.length * LANE_PX;
  const errors = sequence.arrows.reduce((n, a) => n + (model.arrows.kind[a] === ArrowKind.error ? 1 : 0), 0);

  return (
    <>
      <div
        ref={scroller}
        className="sk-seq-scroll"
        role="group"
        aria-label="Sequence diagram. The arrow keys move from message to message, T shows the messages as a list."
        tabIndex={0}
        data-testid="sequence-diagram"
        onKeyDown={(e) => {
          if (e.defaultPrevented || e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey) return;
          if (press(e.key)) e.preventDefault();
        }}
      >
        <div className="sk-seq-head" style={{ width }}>
          {lanes.getVirtualItems().map(({ index, start }) => {
            const lane = sequence.lanes[index]!;
            const text = laneText(lane);
            return (
              <div key={lane.id} className="sk-seq-lane" data-testid="lane" style={{ transform: `translateX(${start}px)`, width: LANE_PX }}>
                <i className={`sk-wf-swatch is-${seriesOf(serviceText(spans, lane.node, lane.addr))}`} aria-hidden="true" />
                <span className="sk-wf-text" title={text}>
                  {text}
                </span>
                <button
                  type="button"
                  className="sk-icon-button"
                  aria-label={`Hide ${text}`}
                  title="Hide this lifeline"
                  onClick={() => hide(lane.id)}
                >
                  ✕
                </button>
              </div>
            );
          })}
        </div>
        <div className="sk-seq-body" style={{ width, height: rows * rowPx + 8 }}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={`${count(rows)} messages between ${count(sequence.lanes.length)} services, ${count(errors)} of them errors. “As a list” shows them as a table.`}
            data-testid="plot-sequence"
            onClick={(e) => {
              const box = scroller.current!.getBoundingClientRect();
              const row = Math.floor((e.clientY - box.top + scroller.current!.scrollTop - 32) / rowPx);
              if (row < 0 || row >= rows) return;
              setActive(row);
              if (spanOf(row) >= 0) onSelect(spanOf(row), "push");
            }}
          />
        </div>
      </div>
      <p className="sk-wf-legend sk-dim" data-testid="sequence-active">
        <span>
          {active < 0 || active >= rows
            ? "Solid: call or send. Dashed: reply. ✖: error. An open tip: nobody has taken it."
            : `${active + 1} of ${count(rows)}: ${describeArrow(source, active)}`}
        </span>
      </p>
    </>
  );
}
