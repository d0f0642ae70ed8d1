/**
 * The alerts that stand: tells what is new, changed or over since the last look, so that clients are told once.
 *
 * @module
 */
import type { AlertFrame } from "../frames.ts";
import type { Alert } from "../source.ts";
import { limits } from "./limits.ts";

/** Keeps the alerts of one host while somebody looks. */
export class AlertBoard {
  readonly #standing = new Map<string, Alert>();

  /** Frames for a client that has just come in: everything that stands. */
  standing(): AlertFrame[] {
    return [...this.#standing.values()].map(frameOf);
  }

  /**
   * Takes the result of a sweep.
   *
   * @param now - All alerts that stand now, and those that have just ended, marked as cleared.
   * @param nowUs - When that was; the end of an alert that is simply not there any more.
   * @returns What clients must be told; the second list holds only those that were not there before.
   */
  update(now: readonly Alert[], nowUs: number): { readonly frames: AlertFrame[]; readonly fresh: Alert[] } {
    const frames: AlertFrame[] = [];
    const fresh: Alert[] = [];
    const seen = new Set<string>();
    for (const alert of now) {
      seen.add(alert.id);
      const before = this.#standing.get(alert.id);
      if (alert.cleared === true) {
        if (before !== undefined) frames.push(frameOf(alert));
        this.#standing.delete(alert.id);
        continue;
      }
      if (before === undefined) {
        if (this.#standing.size >= limits.alerts) continue;
        fresh.push(alert);
      }
      // An alert that merely lasts is not told again: clients count its age themselves.
      if (
        before === undefined ||
        before.title !== alert.title ||
        before.text !== alert.text ||
        before.evidence !== alert.evidence ||
        before.severity !== alert.severity
      )
        frames.push(frameOf(alert));
      this.#standing.set(alert.id, alert);
    }
    for (const [id, alert] of this.#standing)
      if (!seen.has(id)) {
        this.#standing.delete(id);
        frames.push(frameOf({ ...alert, last: nowUs, cleared: true }));
      }
    return { frames, fresh };
  }
}

const frameOf = (alert: Alert): AlertFrame => ({ type: "alert", ...alert });
