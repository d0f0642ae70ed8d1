/**
 * The detail drawer: a title, what is selected, and whether that is still there.
 *
 * @module
 */
import { useEffect, useRef } from "react";
import type { ReactElement, ReactNode } from "react";
import type { TableStore } from "../stores/table-store.ts";
import { navigate } from "../stores/view.ts";
import { useInspector, useVersion, useView } from "./hooks.ts";

/** The selected row of a table. */
export interface Selected {
  readonly id: string | undefined;
  /** -1 when the table knows nothing of it. */
  readonly row: number;
  /** It is gone; the row has its last values. */
  readonly ended: boolean;
}

/** Follows the selection, and keeps its row when it ends. */
export function useSelectedRow(table: TableStore): Selected {
  useVersion(table);
  const id = useView((v) => v.route.sel);
  const row = id === undefined ? -1 : table.find(id);
  useEffect(() => {
    table.pin(row);
    return () => table.pin(-1);
  }, [table, row]);
  return { id: table.ready ? id : undefined, row, ended: row >= 0 && table.status[row] === 2 };
}

/** Figures and their names. */
export function Facts({ children }: { readonly children: ReactNode }): ReactElement {
  return <dl className="sk-facts">{children}</dl>;
}

/** One figure and its name. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="sk-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const LEAST = 280;
const MOST = 720;

/** See the file's comment. Its left edge can be dragged, and moved with the arrow keys. */
export function Drawer(props: {
  readonly title: string;
  readonly subtitle?: string | undefined;
  /** What it shows, e.g. `service`. */
  readonly thing: string;
  readonly selected: Selected;
  /** When and why it ended, where that is known: `at 12:30:01.250: it ended itself`. */
  readonly end?: string | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactElement {
  const { view } = useInspector();
  const { selected, thing, title, end } = props;
  const width = useView((v) => v.drawerPx);
  const frame = useRef<HTMLElement>(null);
  const resize = (px: number): void => view.setState({ drawerPx: Math.min(MOST, Math.max(LEAST, Math.round(px))) });
  return (
    <aside
      ref={frame}
      className="sk-drawer"
      aria-label={`${thing} ${selected.id ?? ""}`}
      data-testid="drawer"
      style={{ "--sk-drawer": `${width}px` } as React.CSSProperties}
    >
      <div
        className="sk-splitter"
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the details"
        aria-valuenow={width}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        tabIndex={0}
        onPointerDown={(e) => {
          e.preventDefault();
          e.currentTarget.setPointerCapture(e.pointerId);
        }}
        onPointerMove={(e) => {
          if (e.currentTarget.hasPointerCapture(e.pointerId)) resize(frame.current!.getBoundingClientRect().right - e.clientX);
        }}
        onKeyDown={(e) => {
          if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
          e.preventDefault();
          e.stopPropagation();
          resize(width + (e.key === "ArrowLeft" ? 20 : -20));
        }}
      />
      <header className="sk-drawer-head">
        <div className="sk-drawer-title">
          <h2 title={title}>{title}</h2>
          {props.subtitle === undefined ? null : <span className="sk-mono sk-dim">{props.subtitle}</span>}
        </div>
        <button type="button" className="sk-icon-button" aria-label="Close details" title="Close (Esc)" onClick={props.onClose}>
          ✕
        </button>
      </header>
      {selected.row < 0 || selected.ended ? (
        <p className="sk-gone" data-testid="state-gone">
          {selected.ended
            ? `This ${thing} has ended${end === undefined ? "" : ` ${end}`}. These are its last values.`
            : end === undefined
              ? `There is no ${thing} ${selected.id ?? ""} on this host any more.`
              : `The ${thing} ${selected.id ?? ""} has ended ${end}.`}
          {selected.row < 0 ? (
            <button
              type="button"
              className="sk-button"
              onClick={() => {
                navigate(view, { sel: undefined }, "replace");
                props.onClose();
              }}
            >
              Forget it
            </button>
          ) : null}
        </p>
      ) : null}
      {props.children}
    </aside>
  );
}
