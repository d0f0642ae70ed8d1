/**
 * The time strip: messages per second of the host over the last minutes, with alerts and errors as marks. A drag over it chooses the range
 * of time that all plots and lists show, and pauses the view.
 *
 * While it is shown it watches the overview, one row a second for each node; a host without one is drawn from its signs of life.
 *
 * @module
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { PointerEvent, ReactElement } from "react";
import { valueAt } from "../stores/host-history.ts";
import { defaultRange, livePresets, readTimeRange, SHORTEST_US, showRange, windowOf, writeTimeRange } from "../stores/time-range.ts";
import type { TimeRange } from "../stores/time-range.ts";
import { age, count, roundRate, UNKNOWN } from "../widgets/format.ts";
import { hostTime } from "../widgets/host-time.ts";
import { useConnection, useInspector, useVersion, useView } from "../widgets/hooks.ts";
import { usePainter } from "../widgets/painter.ts";
import type { Paint } from "../widgets/painter.ts";
import { AxisTop, drawCrosshair, drawSeries, mostIn, tOf, xOf } from "../widgets/plot/draw.ts";
import type { PlotBox } from "../widgets/plot/draw.ts";
import { PlotTable } from "../widgets/plot/PlotTable.tsx";
import { goLive, usePlotKeys, useRedraw, useTimeRange } from "../widgets/plot/use-plot.ts";
import { stripMarks } from "./strip-marks.ts";
import type { StripMark } from "./strip-marks.ts";

/** A pointer that moved less has not chosen a range. */
const CLICK_PX = 4;
/** Room for the marks above the line, and for their words. */
const MARKS_PX = 14;

/** See the file's comment; nothing when it is switched off. */
export function TimeStrip(): ReactElement | null {
  const on = useView((v) => v.timeStrip);
  const offered = useConnection((c) => c.caps["overview"] === true);
  const file = useConnection((c) => c.host?.mode === "file");
  const { client } = useInspector();
  useEffect(() => (on && offered ? client.watch("overview") : undefined), [client, on, offered]);
  // A snapshot has one moment, and nothing to choose from.
  return on && !file ? <Strip /> : null;
}

function Strip(): ReactElement {
  const { client, view, crosshair } = useInspector();
  const { history, alerts } = client;
  const series = history.series("messageRate");
  const range = useTimeRange();
  const r = useView((v) => v.route.rest["r"]);
  useVersion(history);
  const alertVersion = useVersion(alerts);
  const time = hostTime(useConnection);
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<PlotBox>(undefined);
  const [axis] = useState(() => new AxisTop());
  const [drag, setDrag] = useState<readonly [from: number, to: number]>();
  const [table, setTable] = useState(false);
  /** The last stretch up to now that was chosen: the strip goes on showing it around a range. */
  const live = useRef<TimeRange>(defaultRange);
  if (range.kind === "live") live.current = range;
  const { version } = history;
  const marks = useMemo(
    () => stripMarks(alerts.standing, alerts.over, history),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- what is read is named by the versions
    [alerts, alertVersion, history, version],
  );
  /** All of the range is in view, also where it reaches beyond the last minutes. */
  const window = useCallback((): readonly [number, number] => {
    // An alert may have come since the last sample.
    const [from, to] = windowOf(live.current, Math.max(history.end, marks.at(-1)?.t ?? 0));
    const chosen = readTimeRange(r);
    return chosen.kind === "live" ? [from, to] : [Math.min(from, chosen.from), Math.max(to, chosen.to)];
  }, [history, r, marks]);
  const draw = useCallback(
    (p: Paint) => {
      const [from, to] = window();
      const most = axis.next(mostIn(series, from, to), performance.now());
      const b = (box.current = { left: 0, right: p.width, top: MARKS_PX, bottom: p.height - 1, from, to, most });
      drawSeries(p, b, series, true);
      const chosen = readTimeRange(r);
      const shown = drag ?? (chosen.kind === "fixed" ? ([chosen.from, chosen.to] as const) : undefined);
      if (shown !== undefined) drawRange(p, b, shown);
      drawMarks(p, b, marks);
      const value = crosshair.t === undefined ? NaN : valueAt(series, crosshair.t);
      drawCrosshair(
        p,
        { ...b, top: 0 },
        crosshair.t,
        crosshair.t === undefined
          ? ""
          : `${time(crosshair.t).replace(/\.\d+$/, "")}  ${Number.isNaN(value) ? UNKNOWN : roundRate(value)} msg/s`,
        p.height - 17,
      );
    },
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `time` is made anew with each render and hardly changes
    [window, series, axis, marks, drag, r, crosshair],
  );
  useRedraw(series, usePainter(canvas, draw));
  const onKeyDown = usePlotKeys(
    series,
    () => (range.kind === "fixed" ? [range.from, range.to] : window()),
    () => setTable(true),
  );

  const tAt = (e: PointerEvent): number => {
    const b = box.current!;
    const x = e.clientX - e.currentTarget.getBoundingClientRect().left;
    return Math.min(b.to, Math.max(b.from, tOf(b, x)));
  };
  const start = useRef(0);
  const short = (t: number): string => time(t).replace(/\.\d+$/, "");
  const now = series.length === 0 ? NaN : series.value(series.length - 1);
  const known = history.length < 2 ? 0 : (history.end - history.t(0)) / 1e6;
  const beyond = range.kind === "fixed" && (history.length === 0 || range.to < history.t(0) || range.from > history.end);
  return (
    <section className="sk-strip" aria-label="Time" data-testid="time-strip">
      <div className="sk-strip-range">
        <select
          className="sk-select"
          aria-label="Range of time"
          title={range.kind === "fixed" ? `${age((range.to - range.from) / 1e6)}: choose another range` : "How far back the plots go"}
          data-testid="range"
          value={range.kind === "fixed" ? "fixed" : (livePresets.find((p) => p.us === range.us)?.r ?? "")}
          onChange={(e) => {
            client.pause.set(false);
            showRange(view, e.target.value, "push");
          }}
        >
          {range.kind === "fixed" ? (
            <option value="fixed">
              {short(range.from)}–{short(range.to)}
            </option>
          ) : null}
          {livePresets.map((p) => (
            <option key={p.r} value={p.r}>
              {p.title}
            </option>
          ))}
        </select>
        {range.kind === "fixed" ? (
          <button
            type="button"
            className="sk-link"
            data-testid="action-go-live"
            title="Back to the last minutes, live (Esc)"
            onClick={() => goLive(client, view)}
          >
            Live
          </button>
        ) : (
          <span className="sk-strip-name sk-dim">msg/s</span>
        )}
      </div>
      <canvas
        ref={canvas}
        role="img"
        className="sk-strip-canvas"
        aria-label={`Messages per second over ${range.kind === "fixed" ? `the range ${short(range.from)} to ${short(range.to)}` : livePresets.find((p) => p.us === range.us)?.title}: now ${Number.isNaN(now) ? UNKNOWN : roundRate(now)}; ${marks.length === 0 ? "no alert and no error" : `${count(marks.length)} marks, the last: ${marks.at(-1)!.text}`}. T shows it as a table.`}
        title="Drag to choose a range of time"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keys of a plot act with the focus in it
        tabIndex={0}
        data-testid="plot-strip"
        onKeyDown={onKeyDown}
        onPointerDown={(e) => {
          if (e.button !== 0 || box.current === undefined || history.length === 0) return;
          e.currentTarget.setPointerCapture(e.pointerId);
          start.current = e.clientX;
          const t = tAt(e);
          setDrag([t, t]);
        }}
        onPointerMove={(e) => {
          if (box.current === undefined) return;
          const t = tAt(e);
          crosshair.set(t);
          if (drag !== undefined) setDrag([drag[0], t]);
        }}
        onPointerLeave={() => crosshair.set(undefined)}
        onPointerCancel={() => setDrag(undefined)}
        onPointerUp={(e) => {
          if (drag === undefined) return;
          setDrag(undefined);
          if (Math.abs(e.clientX - start.current) < CLICK_PX) return;
          const [a, b] = [Math.min(...drag), Math.max(...drag)];
          client.pause.set(true);
          showRange(view, writeTimeRange(a, Math.max(b, a + SHORTEST_US)), "push");
        }}
      />
      {beyond ? (
        <p className="sk-strip-note" data-testid="range-unknown">
          This range lies outside of the {age(known)} that this page has seen.
        </p>
      ) : null}
      {table ? (
        <PlotTable
          title="Messages per second"
          columns={[
            { title: "msg/s", series, show: roundRate },
            { title: "errors/s", series: history.series("errorRate"), show: roundRate },
          ]}
          window={range.kind === "fixed" ? [range.from, range.to] : window()}
          notes={marks}
          onClose={() => {
            setTable(false);
            canvas.current?.focus();
          }}
        />
      ) : null}
    </section>
  );
}

function drawRange({ c, colours }: Paint, box: PlotBox, [a, b]: readonly [number, number]): void {
  const [left, right] = [xOf(box, Math.min(a, b)), xOf(box, Math.max(a, b))];
  c.fillStyle = colours["accent"]!;
  c.globalAlpha = 0.16;
  c.fillRect(left, 0, right - left, box.bottom);
  c.globalAlpha = 1;
  c.strokeStyle = colours["accent"]!;
  c.lineWidth = 1;
  for (const x of [left, right]) {
    c.beginPath();
    c.moveTo(Math.round(x) + 0.5, 0);
    c.lineTo(Math.round(x) + 0.5, box.bottom);
    c.stroke();
  }
}

/** Shapes in a row above the line; the word beside one where the next leaves room. */
function drawMarks({ c, colours, fit }: Paint, box: PlotBox, marks: readonly StripMark[]): void {
  const seen = marks.filter((m) => m.t <= box.to && (m.to ?? m.t) >= box.from);
  c.textAlign = "left";
  seen.forEach((mark, i) => {
    const x = Math.max(6, xOf(box, mark.t));
    const y = MARKS_PX / 2;
    c.fillStyle = c.strokeStyle = colours[mark.tone]!;
    c.lineWidth = 1.6;
    if (mark.to !== undefined) {
      c.globalAlpha = 0.5;
      c.fillRect(x, MARKS_PX - 2, Math.max(2, xOf(box, Math.min(mark.to, box.to)) - x), 2);
      c.globalAlpha = 1;
    }
    c.beginPath();
    if (mark.shape === "diamond") {
      c.moveTo(x, y - 5);
      c.lineTo(x + 5, y);
      c.lineTo(x, y + 5);
      c.lineTo(x - 5, y);
      c.fill();
    } else if (mark.shape === "triangle") {
      c.moveTo(x, y - 5);
      c.lineTo(x + 5, y + 4);
      c.lineTo(x - 5, y + 4);
      c.fill();
    } else {
      c.moveTo(x - 4, y - 4);
      c.lineTo(x + 4, y + 4);
      c.moveTo(x + 4, y - 4);
      c.lineTo(x - 4, y + 4);
      c.stroke();
    }
    const next = seen[i + 1];
    const room = (next === undefined ? box.right : xOf(box, next.t) - 6) - x - 12;
    c.fillStyle = colours["text"]!;
    if (room > 16) c.fillText(fit(mark.word, room), x + 8, y + 0.5);
  });
}
