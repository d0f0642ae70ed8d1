/**
 * The Traces panel's place in the shell: its code is fetched when it is first opened.
 *
 * @module
 */
import { lazy, Suspense } from "react";
import type { ReactElement } from "react";
import { Loading } from "../../widgets/PanelStates.tsx";

const Panel = lazy(async () => ({ default: (await import("./TracesPanel.tsx")).TracesPanel }));

/** See the file's comment. */
export function TracesEntry(): ReactElement {
  return (
    <Suspense
      fallback={
        <section className="sk-panel" aria-label="Traces" data-testid="panel-traces">
          <Loading columns={8} />
        </section>
      }
    >
      <Panel />
    </Suspense>
  );
}
