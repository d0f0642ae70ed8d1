/**
 * The alerts of several hosts as one list. Each keeps its host's store; ids, entities and moments are told as the joined tables tell them, and
 * every text says which host it is about.
 *
 * @module
 */
import type { AlertFrame } from "@skyloom/runtime/inspect";
import type { Alerts, AlertView } from "../../stores/alert-store.ts";
import type { Part } from "./part.ts";

/** See the file's comment. */
export class JoinedAlerts implements Alerts {
  version = 0;
  standing: readonly AlertView[] = [];
  over: readonly AlertView[] = [];
  audit: readonly AlertView[] = [];
  missed: readonly AlertView[] = [];
  since: number | undefined;
  readonly #parts: readonly Part[];
  readonly #listeners = new Set<() => void>();
  readonly #stops: readonly (() => void)[];
  /** What a view of a host became, so that one that has not changed stays the same. */
  #told = new WeakMap<AlertView, AlertView>();

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#stops = parts.map((part) => part.client.alerts.subscribe(() => this.#join()));
    this.#join();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hosts are called otherwise, or their clocks are known better. */
  again(): void {
    this.#told = new WeakMap();
    this.#join();
  }

  /** Follows its hosts no longer. */
  release(): void {
    for (const stop of this.#stops) stop();
  }

  dismiss(id: string): void {
    for (const part of this.#parts)
      for (const { frame } of part.client.alerts.standing) if (part.id(frame.id) === id) part.client.alerts.dismiss(frame.id);
  }

  #join(): void {
    const list = (of: (alerts: Alerts) => readonly AlertView[]): readonly AlertView[] =>
      this.#parts.flatMap((part) => of(part.client.alerts).map((view) => this.#tell(part, view))).sort((a, b) => b.at - a.at);
    this.standing = list((a) => a.standing);
    this.over = list((a) => a.over);
    this.audit = list((a) => a.audit);
    this.missed = list((a) => a.missed);
    const since = this.#parts.flatMap((p) => p.client.alerts.since ?? []);
    this.since = since.length === 0 ? undefined : Math.min(...since);
    this.version++;
    for (const listener of this.#listeners) listener();
  }

  #tell(part: Part, view: AlertView): AlertView {
    let told = this.#told.get(view);
    if (told === undefined) this.#told.set(view, (told = { ...view, frame: tell(part, view.frame) }));
    return told;
  }
}

function tell(part: Part, frame: AlertFrame): AlertFrame {
  return {
    ...frame,
    id: part.id(frame.id),
    title: `${frame.title} on ${part.label}`,
    entities: frame.entities.map((e) => ({ ...e, id: part.entity(e.id) })),
    first: part.moment(frame.first),
    last: part.moment(frame.last),
  };
}
