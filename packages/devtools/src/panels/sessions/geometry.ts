/**
 * Where boxes, their lines and the arrows between them lie: sizes in, paths out.
 *
 * Knows nothing of React and of what the boxes mean.
 *
 * @module
 */
import { wayKey } from "./layout-request.ts";
import type { Layout, LayoutRequest, Point } from "./layout-request.ts";
import type { Shown, ShownBox, ShownLink } from "./shown.ts";

/** Sizes in pixels. */
export const BOX_WIDTH = 240;
export const HEAD_HEIGHT = 30;
export const ROW_HEIGHT = 40;
/** More tasks than this of one service stand in several columns. */
const ROWS_PER_COLUMN = 12;
/** How far an arrow bends out that begins and ends on the same side. */
const BULGE = 44;
/** Room beside a box for such an arrow and its label. */
const BEND_WIDTH = 104;

/** Columns of a box. */
const columnsOf = (tasks: number): number => Math.max(1, Math.ceil(tasks / ROWS_PER_COLUMN));

/** Size of a box with so many tasks. */
export function boxSize({ tasks }: ShownBox): { readonly width: number; readonly height: number } {
  const columns = columnsOf(tasks.length);
  const rows = Math.ceil(tasks.length / columns);
  return { width: columns * BOX_WIDTH, height: HEAD_HEIGHT + (tasks.length === 0 ? 18 : rows * ROW_HEIGHT) };
}

/** Where a task lies in its box. */
export function rowPlace(box: ShownBox, row: number): Point {
  const rows = Math.ceil(box.tasks.length / columnsOf(box.tasks.length));
  return { x: Math.floor(row / rows) * BOX_WIDTH, y: HEAD_HEIGHT + (row % rows) * ROW_HEIGHT };
}

/** What the layout is asked for. */
export function layoutRequest(shown: Shown, before: Readonly<Record<string, Point>> | undefined): LayoutRequest {
  const bent = new Set(shown.links.filter((l) => l.fromBox === l.toBox).map((l) => l.fromBox));
  return {
    boxes: shown.boxes.map((box) => {
      const { width, height } = boxSize(box);
      return { id: box.id, height, width: width + (bent.has(box.id) ? BEND_WIDTH : 0) };
    }),
    arrows: shown.links.map(({ fromBox, toBox }) => ({ from: fromBox, to: toBox })),
    ...(before === undefined ? {} : { before }),
  };
}

/** Names everything that a layout depends on: it is made anew only when this changes. */
export function shapeOf(shown: Shown): string {
  return `${shown.boxes.map((b) => `${b.id}#${b.tasks.map((t) => t.key).join(",")}`).join(" ")}|${shown.links
    .map((l) => l.key)
    .toSorted()
    .join(" ")}`;
}

/** An arrow: its path, and a place for its label. */
export interface Arrow {
  readonly path: string;
  readonly label: Point;
}

interface End {
  /** Left and right edge, and the height at which arrows meet it. */
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

function endOf(box: ShownBox, place: Point, row: number): End {
  const size = boxSize(box);
  if (row < 0) return { left: place.x, right: place.x + size.width, y: place.y + size.height / 2 };
  const at = rowPlace(box, row);
  // In a box of several columns arrows end at its edge: inside they would run through the other tasks.
  return { left: place.x, right: place.x + size.width, y: place.y + at.y + ROW_HEIGHT / 2 };
}

/** The arrow of a link; `undefined` while one of its boxes has no place. */
export function arrowOf(link: ShownLink, boxes: ReadonlyMap<string, ShownBox>, layout: Layout): Arrow | undefined {
  const [a, b] = [boxes.get(link.fromBox), boxes.get(link.toBox)];
  const [p, q] = [layout.places[link.fromBox], layout.places[link.toBox]];
  if (a === undefined || b === undefined || p === undefined || q === undefined) return undefined;
  const from = endOf(a, p, link.fromRow);
  const to = endOf(b, q, link.toRow);
  if (link.fromBox === link.toBox || (from.left < to.right && to.left < from.right)) return besides(from, to, link);
  const forward = to.left >= from.right;
  const start: Point = { x: forward ? from.right : from.left, y: from.y + (forward ? -4 : 4) };
  const end: Point = { x: forward ? to.left : to.right, y: to.y + (forward ? -4 : 4) };
  const between = (layout.ways[wayKey(link.fromBox, link.toBox)] ?? []).filter((w) =>
    forward ? w.x > start.x && w.x < end.x : w.x < start.x && w.x > end.x,
  );
  const points = [start, ...between, end];
  let path = `M${at(start)}`;
  for (let i = 1; i < points.length; i++) {
    const [c, d] = [points[i - 1]!, points[i]!];
    const dx = (d.x - c.x) / 2;
    path += `C${at({ x: c.x + dx, y: c.y })} ${at({ x: d.x - dx, y: d.y })} ${at(d)}`;
  }
  const middle = between[Math.floor((between.length - 1) / 2)];
  return { path, label: middle ?? { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
}

/** Out of the right side and into it again. */
function besides(from: End, to: End, link: ShownLink): Arrow {
  const same = link.fromBox === link.toBox && link.fromRow === link.toRow;
  const [y1, y2] = same ? [from.y - 10, to.y + 10] : [from.y + (from.y < to.y ? 6 : -6), to.y + (from.y < to.y ? -6 : 6)];
  const x = Math.max(from.right, to.right) + BULGE;
  return {
    path: `M${at({ x: from.right, y: y1 })}C${at({ x, y: y1 })} ${at({ x, y: y2 })} ${at({ x: to.right, y: y2 })}`,
    label: { x: x - BULGE / 4 + 40, y: (y1 + y2) / 2 },
  };
}

const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)} `;

/** What all of a layout takes up. */
export interface Extent {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** See {@link Extent}; `undefined` for nothing. */
export function extentOf(shown: Shown, layout: Layout): Extent | undefined {
  const bent = new Set(shown.links.filter((l) => l.fromBox === l.toBox).map((l) => l.fromBox));
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of shown.boxes) {
    const place = layout.places[box.id];
    if (place === undefined) continue;
    const { width, height } = boxSize(box);
    x1 = Math.min(x1, place.x);
    y1 = Math.min(y1, place.y);
    // Room for arrows that leave on the right and come back.
    x2 = Math.max(x2, place.x + width + (bent.has(box.id) ? BEND_WIDTH : 0));
    y2 = Math.max(y2, place.y + height);
  }
  return x1 === Infinity ? undefined : { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
}

/** How the drawing is moved and enlarged. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

const MARGIN = 32;
/** Bounds of the enlargement. */
export const LEAST_ZOOM = 0.05;
export const MOST_ZOOM = 3;
/** A small graph is not blown up. */
const MOST_FIT = 1.15;

/** Shows all of an extent in a window of that size. */
export function fit(extent: Extent, width: number, height: number): Camera {
  const wanted = Math.min((width - 2 * MARGIN) / extent.width, (height - 2 * MARGIN) / extent.height, MOST_FIT);
  const k = Math.max(LEAST_ZOOM, wanted);
  return { k, x: (width - extent.width * k) / 2 - extent.x * k, y: (height - extent.height * k) / 2 - extent.y * k };
}

/** Enlarges by a factor and keeps the point under (x, y) where it is. */
export function zoom(camera: Camera, factor: number, x: number, y: number): Camera {
  const k = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, camera.k * factor));
  const f = k / camera.k;
  return { k, x: x - (x - camera.x) * f, y: y - (y - camera.y) * f };
}
