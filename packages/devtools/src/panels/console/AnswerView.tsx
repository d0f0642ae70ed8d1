/**
 * What a command answered: a table with links to services, or exactly what Skynet's console prints.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";
import type { CommandEntry } from "../../stores/command-store.ts";
import { homeRoute } from "../../stores/route.ts";
import { navigate } from "../../stores/view.ts";
import { useInspector } from "../../widgets/hooks.ts";

/** Rows that are shown at once. */
const MOST_ROWS = 1000;

/** See the file's comment. */
export function AnswerView({ entry, plain }: { readonly entry: CommandEntry; readonly plain: boolean }): ReactElement {
  const { value } = entry;
  if (plain || typeof value !== "object" || value === null)
    return <pre className={entry.state === "ok" ? "sk-console-text" : "sk-console-text sk-tone-err"}>{entry.text}</pre>;
  const rows = entriesOf(value);
  const records = rows.length > 0 && rows.every(([, v]) => typeof v === "object" && v !== null);
  const columns = records ? [...new Set(rows.flatMap(([, v]) => entriesOf(v as object).map(([k]) => k)))] : [];
  return (
    <div className="sk-console-table">
      <table>
        {records ? (
          <thead>
            <tr>
              <th scope="col">
                <span className="sk-hidden">key</span>
              </th>
              {columns.map((c) => (
                <th key={c} scope="col">
                  {c}
                </th>
              ))}
            </tr>
          </thead>
        ) : null}
        <tbody>
          {rows.slice(0, MOST_ROWS).map(([key, v]) => {
            const inner = records ? new Map(entriesOf(v as object)) : undefined;
            return (
              <tr key={key}>
                <th scope="row">
                  <Linked text={key} />
                </th>
                {inner === undefined ? (
                  <td>{cell(v)}</td>
                ) : (
                  columns.map((c) => (
                    <td key={c} className={typeof inner.get(c) === "number" ? "is-number" : ""}>
                      {cell(inner.get(c))}
                    </td>
                  ))
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length > MOST_ROWS ? <p className="sk-dim">{rows.length - MOST_ROWS} more rows: see “As text”.</p> : null}
      {rows.length === 0 ? <p className="sk-dim">Nothing.</p> : null}
    </div>
  );
}

function entriesOf(value: object): [string, unknown][] {
  const entries: [string, unknown][] =
    value instanceof Map ? [...value].map(([k, v]): [string, unknown] => [String(k), v]) : Object.entries(value);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function cell(value: unknown): ReactNode {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(4)));
  return <Linked text={String(value as string | number | boolean)} />;
}

/** Addresses lead to their service. */
function Linked({ text }: { readonly text: string }): ReactElement {
  const { view } = useInspector();
  if (!/^:[0-9a-f]{8}$/.test(text)) return <>{text}</>;
  return (
    <button
      type="button"
      className="sk-link sk-mono"
      onClick={() => {
        view.setState({ drawer: true });
        navigate(view, { ...homeRoute, rest: view.getState().route.rest, panel: "services", sel: text }, "push");
      }}
    >
      {text}
    </button>
  );
}
