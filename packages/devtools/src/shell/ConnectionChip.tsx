/**
 * What is looked at and how the connection stands, as a chip; behind it the way to other hosts and to snapshots.
 *
 * @module
 */
import { useEffect, useRef } from "react";
import type { ReactElement } from "react";
import { Fact, Facts } from "../widgets/Drawer.tsx";
import { useConnection, useHosts, useInspector, useVersion } from "../widgets/hooks.ts";
import type { ConnectionChoice, Connections } from "../widgets/hooks.ts";
import { marks } from "../widgets/HostStates.tsx";
import { Popup } from "../widgets/Popup.tsx";
import { AddressForm, HostRows, rightsOf } from "./Hosts.tsx";
import { openSnapshot } from "./open-snapshot.ts";

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
  const shown = marks[phase !== "live" ? phase : file ? "replay" : client.pause.paused ? "paused" : "live"];
  const rights = host === undefined ? undefined : rightsOf(commands.readOnly ? [] : granted);
  const hosts = useHosts()?.list ?? [];
  const many = hosts.length > 1;
  const live = hosts.filter((h) => h.client.connection.getState().phase === "live").length;
  // One that is lost must be seen also while the others are live.
  const part = many && phase === "live" && live < hosts.length;
  const mark = part ? { ...marks.stale, word: `${live} of ${hosts.length} live` } : shown;
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
          {host === undefined || many ? null : (
            <span className="sk-conn-more">
              {file ? "snapshot" : host.mode} · {rights}
            </span>
          )}
        </>
      }
    >
      <div className={many ? "sk-conn-menu is-many" : "sk-conn-menu"}>
        {many ? (
          <HostRows of={connections} />
        ) : (
          <Facts>
            <Fact name="Host">{host?.name ?? "not met yet"}</Fact>
            <Fact name={file ? "File" : "Over"}>{client.title}</Fact>
            {host === undefined ? null : <Fact name="Runtime">{host.runtime}</Fact>}
            {host === undefined ? null : <Fact name="Rights">{granted.join(", ") || "none"}</Fact>}
          </Facts>
        )}
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
  const isNow = (choice: ConnectionChoice): boolean => choice.c === of.current || choice.shown === true;
  return (
    <section aria-label="Connect to">
      <h3>Connect to</h3>
      <ul className="sk-choice-list">
        {of.choices.map((choice) => (
          <li key={choice.c ?? ""} className="sk-choice-line">
            <button
              type="button"
              className="sk-menu-item"
              aria-current={isNow(choice) ? "true" : undefined}
              data-testid={`connect-${choice.c ?? "own"}`}
              onClick={() => of.choose(choice.c)}
            >
              <span className="sk-menu-title">{choice.title}</span>
              <span className="sk-menu-key">{isNow(choice) ? "now" : choice.detail}</span>
            </button>
            {of.add !== undefined && choice.addable === true ? (
              <button
                type="button"
                className="sk-button"
                aria-label={`Add ${choice.title}`}
                title="Looks at it beside what is looked at now"
                data-testid={`add-${choice.c ?? "own"}`}
                onClick={() => of.add?.(choice.c)}
              >
                Add
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <AddressForm of={of} />
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
