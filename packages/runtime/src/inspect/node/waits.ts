/**
 * Rows of the `sessions` and `waits` channels and the alerts of a host: what the last look at its suspended tasks found.
 *
 * @module
 */
import { callStates } from "../channels/sessions.ts";
import type { CallState, SessionSample } from "../channels/sessions.ts";
import type { WaitSample } from "../channels/waits.ts";
import type { Alert, RowWalk } from "../source.ts";
import { createWatch } from "../waits/index.ts";
import type {
  AlertRecord,
  CallRow,
  Deadlock,
  SweepResult,
  WaitEdge,
  WaitSource,
  WaitWatch,
  WatchOptions,
  Watched,
} from "../waits/index.ts";

const known = new Set<string>(callStates);
const us = (ms: number): number => (ms < 0 ? -1 : Math.round(ms * 1000));

/** See the file's comment. */
export class Waits<W extends Watched = Watched> {
  readonly #name: (node: string, handle: number) => string;
  readonly #watch: WaitWatch;
  #last: SweepResult = { calls: [], edges: [], deadlocks: [], alerts: [] };
  #nowMs = 0;
  /** Handles of services that are part of a proven deadlock, by node. */
  #dead = new Map<string, ReadonlySet<number>>();

  /** @param name - What lists call a service. */
  constructor(source: WaitSource<W>, name: (node: string, handle: number) => string, options: WatchOptions = {}) {
    this.#name = name;
    this.#watch = createWatch(source, options);
  }

  /** What the last look found: suspected and confirmed ones. */
  get deadlocks(): readonly Deadlock[] {
    return this.#last.deadlocks;
  }

  /** Looks, and gives the alerts of now. */
  *sweep(nowUs: number, rows: boolean): Generator<void, Alert[]> {
    const nowMs = nowUs / 1000;
    const result = yield* this.#watch.sweep(nowMs, { rows });
    this.#last = result;
    this.#nowMs = nowMs;
    this.#dead = byNode(result.deadlocks);
    return result.alerts.map((alert) => this.#alert(alert));
  }

  /** Whether a task of this service is part of a deadlock. */
  deadlocked(node: string, handle: number): boolean {
    return this.#dead.get(node)?.has(handle) === true;
  }

  /** Pending calls. */
  sessions(): RowWalk {
    return mapWalk(this.#last.calls, (call) => this.#session(call));
  }

  /** Who waits for whom. */
  edges(): RowWalk {
    const counts = new Map<number, number>();
    const deadlockOf = new Map<number, string>();
    for (const d of this.#last.deadlocks) if (d.confirmed) for (const t of d.tasks) deadlockOf.set(t.task, d.id);
    return mapWalk(this.#last.edges, (edge) => {
      const index = counts.get(edge.fromTask) ?? 0;
      counts.set(edge.fromTask, index + 1);
      const deadlock = deadlockOf.get(edge.fromTask) ?? "";
      return this.#edge(edge, index, deadlock !== "" && deadlockOf.get(edge.toTask) === deadlock ? deadlock : "");
    });
  }

  #session(call: CallRow): SessionSample {
    const { node } = call;
    return {
      node,
      from: call.callerAddr,
      fromName: this.#name(node, call.callerAddr),
      session: call.session,
      fromTask: call.callerTask,
      to: call.calleeAddr,
      toName: this.#name(node, call.calleeAddr),
      toTask: call.calleeTask,
      type: call.type,
      command: call.command,
      state: known.has(call.state) ? (call.state as CallState) : "unknown",
      sentUs: us(call.tSend),
      dispatchedUs: us(call.tDispatch),
      suspendedUs: call.suspendedMs < 0 ? -1 : us(this.#nowMs - call.suspendedMs),
      hops: call.hops,
      tag: call.trace,
    };
  }

  #edge(edge: WaitEdge, index: number, deadlock: string): WaitSample {
    return {
      node: edge.node,
      index,
      fromTask: edge.fromTask,
      from: edge.fromAddr,
      fromName: this.#name(edge.node, edge.fromAddr),
      toTask: edge.toTask,
      to: edge.toAddr,
      toName: this.#name(edge.node, edge.toAddr),
      kind: edge.kind,
      resource: edge.resource,
      sinceUs: us(edge.sinceMs),
      deadlock,
    };
  }

  #alert(alert: AlertRecord): Alert {
    const { id, kind, severity, title, text, evidence, firstMs, lastMs, cleared } = alert;
    return {
      id,
      kind,
      severity,
      title,
      text,
      ...(evidence === "" ? {} : { evidence }),
      // Where a host has several nodes, the watch writes `node/:0000000a`; addresses of the inspector are `:0000000a@node`.
      entities: alert.entities.map(({ kind: k, id: e }) => {
        const cut = e.lastIndexOf("/");
        return { kind: k, id: cut < 0 ? e : `${e.slice(cut + 1)}@${e.slice(0, cut)}` };
      }),
      first: us(firstMs),
      last: us(lastMs),
      ...(cleared ? { cleared } : {}),
    };
  }
}

function byNode(deadlocks: readonly Deadlock[]): Map<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  for (const d of deadlocks) {
    if (!d.confirmed) continue;
    for (const { node, addr } of d.tasks) {
      const set = found.get(node) ?? new Set();
      set.add(addr);
      found.set(node, set);
    }
  }
  return found;
}

/** A walk that makes its rows as it goes. */
function mapWalk<T>(list: readonly T[], make: (item: T) => object): RowWalk {
  let at = 0;
  return {
    next(limit, visit) {
      for (const end = Math.min(list.length, at + limit); at < end; at++) visit(make(list[at]!));
      return at < list.length;
    },
  };
}
