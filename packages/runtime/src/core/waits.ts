/**
 * What a suspended task waits for, in one line: JavaScript cannot show the stack of a suspended generator.
 *
 * Source: design D23.
 *
 * @module
 */
import { handleText } from "../kernel/handles.ts";
import type { ServiceContext } from "./context.ts";
import { OpKind } from "./op.ts";
import type { Op } from "./op.ts";
import type { Task } from "./task.ts";

/** `call :0000000a lua get session 5, 1.20 s`, and below it the stack where one was captured. */
export function describeWait(context: ServiceContext, task: Task): string {
  const op = task.waiting;
  // Skynet shows where a timer was made instead of where it stands, as long as it has not fired.
  if (task.origin !== undefined && op?.kind === OpKind.timer) return task.origin;
  const head = op === undefined ? "running" : waitText(context, op);
  const stack = op?.stack;
  return stack === undefined || stack === "" ? head : `${head}\n${stack}`;
}

/** One line for each suspended task of a service. */
export function waitLines(context: ServiceContext): string[] {
  const name = context.nameOf(context.handle);
  const who = `${handleText(context.handle)}${name === undefined ? "" : ` ${name}`}`;
  return context.pendingTasks().map((op) => `${who} waits for ${waitText(context, op)}`);
}

function waitText(context: ServiceContext, op: Op): string {
  const age = `${(Math.max(0, context.kernel.elapsedMs() - op.since) / 1000).toFixed(2)} s`;
  switch (op.kind) {
    case OpKind.callFirst:
    case OpKind.callAll:
    case OpKind.callRaw: {
      const name = context.nameOf(op.target);
      return `call ${handleText(op.target)} ${op.command()} session ${op.session}${name === undefined ? "" : ` (${name})`}, ${age}`;
    }
    case OpKind.sleep:
      return `sleep ${op.ticks} session ${op.session}, ${age}`;
    case OpKind.wait:
      return `${op.reason ?? "wait"} session ${op.session}, ${age}`;
    case OpKind.promise:
      return `await session ${op.session}, ${age}`;
    default:
      return `timer ${op.ticks} session ${op.session}`;
  }
}
