/**
 * The alerts of a host: those that stand, those that are over, and the audit of what people did.
 *
 * @module
 */
import type { AlertFrame } from "@skyloom/runtime/inspect";

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
  /** Since when the host has been telling, in milliseconds of the client's clock; `undefined` before the first connection. */
  readonly since: number | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  /** Puts an alert out of the way; it still counts as standing. */
  dismiss(id: string): void;
}

/** See the file's comment. */
export class AlertStore implements Alerts {
  version = 0;
  /** Newest first. */
  standing: readonly AlertView[] = [];
  over: readonly AlertView[] = [];
  audit: readonly AlertView[] = [];
  /** Since when the host has been telling, in milliseconds of the client's clock; `undefined` before the first connection. */
  since: number | undefined = undefined;

  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a frame. */
  take(frame: AlertFrame): void {
    const at = this.#now();
    if (frame.kind === "audit") this.audit = [{ frame, at, dismissed: true }, ...this.audit].slice(0, KEPT);
    else {
      const before = this.standing.find((a) => a.frame.id === frame.id);
      const others = this.standing.filter((a) => a !== before);
      if (frame.cleared === true) {
        this.standing = others;
        this.over = [{ frame, at, dismissed: true }, ...this.over].slice(0, KEPT);
      } else if (before === undefined) this.standing = [{ frame, at, dismissed: false }, ...others];
      else this.standing = this.standing.map((a) => (a === before ? { ...a, frame } : a));
    }
    this.#changed();
  }

  /** Puts an alert out of the way; it still counts as standing. */
  dismiss(id: string): void {
    this.standing = this.standing.map((a) => (a.frame.id === id ? { ...a, dismissed: true } : a));
    this.#changed();
  }

  /** A connection begins: the host tells what stands. */
  reset(): void {
    this.standing = [];
    this.since = this.#now();
    this.#changed();
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
