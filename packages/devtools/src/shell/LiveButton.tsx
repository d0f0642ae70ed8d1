/**
 * Live or paused: the switch that holds the view, and how much has come since.
 *
 * @module
 */
import type { ReactElement } from "react";
import { count } from "../widgets/format.ts";
import { useConnection, useInspector, useVersion } from "../widgets/hooks.ts";

/** See the file's comment. */
export function LiveButton(): ReactElement | null {
  const { client } = useInspector();
  const { pause } = client;
  useVersion(pause);
  useVersion(client.alerts);
  const alerts = client.alerts.missed.length;
  const file = useConnection((c) => c.host?.mode === "file");
  const { paused, missed } = pause;
  // In a snapshot nothing moves.
  if (file) return null;
  return (
    <button
      type="button"
      className={paused ? "sk-button sk-live is-paused" : "sk-button sk-live"}
      data-testid="action-pause"
      title={
        paused
          ? `The view stands still; ${count(missed)} updates have come since. Click to jump to now (Space).`
          : "Pause the view; data goes on coming in (Space)"
      }
      onClick={() => pause.set(!paused)}
    >
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {paused ? <path d="M2 0.8 9.2 5 2 9.200Z" stroke="none" /> : <path d="M1.800 1h2.200v8H1.800zM6 1h2.200v8H6z" stroke="none" />}
      </svg>
      {paused ? "Paused" : "Live"}
      <span className="sk-hidden">{paused ? ": go on" : ": pause the view"}</span>
      {paused && alerts > 0 ? (
        <span
          className="sk-live-alerts"
          data-testid="pause-alerts"
          title={`${count(alerts)} ${alerts === 1 ? "alert has" : "alerts have"} come since`}
        >
          <span aria-hidden="true">▲ {count(alerts)}</span>
          <span className="sk-hidden">
            {count(alerts)} new {alerts === 1 ? "alert" : "alerts"}
          </span>
        </span>
      ) : null}
      {paused && missed > 0 ? (
        <span className="sk-live-missed" data-testid="pause-missed">
          +{count(missed)}
        </span>
      ) : null}
    </button>
  );
}
