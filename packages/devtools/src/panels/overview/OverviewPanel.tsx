/**
 * The Overview panel: the host at a glance, and what needs attention.
 *
 * @module
 */
import { useEffect } from "react";
import type { ReactElement } from "react";
import type { Client } from "../../client/client.ts";
import { alertRoute } from "../../stores/alert-route.ts";
import type { HistorySeries } from "../../stores/host-history.ts";
import { homeRoute } from "../../stores/route.ts";
import type { Host } from "../../stores/host-list.ts";
import { navigate } from "../../stores/view.ts";
import { ChannelStates, TroubleBanner, useReady } from "../../widgets/ChannelStates.tsx";
import { age, bytes, count, decimal, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { useConnection, useHosts, useInspector, useKnownNow, useVersion } from "../../widgets/hooks.ts";
import { HostMark } from "../../widgets/HostStates.tsx";
import { ConnectionBanner } from "../../widgets/PanelStates.tsx";
import { TimePlot } from "../../widgets/plot/TimePlot.tsx";
import { SmallTable } from "../../widgets/SmallTable.tsx";
import { Tile, Tiles } from "../../widgets/Tiles.tsx";
import { Scenarios } from "./Scenarios.tsx";

/** Lines of the attention list. */
const MOST_LINES = 10;

interface Figure {
  readonly name: string;
  readonly panel?: string;
  readonly of: HistorySeries;
  readonly show: (n: number) => string;
  readonly warn?: (n: number) => boolean;
}

const figures: readonly Figure[] = [
  { name: "Messages/s", panel: "services", of: "messageRate", show: (n) => (n >= 10 ? count(n) : decimal(n)) },
  { name: "Services", panel: "services", of: "services", show: count },
  { name: "Waiting messages", panel: "mailboxes", of: "mqlen", show: count, warn: (n) => n >= 1024 },
  { name: "Pending calls", panel: "sessions", of: "pending", show: count },
  {
    name: "Oldest pending call",
    panel: "sessions",
    of: "oldestUs",
    show: (n) => (n === 0 ? UNKNOWN : milliseconds(n / 1000)),
    warn: (n) => n > 5e6,
  },
  { name: "CPU in handlers", of: "cpu", show: (n) => `${decimal(n)} %`, warn: (n) => n > 90 },
  { name: "Errors/s", panel: "logs", of: "errorRate", show: decimal, warn: (n) => n > 0 },
  { name: "Tasks", of: "tasks", show: count },
  { name: "Timers", panel: "timers", of: "timers", show: count },
  { name: "Sockets", panel: "sockets", of: "sockets", show: count },
  { name: "Bytes in/s", panel: "sockets", of: "inRate", show: bytes },
  { name: "Bytes out/s", panel: "sockets", of: "outRate", show: bytes },
  { name: "Heap", panel: "memory", of: "heap", show: bytes },
];

/** See the file's comment. */
export function OverviewPanel(): ReactElement {
  const { client } = useInspector();
  useEffect(() => client.watch("overview"), [client]);
  const table = client.table("overview");
  const ready = useReady(table);
  return (
    <section className="sk-panel" aria-label="Overview" data-testid="panel-overview">
      <ChannelStates channel="overview" ready={ready} columns={4}>
        <Content />
      </ChannelStates>
    </section>
  );
}

function Content(): ReactElement {
  const { client } = useInspector();
  useVersion(client.history);
  const phase = useConnection((c) => c.phase);
  const stat = useConnection((c) => c.figures);
  return (
    <>
      <ConnectionBanner />
      <TroubleBanner channel="overview" />
      <div className={phase === "live" ? "sk-overview" : "sk-overview is-stale"}>
        <Attention />
        <Tiles label="Figures of the host">
          {figures.map((f) => (
            <FigureTile key={f.name} figure={f} />
          ))}
          <Tile
            name="Event loop lag"
            value={stat === undefined ? UNKNOWN : milliseconds(stat.lagMs)}
            note="worst within the last second"
            testId="tile-lag"
          >
            <TimePlot
              series={client.history.series("lagMs")}
              title="Event loop lag"
              show={milliseconds}
              label="Event loop lag over the range of time"
              testId="plot-lagMs"
            />
          </Tile>
          <Tile
            name="Agent cost"
            value={stat?.agentPercent === undefined ? UNKNOWN : `${stat.agentPercent.toFixed(1)} %`}
            note="of one core, measured by itself"
            testId="tile-agent"
          >
            <TimePlot
              series={client.history.series("agentPercent")}
              title="Agent cost"
              show={percent}
              label="Agent cost over the range of time"
              testId="plot-agentPercent"
            />
          </Tile>
        </Tiles>
        <Scenarios />
        <Identity />
      </div>
    </>
  );
}

const percent = (n: number): string => `${n.toFixed(1)} %`;

function FigureTile({ figure }: { readonly figure: Figure }): ReactElement {
  const { client, view } = useInspector();
  const { history } = client;
  const series = history.series(figure.of);
  const value = history.length === 0 ? NaN : series.value(series.length - 1);
  const text = Number.isFinite(value) ? figure.show(value) : UNKNOWN;
  const { panel } = figure;
  return (
    <Tile
      name={figure.name}
      testId={`tile-${figure.name}`}
      value={
        panel === undefined ? (
          text
        ) : (
          <button
            type="button"
            className="sk-link sk-tile-link"
            title={`Show ${panel}`}
            onClick={() => navigate(view, { ...homeRoute, rest: view.getState().route.rest, panel }, "push")}
          >
            {text}
          </button>
        )
      }
      {...(Number.isFinite(value) && figure.warn?.(value) === true ? { tone: "warn" as const } : {})}
    >
      <TimePlot
        series={series}
        title={figure.name}
        show={figure.show}
        label={`${figure.name} over the range of time: now ${text}`}
        testId={`plot-${figure.of}`}
      />
    </Tile>
  );
}

/** What needs attention, worst first. */
function Attention(): ReactElement {
  const { client, view } = useInspector();
  useVersion(client.alerts);
  const dropped = useConnection((c) => c.figures?.dropped ?? 0);
  const now = useKnownNow(1000);
  const live = useConnection((c) => c.phase === "live");
  const { standing } = client.alerts;
  const offset = useConnection((c) => c.clockOffsetMs);
  return (
    <section className="sk-attention" aria-label="Needs attention" data-testid="attention">
      <h2>Needs attention</h2>
      {standing.length === 0 && dropped === 0 ? (
        <p className="sk-dim">
          <span className={live ? "sk-tone-ok" : "sk-tone-idle"} aria-hidden="true">
            {live ? "●" : "○"}
          </span>{" "}
          {live ? "Nothing" : "Nothing was known"}: no deadlock, no stuck call, no overload.
        </p>
      ) : null}
      <ul>
        {standing.slice(0, MOST_LINES).map(({ frame, at }) => {
          // Counted on the host's clock where the offset is known, else from when it was told.
          const seconds = offset === undefined ? (now - at) / 1000 : now / 1000 + offset / 1000 - frame.first / 1e6;
          return (
            <li key={frame.id} data-testid={`attention-${frame.kind}`}>
              <span
                className={`sk-tone-${frame.kind === "deadlock" ? "dead" : frame.severity === "error" ? "err" : "warn"}`}
                aria-hidden="true"
              >
                {frame.kind === "deadlock" ? "◆" : "▲"}
              </span>
              <button
                type="button"
                className="sk-link"
                onClick={() => {
                  view.setState({ drawer: true });
                  navigate(view, { ...homeRoute, rest: view.getState().route.rest, ...alertRoute(frame) }, "push");
                }}
              >
                {frame.title}
              </button>
              <span className="sk-dim sk-figures">{age(Math.max(0, seconds))}</span>
            </li>
          );
        })}
        {dropped > 0 ? (
          <li data-testid="attention-dropped">
            <span className="sk-tone-warn" aria-hidden="true">
              ▲
            </span>
            {count(dropped)} events were dropped since this page connected, because it read too slowly
          </li>
        ) : null}
      </ul>
      {standing.length > MOST_LINES ? <p className="sk-dim">and {count(standing.length - MOST_LINES)} more</p> : null}
    </section>
  );
}

/** For how many seconds a host has run, as far as is known: up to when it was last heard of. */
function knownFor(client: Client): number {
  const { host, phase, heardAt } = client.connection.getState();
  const until = phase === "live" || heardAt === undefined ? Date.now() : Date.now() - (client.now() - heardAt);
  return host === undefined ? NaN : Math.max(0, until - host.startMs) / 1000;
}

/** Of several hosts, each in a line. */
function Hosts({ list }: { readonly list: readonly Host[] }): ReactElement {
  return (
    <section className="sk-identity" aria-label="Identity" data-testid="overview-hosts">
      <h2>Hosts</h2>
      <SmallTable
        caption="Hosts that are looked at"
        head={["host", "state", "address", "kind", "runtime", "services", "msg/s", "up"]}
        rows={list.map((h) => {
          const { host, figures } = h.client.connection.getState();
          return [
            h.label,
            <HostMark key="state" host={h} />,
            h.client.title,
            host?.mode ?? UNKNOWN,
            host?.runtime ?? UNKNOWN,
            figures === undefined ? UNKNOWN : count(figures.services),
            figures?.messagesPerSecond === undefined ? UNKNOWN : decimal(figures.messagesPerSecond),
            host === undefined ? UNKNOWN : age(knownFor(h.client)),
          ];
        })}
      />
    </section>
  );
}

function Identity(): ReactElement | null {
  const { client } = useInspector();
  const host = useConnection((c) => c.host);
  useKnownNow(1000);
  const table = client.table("overview");
  const hosts = useHosts()?.list ?? [];
  if (hosts.length > 1) return <Hosts list={hosts} />;
  if (host === undefined) return null;
  const nodes: string[] = [];
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) nodes.push(table.text("node", row));
  return (
    <section className="sk-identity" aria-label="Identity">
      <h2>Host</h2>
      <dl className="sk-facts">
        <div className="sk-fact">
          <dt>Name</dt>
          <dd>{host.name}</dd>
        </div>
        <div className="sk-fact">
          <dt>Kind</dt>
          <dd>{host.mode}</dd>
        </div>
        <div className="sk-fact">
          <dt>Runtime</dt>
          <dd>{host.runtime}</dd>
        </div>
        <div className="sk-fact">
          <dt>Nodes</dt>
          <dd>{nodes.join(", ")}</dd>
        </div>
        <div className="sk-fact">
          {/* The console of a C Skynet does not tell when its program started. */}
          <dt>{host.mode === "skynet-c" ? "Looked at since" : "Started"}</dt>
          <dd title={new Date(host.startMs).toISOString()}>{new Date(host.startMs).toLocaleString()}</dd>
        </div>
        <div className="sk-fact">
          <dt>{host.mode === "skynet-c" ? "For" : "Up"}</dt>
          <dd>{age(knownFor(client))}</dd>
        </div>
      </dl>
    </section>
  );
}
