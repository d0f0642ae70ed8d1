/**
 * Deadlocks, and queues whose holder has ended: a card for each with its report, and what one can do about it; and those that are over.
 *
 * @module
 */
import { useEffect, useRef, useState } from "react";
import type { ReactElement } from "react";
import { hasCard, serviceRoute } from "../../stores/alert-route.ts";
import type { AlertView } from "../../stores/alert-store.ts";
import { homeRoute } from "../../stores/route.ts";
import { navigate } from "../../stores/view.ts";
import { ChannelStates, TroubleBanner, useReady } from "../../widgets/ChannelStates.tsx";
import { copyText } from "../../widgets/clipboard.ts";
import { download, fileName } from "../../widgets/download.ts";
import { age, count, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { hostTime } from "../../widgets/host-time.ts";
import { useConnection, useInspector, useKnownNow, useVersion, useView } from "../../widgets/hooks.ts";
import { ConnectionBanner, StatePage } from "../../widgets/PanelStates.tsx";
import { nameOr } from "./columns.tsx";
import { readReport, reportMarkdown } from "./report.ts";
import { FailButton } from "./SelectionDrawer.tsx";
import { useWaits } from "./use-waits.ts";
import type { CallFacts, Waits } from "./waits.ts";

/** More calls than this are found by their state instead of one by one. */
const MOST_NAMED = 8;
/** Past deadlocks shown. */
const MOST_OVER = 20;

/** See the file's comment. */
export function DeadlocksView(): ReactElement {
  const { client } = useInspector();
  useEffect(() => client.watch("waits"), [client]);
  const ready = useReady(client.table("waits"));
  return (
    <ChannelStates channel="waits" ready={ready} columns={4}>
      <Cards />
    </ChannelStates>
  );
}

function Cards(): ReactElement {
  const { client } = useInspector();
  useVersion(client.alerts);
  const waits = useWaits();
  const sel = useView((v) => v.route.sel);
  const phase = useConnection((c) => c.phase);
  const standing = client.alerts.standing.filter((a) => hasCard(a.frame));
  const over = client.alerts.over.filter((a) => hasCard(a.frame)).slice(0, MOST_OVER);
  return (
    <>
      <ConnectionBanner arrivedAt={client.table("waits").arrivedAt} />
      <TroubleBanner channel="waits" />
      <div className={phase === "live" ? "sk-cards" : "sk-cards is-stale"} data-testid="deadlocks" tabIndex={-1}>
        {standing.length === 0 ? <NoDeadlock waits={waits} /> : null}
        {standing.map((alert) => (
          <Card key={alert.frame.id} alert={alert} waits={waits} selected={sel === alert.frame.id} />
        ))}
        {over.length === 0 ? null : (
          <>
            <h2 className="sk-cards-head">Over</h2>
            {over.map((alert, i) => (
              // A deadlock may come back under its old id: only its place tells the two apart.
              <Card key={`${alert.frame.id} ${over.length - i}`} alert={alert} waits={waits} selected={false} />
            ))}
          </>
        )}
      </div>
    </>
  );
}

function NoDeadlock({ waits }: { readonly waits: Waits }): ReactElement {
  const { client } = useInspector();
  const live = useConnection((c) => c.phase === "live");
  const now = useKnownNow(1000);
  const { since } = client.alerts;
  const calls = client.table("sessions");
  useVersion(calls);
  return (
    <StatePage id="empty" title={live ? "No deadlock" : "No deadlock was known"}>
      <p>
        The host looks once a second at every suspended task: whom it waits for by a call, a queue, the start of a service, or a batch of
        requests. A circle that two looks in a row find is reported here and in the bar above.
      </p>
      <p className="sk-figures" data-testid="watched">
        Watched for {since === undefined ? "a moment" : age(Math.max(0, now - since) / 1000)}; {live ? "now" : "at last"}{" "}
        {calls.ready ? count(calls.total) : UNKNOWN} calls older than 100 ms
        {waits.links.length === 0 ? "" : ` and ${count(waits.links.length)} waits between tasks`}.
      </p>
    </StatePage>
  );
}

function Card({ alert, waits, selected }: { readonly alert: AlertView; readonly waits: Waits; readonly selected: boolean }): ReactElement {
  const { client, view } = useInspector();
  const { frame } = alert;
  const over = frame.cleared === true;
  const table = client.table("waits");
  const time = hostTime(useConnection);
  const card = useRef<HTMLElement>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (selected) card.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const links = over ? [] : waits.links.filter((l) => l.deadlock === frame.id);
  const since = links.reduce((latest, l) => Math.max(latest, l.sinceUs), links.length === 0 ? frame.first : 0);
  const calls = links.flatMap((l) => l.call ?? []);
  const evidence = frame.evidence ?? `${frame.title}\n${frame.text}`;
  const host = client.connection.getState().host?.name ?? client.title;
  const save = (extension: "txt" | "md"): void => {
    const text = extension === "txt" ? `${evidence}\n` : reportMarkdown(evidence, { host, since: time(since), id: frame.id });
    download(fileName(host, frame.kind, extension), extension === "txt" ? "text/plain" : "text/markdown", text);
    setSaid("Saved");
  };
  const rest = view.getState().route.rest;
  return (
    <article
      ref={card}
      className={`sk-card${over ? " is-over" : ""}${selected ? " is-selected" : ""}`}
      aria-label={frame.title}
      data-testid={`deadlock-${frame.id}`}
    >
      <header className="sk-card-head">
        <h2>
          <span className={over ? "sk-dim" : "sk-tone-dead"} aria-hidden="true">
            ◆
          </span>{" "}
          {frame.title}
        </h2>
        <span className="sk-dim sk-figures">
          {over
            ? `${time(frame.first)} to ${time(frame.last)}, over`
            : `since ${time(since)}, ${milliseconds(Math.max(0, table.t - since) / 1000)}`}
        </span>
        <span className="sk-spring" />
        <span className="sk-mono sk-dim sk-card-id">{frame.id.replace(/^[a-z-]+:/, "")}</span>
      </header>
      <ReportText evidence={evidence} />
      <div className="sk-card-actions">
        <button
          type="button"
          className="sk-button sk-primary"
          data-testid="action-copy-report"
          onClick={() => void copyText(evidence).then((ok) => setSaid(ok ? "Report copied" : "The browser did not allow copying"))}
        >
          Copy report
        </button>
        {over || frame.kind !== "deadlock" ? null : (
          <>
            <button
              type="button"
              className="sk-button"
              data-testid="action-show-graph"
              onClick={() => navigate(view, { view: "graph", sel: frame.id, q: "" }, "push")}
            >
              Show in graph
            </button>
            <button
              type="button"
              className="sk-button"
              data-testid="action-show-calls"
              onClick={() => navigate(view, { ...homeRoute, rest, panel: "sessions", view: "list", q: queryFor(calls) }, "push")}
            >
              Show calls
            </button>
          </>
        )}
        {over || frame.kind !== "lost-queue" ? null : (
          <button
            type="button"
            className="sk-button"
            data-testid="action-show-service"
            onClick={() => navigate(view, { ...homeRoute, rest, ...serviceRoute(frame) }, "push")}
          >
            Show service
          </button>
        )}
        <button type="button" className="sk-button" data-testid="action-save-text" onClick={() => save("txt")}>
          Save as text
        </button>
        <button type="button" className="sk-button" data-testid="action-save-markdown" onClick={() => save("md")}>
          Save as Markdown
        </button>
        <span role="status" className="sk-dim">
          {said}
        </span>
      </div>
      {calls.length === 0 ? null : (
        <div className="sk-card-break">
          <h3>Break it</h3>
          <p className="sk-dim">Failing one of these calls gives its caller an error instead of the reply; then the others can go on.</p>
          <ul>
            {calls.slice(0, MOST_NAMED).map((c) => (
              <li key={c.id}>
                <FailButton call={c.id} node={c.node} name={c.fromName} addr={c.from} label={`Fail ${c.id}`} />
                <span>
                  {nameOr(c.fromName, c.from)} → {nameOr(c.toName, c.to)} <span className="sk-dim">{c.what}</span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </article>
  );
}

/** A filter that finds these calls. */
function queryFor(calls: readonly CallFacts[]): string {
  if (calls.length === 0 || calls.length > MOST_NAMED) return "is:cycle";
  return calls.length === 1 ? `call=${calls[0]!.id}` : `call=${calls.map((c) => c.id).join(",")}`;
}

/** The report as a numbered list where it can be read, else as it is. */
function ReportText({ evidence }: { readonly evidence: string }): ReactElement {
  const report = readReport(evidence);
  if (report === undefined)
    return (
      <pre className="sk-report" data-testid="report">
        {evidence}
      </pre>
    );
  return (
    <div className="sk-report" data-testid="report">
      <p className="sk-report-head">{report.head}</p>
      <ol>
        {report.tasks.map((task, i) => (
          // oxlint-disable-next-line react/no-array-index-key -- a report never changes, and its lines may be alike
          <li key={i}>
            <div className="sk-report-who">{task.who}</div>
            {task.lines.map((line, j) => (
              // oxlint-disable-next-line react/no-array-index-key -- the same
              <div key={j} className={line.startsWith("holds ") || line.startsWith("waits ") ? "sk-report-line" : "sk-report-stack"}>
                {line}
              </div>
            ))}
          </li>
        ))}
      </ol>
      {report.rest.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}
