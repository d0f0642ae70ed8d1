/**
 * The Sessions panel: pending calls as a list, who waits for whom as a graph, and deadlocks with their reports.
 *
 * @module
 */
import { lazy, Suspense, useEffect, useRef } from "react";
import type { KeyboardEvent, ReactElement } from "react";
import { hasCard, isCardId } from "../../stores/alert-route.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { navigate } from "../../stores/view.ts";
import { ChannelStates, useReady } from "../../widgets/ChannelStates.tsx";
import { count } from "../../widgets/format.ts";
import { useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { Loading } from "../../widgets/PanelStates.tsx";
import { Content } from "../../widgets/table/TablePanel.tsx";
import { callMarks } from "./CallMark.tsx";
import { isStuck, sessionsView, span, stateIs, totalUs } from "./columns.tsx";
import { DeadlocksView } from "./DeadlocksView.tsx";
import { SelectionDrawer } from "./SelectionDrawer.tsx";

const GraphView = lazy(() => import("./GraphView.tsx").then((m) => ({ default: m.GraphView })));

const views = ["list", "graph", "deadlocks"] as const;
type ViewName = (typeof views)[number];
const titles: Readonly<Record<ViewName, string>> = { list: "List", graph: "Waits-for graph", deadlocks: "Deadlocks" };

/** See the file's comment. */
export function SessionsPanel(): ReactElement {
  const named = useView((v) => v.route.view);
  const name = views.find((v) => v === named) ?? "list";
  return (
    <section className="sk-panel" aria-label="Sessions" data-testid="panel-sessions">
      <ViewTabs shown={name} />
      <div className="sk-tab-body" role="tabpanel" id="sk-sessions-view" aria-labelledby={`sk-sessions-${name}`}>
        {name === "list" ? (
          <ListView />
        ) : name === "graph" ? (
          <Suspense fallback={<Loading columns={6} />}>
            <GraphView />
          </Suspense>
        ) : (
          <DeadlocksView />
        )}
      </div>
    </section>
  );
}

function ViewTabs({ shown }: { readonly shown: ViewName }): ReactElement {
  const { client, view } = useInspector();
  useVersion(client.alerts);
  const list = useRef<HTMLDivElement>(null);
  const dead = client.alerts.standing.filter((a) => hasCard(a.frame)).length;
  const go = (name: ViewName, focus: boolean): void => {
    const { sel } = view.getState().route;
    // A deadlock is no row of the list, and a call no card.
    const kept = name === "graph" || !(name === "list") === isCardId(sel ?? "") ? sel : undefined;
    navigate(view, { view: name, sel: kept }, "push");
    if (focus) list.current?.querySelector<HTMLElement>(`#sk-sessions-${name}`)?.focus();
  };
  const onKeyDown = (e: KeyboardEvent): void => {
    const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    e.preventDefault();
    go(views[(views.indexOf(shown) + step + views.length) % views.length]!, true);
  };
  return (
    <div className="sk-tabs" role="tablist" aria-label="Views of the sessions" ref={list} onKeyDown={onKeyDown}>
      {views.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`sk-sessions-${name}`}
          className="sk-tab"
          aria-selected={name === shown}
          aria-controls="sk-sessions-view"
          tabIndex={name === shown ? 0 : -1}
          data-testid={`tab-${name}`}
          onClick={() => go(name, false)}
        >
          {titles[name]}
          {name === "deadlocks" && dead > 0 ? (
            <span className="sk-count-dead">
              <span aria-hidden="true">◆</span> {dead}
            </span>
          ) : null}
        </button>
      ))}
      <span className="sk-spring" />
      <Pending />
    </div>
  );
}

/** How many calls are pending, and since when the oldest. */
function Pending(): ReactElement | null {
  const { client } = useInspector();
  const table = client.table("sessions");
  useVersion(table);
  if (!table.ready) return null;
  let oldest = NaN;
  for (let row = 0; row < table.high; row++) {
    if (table.status[row] !== 1) continue;
    const total = totalUs(table, row);
    if (!(oldest >= total)) oldest = total;
  }
  return (
    <span className="sk-figures sk-dim sk-tabs-note" title="Calls that have waited for their reply for more than 100 ms">
      pending {count(table.total)} · oldest {span(oldest)}
    </span>
  );
}

function ListView(): ReactElement {
  const { client } = useInspector();
  useEffect(() => client.watch("sessions"), [client]);
  const table = client.table("sessions");
  const ready = useReady(table);
  return (
    <ChannelStates channel="sessions" ready={ready} columns={9}>
      <Content
        channel="sessions"
        table={table}
        meaning={sessionsView}
        example="to:.db age>2s"
        empty={{
          title: "No pending calls",
          text: "No call has waited for its reply for more than 100 ms. One that does appears here, with who waits and where it stands.",
        }}
        above={<QuickFilters table={table} />}
        drawer={(close) => <SelectionDrawer view="list" onClose={close} />}
      />
    </ChannelStates>
  );
}

const quick = [
  { flag: "cycle", mark: "cycle", word: "cycle", test: (t: TableStore, r: number): boolean => stateIs(t, r, "cycle") },
  { flag: "lost", mark: "lost", word: "lost", test: (t: TableStore, r: number): boolean => stateIs(t, r, "lost") },
  {
    flag: "callee-gone",
    mark: "callee-gone",
    word: "callee gone",
    test: (t: TableStore, r: number): boolean => stateIs(t, r, "callee-gone"),
  },
  { flag: "stuck", mark: "unknown-waker", word: "stuck > 5 s", test: isStuck },
  { flag: "queued", mark: "queued", word: "queued", test: (t: TableStore, r: number): boolean => stateIs(t, r, "queued") },
  { flag: "running", mark: "running", word: "running", test: (t: TableStore, r: number): boolean => stateIs(t, r, "running") },
  { flag: "waiting", mark: "waiting", word: "waiting", test: (t: TableStore, r: number): boolean => stateIs(t, r, "waiting") },
] as const;

/** One chip for each kind of trouble, with how many there are: a click filters by it, another one takes that back. */
function QuickFilters({ table }: { readonly table: TableStore }): ReactElement {
  const { view } = useInspector();
  useVersion(table);
  const q = useView((v) => v.route.q);
  const terms = q.split(/\s+/).filter(Boolean);
  const counts = quick.map(() => 0);
  for (let row = 0; row < table.high; row++)
    if (table.status[row] === 1) quick.forEach(({ test }, i) => (counts[i]! += test(table, row) ? 1 : 0));
  return (
    <div className="sk-quick" role="group" aria-label="Filter by state">
      {quick.map(({ flag, mark, word }, i) => {
        const term = `is:${flag}`;
        const on = terms.includes(term);
        const n = counts[i]!;
        return (
          <button
            key={flag}
            type="button"
            className="sk-chip"
            aria-pressed={on}
            data-testid={`quick-${flag}`}
            title={on ? `Take ${term} out of the filter` : `Show only these: ${term}`}
            onClick={() => navigate(view, { q: (on ? terms.filter((t) => t !== term) : [...terms, term]).join(" ") }, "push")}
          >
            <span className={n > 0 ? `sk-tone-${callMarks[mark].tone}` : "sk-zero"}>
              <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
                {callMarks[mark].shape}
              </svg>
            </span>{" "}
            {word} <b className={n > 0 ? "sk-figures" : "sk-figures sk-zero"}>{count(n)}</b>
          </button>
        );
      })}
    </div>
  );
}
