/**
 * One-off questions about a service: its tasks, its mailbox, what it says of itself, how it ended.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import { OpKind } from "../../core/op.ts";
import type { Op } from "../../core/op.ts";
import { describeWait } from "../../core/waits.ts";
import { SkynetError } from "../../errors/error.ts";
import { handleText } from "../../kernel/handles.ts";
import type { Service } from "../../kernel/service.ts";
import type { InspectSource } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { frameUs, nameOfHandle } from "./hosts.ts";
import { mailboxDetail } from "./mailboxes.ts";
import type { Traffic } from "./traffic.ts";

/** Tasks that are told; a service may have very many. */
const MOST_TASKS = 500;

/** Answer to the question `ended`. */
export type EndAnswer =
  | { readonly known: false }
  | {
      readonly known: true;
      /** When, in microseconds of the host's monotonic clock. */
      readonly atUs: number;
      /** Handle of the service that ended it: its own when it ended itself, 0 when the node did. */
      readonly by: number;
      /** In a few words, for people. */
      readonly reason: string;
    };

/** The questions a host of nodes answers. Arguments: the handle, then the name of the node (where there are several). */
export function nodeQuestions(nodes: readonly Inspected[], traffic: Traffic): NonNullable<InspectSource["questions"]> {
  return {
    tasks: (args) => tasks(...find(nodes, args)),
    mailbox: (args) => {
      const [{ kernel }, service] = find(nodes, args);
      return { ...mailboxDetail(kernel, service), flow: traffic.flow(kernel, service) };
    },
    peers: (args) => {
      const [{ kernel }, service] = find(nodes, args);
      return traffic.peers(kernel, service);
    },
    source: (args) => {
      const [{ kernel, name }, service] = find(nodes, args);
      return {
        node: name,
        kind: service.kind,
        launch: `${service.kind} ${service.args}`.trim(),
        parent: service.parent,
        parentName: nameOfHandle(kernel, service.parent),
        startUs: frameUs(kernel, service.since),
        memoryLimit: service.memoryLimit,
      };
    },
    ended: (args) => ended(...nodeAndHandle(nodes, args)),
  };
}

/** The service that arguments from outside name. @throws SkynetError `ARGUMENT`. */
export function find(nodes: readonly Inspected[], args: readonly unknown[]): readonly [Inspected, Service] {
  const [inspected, handle] = nodeAndHandle(nodes, args);
  const service = inspected.kernel.find(handle);
  if (service === undefined) throw new SkynetError("ARGUMENT", `no service has the address ${handleText(handle)}: it has ended`);
  return [inspected, service];
}

function nodeAndHandle(nodes: readonly Inspected[], args: readonly unknown[]): readonly [Inspected, number] {
  const [handle, name = nodes[0]?.name] = args;
  const inspected = nodes.find((n) => n.name === name);
  if (inspected === undefined)
    throw new SkynetError("ARGUMENT", `there is no node ${String(name)} here; there are: ${nodes.map((n) => n.name).join(", ")}`);
  if (typeof handle !== "number" || !Number.isInteger(handle))
    throw new SkynetError("ARGUMENT", `the handle must be a number, not ${typeof handle}`);
  return [inspected, handle];
}

/** When and how a service ended; of one that runs, or that ended too long ago, only that nothing is known. */
function ended({ kernel }: Inspected, handle: number): EndAnswer {
  const end = kernel.ended.of(handle);
  if (end === undefined) return { known: false };
  const { by } = end;
  const own = by === handle;
  // Who ended it may have ended since.
  const name = own || by === 0 ? "" : nameOfHandle(kernel, by);
  return {
    known: true,
    atUs: frameUs(kernel, end.atMs),
    by,
    reason: end.reason ?? (own ? "it ended itself" : by === 0 ? "the node ended it" : `killed by ${`${handleText(by)} ${name}`.trimEnd()}`),
  };
}

function tasks({ kernel }: Inspected, service: Service): object {
  const { body } = service;
  if (!(body instanceof ServiceContext)) return { tasks: [], total: 0, note: `a ${service.kind} service has no tasks` };
  const pending = body.pendingTasks();
  return { total: pending.length, tasks: pending.slice(0, MOST_TASKS).map((op) => taskOf(body, op)) };

  function taskOf(context: ServiceContext, op: Op): object {
    const { task } = op;
    const isCall = op.kind <= OpKind.callRaw;
    return {
      id: task?.id ?? 0,
      kind: task?.kind ?? "timer",
      session: op.session,
      from: task?.source ?? -1,
      fromName: task === undefined || task.source < 0 ? "" : nameOfHandle(kernel, task.source),
      request: task?.session ?? -1,
      command: task?.command ?? "",
      waits: task === undefined ? "timer" : describeWait(context, task),
      to: isCall ? op.target : 0,
      toName: isCall ? nameOfHandle(kernel, op.target) : "",
      sinceUs: op.since === 0 ? -1 : frameUs(kernel, op.since),
      holder: op.holder?.()?.id ?? 0,
      site: task?.site ?? "",
    };
  }
}
