/**
 * What is looked at and how the connection stands, as a chip; behind it the way to other hosts and to snapshots.
 *
 * @module
 */
import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { ConnectionPhase } from "../client/connection.ts";
import { Fact, Facts } from "../widgets/Drawer.tsx";
import { useConnection, useInspector, useVersion } from "../widgets/hooks.ts";
import type { Connections } from "../widgets/hooks.ts";
import { Popup } from "../widgets/Popup.tsx";
import { openSnapshot } from "./open-snapshot.ts";

/** Colour, shape and word of each phase; a live one may be paused here, or be a snapshot. */
const marks: Readonly<
  Record<ConnectionPhase | "paused" | "replay", { readonly tone: string; readonly word: string; readonly shape: ReactElement }>
> = {
  idle: { tone: "idle", word: "not connected", shape: <circle cx="5" cy="5" r="3.5" fill="none" /> },
  connecting: { tone: "accent", word: "connecting", shape: <circle cx="5" cy="5" r="3.5" fill="none" strokeDasharray="1.6 1.6" /> },
  live: { tone: "ok", word: "live", shape: <circle cx="5" cy="5" r="4" stroke="none" /> },
  paused: { tone: "accent", word: "paused", shape: <path d="M1.800 1h2.200v8H1.800zM6 1h2.200v8H6z" stroke="none" /> },
  replay: { tone: "sim", word: "replay", shape: <path d="M2 0.8 9.2 5 2 9.200Z" fill="none" /> },
  stale: { tone: "warn", word: "stale", shape: <path d="M5 0.8 9.6 9H0.4Z" stroke="none" /> },
  reconnecting: { tone: "err", word: "reconnecting", shape: <path d="M2 2l6 6M8 2l-6 6" fill="none" strokeWidth="2" /> },
  closed: { tone: "err", word: "closed", shape: <path d="M2 2l6 6M8 2l-6 6" fill="none" strokeWidth="2" /> },
};

/** See the file's comment. */
export function ConnectionChip(): ReactElement {
  const { client, commands, connections } = useInspector();
  useVersion(client.pause);
  useVersion(commands);
  const phase = useConnection((c) => c.phase);
  const host = useConnection((c) => c.host);
  const granted = useConnection((c) => c.scopes);
  const rtt = useConnection((c) => c.rttMs);
  const file = host?.mode === "file";
  const mark = marks[phase !== "live" ? phase : file ? "replay" : client.pause.paused ? "paused" : "live"];
  const scopes = commands.readOnly ? [] : granted;
  const rights =
    host === undefined ? undefined : scopes.includes("danger") ? "full access" : scopes.includes("operate") ? "operate" : "read-only";
  return (
    <Popup
      label="Connection"
      testId="connection"
      from="left"
      button={{
        className: `sk-conn sk-tone-${mark.tone}`,
        "data-testid": "conn-chip",
        "data-phase": phase,
        title: rtt === undefined || file ? client.title : `${client.title} · round trip ${rtt.toFixed(1)} ms`,
      }}
      face={
        <>
          <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
            {mark.shape}
          </svg>
          <span className="sk-conn-state" role="status">
            {mark.word}
          </span>
          <span className="sk-conn-host">{host?.name ?? client.title}</span>
          {host === undefined ? null : (
            <span className="sk-conn-more">
              {file ? "snapshot" : host.mode} · {rights}
            </span>
          )}
        </>
      }
    >
      <div className="sk-conn-menu">
        <Facts>
          <Fact name="Host">{host?.name ?? "not met yet"}</Fact>
          <Fact name={file ? "File" : "Over"}>{client.title}</Fact>
          {host === undefined ? null : <Fact name="Runtime">{host.runtime}</Fact>}
          {host === undefined ? null : <Fact name="Rights">{granted.join(", ") || "none"}</Fact>}
        </Facts>
        {connections === undefined ? null : <Choices of={connections} />}
        <Snapshots />
      </div>
    </Popup>
  );
}

/** Other hosts. */
function Choices({ of }: { readonly of: Connections }): ReactElement {
  useVersion(of);
  useEffect(() => of.look(), [of]);
  const [url, setUrl] = useState("");
  const sound = /^wss?:\/\/.+/.test(url.trim());
  return (
    <section aria-label="Connect to">
      <h3>Connect to</h3>
      <ul className="sk-choice-list">
        {of.choices.map((choice) => (
          <li key={choice.c ?? ""}>
            <button
              type="button"
              className="sk-menu-item"
              aria-current={choice.c === of.current ? "true" : undefined}
              data-testid={`connect-${choice.c ?? "own"}`}
              onClick={() => of.choose(choice.c)}
            >
              <span className="sk-menu-title">{choice.title}</span>
              <span className="sk-menu-key">{choice.c === of.current ? "now" : choice.detail}</span>
            </button>
          </li>
        ))}
      </ul>
      <form
        className="sk-dbgcmd sk-conn-url"
        onSubmit={(e) => {
          e.preventDefault();
          if (sound) of.choose(url.trim());
        }}
      >
        <input
          className="sk-input"
          aria-label="Address of a host"
          data-testid="connect-url"
          placeholder="ws://host:7400/inspect"
          spellCheck={false}
          autoComplete="off"
          value={url}
          onChange={(e) => setUrl(e.target.value)}
        />
        <button type="submit" className="sk-button" disabled={!sound} title={sound ? undefined : "An address begins with ws:// or wss://"}>
          Connect
        </button>
      </form>
    </section>
  );
}

/** Saves what is known, and opens what was saved. */
function Snapshots(): ReactElement {
  const parts = useInspector();
  const { view, connections } = parts;
  const input = useRef<HTMLInputElement>(null);
  const met = useConnection((c) => c.host !== undefined);
  return (
    <section aria-label="Snapshot" className="sk-actions">
      <button
        type="button"
        className="sk-button"
        data-testid="action-save-snapshot"
        disabled={!met}
        title="Saves what this page knows of the host as a file that can be opened again"
        onClick={() => view.setState({ overlay: "save" })}
      >
        Save snapshot …
      </button>
      {connections === undefined ? null : (
        <>
          <button
            type="button"
            className="sk-button"
            title="Files ending in .skyi; they can also be dropped on the page"
            onClick={() => input.current?.click()}
          >
            Open snapshot …
          </button>
          <input
            ref={input}
            type="file"
            accept=".skyi"
            hidden
            data-testid="open-snapshot"
            onChange={(e) => {
              const file = e.target.files?.[0];
              e.target.value = "";
              if (file !== undefined) void openSnapshot(parts, file);
            }}
          />
        </>
      )}
    </section>
  );
}
