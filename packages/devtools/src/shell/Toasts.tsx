/**
 * What came of commands that were given by a button: shown for a moment, kept in the console's history.
 *
 * @module
 */
import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { CommandEntry } from "../stores/command-store.ts";
import { useHosts, useInspector, useVersion, useView } from "../widgets/hooks.ts";

/** How long good news stay; bad ones stay until they are closed. */
const SHOWN_MS = 4_000;

/** See the file's comment. */
export function Toasts(): ReactElement {
  const { commands } = useInspector();
  useVersion(commands);
  const [closed, setClosed] = useState<ReadonlySet<number>>(() => new Set());
  const shown = commands.entries.filter((e) => e.origin === "action" && !closed.has(e.id)).slice(-4);
  return (
    <div className="sk-toasts" role="status" aria-live="polite">
      {shown.map((entry) => (
        <Toast key={entry.id} entry={entry} close={() => setClosed((old) => new Set([...old, entry.id]))} />
      ))}
      <Notice />
    </div>
  );
}

/** What the inspector itself has to say for a moment. */
function Notice(): ReactElement | null {
  const { view } = useInspector();
  const notice = useView((v) => v.notice);
  useEffect(() => {
    if (notice === undefined) return undefined;
    const timer = setTimeout(() => view.setState((v) => (v.notice === notice ? { notice: undefined } : v)), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [view, notice]);
  if (notice === undefined) return null;
  return (
    <div className="sk-toast is-notice" data-testid="notice">
      <span className="sk-toast-text">{notice.text}</span>
    </div>
  );
}

function Toast({ entry, close }: { readonly entry: CommandEntry; readonly close: () => void }): ReactElement {
  const end = useRef(close);
  end.current = close;
  const { state } = entry;
  const many = (useHosts()?.list.length ?? 1) > 1;
  useEffect(() => {
    if (state !== "ok") return undefined;
    const timer = setTimeout(() => end.current(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div className={`sk-toast is-${state}`} data-testid={`toast-${entry.id}`}>
      <span className="sk-mono">
        {entry.line}
        {many && entry.node !== "" ? <span className="sk-dim"> on {entry.node}</span> : null}
      </span>
      <span className="sk-toast-text">{state === "pending" ? "running …" : state === "ok" ? summary(entry.text) : entry.text}</span>
      {state === "pending" ? null : (
        <button type="button" className="sk-icon-button" aria-label="Close" onClick={close}>
          ✕
        </button>
      )}
    </div>
  );
}

/** The first line that says something. */
function summary(text: string): string {
  const line = text.split("\n").find((l) => l !== "" && l !== "<CMD OK>");
  return line === undefined ? "done" : line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
