/**
 * The top bar: what is looked at, how the connection stands, and how the inspector should look.
 *
 * @module
 */
import type { ReactElement } from "react";
import type { ConnectionPhase } from "../client/connection.ts";
import { useConnection, useInspector, useVersion } from "../widgets/hooks.ts";
import { LiveButton } from "./LiveButton.tsx";
import { Settings } from "./Settings.tsx";
import { commandKey } from "./shortcuts.ts";

/** Colour, shape and word of each phase; a live one may be paused here. */
const marks: Readonly<Record<ConnectionPhase | "paused", { readonly tone: string; readonly word: string; readonly shape: ReactElement }>> =
  {
    idle: { tone: "idle", word: "not connected", shape: <circle cx="5" cy="5" r="3.5" fill="none" /> },
    connecting: { tone: "accent", word: "connecting", shape: <circle cx="5" cy="5" r="3.5" fill="none" strokeDasharray="1.6 1.6" /> },
    live: { tone: "ok", word: "live", shape: <circle cx="5" cy="5" r="4" stroke="none" /> },
    paused: { tone: "accent", word: "paused", shape: <path d="M1.800 1h2.200v8H1.800zM6 1h2.200v8H6z" stroke="none" /> },
    stale: { tone: "warn", word: "stale", shape: <path d="M5 0.8 9.6 9H0.4Z" stroke="none" /> },
    reconnecting: { tone: "err", word: "reconnecting", shape: <path d="M2 2l6 6M8 2l-6 6" fill="none" strokeWidth="2" /> },
    closed: { tone: "err", word: "closed", shape: <path d="M2 2l6 6M8 2l-6 6" fill="none" strokeWidth="2" /> },
  };

/** See the file's comment. */
export function TopBar(): ReactElement {
  const { view } = useInspector();
  const prod = useConnection((c) => c.host?.label === "prod");
  return (
    <header className={prod ? "sk-top is-prod" : "sk-top"}>
      <span className="sk-brand">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 1.500 14 5v6l-6 3.500L2 11V5zM2 5l6 3.500L14 5M8 8.500v6" />
        </svg>
        Skyloom <span className="sk-brand-part">inspector</span>
      </span>
      <ConnectionChip />
      {prod ? <strong className="sk-prod">PROD</strong> : null}
      <span className="sk-spring" />
      <LiveButton />
      <button
        type="button"
        className="sk-button sk-search"
        data-testid="action-palette"
        title="Search panels, services and actions"
        onClick={() => view.setState({ overlay: "palette" })}
      >
        <span className="sk-search-text">Search …</span>
        <kbd className="sk-key">{commandKey} K</kbd>
      </button>
      <Settings />
      <button
        type="button"
        className="sk-icon-button"
        aria-label="Shortcuts"
        title="Shortcuts (?)"
        data-testid="action-help"
        onClick={() => view.setState({ overlay: "help" })}
      >
        ?
      </button>
    </header>
  );
}

function ConnectionChip(): ReactElement {
  const { client, commands } = useInspector();
  useVersion(client.pause);
  useVersion(commands);
  const phase = useConnection((c) => c.phase);
  const host = useConnection((c) => c.host);
  const granted = useConnection((c) => c.scopes);
  const rtt = useConnection((c) => c.rttMs);
  const mark = marks[phase === "live" && client.pause.paused ? "paused" : phase];
  const scopes = commands.readOnly ? [] : granted;
  const rights =
    host === undefined ? undefined : scopes.includes("danger") ? "full access" : scopes.includes("operate") ? "operate" : "read-only";
  return (
    <span
      className={`sk-conn sk-tone-${mark.tone}`}
      data-testid="conn-chip"
      data-phase={phase}
      title={rtt === undefined ? client.title : `${client.title} · round trip ${rtt.toFixed(1)} ms`}
    >
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {mark.shape}
      </svg>
      <span className="sk-conn-state" role="status">
        {mark.word}
      </span>
      <span className="sk-conn-host">{host?.name ?? client.title}</span>
      {host === undefined ? null : (
        <span className="sk-conn-more">
          {host.mode} · {rights}
        </span>
      )}
    </span>
  );
}
