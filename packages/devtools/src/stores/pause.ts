/**
 * Live or paused: one switch for everything that shows what comes from the host. Paused, the view stands still while data goes on coming
 * in; how much came is counted, and going on jumps to now (INS-SH-3). That an alert came is told also meanwhile: a view that stands still
 * must not hide that something went wrong.
 *
 * Knows nothing of tables and logs, only that they can be held.
 *
 * @module
 */

/** Something that can show the same while it takes what comes. */
export interface Pausable {
  /**
   * Shows the same from now on.
   *
   * @param missed - To be called for each update that is not shown.
   * @param fresh - What there is may be old: show what comes next, and then the same.
   */
  freeze(missed: () => void, fresh: boolean): void;
  /** Shows what there is now, and what comes. */
  thaw(): void;
}

/** See the file's comment. */
export class Pause {
  version = 0;
  paused = false;
  /** Updates that came and are not shown. */
  missed = 0;
  readonly #held = new Map<Pausable, () => boolean>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Puts something under the switch, in whatever position it is.
   *
   * @param current - Whether what it shows is kept up to date at the moment.
   */
  add(target: Pausable, current: () => boolean = () => true): void {
    this.#held.set(target, current);
    if (this.paused) target.freeze(this.#missed, !current());
  }

  /** Pauses, or goes on. */
  set(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    this.missed = 0;
    for (const [target, current] of this.#held)
      if (paused) target.freeze(this.#missed, !current());
      else target.thaw();
    this.#changed();
  }

  readonly #missed = (): void => {
    this.missed++;
    this.#changed();
  };

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
