/**
 * The spans of one trace as numbered rows: what filters, the table of spans and the details say of each.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import type { TraceReader } from "../../traces/read-events.ts";
import { endOf, startOf } from "../../traces/layout.ts";
import { PartKind, SpanFlag, SpanKind, SpanState } from "../../traces/model.ts";
import type { TraceModel } from "../../traces/model.ts";
import { count } from "../../widgets/format.ts";
import { duration } from "./format.ts";
import type { RowView } from "./row-view.ts";

/** Names of what a trace speaks of. */
export interface Names {
  readonly reader: TraceReader;
  /** Names of commands and kinds of errors. */
  readonly texts: readonly string[];
}

/** A trace and its names. */
export interface SpanSource extends Names {
  readonly model: TraceModel;
}

/** Words for {@link SpanKind}. */
export const kindNames: readonly string[] = ["request", "send", "fork", "timer", "socket", "unknown"];
/** Words for {@link SpanState}. */
export const stateNames: readonly string[] = ["queued", "running", "waiting", "ended", "failed"];
/** Words for {@link PartKind}. */
export const partNames: readonly string[] = ["running", "waits for a reply", "sleeps", "waits"];

/** The name of a service; its address where it has none. */
export function serviceText({ reader }: Names, node: number, addr: number): string {
  if (addr === 0) return "outside";
  const name = reader.serviceName(node, addr);
  return name === "" ? formatAddress(addr) : (name.split(" ", 1)[0] ?? name);
}

/** The name of a service with its arguments, as the Services panel shows it. */
export function fullServiceText({ reader }: Names, node: number, addr: number): string {
  if (addr === 0) return "outside";
  const name = reader.serviceName(node, addr);
  return name === "" ? formatAddress(addr) : name;
}

/** `gate.login`; where there is no command, what began the span: `gate (timer)`. */
export function spanText(source: SpanSource, s: number): string {
  const { model: m, texts } = source;
  const service = serviceText(source, m.node[s]!, m.addr[s]!);
  const command = texts[m.cmd[s]!] ?? "";
  return command === "" ? `${service} (${kindNames[m.kind[s]!] ?? "unknown"})` : `${service}.${command}`;
}

/** Microseconds in the mailbox; until the end of the trace while it still waits. */
export function queueUs(m: TraceModel, s: number): number {
  const queued = m.queued[s]!;
  const began = m.began[s]!;
  if (Number.isNaN(queued)) return 0;
  return Number.isNaN(began) ? (m.state[s] === SpanState.queued ? Math.max(0, m.end - queued) : 0) : Math.max(0, began - queued);
}

/** Microseconds a span ran, or of another kind of stretch. */
export function partsUs(m: TraceModel, s: number, kind: number = PartKind.run): number {
  let sum = 0;
  for (let p = m.parts.first[s]!; p < m.parts.first[s + 1]!; p++) if (m.parts.kind[p] === kind) sum += m.parts.to[p]! - m.parts.from[p]!;
  return sum;
}

/** Microseconds from the mailbox to the end. */
export function totalUs(m: TraceModel, s: number): number {
  return Math.max(0, endOf(m, s) - startOf(m, s));
}

const waitUs = (m: TraceModel, s: number): number => Math.max(0, totalUs(m, s) - queueUs(m, s) - partsUs(m, s));
const childrenOf = (m: TraceModel, s: number): number => m.childFirst[s + 1]! - m.childFirst[s]!;

/** Spans as a list with columns and marks; the filter language speaks of them in these names. */
export const spanView: RowView<SpanSource> = {
  name: "spans",
  title: "Spans",
  things: "spans",
  id: (_, s) => String(s + 1),
  search: (source, s) => `${spanText(source, s)} ${formatAddress(source.model.addr[s]!)} ${source.texts[source.model.error[s]!] ?? ""}`,
  flags: {
    error: ({ model }, s) => model.state[s] === SpanState.failed,
    open: ({ model }, s) => Number.isNaN(model.ended[s]!),
    queued: ({ model }, s) => model.state[s] === SpanState.queued,
    partial: ({ model }, s) => (model.flags[s]! & SpanFlag.partial) !== 0,
    request: ({ model }, s) => model.kind[s] === SpanKind.request,
    send: ({ model }, s) => model.kind[s] === SpanKind.send,
    fork: ({ model }, s) => model.kind[s] === SpanKind.fork,
    timer: ({ model }, s) => model.kind[s] === SpanKind.timer,
  },
  columns: [
    {
      key: "start",
      title: "Start",
      hint: "When its message was put into the mailbox, from the beginning of the trace",
      numeric: true,
      unit: "us",
      width: "76px",
      value: ({ model: m }, s) => startOf(m, s) - m.begin,
      cell: ({ model: m }, s) => duration(startOf(m, s) - m.begin),
    },
    {
      key: "service",
      title: "Service",
      hint: "The service that handled it",
      numeric: false,
      width: "minmax(104px, 2fr)",
      value: (source, s) => serviceText(source, source.model.node[s]!, source.model.addr[s]!),
    },
    {
      key: "command",
      title: "Command",
      hint: "Name of the command; what began the span where there is none",
      aliases: ["cmd"],
      numeric: false,
      width: "minmax(88px, 1fr)",
      value: ({ model, texts }, s) => texts[model.cmd[s]!] ?? "",
      cell: ({ model, texts }, s) => (texts[model.cmd[s]!] ?? "") || `(${kindNames[model.kind[s]!] ?? "unknown"})`,
    },
    {
      key: "state",
      title: "State",
      hint: "What was last known of it",
      numeric: false,
      width: "84px",
      value: ({ model }, s) => stateNames[model.state[s]!] ?? "",
      cell: ({ model, texts }, s) =>
        model.state[s] === SpanState.failed ? `✖ ${(texts[model.error[s]!] ?? "") || "failed"}` : (stateNames[model.state[s]!] ?? ""),
    },
    {
      key: "duration",
      title: "Total",
      hint: "From the mailbox to the end",
      aliases: ["total"],
      numeric: true,
      unit: "us",
      width: "72px",
      value: ({ model }, s) => totalUs(model, s),
      cell: ({ model }, s) => duration(totalUs(model, s)),
    },
    {
      key: "queue",
      title: "Queue",
      hint: "Time in the mailbox",
      numeric: true,
      unit: "us",
      width: "72px",
      value: ({ model }, s) => queueUs(model, s),
      cell: ({ model }, s) => duration(queueUs(model, s)),
    },
    {
      key: "run",
      title: "Running",
      hint: "Time it ran itself, all slices together",
      aliases: ["self"],
      numeric: true,
      unit: "us",
      width: "72px",
      value: ({ model }, s) => partsUs(model, s),
      cell: ({ model }, s) => duration(partsUs(model, s)),
    },
    {
      key: "wait",
      title: "Waits",
      hint: "Time it waited for replies, timers and others",
      numeric: true,
      unit: "us",
      width: "76px",
      value: ({ model }, s) => waitUs(model, s),
      cell: ({ model }, s) => duration(waitUs(model, s)),
    },
    {
      key: "children",
      title: "Children",
      hint: "Spans that it began",
      numeric: true,
      width: "72px",
      value: ({ model }, s) => childrenOf(model, s),
      cell: ({ model }, s) => count(childrenOf(model, s)),
    },
    {
      key: "from",
      title: "From",
      hint: "The service that sent the message",
      numeric: false,
      width: "minmax(80px, 1fr)",
      value: (source, s) => serviceText(source, source.model.node[s]!, source.model.from[s]!),
    },
    {
      key: "session",
      title: "Session",
      hint: "Joins a request and its reply; 0 where no reply is wanted",
      numeric: true,
      width: "64px",
      value: ({ model }, s) => model.session[s]!,
    },
  ],
};
