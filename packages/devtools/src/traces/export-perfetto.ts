/**
 * Traces as Chrome trace-event JSON, which Perfetto and Chrome open: a process for each node, a thread for each service.
 *
 * A task is a nestable async slice, because tasks of one service overlap while they wait; what it ran is a complete slice of the thread;
 * messages are flows; what is open and what waits are counters.
 *
 * @module
 */
import { addressText, spanName } from "./export-info.ts";
import type { ExportInfo, ExportTrace } from "./export-info.ts";
import { endOf, startOf } from "./layout.ts";
import { ArrowKind, PartKind, SpanState } from "./model.ts";
import type { TraceModel } from "./model.ts";

/** The event phases that are written. */
export type PerfettoEvent =
  | {
      readonly ph: "M";
      readonly pid: number;
      readonly tid?: number;
      readonly name: "process_name" | "thread_name";
      readonly args: { readonly name: string };
    }
  | (Place & {
      readonly ph: "b";
      readonly id: string;
      readonly cat: "task";
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
    })
  | (Place & { readonly ph: "e"; readonly id: string; readonly cat: "task"; readonly name: string })
  | (Place & { readonly ph: "X"; readonly cat: "run"; readonly name: string; readonly dur: number })
  | (Place & { readonly ph: "s" | "f"; readonly id: string; readonly cat: "message"; readonly name: string; readonly bp?: "e" })
  | { readonly ph: "C"; readonly pid: number; readonly ts: number; readonly name: string; readonly args: Readonly<Record<string, number>> };

interface Place {
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
}

const PART_NAMES: Readonly<Record<number, string>> = { [PartKind.call]: "call", [PartKind.sleep]: "sleep", [PartKind.wait]: "wait" };
/** Events in one piece of text. */
const PIECE = 1000;

/**
 * The export in pieces of text, for a `Blob` or a stream: a large one is never a single string.
 *
 * For a file: `new Blob([...perfettoPieces(traces, info)], { type: "application/json" })`.
 */
export function* perfettoPieces(traces: readonly ExportTrace[], info: ExportInfo): Generator<string, void> {
  const head = { displayTimeUnit: "ms", otherData: { host: info.hostName, hostId: info.hostId, runtime: info.runtime } };
  yield `${JSON.stringify(head).slice(0, -1)},"traceEvents":[\n`;
  let piece: string[] = [];
  let begun = false;
  for (const event of perfettoEvents(traces, info)) {
    piece.push(JSON.stringify(event));
    if (piece.length < PIECE) continue;
    yield `${begun ? ",\n" : ""}${piece.join(",\n")}`;
    begun = true;
    piece = [];
  }
  if (piece.length > 0) yield `${begun ? ",\n" : ""}${piece.join(",\n")}`;
  yield "\n]}\n";
}

/** {@link perfettoPieces} as one text. */
export function exportPerfetto(traces: readonly ExportTrace[], info: ExportInfo): string {
  return [...perfettoPieces(traces, info)].join("");
}

/** The events themselves. */
export function* perfettoEvents(traces: readonly ExportTrace[], info: ExportInfo): Generator<PerfettoEvent, void> {
  yield* metadata(traces, info);
  for (const [i, { model, tag }] of traces.entries()) {
    for (let s = 0; s < model.spans; s++) yield* task(model, s, tag, i, info);
    yield* flows(model, i, info);
  }
  yield* counters(traces);
}

const pidOf = (node: number): number => node + 1;

function* metadata(traces: readonly ExportTrace[], info: ExportInfo): Generator<PerfettoEvent, void> {
  const nodes = new Set<number>();
  const services = new Set<number>();
  const meet = (node: number, addr: number): PerfettoEvent[] => {
    const events: PerfettoEvent[] = [];
    if (!nodes.has(node)) {
      nodes.add(node);
      events.push({ ph: "M", pid: pidOf(node), name: "process_name", args: { name: info.nodeName(node) } });
    }
    const key = node * 0x1_0000_0000 + addr;
    if (!services.has(key)) {
      services.add(key);
      events.push({ ph: "M", pid: pidOf(node), tid: addr, name: "thread_name", args: { name: info.serviceName(addr, node) } });
    }
    return events;
  };
  for (const { model: m } of traces) {
    for (let s = 0; s < m.spans; s++) yield* meet(m.node[s]!, m.addr[s]!);
    for (let a = 0; a < m.arrows.count; a++) {
      yield* meet(m.arrows.node[a]!, m.arrows.src[a]!);
      yield* meet(m.arrows.node[a]!, m.arrows.dst[a]!);
    }
  }
}

function* task(m: TraceModel, s: number, tag: string, trace: number, info: ExportInfo): Generator<PerfettoEvent, void> {
  const name = spanName(m, s, info);
  const at = { pid: pidOf(m.node[s]!), tid: m.addr[s]! };
  // A message that nobody took has no task yet.
  const id = m.task[s] === 0 ? `w${trace}-${s}` : `0x${m.task[s]!.toString(16)}`;
  const b = (ts: number, text: string, args: Readonly<Record<string, unknown>> = {}): PerfettoEvent => ({
    ph: "b",
    ...at,
    ts,
    id,
    cat: "task",
    name: text,
    args,
  });
  const e = (ts: number, text: string): PerfettoEvent => ({ ph: "e", ...at, ts, id, cat: "task", name: text });
  const from = startOf(m, s);
  const to = Math.max(from, endOf(m, s));
  yield b(from, name, {
    trace: tag,
    address: addressText(m.addr[s]!),
    session: m.session[s]!,
    bytes: m.size[s]!,
    ...(m.state[s] === SpanState.failed ? { error: info.nameOf(m.error[s]!) } : {}),
    ...(Number.isNaN(m.ended[s]!) ? { open: true } : {}),
  });
  const began = m.began[s]!;
  if (Number.isNaN(began) && m.state[s] === SpanState.queued) {
    yield b(from, "queue");
    yield e(to, "queue");
  } else if (began > from) {
    yield b(from, "queue");
    yield e(began, "queue");
  }
  for (let p = m.parts.first[s]!; p < m.parts.first[s + 1]!; p++) {
    const kind = m.parts.kind[p]!;
    const ts = m.parts.from[p]!;
    const end = m.parts.to[p]!;
    if (kind === PartKind.run) yield { ph: "X", ...at, ts, cat: "run", name, dur: end - ts };
    else {
      yield b(ts, PART_NAMES[kind] ?? "wait");
      yield e(end, PART_NAMES[kind] ?? "wait");
    }
  }
  yield e(to, name);
}

function* flows(m: TraceModel, trace: number, info: ExportInfo): Generator<PerfettoEvent, void> {
  const { arrows } = m;
  for (let a = 0; a < arrows.count; a++) {
    const taken = arrows.taken[a]!;
    if (Number.isNaN(taken)) continue;
    const kind = arrows.kind[a]!;
    const back = kind === ArrowKind.reply || kind === ArrowKind.error;
    // The one who asked and its session name a call; its reply goes the other way, and sends have no session.
    const asked = back ? arrows.dst[a]! : arrows.src[a]!;
    const session = arrows.session[a]!;
    const id = `${asked.toString(16)}+${session}${back ? "r" : ""}${session === 0 ? `.${trace}.${a}` : ""}`;
    const pid = pidOf(arrows.node[a]!);
    const name = back ? (kind === ArrowKind.error ? "error" : "reply") : info.nameOf(arrows.cmd[a]!) || "message";
    yield { ph: "s", pid, tid: arrows.src[a]!, ts: arrows.sent[a]!, id, cat: "message", name };
    yield { ph: "f", pid, tid: arrows.dst[a]!, ts: Math.max(arrows.sent[a]!, taken), id, cat: "message", name, bp: "e" };
  }
}

/** Messages that wait and tasks that are open, at every time one of them changes. */
function* counters(traces: readonly ExportTrace[]): Generator<PerfettoEvent, void> {
  const changes: { pid: number; ts: number; waiting: number; open: number }[] = [];
  for (const { model: m } of traces)
    for (let s = 0; s < m.spans; s++) {
      const pid = pidOf(m.node[s]!);
      const queued = m.queued[s]!;
      const began = m.began[s]!;
      if (!Number.isNaN(queued)) changes.push({ pid, ts: queued, waiting: 1, open: 0 });
      if (!Number.isNaN(queued) && !Number.isNaN(began)) changes.push({ pid, ts: began, waiting: -1, open: 0 });
      if (!Number.isNaN(began)) changes.push({ pid, ts: began, waiting: 0, open: 1 });
      if (!Number.isNaN(began) && !Number.isNaN(m.ended[s]!)) changes.push({ pid, ts: m.ended[s]!, waiting: 0, open: -1 });
    }
  changes.sort((a, b) => a.pid - b.pid || a.ts - b.ts);
  let waiting = 0;
  let open = 0;
  for (const [i, change] of changes.entries()) {
    if (change.pid !== changes[i - 1]?.pid) waiting = open = 0;
    waiting += change.waiting;
    open += change.open;
    const next = changes[i + 1];
    if (next?.pid === change.pid && next.ts === change.ts) continue;
    yield { ph: "C", pid: change.pid, ts: change.ts, name: "tasks", args: { waiting, open } };
  }
}
