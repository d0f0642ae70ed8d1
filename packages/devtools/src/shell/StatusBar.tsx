/**
 * The status bar: the host at a glance, and what the inspector itself costs it. Figures that are not live are not shown.
 *
 * @module
 */
import type { ReactElement } from "react";
import { count, milliseconds, roundRate, UNKNOWN } from "../widgets/format.ts";
import { useConnection } from "../widgets/hooks.ts";

/** See the file's comment. */
export function StatusBar(): ReactElement {
  const figures = useConnection((c) => c.figures);
  const offset = useConnection((c) => c.clockOffsetMs);
  const rtt = useConnection((c) => c.rttMs);
  const protocol = useConnection((c) => c.protocol);
  const runtime = useConnection((c) => c.host?.runtime);
  const known = (n: number | undefined, show: (n: number) => string): string => (n === undefined ? UNKNOWN : show(n));
  return (
    <footer className="sk-status" data-testid="status-bar">
      <span title="Messages handled per second, whole host">
        <b data-testid="status-rate">{known(figures?.messagesPerSecond, roundRate)}</b> msg/s
      </span>
      <span>
        <b data-testid="status-services">{known(figures?.services, count)}</b> services
      </span>
      <span title="How late the host's event loop ran at worst within the last second">
        lag <b>{known(figures?.lagMs, milliseconds)}</b>
      </span>
      <span title="Share of one core that the inspector's agent takes inside the host">
        agent <b>{known(figures?.agentPercent, (n) => `${n.toFixed(1)} %`)}</b>
      </span>
      <span title="Events that were lost because this page read too slowly">
        <b>{known(figures?.dropped, count)}</b> dropped
      </span>
      {figures !== undefined && figures.skipped > 0 ? (
        <span title="Updates held back because this page read too slowly; the next one carried their sum">
          <b>{count(figures.skipped)}</b> held back
        </span>
      ) : null}
      <span className="sk-spring" />
      {rtt === undefined || offset === undefined ? null : (
        <span title="Shortest round trip of the last eight">
          rtt <b>{milliseconds(rtt)}</b>
        </span>
      )}
      <span>
        {runtime === undefined ? null : <>runtime {runtime} · </>}proto {protocol ?? UNKNOWN}
      </span>
    </footer>
  );
}
