/**
 * How each of several hosts stands: its mark and word, why it is not live, and when the next attempt begins.
 *
 * @module
 */
import { useStore } from "zustand";
import type { ReactElement } from "react";
import type { ConnectionPhase, ConnectionView } from "../client/connection.ts";
import type { Host } from "../stores/host-list.ts";
import { useHosts, useInspector, useNow } from "./hooks.ts";

/** Colour, shape and word of each phase; a live one may be paused here, or be a snapshot. */
export const marks: Readonly<
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

/** Part of the state of one host's connection. */
export function useHost<T>(host: Host, select: (connection: ConnectionView) => T): T {
  return useStore(host.client.connection as Parameters<typeof useStore>[0], select as (state: unknown) => T);
}

/** Mark and word of a host. */
export function HostMark({ host }: { readonly host: Host }): ReactElement {
  const phase = useHost(host, (c) => c.phase);
  const mark = marks[phase];
  return (
    <span className={`sk-host-mark sk-tone-${mark.tone}`} data-phase={phase}>
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {mark.shape}
      </svg>{" "}
      {mark.word}
    </span>
  );
}

/** What a host that is not live says, and what comes next; nothing for one that is. */
export function HostTrouble({ host }: { readonly host: Host }): ReactElement | null {
  const phase = useHost(host, (c) => c.phase);
  const trouble = useHost(host, (c) => c.trouble);
  const retryAt = useHost(host, (c) => c.retryAt);
  const heardAt = useHost(host, (c) => c.heardAt);
  const now = useNow(500);
  if (phase === "live" || phase === "idle") return null;
  return (
    <>
      {phase === "stale" ? <span>silent for {Math.max(0, (now - (heardAt ?? now)) / 1000).toFixed(0)} s</span> : null}
      {trouble === undefined ? null : <span>{trouble.msg}</span>}
      {heardAt === undefined ? <span>nothing is known of it yet</span> : <Known host={host} heardAt={heardAt} />}
      {phase === "reconnecting" && retryAt !== undefined ? (
        <span className="sk-figures">next attempt in {Math.max(0, Math.ceil((retryAt - now) / 1000))} s</span>
      ) : null}
    </>
  );
}

function Known({ host, heardAt }: { readonly host: Host; readonly heardAt: number }): ReactElement {
  const at = new Date(Date.now() - (host.client.now() - heardAt));
  return (
    <span>
      its rows are of <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>
    </span>
  );
}

/** Above a panel that shows several hosts: those of them that are not up to date. */
export function LostHosts(): ReactElement | null {
  const { client } = useInspector();
  const hosts = useHosts();
  if (hosts === undefined || hosts.list.length < 2 || client.connection.getState().phase !== "live") return null;
  const lost = hosts.list.filter((h) => h.client.connection.getState().phase !== "live");
  return (
    <>
      {lost.map((host) => (
        <div className="sk-banner sk-banner-warn" data-testid={`host-lost-${host.label}`} key={host.key}>
          <span className="sk-host-line">
            <strong>{host.label}</strong> <HostMark host={host} /> <HostTrouble host={host} />
          </span>
          <button type="button" className="sk-button" onClick={() => host.client.retry()}>
            Reconnect now
          </button>
        </div>
      ))}
    </>
  );
}
