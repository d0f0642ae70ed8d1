/**
 * The details of one span: all its times, where its message came from, what it waited for, and what its service logged meanwhile.
 *
 * @module
 */
import { useMemo } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { navigate } from "../../stores/view.ts";
import { endOf, startOf } from "../../traces/layout.ts";
import { PartKind, SpanFlag, SpanState } from "../../traces/model.ts";
import type { TraceModel } from "../../traces/model.ts";
import { Drawer, Fact, Facts } from "../../widgets/Drawer.tsx";
import { bytes, count, UNKNOWN } from "../../widgets/format.ts";
import { hostTime } from "../../widgets/host-time.ts";
import { useConnection, useInspector, useVersion } from "../../widgets/hooks.ts";
import { SmallTable } from "../../widgets/SmallTable.tsx";
import { duration } from "./format.ts";
import { fullServiceText, kindNames, partNames, partsUs, queueUs, serviceText, spanText, stateNames, totalUs } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";

/** A line gets its time when the log service takes it, which can be so much later (microseconds): a hundredth of a second. */
const LOG_LATE_US = 10_000;
/** Stretches, children and log lines that are listed; more are counted. */
const MOST = 50;

/** See the file's comment. */
export function SpanDrawer(props: {
  readonly source: SpanSource;
  readonly span: number;
  readonly tag: string;
  readonly onSelect: (span: number) => void;
  readonly onClose: () => void;
}): ReactElement {
  const { source, span: s, tag } = props;
  const { model: m } = source;
  const { view } = useInspector();
  const time = hostTime(useConnection);
  const from = startOf(m, s);
  const to = endOf(m, s);
  const open = Number.isNaN(m.ended[s]!);
  const since = (t: number): string => (Number.isNaN(t) ? UNKNOWN : `${duration(t - m.begin)}`);
  const node = m.node[s]!;
  const name = fullServiceText(source, node, m.addr[s]!);
  const parent = m.parent[s]!;
  const service = (addr: number): void =>
    navigate(
      view,
      {
        panel: "services",
        q: "",
        sort: [],
        cols: undefined,
        view: undefined,
        sel: `${formatAddress(addr)}${source.reader.nodes.length > 1 ? `@${source.reader.nodes[node] ?? ""}` : ""}`,
      },
      "push",
    );
  return (
    <Drawer
      title={spanText(source, s)}
      subtitle={formatAddress(m.addr[s]!)}
      thing="span"
      selected={{ id: spanText(source, s), row: 0, ended: false }}
      onClose={props.onClose}
    >
      <Facts>
        <Fact name="State">
          {m.state[s] === SpanState.failed ? (
            <span className="sk-tone-err">✖ {source.texts[m.error[s]!] || "failed"}</span>
          ) : (
            (stateNames[m.state[s]!] ?? UNKNOWN)
          )}
        </Fact>
        {(m.flags[s]! & SpanFlag.partial) === 0 ? null : (
          <Fact name="Incomplete">
            <span className="sk-tone-warn">◇ its beginning was not recorded</span>
          </Fact>
        )}
        <Fact name="Service">
          <button type="button" className="sk-link" onClick={() => service(m.addr[s]!)}>
            {name}
          </button>
        </Fact>
        <Fact name="Node">{source.reader.nodes[node] ?? UNKNOWN}</Fact>
        <Fact name="Sent by">
          {m.from[s] === 0 ? (
            "outside"
          ) : (
            <button type="button" className="sk-link" onClick={() => service(m.from[s]!)}>
              {fullServiceText(source, node, m.from[s]!)} {formatAddress(m.from[s]!)}
            </button>
          )}
        </Fact>
        <Fact name="Type">{kindNames[m.kind[s]!] ?? UNKNOWN}</Fact>
        <Fact name="Command">{source.texts[m.cmd[s]!] || UNKNOWN}</Fact>
        <Fact name="Session">{m.session[s] === 0 ? "0, no reply wanted" : String(m.session[s])}</Fact>
        <Fact name="Task">{m.task[s] === 0 ? UNKNOWN : String(m.task[s])}</Fact>
        <Fact name="Trace">
          <span className="sk-mono">{tag}</span>
        </Fact>
        <Fact name="Total">
          {duration(totalUs(m, s))}
          {open ? " so far" : ""}
        </Fact>
        <Fact name="In the mailbox">{duration(queueUs(m, s))}</Fact>
        <Fact name="Running">{duration(partsUs(m, s))}</Fact>
        <Fact name="Waiting for replies">{duration(partsUs(m, s, PartKind.call))}</Fact>
        <Fact name="Sleeping">{duration(partsUs(m, s, PartKind.sleep))}</Fact>
        <Fact name="Other waits">{duration(partsUs(m, s, PartKind.wait))}</Fact>
        <Fact name="Sent at">
          {since(m.queued[s]!)} <span className="sk-dim">{Number.isNaN(m.queued[s]!) ? "" : time(m.queued[s]!)}</span>
        </Fact>
        <Fact name="Began at">{since(m.began[s]!)}</Fact>
        <Fact name="Replied at">{since(m.replied[s]!)}</Fact>
        <Fact name="Ended at">{since(m.ended[s]!)}</Fact>
        <Fact name="Message">{m.size[s] === 0 ? UNKNOWN : `≈ ${bytes(m.size[s]!)}`}</Fact>
        <Fact name="Reply">{m.replySize[s] === 0 ? UNKNOWN : `≈ ${bytes(m.replySize[s]!)}`}</Fact>
        {parent < 0 ? null : (
          <Fact name="Caused by">
            <button type="button" className="sk-link" onClick={() => props.onSelect(parent)}>
              {spanText(source, parent)}
            </button>
          </Fact>
        )}
      </Facts>
      <Stretches m={m} span={s} />
      <Children {...props} />
      <LogLines source={source} span={s} from={from} to={to} />
    </Drawer>
  );
}

/** What it did, one stretch after the other. */
function Stretches({ m, span }: { readonly m: TraceModel; readonly span: number }): ReactElement | null {
  const first = m.parts.first[span]!;
  const all = m.parts.first[span + 1]! - first;
  if (all === 0) return null;
  const rows = Array.from({ length: Math.min(all, MOST) }, (_, i) => [
    duration(m.parts.from[first + i]! - m.begin),
    partNames[m.parts.kind[first + i]!] ?? UNKNOWN,
    duration(m.parts.to[first + i]! - m.parts.from[first + i]!),
  ]);
  return (
    <SmallTable
      caption={all > MOST ? `The first ${MOST} of ${count(all)} stretches` : "Stretches"}
      head={["At", "What", "For"]}
      rows={rows}
    />
  );
}

/** What it caused. */
function Children(props: {
  readonly source: SpanSource;
  readonly span: number;
  readonly onSelect: (span: number) => void;
}): ReactElement | null {
  const { source, span, onSelect } = props;
  const { model: m } = source;
  const first = m.childFirst[span]!;
  const all = m.childFirst[span + 1]! - first;
  if (all === 0) return null;
  const rows = Array.from({ length: Math.min(all, MOST) }, (_, i) => {
    const child = m.children[first + i]!;
    return [
      <button key="to" type="button" className="sk-link" onClick={() => onSelect(child)}>
        {spanText(source, child)}
        {m.state[child] === SpanState.failed ? " ✖" : ""}
      </button>,
      duration(startOf(m, child) - m.begin),
      duration(totalUs(m, child)),
    ];
  });
  return (
    <SmallTable
      caption={all > MOST ? `The first ${MOST} of ${count(all)} children` : "Children"}
      head={["Span", "At", "Total"]}
      rows={rows}
    />
  );
}

/** What the service logged between the span's beginning and shortly after its end. Other tasks of it may have written them. */
function LogLines(props: { readonly source: SpanSource; readonly span: number; readonly from: number; readonly to: number }): ReactElement {
  const { client } = useInspector();
  const { source, span, from, to } = props;
  const { model: m } = source;
  const version = useVersion(client.logs);
  const node = source.reader.nodes[m.node[span]!] ?? "";
  const addr = m.addr[span]!;
  const lines = useMemo(
    () => client.logs.lines.filter((l) => l.addr === addr && l.node === node && l.t >= from && l.t <= to + LOG_LATE_US),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the lines are named by their version
    [client, version, addr, node, from, to],
  );
  if (lines.length === 0)
    return (
      <p className="sk-trace-nolog sk-dim">
        No log line of {serviceText(source, m.node[span]!, addr)} within this time. Lines are collected while traces are recorded.
      </p>
    );
  return (
    <SmallTable
      caption={`Log lines of the service meanwhile${lines.length > MOST ? ` (the first ${MOST} of ${count(lines.length)})` : ""}`}
      head={["At", "Line"]}
      rows={lines.slice(0, MOST).map((l) => [duration(l.t - m.begin), l.text])}
    />
  );
}
