/**
 * The Services panel: decides between its states, and joins filter box, grid and drawer.
 *
 * @module
 */
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ReactElement } from "react";
import { LiveOrder } from "../../stores/live-order.ts";
import { navigate } from "../../stores/view.ts";
import { count } from "../../widgets/format.ts";
import { useConnection, useInspector, useNow, useVersion, useView } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, DisconnectedPage, ErrorPage, ForbiddenPage, Loading, StatePage } from "../../widgets/PanelStates.tsx";
import { FilterBox } from "./FilterBox.tsx";
import { ServiceDrawer } from "./ServiceDrawer.tsx";
import { ServiceGrid } from "./ServiceGrid.tsx";
import type { GridHandle } from "./ServiceGrid.tsx";

/** See the file's comment. */
export function ServicesPanel(): ReactElement {
  const { client } = useInspector();
  useEffect(() => client.watchServices(), [client]);
  const ready = useReady();
  const phase = useConnection((c) => c.phase);
  const trouble = useConnection((c) => c.trouble);
  const own = useConnection((c) => c.servicesTrouble);
  const offered = useConnection((c) => c.caps["services"]);
  const body = ((): ReactElement => {
    if (typeof offered === "string")
      return (
        <StatePage id="unavailable" title="Not available">
          <p>{offered}</p>
        </StatePage>
      );
    if (own?.code === "FORBIDDEN") return <ForbiddenPage trouble={own} />;
    if (ready) return <Services />;
    if (phase === "closed" && trouble !== undefined) return <ErrorPage trouble={trouble} onRetry={() => client.retry()} />;
    if (own !== undefined) return <ErrorPage trouble={own} onRetry={() => client.retry()} />;
    if (phase === "reconnecting" || phase === "closed" || (phase === "connecting" && trouble !== undefined)) return <DisconnectedPage />;
    return <Loading columns={10} />;
  })();
  return (
    <section className="sk-panel" aria-label="Services" data-testid="panel-services">
      {body}
    </section>
  );
}

/** Whether there is a table; changes once, so it need not follow each version. */
function useReady(): boolean {
  const { client } = useInspector();
  return useSyncExternalStore(client.services.subscribe, () => client.services.ready);
}

function Services(): ReactElement {
  const { client, view } = useInspector();
  const table = client.services;
  useVersion(table);
  const q = useView((v) => v.route.q);
  const sort = useView((v) => v.route.sort);
  const hideSystem = useView((v) => v.hideSystem);
  const drawer = useView((v) => v.drawer && v.route.sel !== undefined);
  const phase = useConnection((c) => c.phase);
  const own = useConnection((c) => c.servicesTrouble);
  const input = useRef<HTMLInputElement>(null);
  const grid = useRef<GridHandle>(null);
  const [order] = useState(() => new LiveOrder(table, () => client.now()));
  useEffect(() => order.attach(), [order]);
  useLayoutEffect(() => order.ask({ text: q, hideSystem, sort }), [order, q, hideSystem, sort]);
  useVersion(order);
  const shown = order.rows.length;

  const closeDrawer = (): void => {
    view.setState({ drawer: false });
    grid.current?.focus();
  };
  const clearFilter = (): void => {
    navigate(view, { q: "" }, "push");
    input.current?.focus();
  };
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "Escape" && drawer) closeDrawer();
    else if (key === "Escape" && q !== "") navigate(view, { q: "" }, "push");
    else if (["j", "k", "ArrowDown", "ArrowUp", "Home", "End", "PageUp", "PageDown"].includes(key)) {
      grid.current?.focus();
      return grid.current?.press(key) ?? false;
    } else return false;
    return true;
  });

  return (
    <>
      <div className="sk-toolbar">
        <FilterBox input={input} />
        <button
          type="button"
          className="sk-chip"
          aria-pressed={hideSystem}
          data-testid="filter-chip-1"
          title="Hides the framework's own services"
          onClick={() => view.setState({ hideSystem: !hideSystem })}
        >
          <span aria-hidden="true">{hideSystem ? "✓" : "+"}</span> Hide system
        </button>
        <span className="sk-spring" />
        {order.held && phase === "live" ? <FrozenBadge order={order} /> : null}
        <span className="sk-figures sk-dim" data-testid="services-count">
          {count(shown)} / {count(table.live)}
        </span>
      </div>
      <ConnectionBanner />
      {own === undefined ? null : (
        <div className="sk-banner sk-banner-err" data-testid="state-error">
          <span>
            <strong>The list is not up to date.</strong> {own.msg} <span className="sk-code">({own.code})</span>
          </span>
          <button type="button" className="sk-button" onClick={() => client.retry()}>
            Try again
          </button>
        </div>
      )}
      {table.total > table.live ? (
        <div className="sk-banner" data-testid="note-dropped">
          The host has {count(table.total)} services and sends {count(table.live)} of them, which is its limit. The others are not in this
          list.
        </div>
      ) : null}
      <div className={phase === "live" ? "sk-split" : "sk-split is-stale"}>
        {shown > 0 ? <ServiceGrid order={order} handle={grid} /> : <Nothing onClear={clearFilter} />}
        {drawer ? <ServiceDrawer onClose={closeDrawer} /> : null}
      </div>
    </>
  );
}

/** Why there is no row. */
function Nothing({ onClear }: { readonly onClear: () => void }): ReactElement {
  const { client, view } = useInspector();
  const { live } = client.services;
  const q = useView((v) => v.route.q);
  if (live === 0)
    return (
      <StatePage id="empty" title="No services">
        <p>Nothing is running on this host. A service appears here as soon as the host launches it.</p>
      </StatePage>
    );
  return (
    <StatePage
      id="nomatch"
      title={`0 of ${count(live)} match`}
      actions={
        q === "" ? (
          <button type="button" className="sk-button sk-primary" onClick={() => view.setState({ hideSystem: false })}>
            Show system services
          </button>
        ) : (
          <button type="button" className="sk-button sk-primary" onClick={onClear}>
            Clear filter
          </button>
        )
      }
    >
      <p>{q === "" ? "All of them are the framework's own, and those are hidden." : `No name or address contains “${q}”.`}</p>
    </StatePage>
  );
}

function FrozenBadge({ order }: { readonly order: LiveOrder }): ReactElement {
  const now = useNow(1000);
  return (
    <span
      className="sk-badge"
      data-testid="order-frozen"
      title="The values are live; the rows stay where they are while you point at the table."
    >
      order frozen {Math.max(0, Math.round((now - order.madeAt) / 1000))} s
    </span>
  );
}
