/**
 * All mailboxes at a glance: one cell for each service, the darker the more messages wait (log scale); above 2,000 services one for each type.
 *
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "react";
import type { MouseEvent, ReactElement } from "react";
import type { TableStore } from "../../stores/table-store.ts";
import { navigate } from "../../stores/view.ts";
import { count } from "../../widgets/format.ts";
import { useInspector, useVersion, useView } from "../../widgets/hooks.ts";

/** Above so many services the cells are types. */
const MOST_CELLS = 2_000;
const HEIGHT = 32;
/** Samples remembered for the tooltip: a minute at 2 Hz. */
const HISTORY = 120;

interface Cell {
  readonly label: string;
  readonly mqlen: number;
  /** Row of the one service; -1 for a type. */
  readonly row: number;
  readonly filter: string;
}

function cellsOf(table: TableStore): Cell[] {
  const rows: number[] = [];
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) rows.push(row);
  if (rows.length <= MOST_CELLS)
    return rows.map((row) => ({
      label: `${table.id(row)} ${table.text("name", row)}`,
      mqlen: table.number("mqlen", row),
      row,
      filter: "",
    }));
  const types = new Map<string, number>();
  for (const row of rows) types.set(table.text("type", row), (types.get(table.text("type", row)) ?? 0) + table.number("mqlen", row));
  return [...types].map(([type, mqlen]) => ({ label: `all ${type}`, mqlen, row: -1, filter: type }));
}

/** From 0 (nothing waits) to 1 (a million). */
const heat = (mqlen: number): number => (mqlen <= 0 ? 0 : Math.min(1, 0.15 + Math.log10(mqlen) / 6));

/** See the file's comment. */
export function HeatStrip(): ReactElement {
  const { client, view } = useInspector();
  const table = client.table("mailboxes");
  const version = useVersion(table);
  const theme = useView((v) => v.theme);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState(-1);
  const history = useRef(new Map<string, number[]>());
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the table's content is named by its version
  const cells = useMemo(() => cellsOf(table), [table, version]);
  useEffect(() => {
    const seen = history.current;
    for (const { label, mqlen } of cells) {
      const past = seen.get(label) ?? [];
      past.push(mqlen);
      if (past.length > HISTORY) past.shift();
      seen.set(label, past);
    }
    if (seen.size > cells.length * 2 + 100) {
      const labels = new Set(cells.map((c) => c.label));
      for (const label of seen.keys()) if (!labels.has(label)) seen.delete(label);
    }
  }, [cells]);
  useEffect(() => {
    const at = canvas.current;
    const context = at?.getContext("2d");
    if (at === null || context === null || context === undefined) return;
    const style = getComputedStyle(at);
    const ratio = globalThis.devicePixelRatio;
    const width = at.clientWidth;
    at.width = Math.round(width * ratio);
    at.height = Math.round(HEIGHT * ratio);
    context.scale(ratio, ratio);
    const size = width / Math.max(1, cells.length);
    const gap = size > 4 ? 1 : 0;
    const [warm, cold] = [style.getPropertyValue("--sk-warn"), style.getPropertyValue("--sk-hair")];
    cells.forEach((c, i) => {
      context.globalAlpha = 1;
      context.fillStyle = cold;
      context.fillRect(i * size, 0, Math.max(0.5, size - gap), HEIGHT);
      if (c.mqlen === 0) return;
      context.globalAlpha = heat(c.mqlen);
      context.fillStyle = warm;
      context.fillRect(i * size, 0, Math.max(1, size - gap), HEIGHT);
    });
  }, [cells, theme]);
  const cellAt = (e: MouseEvent): number => {
    const box = e.currentTarget.getBoundingClientRect();
    return Math.min(cells.length - 1, Math.floor(((e.clientX - box.left) / box.width) * cells.length));
  };
  const over = cells[hover];
  const waiting = cells.reduce((n, c) => n + c.mqlen, 0);
  const past = over === undefined ? [] : (history.current.get(over.label) ?? []);
  const busiest = cells.reduce<Cell | undefined>((best, c) => (c.mqlen > (best?.mqlen ?? 0) ? c : best), undefined);
  return (
    <div className="sk-heat">
      <canvas
        ref={canvas}
        className="sk-heat-canvas"
        role="img"
        aria-label={`${count(waiting)} messages wait in ${count(cells.filter((c) => c.mqlen > 0).length)} of ${count(cells.length)} mailboxes${busiest === undefined ? "" : `, most in ${busiest.label}: ${count(busiest.mqlen)}`}. The table below holds the same figures.`}
        data-testid="plot-heat"
        onMouseMove={(e) => setHover(cellAt(e))}
        onMouseLeave={() => setHover(-1)}
        onClick={(e) => {
          const cell = cells[cellAt(e)];
          if (cell === undefined) return;
          if (cell.row >= 0) {
            view.setState({ drawer: true });
            navigate(view, { sel: table.id(cell.row) }, "push");
          } else navigate(view, { q: cell.filter }, "push");
        }}
      />
      <p className="sk-heat-text sk-dim">
        {over === undefined ? (
          <>
            {count(waiting)} messages wait in {count(cells.filter((c) => c.mqlen > 0).length)} of {count(cells.length)}{" "}
            {cells[0]?.row === -1 ? "types" : "mailboxes"}
          </>
        ) : (
          <>
            {over.label}: <b className="sk-figures">{count(over.mqlen)}</b> waiting, most within the last minute{" "}
            <b className="sk-figures">{count(Math.max(0, ...past))}</b>
          </>
        )}
      </p>
    </div>
  );
}
