/**
 * The alert bar: what needs attention now, above every panel. One line for the worst, a count for the others.
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
export function AlertBar(): ReactElement | null {
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
        <span className="sk-alert-more" aria-live="off">
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
