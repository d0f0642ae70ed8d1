/**
 * The Sessions panel, fetched when it is first opened.
 *
 * @module
 */
import { lazy, Suspense } from "react";
import type { ReactElement } from "react";
import { Loading } from "../../widgets/PanelStates.tsx";

const Panel = lazy(() => import("./SessionsPanel.tsx").then((m) => ({ default: m.SessionsPanel })));

/** See the file's comment. */
export function SessionsPanel(): ReactElement {
  return (
    <Suspense
      fallback={
        <section className="sk-panel" aria-label="Sessions" data-testid="panel-sessions">
          <Loading columns={9} />
        </section>
      }
    >
      <Panel />
    </Suspense>
  );
}
