/**
 * Filters under a name, in a menu beside the filter box: apply, save, rename, delete, and carry them elsewhere as a file.
 *
 * @module
 */
import { useRef, useState } from "react";
import type { FormEvent, ReactElement } from "react";
import { exportFilters, filterLimits, filtersOf, importFilters, nameFault, withFilter } from "../../stores/saved-filters.ts";
import type { SavedFilter } from "../../stores/saved-filters.ts";
import { navigate } from "../../stores/view.ts";
import { download } from "../download.ts";
import { useInspector, useView } from "../hooks.ts";
import { Popup } from "../Popup.tsx";

/** What happened last, or why it did not. */
interface Told {
  readonly text: string;
  readonly fault?: boolean;
  /** Takes it back. */
  readonly undo?: () => void;
}

/** See the file's comment. */
export function SavedFilters(props: {
  /** The panel they belong to. */
  readonly panel: string;
  /** The text in the box cannot be read as a filter. */
  readonly faulty?: boolean;
}): ReactElement {
  const { view } = useInspector();
  const { panel } = props;
  const q = useView((v) => v.route.q).trim();
  const all = useView((v) => v.savedFilters);
  const list = filtersOf(all, panel);
  const [told, setTold] = useState<Told>();
  const [renaming, setRenaming] = useState<SavedFilter>();
  const file = useRef<HTMLInputElement>(null);
  const keep = (savedFilters: readonly SavedFilter[]): void => view.setState({ savedFilters });

  const take = async (chosen: File): Promise<void> => {
    try {
      const { filters, added, known, renamed } = importFilters(view.getState().savedFilters, await chosen.text());
      keep(filters);
      const parts = [`${added} imported`];
      if (renamed > 0) parts.push(`${renamed} of them under another name, because theirs was taken`);
      if (known > 0) parts.push(`${known} were here already`);
      setTold({ text: `${parts.join(", ")}.` });
    } catch (error) {
      setTold({ text: error instanceof Error ? error.message : "The file cannot be read.", fault: true });
    }
  };
  return (
    <Popup label="Saved filters" testId="filters" from="left" face="Saved">
      <div className="sk-saved">
        {list.length === 0 ? <p className="sk-dim">No filter is saved for this panel yet.</p> : null}
        <ul className="sk-menu-list">
          {list.map((f) =>
            f === renaming ? (
              <li key={f.name}>
                <NameForm
                  label={`New name of ${f.name}`}
                  action="Rename"
                  start={f.name}
                  fault={(name) => nameFault(all, panel, name, f)}
                  done={(name) => {
                    keep(all.map((o) => (o === f ? { ...f, name: name.trim() } : o)));
                    setRenaming(undefined);
                  }}
                />
              </li>
            ) : (
              <li key={f.name}>
                <button
                  type="button"
                  className="sk-saved-apply"
                  aria-current={f.query === q}
                  title={f.query}
                  data-testid={`saved-${f.name}`}
                  onClick={() => navigate(view, { q: f.query }, "push")}
                >
                  <b>{f.name}</b> <span className="sk-mono sk-dim">{f.query}</span>
                </button>
                <button
                  type="button"
                  className="sk-icon-button"
                  aria-label={`Rename ${f.name}`}
                  title="Rename"
                  data-testid={`rename-${f.name}`}
                  onClick={() => setRenaming(f)}
                >
                  ✎
                </button>
                <button
                  type="button"
                  className="sk-icon-button"
                  aria-label={`Delete ${f.name}`}
                  title="Delete"
                  data-testid={`delete-${f.name}`}
                  onClick={() => {
                    keep(all.filter((o) => o !== f));
                    setTold({ text: `“${f.name}” was deleted.`, undo: () => keep(withFilter(view.getState().savedFilters, f)) });
                  }}
                >
                  ✕
                </button>
              </li>
            ),
          )}
        </ul>
        {q === "" || props.faulty === true ? (
          <p className="sk-dim">
            {q === "" ? "Type a filter into the box to save it here." : "What stands in the box is not a filter yet."}
          </p>
        ) : (
          <NameForm
            key={list.length}
            label="Name for the filter in the box"
            action="Save"
            start=""
            fault={(name) =>
              all.length >= filterLimits.filters ? `${filterLimits.filters} filters can be kept.` : nameFault(all, panel, name)
            }
            done={(name) => {
              keep(withFilter(all, { name, panel, query: q }));
              setTold({ text: `“${name.trim()}” was saved.` });
            }}
          />
        )}
        <div className="sk-saved-files">
          <button
            type="button"
            className="sk-button"
            disabled={all.length === 0}
            data-testid="action-export-filters"
            title="Saves the filters of all panels as a file"
            onClick={() => download("skyloom-filters.json", "application/json", exportFilters(all))}
          >
            Export all
          </button>
          <button type="button" className="sk-button" data-testid="action-import-filters" onClick={() => file.current?.click()}>
            Import …
          </button>
          <input
            ref={file}
            type="file"
            hidden
            accept=".json,application/json"
            data-testid="import-filters"
            onChange={(e) => {
              const chosen = e.target.files?.[0];
              e.target.value = "";
              if (chosen !== undefined) void take(chosen);
            }}
          />
        </div>
        <div className="sk-saved-told">
          <span
            role={told?.fault === true ? "alert" : "status"}
            className={told?.fault === true ? "sk-tone-err" : ""}
            data-testid="filters-told"
          >
            {told?.text}
          </span>
          {told?.undo === undefined ? null : (
            <button
              type="button"
              className="sk-link"
              data-testid="action-undo-delete"
              onClick={() => {
                told.undo?.();
                setTold(undefined);
              }}
            >
              Undo
            </button>
          )}
        </div>
      </div>
    </Popup>
  );
}

/** A name and a button; says why a name cannot be used. */
function NameForm(props: {
  readonly label: string;
  readonly action: string;
  readonly start: string;
  readonly fault: (name: string) => string | undefined;
  readonly done: (name: string) => void;
}): ReactElement {
  const [name, setName] = useState(props.start);
  const fault = props.fault(name);
  const submit = (e: FormEvent): void => {
    e.preventDefault();
    if (fault === undefined) props.done(name);
  };
  return (
    <form className="sk-saved-name" onSubmit={submit}>
      <input
        className="sk-input"
        aria-label={props.label}
        placeholder={props.label}
        data-testid={`name-${props.action.toLowerCase()}`}
        maxLength={filterLimits.name}
        value={name}
        aria-invalid={name !== "" && fault !== undefined}
        onChange={(e) => setName(e.target.value)}
      />
      <button
        type="submit"
        className="sk-button"
        disabled={fault !== undefined}
        data-testid={`action-${props.action.toLowerCase()}-filter`}
      >
        {props.action}
      </button>
      {name.trim() !== "" && name !== props.start && fault !== undefined ? <span className="sk-tone-err">{fault}</span> : null}
    </form>
  );
}
