/**
 * The waits-for graph: which part of it is shown, as a drawing or as a list (`T`), with the details of what is selected beside it.
 *
 * @module
 */
import { useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { makeFilter } from "../../stores/order.ts";
import { navigate } from "../../stores/view.ts";
import { ChannelStates, TroubleBanner, useReady } from "../../widgets/ChannelStates.tsx";
import { count } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, StatePage } from "../../widgets/PanelStates.tsx";
import { FilterBox } from "../../widgets/table/FilterBox.tsx";
import { sessionsView } from "./columns.tsx";
import { Drawing } from "./Drawing.tsx";
import { GraphList } from "./GraphList.tsx";
import { SelectionDrawer } from "./SelectionDrawer.tsx";
import { chained, connected, MOST_TASKS, show } from "./shown.ts";
import type { Shown } from "./shown.ts";
import { useWaits } from "./use-waits.ts";
import { nodeOfTask, taskKey } from "./waits.ts";
import type { Waits } from "./waits.ts";

/** See the file's comment. */
export function GraphView(): ReactElement {
  const { client } = useInspector();
  const waits = useWaits();
  const ready = [useReady(client.table("waits")), useReady(client.table("sessions"))].every(Boolean);
  return (
    <ChannelStates channel="waits" ready={ready} columns={6}>
      <Graph waits={waits} />
    </ChannelStates>
  );
}

/** What the user asked for, and what is wrong with the question. */
function useShown(waits: Waits): { readonly shown: Shown; readonly fault: ReturnType<typeof makeFilter>["fault"]; readonly only: boolean } {
  const { client } = useInspector();
  const table = client.table("sessions");
  const version = useVersion(table);
  const q = useView((v) => v.route.q);
  const sel = useView((v) => v.route.sel);
  const filter = useMemo(() => makeFilter(table, sessionsView, { text: q, hidden: [], sort: [] }), [table, q]);
  const only = sel?.startsWith("deadlock:") === true;
  const shown = useMemo(() => {
    let keys: Set<string>;
    if (only) keys = connected(waits, deadlockKeys(waits, sel!));
    else if (q.trim() !== "") {
      const seeds = new Set<string>();
      for (let row = 0; row < table.high; row++)
        if (table.status[row] === 1 && filter.test(row)) seeds.add(taskKey(table.number("fromTask", row), nodeOfTask(table, row)));
      keys = connected(waits, seeds);
    } else {
      keys = chained(waits);
      if (sel !== undefined) for (const key of connected(waits, keysOf(waits, sel))) keys.add(key);
    }
    return show(waits, keys, formatAddress);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the table's content is named by its version
  }, [waits, table, version, filter, q, sel, only]);
  return { shown, fault: filter.fault, only };
}

function deadlockKeys(waits: Waits, id: string): string[] {
  const keys: string[] = [];
  for (const node of waits.nodes.values()) if (node.deadlock === id) keys.push(node.key);
  return keys;
}

/** The nodes that a selection means: a task itself, or the caller of a call. */
function keysOf(waits: Waits, sel: string): string[] {
  if (waits.nodes.has(sel)) return [sel];
  const link = waits.links.find((l) => l.call?.id === sel);
  return link === undefined ? [] : [link.from];
}

function Graph({ waits }: { readonly waits: Waits }): ReactElement {
  const { client, view } = useInspector();
  const { shown, fault, only } = useShown(waits);
  const [asList, setAsList] = useState(false);
  const sel = useView((v) => v.route.sel);
  const q = useView((v) => v.route.q);
  const drawer = useView((v) => v.drawer) && sel !== undefined && !only;
  const phase = useConnection((c) => c.phase);
  const input = useRef<HTMLInputElement>(null);
  const closeDrawer = (): void => view.setState({ drawer: false });
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "T" || key === "t") setAsList((on) => !on);
    else if (key === "Escape" && drawer) closeDrawer();
    else if (key === "Escape" && q !== "") navigate(view, { q: "" }, "push");
    else if (key === "Escape" && only) navigate(view, { sel: undefined }, "push");
    else return false;
    return true;
  });
  const nothing = shown.boxes.length === 0;
  return (
    <>
      <div className="sk-toolbar">
        <FilterBox input={input} things="calls; what is connected to a match is shown" example="from:agent age>2s" fault={fault} />
        {only ? (
          <button type="button" className="sk-chip" aria-pressed="true" onClick={() => navigate(view, { sel: undefined }, "push")}>
            <span aria-hidden="true">✓</span> Only around the deadlock
          </button>
        ) : null}
        <span className="sk-spring" />
        <span className="sk-figures sk-dim" data-testid="graph-count">
          {count(shown.tasks)} of {count(shown.all)} tasks
        </span>
        <button
          type="button"
          className="sk-button"
          aria-pressed={asList}
          data-testid="action-graph-list"
          title="Switch between drawing and list (T)"
          onClick={() => setAsList(!asList)}
        >
          {asList ? "Show as graph" : "Show as list"}
        </button>
      </div>
      <ConnectionBanner arrivedAt={client.table("waits").arrivedAt} />
      <TroubleBanner channel="waits" />
      {shown.grouped ? (
        <div className="sk-banner" data-testid="note-grouped">
          <span>
            {count(shown.tasks)} tasks are more than {MOST_TASKS}: they are grouped by the type of their service
            {shown.left === 0 ? "" : `, and the ${count(shown.left)} smallest types are left out`}. A filter shows fewer of them one by one.
          </span>
        </div>
      ) : null}
      <div className={phase === "live" ? "sk-split" : "sk-split is-stale"}>
        {nothing ? <Nothing waits={waits} /> : asList ? <GraphList shown={shown} waits={waits} /> : <Drawing shown={shown} waits={waits} />}
        {drawer ? <SelectionDrawer view="graph" onClose={closeDrawer} /> : null}
      </div>
    </>
  );
}

function Nothing({ waits }: { readonly waits: Waits }): ReactElement {
  const { view } = useInspector();
  const q = useView((v) => v.route.q);
  const sel = useView((v) => v.route.sel);
  if (sel?.startsWith("deadlock:") === true)
    return (
      <StatePage
        id="gone"
        title="This deadlock is over"
        actions={
          <button type="button" className="sk-button sk-primary" onClick={() => navigate(view, { sel: undefined }, "push")}>
            Show what waits now
          </button>
        }
      >
        <p>None of its tasks waits in it any more. Its report is among the deadlocks.</p>
      </StatePage>
    );
  if (q.trim() !== "" && waits.links.length > 0)
    return (
      <StatePage
        id="nomatch"
        title="No call matches"
        actions={
          <button type="button" className="sk-button sk-primary" onClick={() => navigate(view, { q: "" }, "push")}>
            Clear filter
          </button>
        }
      >
        <p>None of the pending calls matches “{q}”.</p>
      </StatePage>
    );
  return (
    <StatePage
      id="empty"
      title="No chains"
      actions={
        waits.links.length === 0 ? undefined : (
          <button type="button" className="sk-button sk-primary" onClick={() => navigate(view, { q: "age>0s" }, "push")}>
            Show single calls too
          </button>
        )
      }
    >
      <p>
        {waits.links.length === 0
          ? "No task has waited for another one for more than 100 ms."
          : `No task waits behind another one that waits. ${count(waits.links.length)} single ${waits.links.length === 1 ? "call is" : "calls are"} pending.`}
      </p>
    </StatePage>
  );
}
