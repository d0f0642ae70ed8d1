/**
 * The command that ends one pending call with an error: the way out of a deadlock, or of a wait for a reply that will never come.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import type { Op } from "../../core/op.ts";
import { isCall } from "../../core/service-state.ts";
import { SkynetError } from "../../errors/error.ts";
import { handleText } from "../../kernel/handles.ts";
import { PTYPE_ERROR } from "../../kernel/message.ts";
import type { Failure } from "../../kernel/message.ts";
import type { HostCommand } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";

const CANCELLED: Failure = { reason: "cancelled", cause: undefined };
const CALL = /^:([0-9a-f]{8})-([1-9][0-9]{0,9})(?:@(.+))?$/i;

/** One call, named by who made it. */
interface NamedCall {
  readonly inspected: Inspected;
  readonly handle: number;
  readonly session: number;
}

/**
 * The commands of the Sessions panel. `failsession :0000000a-42` makes the call of session 42 throw a `CallError` (reason `cancelled`) in the
 * task that waits for it; what the callee still answers is swallowed.
 *
 * Where the host has several nodes, the node is the last word, stands behind the call as `@node`, or comes as `{ node }`.
 */
export function sessionCommands(nodes: readonly Inspected[]): HostCommand[] {
  return [
    {
      name: "failsession",
      scope: "danger",
      usage: "failsession <address>-<session> [node]",
      help: "Ends a pending call with an error in the task that waits for it",
      confirm: true,
      run: (args) => {
        const call = readCall(nodes, args);
        const op = findCall(call);
        const text = describe(call, op);
        const { kernel } = call.inspected;
        kernel.enter(() => kernel.post(call.handle, PTYPE_ERROR, call.session, op.target, CANCELLED, 0));
        return { ok: true, text };
      },
      confirmation: (args) => {
        const { inspected, handle } = readCall(nodes, args);
        return nameOfHandle(inspected.kernel, handle).split(" ", 1)[0] || handleText(handle);
      },
    },
  ];
}

/** @throws SkynetError `ARGUMENT`. */
function readCall(nodes: readonly Inspected[], args: readonly unknown[]): NamedCall {
  const [word, more] = args;
  const parts = typeof word === "string" ? CALL.exec(word) : null;
  if (parts === null)
    throw new SkynetError(
      "ARGUMENT",
      `failsession takes a call as the list of sessions names it, e.g. :0000000a-42, not ${JSON.stringify(word) ?? "nothing"}`,
    );
  const given = typeof more === "object" && more !== null && "node" in more ? (more as { node: unknown }).node : more;
  const name = given ?? parts[3];
  const inspected = name === undefined ? (nodes.length === 1 ? nodes[0] : undefined) : nodes.find((n) => n.name === name);
  if (inspected === undefined) {
    const names = nodes.map((n) => n.name).join(", ");
    throw new SkynetError(
      "ARGUMENT",
      name === undefined
        ? `this host has several nodes: say which, as in failsession ${parts[0]} <node>; there are: ${names}`
        : `there is no node ${typeof name === "string" ? name : JSON.stringify(name)} here; there are: ${names}`,
    );
  }
  return { inspected, handle: Number.parseInt(parts[1]!, 16), session: Number(parts[2]) };
}

/** @throws SkynetError `ARGUMENT` that says what there is instead. */
function findCall({ inspected, handle, session }: NamedCall): Op {
  const { kernel } = inspected;
  if (handle === kernel.hostHandle)
    throw new SkynetError("ARGUMENT", "this call was made by the host itself, from outside of all services; only its callee can end it");
  const service = kernel.find(handle);
  if (service === undefined) throw new SkynetError("ARGUMENT", `there is no service ${handleText(handle)} on ${inspected.name} (any more)`);
  const who = `${handleText(handle)} ${nameOfHandle(kernel, handle)}`.trimEnd();
  const { body } = service;
  const op = body instanceof ServiceContext ? body.sessions.get(session) : undefined;
  if (op === undefined || op.broken)
    throw new SkynetError("ARGUMENT", `${who} waits for no session ${session}: it has been answered meanwhile, or never was`);
  if (!isCall(op))
    throw new SkynetError(
      "ARGUMENT",
      `session ${session} of ${who} is no call: ${op.describe()}; to end its task, use killtask${op.task === undefined ? "" : ` ${handleText(handle)} ${op.task.toString().replace("thread: ", "")}`}`,
    );
  return op;
}

function describe({ inspected, handle, session }: NamedCall, op: Op): string {
  const { kernel } = inspected;
  const name = (of: number): string => `${handleText(of)} ${nameOfHandle(kernel, of)}`.trimEnd();
  return `${op.command()} of ${name(op.target)}, which ${name(handle)} waited for (session ${session}), has failed`;
}
