/**
 * What deserves attention: deadlocks, calls that hang, lost replies, mailboxes that grow.
 *
 * Knows what one look found and what it said before; who is told, and how, is the agent's.
 *
 * @module
 */
import { Need } from "./detect.ts";
import type { CallRecord, NodeLongTurn, WaitRecord, WaitSnapshot } from "./model.ts";
import { serviceId, serviceText, sessionId } from "./names.ts";
import { reportText } from "./report.ts";
import type { Deadlock } from "./report.ts";

export type AlertKind = "deadlock" | "stuck-call" | "lost-reply" | "overload" | "long-task";

/** Something an alert is about: an address as `:0000000a`, a task by its number, a call as `:0000000a-42`. */
export interface AlertEntity {
  readonly kind: "service" | "task" | "session";
  readonly id: string;
}

/** One alert. */
export interface AlertRecord {
  /** The same as long as it lasts. */
  readonly id: string;
  readonly kind: AlertKind;
  readonly severity: "info" | "warn" | "error";
  /** Services, tasks and sessions it is about; the first few of many. */
  readonly entities: readonly AlertEntity[];
  readonly title: string;
  /** One sentence. */
  readonly text: string;
  /** A report for people; empty when the sentence says all. */
  readonly evidence: string;
  /** First and last time it was seen, in milliseconds of the host's clock. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** It is over. Given once, then never again. */
  readonly cleared: boolean;
}

/** When to speak up. */
export interface AlertLimits {
  /** A call that waits longer hangs, in milliseconds. Default 5000. */
  readonly stuckMs: number;
  /** Messages from which on a mailbox is overloaded. Default 1024. */
  readonly overload: number;
  /** A turn that took longer blocks everybody, in milliseconds. Default 100. */
  readonly longTaskMs: number;
}

export const alertLimits: AlertLimits = { stuckMs: 5000, overload: 1024, longTaskMs: 100 };

/** Most entities named, and most alerts at a time; what goes beyond has the same cause nearly always. */
const MOST_ENTITIES = 16;
const MOST_ALERTS = 256;
/** A mailbox that doubles within this time grows without end, once it is longer than that. */
const DOUBLING_MS = 10_000;
const DOUBLING_FROM = 256;
/** How long a long turn stays in view, in milliseconds. */
const LONG_TASK_SHOWN_MS = 10_000;
const MOST_STEPS = 64;

type News = Omit<AlertRecord, "firstMs" | "lastMs" | "cleared">;

/** The alerts of one host. Feed it one look after the other. */
export class AlertWatch {
  readonly #limits: AlertLimits;
  readonly #several: boolean;
  #alerts = new Map<string, AlertRecord>();
  /** Lengths of long mailboxes, oldest first. */
  #growth = new Map<string, { readonly at: number; readonly mqlen: number }[]>();

  constructor(limits: AlertLimits, several: boolean) {
    this.#limits = limits;
    this.#several = several;
  }

  /**
   * Takes what one look found.
   *
   * @returns all alerts of now, and once more those that have just ended.
   */
  update(snapshot: WaitSnapshot, deadlocks: readonly Deadlock[], nowMs: number): AlertRecord[] {
    const before = this.#alerts;
    const now = new Map<string, AlertRecord>();
    for (const news of this.#news(snapshot, deadlocks, nowMs, before)) {
      if (now.size >= MOST_ALERTS) break;
      const known = before.get(news.id);
      now.set(news.id, { ...news, firstMs: known?.firstMs ?? nowMs, lastMs: nowMs, cleared: false });
    }
    const ended: AlertRecord[] = [];
    for (const [id, alert] of before) if (!now.has(id)) ended.push({ ...alert, cleared: true });
    this.#alerts = now;
    return [...now.values(), ...ended];
  }

  *#news(
    snapshot: WaitSnapshot,
    deadlocks: readonly Deadlock[],
    nowMs: number,
    before: ReadonlyMap<string, AlertRecord>,
  ): Generator<News, void> {
    for (const deadlock of deadlocks) if (deadlock.confirmed) yield this.#deadlock(deadlock, before.get(deadlock.id), nowMs);
    const lost: CallRecord[] = [];
    const stuck: CallRecord[] = [];
    const deadlocked = new Set(deadlocks.flatMap((d) => d.tasks.map((t) => t.task)));
    for (const call of snapshot.calls) {
      if (call.state === "lost") lost.push(call);
      else if (nowMs - call.sinceMs > this.#limits.stuckMs && this.#isRoot(snapshot, call, deadlocked, nowMs)) stuck.push(call);
    }
    for (const calls of byCallee(lost)) yield this.#lost(calls);
    for (const calls of byCallee(stuck)) yield this.#stuck(calls, nowMs);
    yield* this.#overloads(snapshot, nowMs, before);
    yield* this.#longTasks(snapshot, nowMs);
  }

  /** Not behind another call that hangs, nor behind a deadlock: those are told by themselves. */
  #isRoot(snapshot: WaitSnapshot, call: CallRecord, deadlocked: ReadonlySet<number>, nowMs: number): boolean {
    if (call.caller !== undefined && deadlocked.has(call.caller.task.id)) return false;
    let record: WaitRecord | undefined = call.servedBy;
    for (let steps = 0; record !== undefined && steps < MOST_STEPS; steps++) {
      if (deadlocked.has(record.task.id)) return false;
      // It has got on lately, so it may again.
      if (nowMs - record.sinceMs <= this.#limits.stuckMs) return true;
      if (record.kind === "call" || record.kind === "init" || record.kind === "select") return false;
      record = snapshot.need[record.index] === Need.one ? snapshot.records[snapshot.target[record.index]!] : undefined;
    }
    return true;
  }

  #deadlock(deadlock: Deadlock, known: AlertRecord | undefined, nowMs: number): News {
    if (known !== undefined) return known;
    const { tasks } = deadlock;
    const addresses = [...new Set(tasks.map((t) => (this.#several ? `${t.node}/` : "") + colon(t.addr)))];
    const names = [...new Set(tasks.map((t) => `${colon(t.addr)} ${t.name}`.trimEnd()))];
    return {
      id: deadlock.id,
      kind: "deadlock",
      severity: "error",
      entities: [
        ...addresses.slice(0, MOST_ENTITIES).map((id) => ({ kind: "service" as const, id })),
        ...tasks.slice(0, MOST_ENTITIES).map((t) => ({ kind: "task" as const, id: String(t.task) })),
      ],
      title: `Deadlock of ${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}`,
      text: `${tasks.length} ${tasks.length === 1 ? "task" : "tasks"} of ${few(names)} wait for each other and will never go on.`,
      evidence: reportText(deadlock, { nowMs }),
    };
  }

  #lost(calls: readonly CallRecord[]): News {
    const { node, op } = calls[0]!;
    const callee = serviceText(node.kernel, op.target);
    return {
      id: `lost-reply:${serviceId(node, op.target, this.#several)}`,
      kind: "lost-reply",
      severity: "error",
      entities: this.#entities(calls),
      title: calls.length === 1 ? "Lost reply" : `${calls.length} lost replies`,
      text: `${callee} ended the handler of ${calls.length === 1 ? op.command() : `${calls.length} requests`} without a reply, and ${callers(calls)} ${calls.length === 1 ? "waits" : "wait"} for ever.`,
      evidence: callList(calls),
    };
  }

  #stuck(calls: readonly CallRecord[], nowMs: number): News {
    const { node, op, state } = calls.reduce((a, b) => (b.sinceMs < a.sinceMs ? b : a));
    const callee = serviceText(node.kernel, op.target);
    const age = ((nowMs - Math.min(...calls.map((c) => c.sinceMs))) / 1000).toFixed(0);
    return {
      id: `stuck-call:${serviceId(node, op.target, this.#several)}`,
      kind: "stuck-call",
      severity: "warn",
      entities: this.#entities(calls),
      title: calls.length === 1 ? "Stuck call" : `${calls.length} stuck calls`,
      text: `${callers(calls)} ${calls.length === 1 ? "has" : "have"} waited up to ${age} s for the reply to ${op.command()} of ${callee} (${state}).`,
      evidence: callList(calls),
    };
  }

  #entities(calls: readonly CallRecord[]): AlertEntity[] {
    const { node, op } = calls[0]!;
    return [
      { kind: "service", id: serviceId(node, op.target, this.#several) },
      ...calls.slice(0, MOST_ENTITIES).map((c) => ({
        kind: "session" as const,
        id: sessionId(c.node, c.context.handle, c.op.session, this.#several),
      })),
    ];
  }

  *#overloads(snapshot: WaitSnapshot, nowMs: number, before: ReadonlyMap<string, AlertRecord>): Generator<News, void> {
    const growth = new Map<string, { readonly at: number; readonly mqlen: number }[]>();
    for (const { node, service, mqlen } of snapshot.backlogs) {
      const where = serviceId(node, service.handle, this.#several);
      const lengths = this.#growth.get(where) ?? [];
      lengths.push({ at: nowMs, mqlen });
      // One older than the time is kept, to compare with.
      while (lengths.length > 1 && lengths[1]!.at <= nowMs - DOUBLING_MS) lengths.shift();
      growth.set(where, lengths);
      const id = `overload:${where}`;
      const isLong = mqlen >= (before.has(id) ? this.#limits.overload / 2 : this.#limits.overload);
      const old = lengths[0]!;
      const isDoubling = mqlen >= DOUBLING_FROM && nowMs - old.at >= DOUBLING_MS && mqlen >= old.mqlen * 2;
      if (!isLong && !isDoubling) continue;
      yield {
        id,
        kind: "overload",
        severity: "warn",
        entities: [{ kind: "service", id: where }],
        title: "Overload",
        text: `${mqlen} messages wait in the mailbox of ${serviceText(node.kernel, service.handle)}${isDoubling ? `, at least twice as many as ${DOUBLING_MS / 1000} s ago` : ""}.`,
        evidence: "",
      };
    }
    this.#growth = growth;
  }

  /** One alert for each service, for a while after its last long turn. */
  *#longTasks(snapshot: WaitSnapshot, nowMs: number): Generator<News, void> {
    const latest = new Map<string, NodeLongTurn>();
    for (const turn of snapshot.longTurns) {
      const isRecent = nowMs - (turn.node.kernel.startMs + turn.at) <= LONG_TASK_SHOWN_MS;
      if (isRecent && turn.tookMs >= this.#limits.longTaskMs) latest.set(serviceId(turn.node, turn.handle, this.#several), turn);
    }
    for (const [where, { node, handle, source, tookMs }] of latest)
      yield {
        id: `long-task:${where}`,
        kind: "long-task",
        severity: "warn",
        entities: [{ kind: "service", id: where }],
        title: "Long turn",
        text: `${serviceText(node.kernel, handle)} took ${Math.round(tookMs)} ms for one message${source === 0 ? "" : ` of ${serviceText(node.kernel, source)}`}; nobody else could run.`,
        evidence: "",
      };
  }
}

const colon = (handle: number): string => `:${handle.toString(16).padStart(8, "0")}`;

function few(list: readonly string[]): string {
  return list.length <= 3 ? list.join(", ") : `${list.slice(0, 3).join(", ")} and ${list.length - 3} more`;
}

function byCallee(calls: readonly CallRecord[]): CallRecord[][] {
  const groups = new Map<string, CallRecord[]>();
  for (const call of calls) {
    const key = `${call.node.index}.${call.op.target}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [call]);
    else group.push(call);
  }
  return [...groups.values()];
}

function callers(calls: readonly CallRecord[]): string {
  return few([...new Set(calls.map((c) => serviceText(c.node.kernel, c.context.handle)))]);
}

function callList(calls: readonly CallRecord[]): string {
  return calls
    .slice(0, MOST_ENTITIES)
    .map(
      (c) =>
        `${serviceText(c.node.kernel, c.context.handle)} session ${c.op.session}: ${c.op.command()} of ${serviceText(c.node.kernel, c.op.target)} (${c.state})`,
    )
    .join("\n");
}
