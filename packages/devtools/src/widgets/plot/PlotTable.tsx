/**
 * A plot as a table: the same samples in words, newest first.
 *
 * @module
 */
import { useState } from "react";
import type { ReactElement } from "react";
import type { PlotSeries } from "../../stores/host-history.ts";
import { count, UNKNOWN } from "../format.ts";
import { hostTime } from "../host-time.ts";
import { useConnection } from "../hooks.ts";
import { Modal } from "../Modal.tsx";
import { placesIn } from "./draw.ts";

/** More lines help nobody; samples are left out evenly beyond. */
const MOST_LINES = 600;

/** One column of figures. */
export interface PlotColumn {
  readonly title: string;
  readonly series: PlotSeries;
  readonly show: (value: number) => string;
}

/** What happened at a moment. */
export interface PlotNote {
  readonly t: number;
  readonly text: string;
}

/** See the file's comment. It shows what there was when it was opened. */
export function PlotTable(props: {
  readonly title: string;
  readonly columns: readonly PlotColumn[];
  readonly window: readonly [from: number, to: number];
  readonly notes?: readonly PlotNote[];
  readonly onClose: () => void;
}): ReactElement {
  const { columns, notes = [] } = props;
  const time = hostTime(useConnection);
  const [{ lines, all, inView }] = useState(() => {
    const { series } = columns[0]!;
    const [from, to] = props.window;
    const [first, end] = placesIn(series, from, to);
    const step = Math.max(1, Math.ceil((end - first) / MOST_LINES));
    const made: { readonly t: number; readonly cells: readonly string[] }[] = [];
    for (let i = end - 1; i >= first; i -= step)
      made.push({
        t: series.t(i),
        cells: columns.map((c) => (Number.isNaN(c.series.value(i)) ? UNKNOWN : c.show(c.series.value(i)))),
      });
    return { lines: made, all: end - first, inView: notes.filter((n) => n.t >= from && n.t <= to).toSorted((a, b) => b.t - a.t) };
  });
  return (
    <Modal label={`${props.title} as a table`} testId="plot-table" className="sk-plot-table" onClose={props.onClose}>
      <h2>{props.title}</h2>
      {inView.length === 0 ? null : (
        <ul className="sk-plot-notes">
          {inView.map((n) => (
            <li key={`${n.t} ${n.text}`}>
              <span className="sk-figures sk-dim">{time(n.t)}</span> {n.text}
            </li>
          ))}
        </ul>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- so that it can be scrolled by keyboard */}
      <div className="sk-plot-lines" role="region" aria-label="Samples" tabIndex={0} data-autofocus>
        <table>
          <thead>
            <tr>
              <th scope="col">time</th>
              {columns.map((c) => (
                <th key={c.title} scope="col" className="is-number">
                  {c.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ t, cells }) => (
              <tr key={t}>
                <td>{time(t)}</td>
                {cells.map((text, i) => (
                  <td key={columns[i]!.title} className="is-number">
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="sk-dialog-actions">
        <span className="sk-dim">
          {lines.length < all ? `${count(lines.length)} of ${count(all)} samples` : `${count(all)} samples`}, newest first
        </span>
        <span className="sk-spring" />
        <button type="button" className="sk-button" onClick={props.onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
