/**
 * The Logs panel: the tail of the host's log, with filters by level and text.
 *
 * @module
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { logLevels } from "@skyloom/runtime/inspect";
import type { LogLevel } from "@skyloom/runtime/inspect";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import type { LogLine } from "../../stores/log-store.ts";
import { within } from "../../stores/time-range.ts";
import { navigate, rowHeights } from "../../stores/view.ts";
import { ChannelStates, TroubleBanner, useStreamReady } from "../../widgets/ChannelStates.tsx";
import { download, fileName } from "../../widgets/download.ts";
import { count } from "../../widgets/format.ts";
import { hostTime } from "../../widgets/host-time.ts";
import { useConnection, useHosts, useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, StatePage } from "../../widgets/PanelStates.tsx";
import { goLive, useTimeRange } from "../../widgets/plot/use-plot.ts";
import { RangeChip } from "../../widgets/RangeChip.tsx";
import { SavedFilters } from "../../widgets/table/SavedFilters.tsx";
import { TextFilter } from "../../widgets/TextFilter.tsx";

/** Letter and tone of each level: never colour alone. */
const marks: Readonly<Record<LogLevel, { readonly letter: string; readonly tone: string }>> = {
  error: { letter: "E", tone: "err" },
  warn: { letter: "W", tone: "warn" },
  info: { letter: "I", tone: "plain" },
  debug: { letter: "D", tone: "idle" },
};

/** See the file's comment. */
export function LogsPanel(): ReactElement {
  const { client } = useInspector();
  useEffect(() => client.watchLogs(), [client]);
  useVersion(client.logs);
  const ready = useStreamReady(client.logs.lines.length);
  return (
    <section className="sk-panel" aria-label="Logs" data-testid="panel-logs">
      <ChannelStates channel="logs" ready={ready} columns={4}>
        <Lines />
      </ChannelStates>
    </section>
  );
}

function Lines(): ReactElement {
  const { client, view } = useInspector();
  const { logs } = client;
  useVersion(logs);
  const q = useView((v) => v.route.q);
  const phase = useConnection((c) => c.phase);
  const host = useConnection((c) => c.host?.name ?? client.title);
  const [levels, setLevels] = useState<ReadonlySet<LogLevel>>(() => new Set(logLevels));
  const input = useRef<HTMLInputElement>(null);
  const hosts = useHosts();
  const picked = hosts?.picked.join() ?? "";
  const all = logs.lines;
  const source = useMemo(() => (picked === "" || hosts === undefined ? all : all.filter((l) => hosts.shows(l.node))), [all, hosts, picked]);
  const range = useTimeRange();
  const r = JSON.stringify(range);
  const shown = useMemo(() => {
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    return source.filter(
      (l) =>
        within(range, l.t) &&
        levels.has(l.level) &&
        words.every((w) => l.text.toLowerCase().includes(w) || l.name.toLowerCase().includes(w) || formatAddress(l.addr).includes(w)),
    );
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the range is named by its text
  }, [source, levels, q, r]);
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "Escape" && q !== "") navigate(view, { q: "" }, "push");
    else return false;
    return true;
  });
  return (
    <>
      <div className="sk-toolbar">
        <TextFilter input={input} label="Filter log lines: text, name or address" placeholder="Filter: text, name or address" />
        <SavedFilters panel="logs" />
        {logLevels.map((level) => (
          <button
            key={level}
            type="button"
            className="sk-chip"
            aria-pressed={levels.has(level)}
            data-testid={`level-${level}`}
            title={`Lines that look like ${level}: Skynet's log has no levels, they are guessed from the text`}
            onClick={() => {
              const next = new Set(levels);
              if (!next.delete(level)) next.add(level);
              setLevels(next);
            }}
          >
            <span className={`sk-tone-${marks[level].tone}`} aria-hidden="true">
              {marks[level].letter}
            </span>{" "}
            {level}
          </button>
        ))}
        <RangeChip />
        <span className="sk-spring" />
        <span className="sk-toolbar-end">
          <span className="sk-figures sk-dim" data-testid="logs-count">
            {count(shown.length)} / {count(source.length)}
          </span>
          <button
            type="button"
            className="sk-button"
            data-testid="action-export-log"
            disabled={shown.length === 0}
            onClick={() => download(fileName(host, "log", "txt"), "text/plain", shown.map((l) => `${textOf(l)}\n`).join(""))}
          >
            Save
          </button>
          <button type="button" className="sk-button" data-testid="action-clear-log" onClick={() => logs.clear()}>
            Clear view
          </button>
        </span>
      </div>
      <ConnectionBanner />
      <TroubleBanner channel="logs" />
      {logs.dropped > 0 ? (
        <div className="sk-banner sk-banner-warn" data-testid="note-dropped">
          {count(logs.dropped)} lines were written faster than they could be sent, and are not in this view. The host's own log has them.
        </div>
      ) : null}
      {logs.forgotten > 0 ? (
        <div className="sk-banner" data-testid="note-forgotten">
          The oldest {count(logs.forgotten)} lines were dropped here: this page keeps 100,000.
        </div>
      ) : null}
      <div className={phase === "live" ? "sk-split" : "sk-split is-stale"}>
        {shown.length > 0 ? (
          <LogList lines={shown} follow={!client.pause.paused} />
        ) : source.length === 0 ? (
          <StatePage id="empty" title="No lines yet">
            <p>
              What services write with skynet.error appears here. Lines from before this page was opened are kept only where the host keeps
              them.
            </p>
          </StatePage>
        ) : (
          <StatePage
            id="nomatch"
            title={`0 of ${count(source.length)} lines match`}
            actions={
              <button
                type="button"
                className="sk-button sk-primary"
                onClick={() => {
                  setLevels(new Set(logLevels));
                  if (range.kind === "fixed") goLive(client, view);
                  navigate(view, { q: "" }, "push");
                }}
              >
                Show all lines
              </button>
            }
          />
        )}
      </div>
    </>
  );
}

const textOf = (l: LogLine): string =>
  `${(l.t / 1e6).toFixed(3)} ${l.node} [${formatAddress(l.addr)}] ${l.text}${l.times > 1 ? ` (×${l.times})` : ""}`;

/** The lines, only those in view in the document; stays at the end while it is there. */
function LogList({ lines, follow }: { readonly lines: readonly LogLine[]; readonly follow: boolean }): ReactElement {
  const { view, crosshair } = useInspector();
  const scroller = useRef<HTMLDivElement>(null);
  const height = rowHeights[useView((v) => v.density)];
  const several = useMemo(() => new Set(lines.map((l) => l.node)).size > 1, [lines]);
  const many = (useHosts()?.list.length ?? 1) > 1 || several;
  const atEnd = useRef(true);
  const time = hostTime(useConnection);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (i) => lines[i]!.id,
    useFlushSync: false,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  useEffect(() => {
    if (follow && atEnd.current && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [virtual, lines, follow]);
  return (
    <div
      ref={scroller}
      className="sk-log"
      role="log"
      aria-label="Log lines"
      aria-live="off"
      tabIndex={0}
      data-testid="table-logs"
      onScroll={(e) => {
        const { scrollTop, scrollHeight, clientHeight } = e.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < height * 2;
      }}
    >
      <div className="sk-log-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index]!;
          const { letter, tone } = marks[line.level];
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className={`sk-log-line sk-log-${line.level}${many ? " has-node" : ""}`}
              data-testid={`row-log-${line.id}`}
              style={{ top: start }}
            >
              <button
                type="button"
                className="sk-link sk-log-time sk-figures"
                title="Show this moment in all plots"
                data-testid={`time-log-${line.id}`}
                onClick={() => crosshair.set(line.t)}
              >
                {time(line.t)}
              </button>
              <span className={`sk-log-level sk-tone-${tone}`} title={`${line.level} (guessed)`}>
                {letter}
              </span>
              {many ? <span className="sk-log-node sk-dim">{line.node}</span> : null}
              <button
                type="button"
                className="sk-link sk-log-name"
                title={`${formatAddress(line.addr)} ${line.name}: show the service`}
                onClick={() =>
                  navigate(
                    view,
                    {
                      panel: "services",
                      q: "",
                      sort: [],
                      cols: undefined,
                      view: undefined,
                      sel: `${formatAddress(line.addr)}${many ? `@${line.node}` : ""}`,
                    },
                    "push",
                  )
                }
              >
                {line.name === "" ? formatAddress(line.addr) : line.name}
              </button>
              <span className="sk-log-text">
                {line.text}
                {line.times > 1 ? (
                  <span className="sk-badge" title={`said ${line.times} times in a row`}>
                    ×{count(line.times)}
                  </span>
                ) : null}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
