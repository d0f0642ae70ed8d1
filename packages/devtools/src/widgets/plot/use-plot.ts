/**
 * What all plots over time share: the range of the address, the crosshair, and the keys that work with the focus in a plot.
 *
 * @module
 */
import { useEffect } from "react";
import type { KeyboardEvent } from "react";
import { nearestSample } from "../../stores/host-history.ts";
import type { PlotSeries } from "../../stores/host-history.ts";
import { readTimeRange, showRange, windowOf, zoomed } from "../../stores/time-range.ts";
import type { TimeRange } from "../../stores/time-range.ts";
import { useInspector, useView } from "../hooks.ts";
import { mayAct } from "../keys.ts";

/** The range of the address. */
export function useTimeRange(): TimeRange {
  return readTimeRange(useView((v) => v.route.rest["r"]));
}

/** Draws again whenever the crosshair moves or a series grows. */
export function useRedraw(series: PlotSeries, redraw: () => void): void {
  const { crosshair } = useInspector();
  useEffect(() => {
    const stops = [crosshair.subscribe(redraw), series.subscribe(redraw)];
    return () => stops.forEach((stop) => stop());
  }, [crosshair, series, redraw]);
}

/** Samples that a step with Shift goes over. */
const FAR = 10;

/**
 * The keys of a plot: `a` `d` or ← → move the crosshair, `+` `-` zoom around it, `0` resets, `T` shows the table.
 *
 * @param window - The ends of what the plot shows now.
 */
export function usePlotKeys(
  series: PlotSeries,
  window: () => readonly [from: number, to: number],
  onTable: () => void,
): (event: KeyboardEvent) => void {
  const { client, view, crosshair } = useInspector();
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !mayAct(view, event.key)) return;
    const [from, to] = window();
    const move = (by: number): void => {
      if (series.length === 0) return;
      const at = crosshair.t === undefined || crosshair.t < from || crosshair.t > to ? to : crosshair.t;
      const next = nearestSample(series, at) + (crosshair.t === undefined ? 0 : by * (event.shiftKey ? FAR : 1));
      const t = series.t(Math.min(series.length - 1, Math.max(0, next)));
      crosshair.set(Math.min(to, Math.max(from, t)));
    };
    const zoom = (factor: number): void => {
      const { history } = client;
      const end = history.end;
      const oldest = history.length === 0 ? end : history.t(0);
      const r = zoomed(
        [from, to],
        factor,
        crosshair.t !== undefined && crosshair.t >= from && crosshair.t <= to ? crosshair.t : to,
        oldest,
        end,
      );
      if (readTimeRange(r).kind === "fixed") client.pause.set(true);
      showRange(view, r, "replace");
    };
    switch (event.key) {
      case "a":
      case "A":
      case "ArrowLeft":
        move(-1);
        break;
      case "d":
      case "D":
      case "ArrowRight":
        move(1);
        break;
      case "+":
      case "=":
        zoom(1 / 2);
        break;
      case "-":
      case "_":
        zoom(2);
        break;
      case "0":
        goLive(client, view);
        break;
      case "T":
      case "t":
        onTable();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
}

/** Shows the last minutes again, as they go by. */
export function goLive({ pause }: ReturnType<typeof useInspector>["client"], view: ReturnType<typeof useInspector>["view"]): void {
  showRange(view, undefined, "push");
  pause.set(false);
}

/** The ends of what plots show: of the last minutes before the newest sample of the host or of the series, or of the range. */
export function plotWindow(range: TimeRange, end: number, series: PlotSeries): readonly [from: number, to: number] {
  const last = series.length === 0 ? 0 : series.t(series.length - 1);
  return windowOf(range, Math.max(end, last));
}
