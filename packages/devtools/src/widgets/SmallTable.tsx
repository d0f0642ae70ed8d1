/**
 * A short table inside a drawer.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";

/** See the file's comment. The last columns are set as given; figures should come as text already. */
export function SmallTable(props: {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
}): ReactElement {
  return (
    <div className="sk-small-table">
      <table>
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            {props.head.map((h) => (
              <th key={h} scope="col">
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((cells, i) => (
            // oxlint-disable-next-line react/no-array-index-key -- the rows have no identity of their own
            <tr key={i}>
              {cells.map((cell, j) => (
                // oxlint-disable-next-line react/no-array-index-key -- nor have cells
                <td key={j}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
