/**
 * The alert bar: what needs attention now, above every panel. One line for the worst, a count for the others. While the view is paused it
 * stands still like everything, but for one more line that says that alerts have come since.
 *
 * @module
 */
import type { ReactElement } from "react";
import { alertRoute } from "../stores/alert-route.ts";
import { homeRoute } from "../stores/route.ts";
import { navigate } from "../stores/view.ts";
import { useInspector, useVersion } from "../widgets/hooks.ts";

const weight = { error: 2, warn: 1, info: 0 } as const;

/** See the file's comment. */
export function AlertBar(): ReactElement {
  return (
    <>
      <Missed />
      <Worst />
    </>
  );
}

/** The alerts that came while the view stands still. */
function Missed(): ReactElement | null {
  const { client } = useInspector();
  useVersion(client.alerts);
  const { missed } = client.alerts;
  const newest = missed[0]?.frame;
  if (newest === undefined) return null;
  const dead = missed.some((a) => a.frame.kind === "deadlock");
  const over = missed.every((a) => a.frame.cleared === true);
  return (
    <div className={`sk-alert is-${dead ? "dead" : newest.severity}`} role="alert" data-testid="alerts-missed">
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {dead ? <path d="M5 0.5 9.5 5 5 9.5 0.5 5Z" stroke="none" /> : <path d="M5 0.8 9.6 9H0.4Z" stroke="none" />}
      </svg>
      <span className="sk-alert-text">
        <strong>
          {missed.length === 1 ? "An alert has" : `${missed.length} alerts have`} come since the view was paused{over ? ", and gone" : ""}.
        </strong>{" "}
        <span className="sk-alert-more" aria-live="off">
          {newest.title}
        </span>
      </span>
      <span className="sk-spring" />
      <button type="button" className="sk-button" data-testid="action-go-on" onClick={() => client.pause.set(false)}>
        Jump to now
      </button>
    </div>
  );
}

/** The worst alert that stands. */
function Worst(): ReactElement | null {
  const { client, view } = useInspector();
  useVersion(client.alerts);
  const open = client.alerts.standing
    .filter((a) => !a.dismissed)
    .toSorted((a, b) => weight[b.frame.severity] - weight[a.frame.severity] || a.frame.first - b.frame.first);
  const worst = open[0]?.frame;
  if (worst === undefined) return null;
  const dead = worst.kind === "deadlock";
  return (
    <div key={worst.id} className={`sk-alert is-${dead ? "dead" : worst.severity}`} role="alert" data-testid={`alert-${worst.kind}`}>
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {dead ? <path d="M5 0.5 9.5 5 5 9.5 0.5 5Z" stroke="none" /> : <path d="M5 0.8 9.6 9H0.4Z" stroke="none" />}
      </svg>
      <span className="sk-alert-text">
        <strong>{worst.title}.</strong>{" "}
        <span className="sk-alert-more" aria-live="off" title={worst.text}>
          {worst.text}
        </span>
      </span>
      <span className="sk-spring" />
      {open.length > 1 ? (
        <button
          type="button"
          className="sk-link"
          onClick={() => navigate(view, { ...homeRoute, rest: view.getState().route.rest, panel: "overview" }, "push")}
        >
          and {open.length - 1} more
        </button>
      ) : null}
      <button
        type="button"
        className="sk-button"
        data-testid="action-show-alert"
        onClick={() => {
          view.setState({ drawer: true });
          navigate(view, { ...homeRoute, rest: view.getState().route.rest, ...alertRoute(worst) }, "push");
        }}
      >
        Show
      </button>
      <button type="button" className="sk-button" data-testid="action-dismiss-alert" onClick={() => client.alerts.dismiss(worst.id)}>
        Dismiss
      </button>
    </div>
  );
}
