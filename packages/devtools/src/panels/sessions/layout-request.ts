/**
 * What a layout is asked for, and what it answers. Apart from the layout itself, so that asking does not load what answers.
 *
 * @module
 */

/** A box, in pixels. */
export interface LayoutBox {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** An arrow between two boxes. Several between the same two count as one. */
export interface LayoutArrow {
  readonly from: string;
  readonly to: string;
}

/** What is to be laid out. */
export interface LayoutRequest {
  readonly boxes: readonly LayoutBox[];
  readonly arrows: readonly LayoutArrow[];
  /** Where boxes were before, so that those that stay are found again. */
  readonly before?: Readonly<Record<string, Point>>;
}

/** A place, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything is. */
export interface Layout {
  /** Upper left corners by box. */
  readonly places: Readonly<Record<string, Point>>;
  /** Points that an arrow should pass on its way, by `from to`, so that it does not cross other boxes; may be missing. */
  readonly ways: Readonly<Record<string, readonly Point[]>>;
  readonly by: "ranks" | "forces";
}

/** Name of an arrow in {@link Layout.ways}. */
export const wayKey = (from: string, to: string): string => `${from}\n${to}`;
