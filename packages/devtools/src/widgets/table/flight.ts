/**
 * Fast scrolling on a machine that cannot keep up: while nobody could read the cells anyway, rows that come into view are drawn with their
 * first columns only, and whole as soon as the flight is over. Where every frame is in time nothing of this happens.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { RefObject } from "react";

/** Faster than this, in rows a second, nobody reads. */
const FLYING_ROWS = 60;
/** A frame of scrolling that took longer, in milliseconds, was late; much longer is a pause of the hand. */
const [LATE_MS, PAUSE_MS] = [22, 500];
/** Late frames among the last {@link WINDOW} that make a machine slow, and for how long it is taken to be. */
const [LATE, WINDOW, SLOW_FOR_MS] = [3, 12, 60_000];
/** Without a scroll event for so long the flight is over. */
const LANDED_MS = 120;

/** What is told by when and how far a table was scrolled. Times in milliseconds. */
export class Flight {
  #last: { readonly at: number; readonly row: number } | undefined;
  /** For each of the last frames: whether it was late. */
  #frames: boolean[] = [];
  #slowUntil = 0;

  /** The table is scrolled. @param row - First row in view. @returns whether it flies, on a machine that cannot keep up. */
  moved(at: number, row: number): boolean {
    const last = this.#last;
    this.#last = { at, row };
    if (last === undefined || at - last.at > PAUSE_MS || at <= last.at) return false;
    const took = at - last.at;
    const flying = (Math.abs(row - last.row) / took) * 1000 >= FLYING_ROWS;
    if (!flying) return false;
    this.#frames.push(took > LATE_MS);
    if (this.#frames.length > WINDOW) this.#frames.shift();
    const slow = this.#frames.filter(Boolean).length >= LATE;
    // While it flies lightly its frames are in time again: that tells nothing of how it would be otherwise.
    if (slow || at < this.#slowUntil) this.#slowUntil = at + SLOW_FOR_MS;
    return at < this.#slowUntil;
  }

  /** The flight is over. */
  landed(): void {
    this.#last = undefined;
    this.#frames = [];
  }
}

/** One for the page: a machine that is slow in one table is slow in the next. */
const flight = new Flight();

/** Whether a table flies past; see the file's comment. @param rowPx - Height of a row. */
export function useFlight(scroller: RefObject<HTMLElement | null>, rowPx: number): boolean {
  const [flying, setFlying] = useState(false);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const land = (): void => {
      flight.landed();
      setFlying(false);
    };
    const onScroll = (): void => {
      clearTimeout(timer);
      timer = setTimeout(land, LANDED_MS);
      // Once it flies it does until it lands: slowing down is part of it.
      if (flight.moved(performance.now(), element.scrollTop / rowPx)) setFlying(true);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller, rowPx]);
  return flying;
}
