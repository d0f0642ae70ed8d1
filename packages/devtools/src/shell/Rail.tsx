/**
 * The left rail: all panels, always in the same order; those that cannot be opened say why.
 *
 * @module
 */
import type { ReactElement } from "react";
import { notBuilt, panels } from "../panels/registry.ts";
import { formatRoute, homeRoute } from "../stores/route.ts";
import { navigate } from "../stores/view.ts";
import { useInspector, useVersion, useView } from "../widgets/hooks.ts";

/** See the file's comment. */
export function Rail(): ReactElement {
  const { client, view } = useInspector();
  const route = useView((v) => v.route);
  useVersion(client.alerts);
  const deadlocks = client.alerts.standing.filter((a) => a.frame.kind === "deadlock").length;
  return (
    <nav className="sk-rail" aria-label="Panels">
      <ul>
        {panels.map((panel) => {
          const built = panel.component !== undefined;
          const here = route.panel === panel.name;
          const dead = panel.name === "sessions" ? deadlocks : 0;
          return (
            <li key={panel.name}>
              <a
                className={built ? "sk-rail-link" : "sk-rail-link is-off"}
                href={formatRoute({ ...homeRoute, panel: panel.name, rest: route.rest })}
                aria-current={here ? "page" : undefined}
                aria-disabled={built ? undefined : true}
                aria-label={dead === 0 ? panel.title : `${panel.title}, ${dead} ${dead === 1 ? "deadlock" : "deadlocks"}`}
                title={built ? `${panel.title} (g ${panel.key})` : notBuilt(panel.title)}
                onClick={(e) => {
                  if (e.ctrlKey || e.metaKey || e.shiftKey) return;
                  e.preventDefault();
                  if (!here) navigate(view, { ...homeRoute, panel: panel.name, rest: route.rest }, "push");
                }}
              >
                <svg viewBox="0 0 16 16" aria-hidden="true">
                  <path d={panel.icon} />
                </svg>
                <span>{panel.title}</span>
                {dead === 0 ? null : (
                  <b className="sk-count-dead" data-testid="rail-deadlocks">
                    <i aria-hidden="true">◆</i>
                    {dead}
                  </b>
                )}
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
