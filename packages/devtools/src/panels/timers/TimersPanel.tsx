/**
 * The Timers panel: the next 1,000 timeouts to fire, and a mark when very many fire at once.
 *
 * @module
 */
import type { ReactElement } from "react";
import { count } from "../../widgets/format.ts";
import { useInspector, useVersion } from "../../widgets/hooks.ts";
import { TablePanel } from "../../widgets/table/TablePanel.tsx";
import { timersView } from "./columns.tsx";

/** So many timeouts due within 10 ms are a storm. */
const STORM = 1000;

/** See the file's comment. */
export function TimersPanel(): ReactElement {
  return (
    <TablePanel
      channel="timers"
      meaning={timersView}
      example="is:sleep due<1s"
      empty={{ title: "No timers", text: "No service of this host sleeps or has set a timeout." }}
      above={<Storm />}
    />
  );
}

function Storm(): ReactElement | null {
  const { client } = useInspector();
  const table = client.table("timers");
  useVersion(table);
  let most = 0;
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) most = Math.max(most, table.number("together", row));
  if (most < STORM) return null;
  return (
    <div className="sk-banner sk-banner-warn" data-testid="note-storm">
      <span>
        <strong>Timer storm.</strong> {count(most)} timers fire within the same 10 ms.
      </span>
    </div>
  );
}
