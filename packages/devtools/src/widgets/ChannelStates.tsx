/**
 * Chooses between the states of a panel that shows a channel: not offered, forbidden, waiting, failed, disconnected, or its content.
 *
 * @module
 */
import type { ChannelName } from "@skyloom/runtime/inspect";
import { useSyncExternalStore } from "react";
import type { ReactElement, ReactNode } from "react";
import type { TableStore } from "../stores/table-store.ts";
import { useConnection, useElapsed, useInspector } from "./hooks.ts";
import { DisconnectedPage, ErrorPage, ForbiddenPage, Loading, StatePage } from "./PanelStates.tsx";

/** See the file's comment. `ready` says whether there is something to show; then it is shown whatever the connection does. */
export function ChannelStates(props: {
  readonly channel: ChannelName;
  readonly ready: boolean;
  readonly columns?: number;
  readonly children: ReactNode;
}): ReactElement {
  const { channel, ready, columns = 8, children } = props;
  const { client } = useInspector();
  const phase = useConnection((c) => c.phase);
  const trouble = useConnection((c) => c.trouble);
  const own = useConnection((c) => c.troubles[channel]);
  const offered = useConnection((c) => (c.host === undefined ? true : (c.caps[channel] ?? NOT_OFFERED)));
  if (typeof offered === "string")
    return (
      <StatePage id="unavailable" title="Not available">
        <p>{offered}</p>
      </StatePage>
    );
  if (own?.code === "FORBIDDEN") return <ForbiddenPage trouble={own} />;
  if (ready) return <>{children}</>;
  if (own?.code === "UNAVAILABLE")
    return (
      <StatePage id="unavailable" title="Not known here yet">
        <p>{own.msg}</p>
      </StatePage>
    );
  if (phase === "closed" && trouble !== undefined) return <ErrorPage trouble={trouble} onRetry={() => client.retry()} />;
  if (own !== undefined) return <ErrorPage trouble={own} onRetry={() => client.retry()} />;
  if (phase === "reconnecting" || phase === "closed" || (phase === "connecting" && trouble !== undefined)) return <DisconnectedPage />;
  return <Loading columns={columns} />;
}

const NOT_OFFERED = "This host does not offer it: its version may be older than this page.";

/** Whether a whole table has arrived; changes once, so it need not follow each version. */
export function useReady(table: TableStore): boolean {
  return useSyncExternalStore(table.subscribe, () => table.ready);
}

/** A stream says nothing while it has nothing to say: after so many milliseconds without a word it is taken to be empty. */
const SILENT_MS = 800;

/** Whether there is something to show of a stream: events, or that there have been none for a while. */
export function useStreamReady(events: number): boolean {
  const phase = useConnection((c) => c.phase);
  const waited = useElapsed(SILENT_MS);
  return events > 0 || (waited && (phase === "live" || phase === "stale"));
}

/** Above content that a channel's trouble has made old. */
export function TroubleBanner({ channel }: { readonly channel: ChannelName }): ReactElement | null {
  const { client } = useInspector();
  const own = useConnection((c) => c.troubles[channel]);
  if (own === undefined) return null;
  return (
    <div className="sk-banner sk-banner-err" data-testid="state-error">
      <span>
        <strong>The list is not up to date.</strong> {own.msg} <span className="sk-code">({own.code})</span>
      </span>
      <button type="button" className="sk-button" onClick={() => client.retry()}>
        Try again
      </button>
    </div>
  );
}
