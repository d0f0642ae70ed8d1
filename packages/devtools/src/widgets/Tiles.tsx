/**
 * Figures in a row of tiles: a name, a value, and a note where there is something to add.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";

/** The row. */
export function Tiles({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <dl className="sk-tiles" aria-label={label}>
      {children}
    </dl>
  );
}

/** One figure. */
export function Tile(props: {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  readonly tone?: "warn" | "err" | "ok";
  readonly testId?: string;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <div className="sk-tile" data-testid={props.testId}>
      <dt>{props.name}</dt>
      <dd className={props.tone === undefined ? "sk-tile-value" : `sk-tile-value sk-tone-${props.tone}`}>{props.value}</dd>
      {props.note === undefined || props.note === "" ? null : <dd className="sk-tile-note">{props.note}</dd>}
      {props.children === undefined ? null : <dd>{props.children}</dd>}
    </div>
  );
}
