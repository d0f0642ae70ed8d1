/**
 * What is said of a look at who waits for whom, in words: for the command line, for the page, for machines.
 *
 * @module
 */
import { reportText } from "@skyloom/runtime/inspect";
import type { Alert } from "@skyloom/runtime/inspect";
import type { Look, LostQueue, NotRead } from "./look.ts";
import { colon } from "./prober.ts";
import { PROBE_COMMAND } from "./probe-chunk.ts";

/** Lines of one kind that are written out. */
const MOST = 20;

const some = (n: number, one: string, many: string = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

function places(list: readonly NotRead[], several: boolean): string[] {
  const lines = list.slice(0, MOST).map(({ node, addr, launch, why }) => {
    const where = addr === 0 ? node : `${several ? `${node} ` : ""}${colon(addr)}${launch === "" ? "" : ` ${launch}`}`;
    return `  ${where}: ${why}`;
  });
  return list.length > MOST ? [...lines, `  … and ${list.length - MOST} more`] : lines;
}

/** The whole report: every deadlock, then what was read and what was not. */
export function lookText(look: Look, nodes: number): string {
  const { deadlocks, lost, services, tasks, notRead, capped, odd } = look;
  const several = nodes > 1;
  const parts = [...deadlocks.map((d) => reportText(d)), ...lost.map((queue) => lostText(queue, several))];
  if (parts.length === 0)
    parts.push(notRead.length === 0 ? "No deadlock." : "No deadlock among the services that were read; the others may hide one.");
  const lines = [`${some(services, "service")} read, ${some(tasks, "task")} wait${tasks === 1 ? "s" : ""}.`];
  const consoles = notRead.filter((n) => n.addr === 0).length;
  if (notRead.length > consoles) lines.push(`Not read: ${some(notRead.length - consoles, "service")}`);
  else if (consoles > 0) lines.push(`Not read: ${some(consoles, "program")}`);
  lines.push(...places(notRead, several));
  if (capped.length > 0) lines.push("Read in part:", ...places(capped, several));
  if (odd.length > 0) lines.push("Another version of Skynet, whose waits are known in part:", ...places(odd, several));
  parts.push(lines.join("\n"));
  return parts.join("\n\n");
}

/** The report of a queue that nobody will ever get. */
export function lostText({ node, addr, name, lock, holder, tasks }: LostQueue, several: boolean = false): string {
  const lines = [
    `Lost queue: ${some(tasks.length, "task")} wait${tasks.length === 1 ? "s" : ""} for a queue whose holder has ended`,
    `   ${several ? `${node} ` : ""}${`${colon(addr)} ${name}`.trimEnd()}, ${lock}, held by thread ${holder}, which was killed`,
  ];
  for (const [i, { purpose, thread, stack }] of tasks.slice(0, MOST).entries()) {
    lines.push(`${i + 1}. ${purpose} (thread ${thread})`);
    if (stack !== "") lines.push(...stack.split("\n").map((line) => `     ${line.trim()}`));
  }
  if (tasks.length > MOST) lines.push(`… and ${tasks.length - MOST} more tasks`);
  return lines.join("\n");
}

/**
 * Alerts for a page: one for each lost queue, and once more for each that is not there any more.
 *
 * @param before - Alerts of the look before.
 * @param several - Whether the host has several nodes.
 */
export function lostAlerts(queues: readonly LostQueue[], before: readonly Alert[], several: boolean, nowUs: number): Alert[] {
  const standing = before.filter((a) => a.kind === "lost-queue" && a.cleared !== true);
  const alerts = queues.map((queue): Alert => {
    const where = colon(queue.addr);
    const id = `lost-queue:${queue.node}/${where}-${queue.holder}`;
    const n = queue.tasks.length;
    return {
      id,
      kind: "lost-queue",
      severity: "error",
      entities: [{ kind: "service", id: several ? `${where}@${queue.node}` : where }],
      title: "Lost queue",
      text: `The task that holds ${queue.lock} of ${`${where} ${queue.name}`.trimEnd()} was killed; ${n === 1 ? "1 task waits" : `${n} tasks wait`} for it and will never go on.`,
      evidence: lostText(queue, several),
      first: standing.find((a) => a.id === id)?.first ?? nowUs,
      last: nowUs,
    };
  });
  const over = standing.filter((a) => !alerts.some((b) => b.id === a.id));
  return [...alerts, ...over.map((a) => ({ ...a, last: nowUs, cleared: true }))];
}

/** The same for machines. Addresses are texts as the console writes them. */
export function lookValue(look: Look): object {
  const place = ({ node, addr, launch, why }: NotRead): object => ({ node, address: addr === 0 ? null : colon(addr), launch, why });
  return {
    deadlocks: look.deadlocks.map(({ id, tasks }) => ({
      id,
      report: reportText({ id, tasks, confirmed: true, sinceMs: 0, firstMs: 0 }),
      tasks: tasks.map((t) => ({
        node: t.node,
        address: colon(t.addr),
        name: t.name,
        thread: `0x${(t.task % 2 ** 48).toString(16)}`,
        purpose: t.purpose,
        kind: t.kind,
        session: t.session,
        waitsFor: t.waitsFor,
        waitsForTasks: t.targets,
        holds: t.holds,
        stack: t.stack === "" ? [] : t.stack.split("\n"),
      })),
    })),
    lost: look.lost.map((queue) => ({
      node: queue.node,
      address: colon(queue.addr),
      name: queue.name,
      queue: queue.lock,
      holder: queue.holder,
      report: lostText(queue),
      tasks: queue.tasks.map(({ thread, session, purpose, stack }) => ({
        thread,
        session,
        purpose,
        stack: stack === "" ? [] : stack.split("\n"),
      })),
    })),
    services: look.services,
    tasks: look.tasks,
    notRead: look.notRead.map(place),
    capped: look.capped.map(place),
    odd: look.odd.map(place),
    tookMs: Math.round(look.tookMs),
  };
}

/** 1 with a deadlock or a lost queue, 3 when none was found but not everything was read, else 0. */
export function exitCodeOf({ deadlocks, lost, notRead, capped, odd }: Look): 0 | 1 | 3 {
  if (deadlocks.length + lost.length > 0) return 1;
  return notRead.length + capped.length + odd.length > 0 ? 3 : 0;
}

/** What somebody agrees to who lets the probe in, where the number of services is shown elsewhere. */
export const PROBE_AGREED: string =
  `It runs the inspector's own Lua once in every Lua service of the program (or in those that are named), which collects its garbage fully ` +
  `for that, and asks each of them for its waiting tasks. It changes nothing else. The debug command ${PROBE_COMMAND} stays in each service ` +
  `until the service ends or unprobe takes it away.`;

/** What somebody agrees to who lets the probe in. */
export function probeTerms(services: number, nodes: readonly string[]): string {
  return [
    `The probe runs Lua of the inspector's own inside ${services === 1 ? "1 service" : `each of ${services} services`} of ${nodes.join(", ")}:`,
    `  - once, through the console's dbgcmd RUN: it registers the debug command ${PROBE_COMMAND}, and the service collects its garbage fully;`,
    `  - then for each look one debug message, in which the service lists its waiting tasks (at most 2,000) and what their queues say.`,
    "It changes nothing else. A service that is busy answers late or is left out after 1.5 s; the question stays in its mailbox.",
    `What stays behind: the debug command ${PROBE_COMMAND}, about 25 KB in each service, until the service ends or unprobe takes it away.`,
  ].join("\n");
}
