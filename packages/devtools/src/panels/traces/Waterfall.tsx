/**
 * A trace as a waterfall: names in a tree grid, and beside them a canvas with what each span did when.
 *
 * Both have only the rows in view, and lie in one scrolled area, so that they never part.
 *
 * @module
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from "react";
import type { PointerEvent, ReactElement, Ref } from "react";
import { rowHeights } from "../../stores/view.ts";
import { layoutTrace, RowFlag } from "../../traces/layout.ts";
import type { Layout } from "../../traces/layout.ts";
import { SpanState } from "../../traces/model.ts";
import type { TimeScale } from "../../traces/time-scale.ts";
import { count } from "../../widgets/format.ts";
import { useView } from "../../widgets/hooks.ts";
import { duration } from "./format.ts";
import { serviceText, spanText, stateNames } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";
import { indexPath, paintRows, rowOfSpan } from "./timeline/paint-rows.ts";
import { seriesOf, usePainter } from "../../widgets/painter.ts";
import type { Paint } from "../../widgets/painter.ts";
import { Ruler } from "./timeline/Ruler.tsx";
import type { TimeWindow } from "./timeline/time-window.ts";
import { moveTo } from "./VirtualGrid.tsx";
import type { Built } from "./work/build.ts";

/** Pixels of the canvas above and below what is in view, so that a quick scroll finds them drawn. */
const OVER_PX = 224;
/** Levels that are set in; deeper ones say by how much. */
const MOST_INDENT = 10;
/** A pointer that moved less has clicked. */
const CLICK_PX = 4;

/** What the panel may ask of it. */
export interface WaterfallHandle {
  focus(): void;
  press(key: string): boolean;
}

/** See the file's comment. */
export function Waterfall(props: {
  readonly source: SpanSource;
  readonly built: Built;
  readonly scale: TimeScale;
  readonly window: TimeWindow;
  /** Of a filter; absent: no filter. */
  readonly matches: Uint8Array | undefined;
  readonly critical: boolean;
  /** The span whose details are shown; −1 for none. */
  readonly selected: number;
  readonly onSelect: (span: number, step: "push" | "replace") => void;
  /** Details are open: they follow the active row. */
  readonly follows: boolean;
  readonly handle: Ref<WaterfallHandle>;
}): ReactElement {
  const { source, built, scale, window, matches, selected, onSelect } = props;
  const { model } = source;
  const rowPx = rowHeights[useView((v) => v.density)];
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const names = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => new Set());
  const [opened, setOpened] = useState<ReadonlySet<number>>(() => new Set());
  /** The span that keys act on. */
  const [active, setActive] = useState(-1);
  const layout = useMemo<Layout>(
    () =>
      folded.size === 0 && opened.size === 0 && matches === undefined
        ? built.layout
        : layoutTrace(model, { folded, opened, ...(matches === undefined ? {} : { matches }) }),
    [built, model, folded, opened, matches],
  );
  const activeRow = useMemo(() => (active < 0 ? -1 : rowOfSpan(layout, active)), [layout, active]);
  const selectedRow = useMemo(() => (selected < 0 ? -1 : rowOfSpan(layout, selected)), [layout, selected]);
  const path = useMemo(() => (props.critical ? indexPath(built.path, model.spans) : undefined), [props.critical, built, model]);

  const virtual = useVirtualizer({
    count: layout.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    useFlushSync: false,
    // The active row stays in the document, so that aria-activedescendant always names something.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeRow >= 0 && activeRow < layout.count && (activeRow < indexes[0]! || activeRow > indexes.at(-1)!)) {
        indexes.push(activeRow);
        indexes.sort((a, b) => a - b);
      }
      return indexes;
    },
  });
  useEffect(() => virtual.measure(), [virtual, rowPx]);

  // --- the picture

  const drag = useRef<{ readonly x0: number; x1: number; readonly pans: boolean }>(undefined);
  const pointer = useRef<number>(undefined);
  const colours = useRef(new Map<string, string>());
  const draw = useCallback(
    (p: Paint) => {
      const top = Math.max(0, (scroller.current?.scrollTop ?? 0) - OVER_PX);
      canvas.current!.style.transform = `translateY(${top}px)`;
      const colourOf = (s: number): string => {
        const key = serviceText(source, model.node[s]!, model.addr[s]!);
        let known = colours.current.get(key);
        if (known === undefined) colours.current.set(key, (known = seriesOf(key)));
        return known;
      };
      paintRows(p, {
        model,
        layout,
        scale,
        window,
        rowPx,
        top,
        colourOf,
        errorOf: (s) => source.texts[model.error[s]!] ?? "",
        critical: path,
        selected: selectedRow,
        active: activeRow,
      });
      marks(p, drag.current, pointer.current, scale, window, model.begin, Math.max(0, (scroller.current?.scrollTop ?? 0) - top));
    },
    [source, model, layout, scale, window, rowPx, path, selectedRow, activeRow],
  );
  const redraw = usePainter(canvas, draw);
  useEffect(() => window.subscribe(redraw), [window, redraw]);
  useEffect(() => {
    const at = scroller.current;
    const surface = canvas.current;
    if (at === null || surface === null) return undefined;
    const wheel = (e: WheelEvent): void => {
      const box = surface.getBoundingClientRect();
      const perPx = (window.to - window.from) / Math.max(1, box.width);
      if (e.ctrlKey || e.metaKey)
        window.zoom(Math.exp(Math.max(-60, Math.min(60, e.deltaY)) / 100), window.from + (e.clientX - box.left) * perPx);
      else if (e.shiftKey) window.pan((e.deltaX + e.deltaY) * perPx);
      else if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) window.pan(e.deltaX * perPx);
      else return;
      e.preventDefault();
    };
    // The axis above ends where the picture does, beside the scroll bar.
    const gutter = (): void => at.parentElement!.style.setProperty("--sk-gutter", `${at.offsetWidth - at.clientWidth}px`);
    const resized = new ResizeObserver(gutter);
    resized.observe(at);
    gutter();
    at.addEventListener("scroll", redraw, { passive: true });
    surface.addEventListener("wheel", wheel, { passive: false });
    return () => {
      resized.disconnect();
      at.removeEventListener("scroll", redraw);
      surface.removeEventListener("wheel", wheel);
    };
  }, [window, redraw]);

  // --- keys and clicks

  const toggle = (row: number, show?: boolean): boolean => {
    const span = layout.span[row]!;
    const flags = layout.flags[row]!;
    if ((flags & RowFlag.joined) !== 0) {
      if (show === false) return false;
      setOpened(new Set([...opened, span]));
      return true;
    }
    if (opened.has(span) && show === false && (flags & RowFlag.parent) === 0) {
      setOpened(new Set([...opened].filter((s) => s !== span)));
      return true;
    }
    if ((flags & RowFlag.parent) === 0) return false;
    const isFolded = (flags & RowFlag.folded) !== 0;
    if (show !== undefined && show !== isFolded) return false;
    const next = new Set(folded);
    if (isFolded) next.delete(span);
    else next.add(span);
    setFolded(next);
    return true;
  };
  const go = (row: number): void => {
    setActive(layout.span[row]!);
    virtual.scrollToIndex(row, { align: "auto" });
    if (props.follows) onSelect(layout.span[row]!, "replace");
  };
  /** The next row, from the active one on and around, that a test holds for. */
  const find = (step: 1 | -1): boolean => {
    const wanted = (row: number): boolean =>
      matches === undefined ? model.state[layout.span[row]!] === SpanState.failed : matches[layout.span[row]!] !== 0;
    for (let i = 1; i <= layout.count; i++) {
      const row = ((((activeRow < 0 ? (step > 0 ? -1 : 0) : activeRow) + step * i) % layout.count) + layout.count) % layout.count;
      if (!wanted(row)) continue;
      go(row);
      return true;
    }
    return false;
  };
  const press = (key: string): boolean => {
    const view = window.to - window.from;
    switch (key) {
      case "w":
      case "+":
      case "=":
        window.zoom(0.7);
        return true;
      case "s":
      case "-":
        window.zoom(1 / 0.7);
        return true;
      case "a":
        window.pan(-view / 5);
        return true;
      case "d":
        window.pan(view / 5);
        return true;
      case "0":
        window.reset();
        return true;
      case "[": {
        const all = new Set<number>();
        for (let s = 0; s < model.spans; s++) if (model.childFirst[s + 1]! > model.childFirst[s]!) all.add(s);
        setFolded(all);
        return true;
      }
      case "]":
        setFolded(new Set());
        return true;
      case "n":
        return find(1);
      case "N":
        return find(-1);
      case "ArrowRight":
        if (activeRow < 0) return false;
        if (!toggle(activeRow, true) && activeRow + 1 < layout.count && layout.depth[activeRow + 1]! > layout.depth[activeRow]!)
          go(activeRow + 1);
        return true;
      case "ArrowLeft":
        if (activeRow < 0) return false;
        if (!toggle(activeRow, false)) {
          let up = activeRow - 1;
          while (up >= 0 && layout.depth[up]! >= layout.depth[activeRow]!) up--;
          if (up >= 0) go(up);
        }
        return true;
      case "Enter":
        if (activeRow < 0) return false;
        onSelect(layout.span[activeRow]!, "push");
        return true;
      default: {
        const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 1);
        const to = layout.count === 0 ? undefined : moveTo(key, activeRow, page, layout.count - 1);
        if (to === undefined) return false;
        go(to);
        return true;
      }
    }
  };
  useImperativeHandle(props.handle, () => ({ focus: () => names.current?.focus(), press }));

  const items = virtual.getVirtualItems();
  // Deep trees are shown from the depth of what is in view on, so that names stay readable.
  const base = Math.max(
    0,
    items.reduce((least, { index }) => (index === activeRow ? least : Math.min(least, layout.depth[index]!)), Infinity) - 1,
  );
  const indentFrom = Number.isFinite(base) ? base : 0;

  const place = (e: PointerEvent): readonly [x: number, row: number] => {
    const box = canvas.current!.getBoundingClientRect();
    const y = e.clientY - scroller.current!.getBoundingClientRect().top + scroller.current!.scrollTop;
    return [Math.min(box.width, Math.max(0, e.clientX - box.left)), Math.floor(y / rowPx)];
  };
  const pick = (row: number): void => {
    if (row < 0 || row >= layout.count) return;
    setActive(layout.span[row]!);
    onSelect(layout.span[row]!, "push");
  };

  return (
    <div className="sk-wf" data-testid="trace-waterfall">
      <div className="sk-wf-top">
        <div className="sk-wf-labels" aria-hidden="true">
          <span>{indentFrom > 0 ? `Span, from depth ${count(indentFrom + 1)} on` : "Span"}</span>
          <span className="sk-wf-start">Start</span>
          <span>Total</span>
        </div>
        <Ruler model={model} scale={scale} window={window} />
      </div>
      <div ref={scroller} className="sk-wf-scroll">
        <div className="sk-wf-body" style={{ height: layout.count * rowPx, "--sk-row": `${rowPx}px` } as React.CSSProperties}>
          <div
            ref={names}
            className="sk-wf-names"
            role="treegrid"
            aria-label="Spans of the trace"
            aria-rowcount={layout.count}
            aria-colcount={3}
            aria-activedescendant={activeRow >= 0 ? `${gridId}-${active}` : undefined}
            tabIndex={0}
            data-testid="table-waterfall"
            onKeyDown={(e) => {
              if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
              if (press(e.key)) e.preventDefault();
            }}
            onClick={(e) => {
              const target = e.target as Element;
              const row = target.closest<HTMLElement>("[data-index]");
              if (row === null) return;
              const index = Number(row.dataset["index"]);
              if (target.closest(".sk-wf-fold") !== null) {
                setActive(layout.span[index]!);
                toggle(index);
              } else pick(index);
            }}
          >
            {items.map(({ index, start }) => {
              const s = layout.span[index]!;
              const flags = layout.flags[index]!;
              return (
                <SpanRow
                  key={s}
                  domId={`${gridId}-${s}`}
                  index={index}
                  top={start}
                  name={spanText(source, s)}
                  colour={seriesOf(serviceText(source, model.node[s]!, model.addr[s]!))}
                  depth={layout.depth[index]!}
                  indent={Math.max(0, layout.depth[index]! - indentFrom)}
                  joined={layout.joined[index]!}
                  fold={
                    (flags & (RowFlag.parent | RowFlag.joined)) === 0
                      ? undefined
                      : (flags & (RowFlag.folded | RowFlag.joined)) !== 0
                        ? "folded"
                        : "open"
                  }
                  start={layout.from[index]! - model.begin}
                  total={layout.to[index]! - layout.from[index]!}
                  state={model.state[s]!}
                  dim={(flags & RowFlag.ancestor) !== 0}
                  active={index === activeRow}
                  selected={index === selectedRow}
                />
              );
            })}
          </div>
          <div className="sk-wf-picture">
            <canvas
              ref={canvas}
              role="img"
              aria-label={`${count(layout.count)} rows of a trace of ${count(model.spans)} spans over ${duration(model.end - model.begin)}: striped is time in the mailbox, solid is running, a thin line is suspended. The tree beside it, and the view Table, hold the same.`}
              data-testid="plot-waterfall"
              onPointerDown={(e) => {
                if (e.button !== 0) return;
                e.currentTarget.setPointerCapture(e.pointerId);
                const [x] = place(e);
                drag.current = { x0: x, x1: x, pans: e.shiftKey };
              }}
              onPointerMove={(e) => {
                const [x] = place(e);
                const d = drag.current;
                if (d?.pans === true) window.pan(((d.x1 - x) * (window.to - window.from)) / Math.max(1, e.currentTarget.clientWidth));
                if (d !== undefined) d.x1 = x;
                pointer.current = x;
                redraw();
              }}
              onPointerLeave={() => {
                pointer.current = undefined;
                redraw();
              }}
              onPointerCancel={() => {
                drag.current = undefined;
                redraw();
              }}
              onPointerUp={(e) => {
                const d = drag.current;
                drag.current = undefined;
                redraw();
                if (d === undefined) return;
                const [x, row] = place(e);
                if (Math.abs(x - d.x0) < CLICK_PX) return pick(row);
                if (d.pans) return;
                const perPx = (window.to - window.from) / Math.max(1, e.currentTarget.clientWidth);
                window.show(window.from + d.x0 * perPx, window.from + x * perPx);
              }}
              onDoubleClick={() => window.reset()}
            />
          </div>
        </div>
      </div>
      <p className="sk-wf-legend sk-dim" aria-hidden="true">
        <span>
          <i className="sk-wf-key is-queue" /> in the mailbox
        </span>
        <span>
          <i className="sk-wf-key is-run" /> running
        </span>
        <span>
          <i className="sk-wf-key is-wait" /> suspended
        </span>
        <span>
          <b className="sk-tone-err">✖</b> error
        </span>
        {path === undefined ? null : (
          <span>
            <i className="sk-wf-key is-path" /> critical path
          </span>
        )}
        <span className="sk-spring" />
        <span className="sk-wf-hint">
          drag or w s: zoom · a d: move · 0: all · [ ]: fold · n: next {matches === undefined ? "error" : "match"}
        </span>
      </p>
    </div>
  );
}

/** The stretch that is being dragged, and the time under the pointer. */
function marks(
  { c, width, height, colours, measure }: Paint,
  drag: { readonly x0: number; readonly x1: number; readonly pans: boolean } | undefined,
  pointer: number | undefined,
  scale: TimeScale,
  window: TimeWindow,
  begin: number,
  y: number,
): void {
  if (drag !== undefined && !drag.pans && Math.abs(drag.x1 - drag.x0) >= CLICK_PX) {
    c.globalAlpha = 0.2;
    c.fillStyle = colours["accent"]!;
    c.fillRect(Math.min(drag.x0, drag.x1), 0, Math.abs(drag.x1 - drag.x0), height);
    c.globalAlpha = 1;
  }
  if (pointer === undefined) return;
  c.fillStyle = colours["line"]!;
  c.fillRect(Math.round(pointer), 0, 1, height);
  const text = duration(scale.toReal(window.from + (pointer / width) * (window.to - window.from)) - begin);
  const room = measure(text) + 12;
  const left = pointer + 6 + room > width ? pointer - 6 - room : pointer + 6;
  c.fillStyle = colours["bg2"]!;
  c.fillRect(left, y + 4, room, 18);
  c.fillStyle = colours["text"]!;
  c.textAlign = "left";
  c.fillText(text, left + 6, y + 13);
}

interface SpanRowProps {
  readonly domId: string;
  readonly index: number;
  readonly top: number;
  readonly name: string;
  readonly colour: string;
  readonly depth: number;
  /** Levels it is set in; fewer than its depth where all that is in view is deep. */
  readonly indent: number;
  readonly joined: number;
  readonly fold: "open" | "folded" | undefined;
  readonly start: number;
  readonly total: number;
  readonly state: number;
  readonly dim: boolean;
  readonly active: boolean;
  readonly selected: boolean;
}

const SpanRow = memo(function SpanRow(props: SpanRowProps): ReactElement {
  const { index, name, depth, joined, fold, start, total, state } = props;
  const classes = ["sk-wf-row"];
  if (props.active) classes.push("is-active");
  if (props.selected) classes.push("is-selected");
  if (props.dim) classes.push("is-dim");
  return (
    <div
      id={props.domId}
      className={classes.join(" ")}
      role="row"
      aria-rowindex={index + 1}
      aria-level={depth + 1}
      aria-expanded={fold === undefined ? undefined : fold === "open"}
      aria-selected={props.selected}
      data-index={index}
      data-testid="wf-row"
      style={{ top: props.top }}
    >
      <div
        role="gridcell"
        aria-colindex={1}
        className="sk-wf-name"
        title={name}
        style={{ paddingInlineStart: `${Math.min(props.indent, MOST_INDENT) * 12}px` }}
      >
        <span className="sk-wf-fold" aria-hidden="true">
          {fold === undefined ? "" : fold === "open" ? "▾" : "▸"}
        </span>
        <i className={`sk-wf-swatch is-${props.colour}`} aria-hidden="true" />
        <span className="sk-wf-text">
          {props.indent > MOST_INDENT ? <span className="sk-dim">+{props.indent - MOST_INDENT} </span> : null}
          {name}
          {joined > 1 ? <b className="sk-figures"> ×{count(joined)}</b> : null}
          {state === SpanState.failed ? <span className="sk-tone-err"> ✖</span> : null}
          {state < SpanState.ended ? <span className="sk-dim"> ({stateNames[state]})</span> : null}
        </span>
      </div>
      <div role="gridcell" aria-colindex={2} className="sk-wf-figure sk-wf-start" aria-label={`starts at ${duration(start)}`}>
        {duration(start)}
      </div>
      <div role="gridcell" aria-colindex={3} className="sk-wf-figure" aria-label={`takes ${duration(total)}`}>
        {duration(total)}
      </div>
    </div>
  );
});
