/**
 * The alerts of a host: those that stand, those that are over, and the audit of what people did.
 *
 * While the view is paused the lists stand still like everything else; that an alert came is told all the same (INS-SH-3, and rule 2: never
 * lie), by {@link AlertStore.missed}.
 *
 * @module
 */
import type { AlertFrame } from "@skyloom/runtime/inspect";
import type { Pausable } from "./pause.ts";

/** Alerts that are over, and lines of the audit, kept beyond those that stand. */
const KEPT = 200;

/** An alert as it was last told. */
export interface AlertView {
  readonly frame: AlertFrame;
  /** When it was told, in milliseconds of the client's clock. */
  readonly at: number;
  /** The user has seen it and wants it out of the way. */
  readonly dismissed: boolean;
}

/** What the panels see of it. */
export interface Alerts {
  readonly version: number;
  /** Newest first. */
  readonly standing: readonly AlertView[];
  readonly over: readonly AlertView[];
  readonly audit: readonly AlertView[];
  /** Alerts that came while the view stands still, newest first: as they stand now, those that are over again among them. */
  readonly missed: readonly AlertView[];
  /** Since when the host has been telling, in milliseconds of the client's clock; `undefined` before the first connection. */
  readonly since: number | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  /** Puts an alert out of the way; it still counts as standing. */
  dismiss(id: string): void;
}

/** Everything that is known at a moment. */
type Known = Pick<Alerts, "standing" | "over" | "audit">;

/** See the file's comment. */
export class AlertStore implements Alerts, Pausable {
  version = 0;
  /** Alerts that came while the view stands still, newest first: as they stand now, those that are over again among them. */
  missed: readonly AlertView[] = [];
  /** Since when the host has been telling, in milliseconds of the client's clock; `undefined` before the first connection. */
  since: number | undefined = undefined;

  #live: Known = { standing: [], over: [], audit: [] };
  #shown: Known = this.#live;
  #held: (() => void) | undefined;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Those that stand, newest first. */
  get standing(): readonly AlertView[] {
    return this.#shown.standing;
  }
  get over(): readonly AlertView[] {
    return this.#shown.over;
  }
  get audit(): readonly AlertView[] {
    return this.#shown.audit;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a frame. */
  take(frame: AlertFrame): void {
    const at = this.#now();
    const { standing, over, audit } = this.#live;
    if (frame.kind === "audit") this.#live = { standing, over, audit: [{ frame, at, dismissed: true }, ...audit].slice(0, KEPT) };
    else {
      const before = standing.find((a) => a.frame.id === frame.id);
      const others = standing.filter((a) => a !== before);
      const now: AlertView = { frame, at: before?.at ?? at, dismissed: before?.dismissed ?? false };
      if (frame.cleared === true) this.#live = { audit, standing: others, over: [{ frame, at, dismissed: true }, ...over].slice(0, KEPT) };
      else this.#live = { audit, over, standing: before === undefined ? [now, ...others] : standing.map((a) => (a === before ? now : a)) };
      if (this.#held !== undefined) this.#miss(now);
    }
    this.#held?.();
    this.#show();
  }

  /** Puts an alert out of the way; it still counts as standing. */
  dismiss(id: string): void {
    const out = (list: readonly AlertView[]): readonly AlertView[] => list.map((a) => (a.frame.id === id ? { ...a, dismissed: true } : a));
    this.#live = { ...this.#live, standing: out(this.#live.standing) };
    if (this.#held !== undefined) this.#shown = { ...this.#shown, standing: out(this.#shown.standing) };
    this.#show();
  }

  /** A connection begins: the host tells what stands. */
  reset(): void {
    this.#live = { ...this.#live, standing: [] };
    this.since = this.#now();
    this.#show();
  }

  freeze(missed: () => void): void {
    this.#held = missed;
    this.#shown = this.#live;
    this.missed = [];
  }

  thaw(): void {
    this.#held = undefined;
    this.missed = [];
    this.#show();
  }

  /** Remembers what is not shown: an alert that was not there when the view was paused. */
  #miss(alert: AlertView): void {
    const { id } = alert.frame;
    if (this.#shown.standing.some((a) => a.frame.id === id)) return;
    const known = this.missed.some((a) => a.frame.id === id);
    this.missed = known ? this.missed.map((a) => (a.frame.id === id ? alert : a)) : [alert, ...this.missed].slice(0, KEPT);
  }

  #show(): void {
    if (this.#held === undefined) this.#shown = this.#live;
    this.#changed();
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
