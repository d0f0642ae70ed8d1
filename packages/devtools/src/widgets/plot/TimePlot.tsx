/**
 * One figure over time, small: a canvas that follows the range and the crosshair of all plots, and can be read as a table (`T`).
 *
 * @module
 */
import { useCallback, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { PlotSeries } from "../../stores/host-history.ts";
import { valueAt } from "../../stores/host-history.ts";
import { UNKNOWN } from "../format.ts";
import { useInspector } from "../hooks.ts";
import { usePainter } from "../painter.ts";
import type { Paint } from "../painter.ts";
import { AxisTop, drawCrosshair, drawSeries, mostIn, tOf } from "./draw.ts";
import type { PlotBox } from "./draw.ts";
import { PlotTable } from "./PlotTable.tsx";
import { plotWindow, usePlotKeys, useRedraw, useTimeRange } from "./use-plot.ts";

/** See the file's comment. */
export function TimePlot(props: {
  readonly series: PlotSeries;
  /** What is drawn, with its unit. */
  readonly title: string;
  readonly show: (value: number) => string;
  /** In one sentence what a viewer would see. */
  readonly label: string;
  readonly testId?: string;
}): ReactElement {
  const { client, crosshair } = useInspector();
  const { series, show } = props;
  const range = useTimeRange();
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<PlotBox>(undefined);
  const [axis] = useState(() => new AxisTop());
  const [table, setTable] = useState(false);
  const r = JSON.stringify(range);
  const draw = useCallback(
    (p: Paint) => {
      const [from, to] = plotWindow(range, client.history.end, series);
      const most = axis.next(mostIn(series, from, to), performance.now());
      const b = (box.current = { left: 0, right: p.width, top: 1, bottom: p.height - 1, from, to, most });
      drawSeries(p, b, series, false);
      const value = crosshair.t === undefined ? NaN : valueAt(series, crosshair.t);
      drawCrosshair(p, b, crosshair.t, Number.isNaN(value) ? UNKNOWN : show(value));
    },
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the range is named by its text
    [r, client, series, show, crosshair, axis],
  );
  useRedraw(series, usePainter(canvas, draw));
  const window = (): readonly [number, number] => plotWindow(range, client.history.end, series);
  const onKeyDown = usePlotKeys(series, window, () => setTable(true));
  return (
    <>
      <canvas
        ref={canvas}
        className="sk-spark"
        role="img"
        aria-label={`${props.label}. T shows it as a table.`}
        title={`${props.title}: a, d move the crosshair, + and - zoom, 0 goes back, T shows a table`}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keys of a plot act with the focus in it
        tabIndex={0}
        data-testid={props.testId}
        onPointerMove={(e) => {
          if (box.current !== undefined) crosshair.set(tOf(box.current, e.clientX - e.currentTarget.getBoundingClientRect().left));
        }}
        onPointerLeave={() => crosshair.set(undefined)}
        onKeyDown={onKeyDown}
      />
      {table ? (
        <PlotTable
          title={props.title}
          columns={[{ title: props.title, series, show }]}
          window={window()}
          onClose={() => {
            setTable(false);
            canvas.current?.focus();
          }}
        />
      ) : null}
    </>
  );
}
