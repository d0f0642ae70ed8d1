/**
 * What a panel shows when it has no live data to show: every state of inspector.md §5.3 that this version can meet, each with what to do next.
 *
 * Knows nothing of particular panels.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";
import type { Trouble } from "../client/connection.ts";
import { copyText } from "./clipboard.ts";
import { LostHosts } from "./HostStates.tsx";
import { useConnection, useElapsed, useInspector, useNow } from "./hooks.ts";

/** A page-filling state: a heading, a sentence, and what to do. */
export function StatePage(props: {
  readonly id: string;
  readonly title: string;
  readonly tone?: "err" | "warn" | "plain";
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}): ReactElement {
  return (
    <div className="sk-page" data-testid={`state-${props.id}`}>
      <h2 className={`sk-page-title sk-page-${props.tone ?? "plain"}`}>{props.title}</h2>
      <div className="sk-page-text">{props.children}</div>
      {props.actions === undefined ? null : <div className="sk-page-actions">{props.actions}</div>}
    </div>
  );
}

/** Before the first data: a skeleton after 150 ms, and after 5 s what it waits for. */
export function Loading({ columns }: { readonly columns: number }): ReactElement | null {
  const visible = useElapsed(150);
  const long = useElapsed(5000);
  const { client } = useInspector();
  if (!visible) return <div data-testid="state-loading" />;
  return (
    <div className="sk-loading" data-testid="state-loading">
      <p className="sk-loading-text" role="status">
        {long ? `Still waiting for ${client.title}` : "Loading"}
        {long ? (
          <button type="button" className="sk-button" onClick={() => client.retry()}>
            Ask again
          </button>
        ) : null}
      </p>
      <div className="sk-skeleton" aria-hidden="true">
        {Array.from({ length: 12 }, (_, row) => (
          <div className="sk-skeleton-row" key={row}>
            {Array.from({ length: columns }, (__, column) => (
              <span className="sk-skeleton-cell" key={column} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** An error with its code, a way to copy it, and another try. */
export function ErrorPage({ trouble, onRetry }: { readonly trouble: Trouble; readonly onRetry: () => void }): ReactElement {
  const title = titles[trouble.code] ?? "Something went wrong";
  // Some texts begin with what the title says already.
  const said = trouble.msg.toLowerCase().startsWith(`${title.toLowerCase()}: `) ? trouble.msg.slice(title.length + 2) : trouble.msg;
  return (
    <StatePage
      id="error"
      tone="err"
      title={title}
      actions={
        <>
          <button type="button" className="sk-button sk-primary" onClick={onRetry}>
            Try again
          </button>
          <CopyDetails trouble={trouble} />
        </>
      }
    >
      <p>{sentence(said)}</p>
      <p className="sk-code">code {trouble.code}</p>
    </StatePage>
  );
}

/** The scope that is missing. */
export function ForbiddenPage({ trouble }: { readonly trouble: Trouble }): ReactElement {
  return (
    <StatePage id="forbidden" tone="warn" title="Not permitted">
      <p>{sentence(trouble.msg)}</p>
      <p>Ask whoever runs the host for a token that grants more.</p>
    </StatePage>
  );
}

/**
 * Above data that is not live: how old it is, why, and what happens next.
 *
 * @param props - `arrivedAt`: when the data of the panel came, which may be long before the host was last heard of.
 */
export function ConnectionBanner({ arrivedAt }: { readonly arrivedAt?: number }): ReactElement | null {
  const phase = useConnection((c) => c.phase);
  const trouble = useConnection((c) => c.trouble);
  if (phase === "live") return <LostHosts />;
  if (phase === "idle") return null;
  if (phase === "stale")
    return (
      <div className="sk-banner sk-banner-warn" data-testid="state-stale">
        <LastUpdate arrivedAt={arrivedAt} />
      </div>
    );
  return (
    <div className="sk-banner sk-banner-err" data-testid="state-disconnected">
      <span>
        <strong>Disconnected.</strong> <SnapshotTime arrivedAt={arrivedAt} />
        {trouble === undefined ? null : <span className="sk-banner-why"> {sentence(trouble.msg)}</span>}
      </span>
      <Reconnect />
    </div>
  );
}

/** Without any data: why there is no connection, and the next attempt. */
export function DisconnectedPage(): ReactElement {
  const trouble = useConnection((c) => c.trouble);
  const { client } = useInspector();
  return (
    <StatePage id="disconnected" tone="err" title={`No connection to ${client.title}`} actions={<Reconnect />}>
      <p>{trouble === undefined ? "The host has not been reached yet." : sentence(trouble.msg)}</p>
    </StatePage>
  );
}

/** Data this much older than the last word of the host is told to be so, in milliseconds: the slowest channel has a sample every 5 s. */
const OLDER_MS = 8_000;

/** Since when the panel's data is as it is: when the host was last heard of, or when the data came, where nobody has followed it since. */
function useKnownAt(arrivedAt: number | undefined): number | undefined {
  const heardAt = useConnection((c) => c.heardAt);
  if (heardAt === undefined || arrivedAt === undefined || !Number.isFinite(arrivedAt)) return heardAt;
  return heardAt - arrivedAt > OLDER_MS ? arrivedAt : heardAt;
}

function LastUpdate({ arrivedAt }: { readonly arrivedAt: number | undefined }): ReactElement {
  const heardAt = useKnownAt(arrivedAt);
  const now = useNow(250);
  return (
    <span>
      <strong>Stale.</strong> The host is silent; last update {((now - (heardAt ?? now)) / 1000).toFixed(1)} s ago.
    </span>
  );
}

function SnapshotTime({ arrivedAt }: { readonly arrivedAt: number | undefined }): ReactElement {
  const { client } = useInspector();
  const heardAt = useKnownAt(arrivedAt);
  if (heardAt === undefined) return <>Nothing is known of this host yet.</>;
  const at = new Date(Date.now() - (client.now() - heardAt));
  return (
    <>
      This is what was known at <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>.
    </>
  );
}

function Reconnect(): ReactElement {
  const { client } = useInspector();
  const phase = useConnection((c) => c.phase);
  return (
    <span className="sk-reconnect">
      {phase === "reconnecting" ? <Countdown /> : phase === "connecting" ? <span>Trying now …</span> : null}
      <button type="button" className="sk-button" disabled={phase === "connecting"} onClick={() => client.retry()}>
        Reconnect now
      </button>
    </span>
  );
}

function Countdown(): ReactElement {
  const retryAt = useConnection((c) => c.retryAt);
  const now = useNow(250);
  return <span className="sk-figures">Next attempt in {Math.max(0, Math.ceil(((retryAt ?? now) - now) / 1000))} s</span>;
}

function CopyDetails({ trouble }: { readonly trouble: Trouble }): ReactElement {
  const { client } = useInspector();
  return (
    <button type="button" className="sk-button" onClick={() => void copyText(`${trouble.code}: ${trouble.msg}\nhost: ${client.title}`)}>
      Copy details
    </button>
  );
}

const titles: Readonly<Partial<Record<Trouble["code"], string>>> = {
  AUTH: "Wrong token",
  AUTH_REQUIRED: "A token is needed",
  AUTH_BLOCKED: "Too many wrong tokens",
  VERSION: "Versions do not match",
  SLOW: "The list was stopped",
  SOURCE: "The host could not be read",
  LIMIT: "A limit was reached",
  LOST: "The connection was lost",
  UNKNOWN_CHANNEL: "Not available from this host",
};

/** Hosts begin their texts in lower case, as log lines do. */
function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…)]$/.test(upper) ? upper : `${upper}.`;
}
