/**
 * Shows, hides and moves columns, and groups the rows by one. The choice is part of the address, so that a link shows the same table.
 *
 * @module
 */
import type { ReactElement } from "react";
import { groupColumns } from "../../stores/grouping.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { navigate } from "../../stores/view.ts";
import { useInspector, useView } from "../hooks.ts";
import { Popup } from "../Popup.tsx";
import type { TableView } from "./column.ts";
import { defaultKeys, useColumns } from "./use-columns.ts";

/** See the file's comment. */
export function ColumnMenu({ meaning, table }: { readonly meaning: TableView; readonly table: TableStore }): ReactElement {
  const { view } = useInspector();
  const shown = useColumns(meaning, table).map((c) => c.key);
  const group = useView((v) => v.route.group);
  const groupable = groupColumns(meaning).filter((c) => table.manyNodes || c.nodes !== true);
  const choose = (keys: readonly string[] | undefined): void => navigate(view, { cols: keys }, "replace");
  const move = (key: string, by: number): void => {
    const keys = [...shown];
    const at = keys.indexOf(key);
    const to = at + by;
    if (at < 0 || to < 0 || to >= keys.length) return;
    keys.splice(at, 1);
    keys.splice(to, 0, key);
    choose(keys);
  };
  const hidden = meaning.columns.filter((c) => !shown.includes(c.key));
  const title = (key: string): string => meaning.columns.find((c) => c.key === key)!.title;
  return (
    <Popup label="Columns" testId="columns">
      {groupable.length === 0 ? null : (
        <label className="sk-setting sk-group-by">
          <span>Group by</span>
          <select
            className="sk-select"
            data-testid="group-by"
            value={groupable.some((c) => c.key === group) ? group : ""}
            onChange={(e) => navigate(view, { group: e.target.value === "" ? undefined : e.target.value, open: undefined }, "push")}
          >
            <option value="">nothing</option>
            {groupable.map((c) => (
              <option key={c.key} value={c.key}>
                {c.title}
              </option>
            ))}
          </select>
        </label>
      )}
      <ul className="sk-menu-list">
        {shown.map((key, i) => (
          <li key={key}>
            <label>
              <input
                type="checkbox"
                checked
                disabled={shown.length === 1}
                onChange={() => choose(shown.filter((k) => k !== key))}
                data-testid={`column-${key}`}
              />{" "}
              {title(key)}
            </label>
            <button
              type="button"
              className="sk-icon-button"
              aria-label={`Move ${title(key)} left`}
              disabled={i === 0}
              onClick={() => move(key, -1)}
            >
              ↑
            </button>
            <button
              type="button"
              className="sk-icon-button"
              aria-label={`Move ${title(key)} right`}
              disabled={i === shown.length - 1}
              onClick={() => move(key, 1)}
            >
              ↓
            </button>
          </li>
        ))}
        {hidden.map((c) => (
          <li key={c.key}>
            <label>
              <input type="checkbox" checked={false} onChange={() => choose([...shown, c.key])} data-testid={`column-${c.key}`} /> {c.title}
            </label>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="sk-button"
        onClick={() => choose(undefined)}
        disabled={shown.join() === defaultKeys(meaning, table.manyNodes).join()}
      >
        As it was
      </button>
    </Popup>
  );
}
