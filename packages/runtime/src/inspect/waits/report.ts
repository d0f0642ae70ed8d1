/**
 * The report of a deadlock: plain text for a bug ticket, the same each time the same happens.
 *
 * Knows nothing of how deadlocks are found.
 *
 * @module
 */
import { handleText } from "../../kernel/handles.ts";
import type { WaitKind } from "./model.ts";

/** One task of a deadlock, as it was when that was found. */
export interface DeadlockTask {
  /** Number of the task in its program: `thread: 0x…` of the debug console. */
  readonly task: number;
  readonly node: string;
  readonly addr: number;
  /** Registered names or launch line of its service. */
  readonly name: string;
  /** What the task is there for. */
  readonly purpose: string;
  readonly kind: WaitKind;
  /** What it waits for, in words. */
  readonly waitsFor: string;
  /** Places in the list of those it waits for. */
  readonly targets: readonly number[];
  /** Session under which it waits, in its service. */
  readonly session: number;
  /** When the wait began, in milliseconds of the host's clock. */
  readonly sinceMs: number;
  /** It may have begun earlier: this is when it was first seen. */
  readonly sinceSeen?: boolean;
  /** What it holds that others of the deadlock wait for. */
  readonly holds: readonly string[];
  /** Stack where the wait was made, when such are captured; else empty. */
  readonly stack: string;
}

/** Tasks that wait for each other in a circle. */
export interface Deadlock {
  /** The same as long as it lasts. */
  readonly id: string;
  /** Seen in two looks; before that it may be a coincidence of one look. */
  readonly confirmed: boolean;
  /** When the last of its waits began, in milliseconds of the host's clock. */
  readonly sinceMs: number;
  /** When it was first seen. */
  readonly firstMs: number;
  /** Sorted by node, address and session. */
  readonly tasks: readonly DeadlockTask[];
}

/** What goes into a report beside who waits for whom. */
export interface ReportOptions {
  /** How long each waits, as of this moment in milliseconds of the host's clock. Default: left out. */
  readonly nowMs?: number;
  /** Most tasks that are written out. Default 100. */
  readonly most?: number;
  /** Stacks, where captured. Default true. */
  readonly stacks?: boolean;
}

/**
 * Writes the report, e.g.
 *
 * ```text
 * Deadlock: 2 tasks of 1 service wait for each other
 * 1. :00000008 bank, lua pay for :00000007 main (session 1)
 *    holds queue #1
 *    waits for the reply to lua log of :00000008 bank (session 2) from 2
 * 2. :00000008 bank, lua log for :00000008 bank (session 2)
 *    waits for queue #1, held by 1
 * ```
 */
export function reportText({ tasks }: Deadlock, options: ReportOptions = {}): string {
  const { nowMs, stacks = true, most = 100 } = options;
  const severalNodes = new Set(tasks.map((t) => t.node)).size > 1;
  const services = new Set(tasks.map((t) => `${t.node} ${t.addr}`)).size;
  const lines = [
    tasks.length === 1
      ? "Deadlock: a task waits for itself"
      : `Deadlock: ${tasks.length} tasks of ${services} ${services === 1 ? "service" : "services"} wait for each other`,
  ];
  for (const [i, t] of tasks.slice(0, most).entries()) {
    const where = `${severalNodes ? `${t.node} ` : ""}${handleText(t.addr)}${t.name === "" ? "" : ` ${t.name}`}`;
    lines.push(`${i + 1}. ${where}, ${t.purpose}`);
    if (t.holds.length > 0) lines.push(`   holds ${t.holds.join(", ")}`);
    const age =
      nowMs === undefined ? "" : `${t.sinceSeen === true ? "at least " : ""}${(Math.max(0, nowMs - t.sinceMs) / 1000).toFixed(2)} s `;
    lines.push(`   waits ${age}for ${t.waitsFor}${byWhom(t)}`);
    if (stacks && t.stack !== "") lines.push(...t.stack.split("\n").map((line) => `     ${line.trim()}`));
  }
  if (tasks.length > most) lines.push(`… and ${tasks.length - most} more tasks`);
  return lines.join("\n");
}

function byWhom({ kind, targets }: DeadlockTask): string {
  const list = targets.map((t) => t + 1).join(", ");
  switch (kind) {
    case "lock":
      return `, held by ${list}`;
    case "init":
      return `, done by ${list}`;
    case "call":
      return ` from ${list}`;
    default:
      return ` (${list})`;
  }
}
