/**
 * What services, tasks and sessions are called in reports and alerts.
 *
 * @module
 */
import { handleText } from "../../kernel/handles.ts";
import type { WaitNode, WatchedContext, WatchedKernel, WatchedTask } from "./model.ts";

const LONGEST = 48;

/** Registered names, else the launch line; empty for one that is gone. */
export function serviceName(kernel: WatchedKernel, handle: number): string {
  const names = [...kernel.names.of(handle).map((n) => `.${n}`), ...kernel.globals.of(handle)];
  const text = names.length > 0 ? names.join(" ") : (kernel.find(handle)?.args ?? "");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** `:0000000a agent u1042`; `the host` for calls from outside. */
export function serviceText(kernel: WatchedKernel, handle: number): string {
  if (handle === kernel.hostHandle) return "the host";
  return `${handleText(handle)} ${serviceName(kernel, handle)}`.trimEnd();
}

/** Names a service among all of a host: `:0000000a`, and with the node before it where there are several. */
export function serviceId(node: WaitNode, handle: number, several: boolean): string {
  return several ? `${node.name}/${handleText(handle)}` : handleText(handle);
}

/** Names a call: `:0000000a-42`. */
export function sessionId(node: WaitNode, handle: number, session: number, several: boolean): string {
  return `${serviceId(node, handle, several)}-${session}`;
}

/** What runs in a service, if it has tasks. */
function contextOf(body: unknown): WatchedContext | undefined {
  return typeof body === "object" && body !== null && "sessions" in body ? (body as WatchedContext) : undefined;
}

/** What a task is there for: `lua hold for :00000008 main (session 3)`, `its start function`, `a timer`. */
export function taskText(kernel: WatchedKernel, task: WatchedTask): string {
  if (task.context.starter === task) return "its start function";
  if (task.session > 0) {
    const request = contextOf(kernel.find(task.source)?.body)?.sessions.get(task.session)?.command();
    const what = request ?? (task.command === undefined ? "a request" : `lua ${task.command}`);
    return `${what} for ${serviceText(kernel, task.source)} (session ${task.session})`;
  }
  if (task.kind === "request" || task.kind === "command") return task.command === undefined ? "a message" : `lua ${task.command}`;
  return task.kind === "timer" ? "a timer" : task.kind === "init" ? "its start function" : `a ${task.kind}`;
}
