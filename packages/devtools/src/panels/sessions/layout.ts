/**
 * Places boxes so that arrows between them can be followed: in ranks from left to right while they are few, pushed apart by forces above.
 *
 * Numbers in, numbers out: runs in a worker, and where there is none on the page's own thread.
 *
 * @module
 */
import { graphlib, layout as dagreLayout } from "@dagrejs/dagre";
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import type { SimulationNodeDatum } from "d3-force";
import { wayKey } from "./layout-request.ts";
import type { Layout, LayoutArrow, LayoutBox, LayoutRequest, Point } from "./layout-request.ts";

/** Up to so many boxes are laid out in ranks: above that ranks take too long, and are no longer read as such. */
export const MOST_RANKED = 100;
/** More arrows than this make ranks as slow as more boxes do. */
export const MOST_RANKED_ARROWS = 160;

/** Lays out; the same request gives the same layout. */
export function layout(request: LayoutRequest): Layout {
  const known = new Set(request.boxes.map((b) => b.id));
  const seen = new Set<string>();
  const arrows = request.arrows.filter(({ from, to }) => {
    const key = wayKey(from, to);
    if (from === to || !known.has(from) || !known.has(to) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  if (request.boxes.length === 0) return { places: {}, ways: {}, by: "ranks" };
  const made =
    request.boxes.length <= MOST_RANKED && arrows.length <= MOST_RANKED_ARROWS
      ? byRanks(request.boxes, arrows)
      : byForces(request.boxes, arrows, request.before ?? {});
  return settle(made, request.before);
}

/** Room that is kept free in the middle of an arrow, for its label. */
const LABEL = { width: 112, height: 18 };

function byRanks(boxes: readonly LayoutBox[], arrows: readonly LayoutArrow[]): Layout {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 28, ranksep: 56, edgesep: 12 });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of arrows) graph.setEdge(from, to, { ...LABEL, labelpos: "c" }, wayKey(from, to));
  dagreLayout(graph);
  const places: Record<string, Point> = {};
  for (const { id, width, height } of boxes) {
    const { x, y } = graph.node(id) as Point;
    places[id] = { x: x - width / 2, y: y - height / 2 };
  }
  const ways: Record<string, Point[]> = {};
  for (const { from, to } of arrows) {
    const edge = graph.edge(from, to, wayKey(from, to)) as { points?: Point[] } | undefined;
    // The first and the last point lie on the boxes; arrows have ends of their own.
    const middle = edge?.points?.slice(1, -1) ?? [];
    if (middle.length > 0) ways[wayKey(from, to)] = middle.map(({ x, y }) => ({ x, y }));
  }
  return { places, ways, by: "ranks" };
}

interface Body extends SimulationNodeDatum {
  readonly box: LayoutBox;
}

/** Wider than high: forces know circles only, so distances are counted in this unit across. */
const STRETCH = 2.2;
/** Rounds of pushing: fewer for very many boxes, which would take too long. */
const roundsFor = (boxes: number): number => Math.max(60, Math.min(120, Math.round(60_000 / boxes)));

function byForces(boxes: readonly LayoutBox[], arrows: readonly LayoutArrow[], before: Readonly<Record<string, Point>>): Layout {
  const bodies = boxes.map((box): Body => {
    const old = before[box.id];
    return old === undefined ? { box } : { box, x: (old.x + box.width / 2) / STRETCH, y: old.y + box.height / 2 };
  });
  const index = new Map(boxes.map((b, i) => [b.id, i]));
  const links = arrows.map(({ from, to }) => ({ source: index.get(from)!, target: index.get(to)! }));
  const simulation = forceSimulation(bodies)
    .force("link", forceLink<Body, { source: number; target: number }>(links).distance(110).iterations(2))
    .force("charge", forceManyBody<Body>().strength(-260).theta(1.1).distanceMax(900))
    .force(
      "collide",
      forceCollide<Body>((b) => Math.max(b.box.width / STRETCH, b.box.height) * 0.56 + 8),
    )
    .force("x", forceX(0).strength(0.045))
    .force("y", forceY(0).strength(0.06))
    .stop();
  // Fewer rounds when nearly everybody has a place already.
  const placed = bodies.filter((b) => before[b.box.id] !== undefined).length;
  const rounds = roundsFor(bodies.length);
  simulation.alpha(placed > bodies.length / 2 ? 0.3 : 1).alphaDecay(1 - 0.001 ** (1 / rounds));
  simulation.tick(rounds);
  const places: Record<string, Point> = {};
  for (const { box, x = 0, y = 0 } of bodies) places[box.id] = { x: x * STRETCH - box.width / 2, y: y - box.height / 2 };
  separate(boxes, places);
  return { places, ways: {}, by: "forces" };
}

const GAP = 16;
const ROUNDS = 12;

/** Pushes apart boxes that still overlap, along the shorter way; neighbours are found through a grid. */
function separate(boxes: readonly LayoutBox[], places: Record<string, Point>): void {
  const x = Float64Array.from(boxes, (b) => places[b.id]!.x);
  const y = Float64Array.from(boxes, (b) => places[b.id]!.y);
  const cell = Math.max(...boxes.map((b) => Math.max(b.width, b.height))) + GAP;
  for (let round = 0; round < ROUNDS; round++) {
    const grid = new Map<string, number[]>();
    let moved = false;
    for (let i = 0; i < boxes.length; i++) {
      const [cx, cy] = [Math.floor(x[i]! / cell), Math.floor(y[i]! / cell)];
      for (let dx = -1; dx <= 1; dx++)
        for (let dy = -1; dy <= 1; dy++)
          for (const j of grid.get(`${cx + dx} ${cy + dy}`) ?? []) {
            const overX = Math.min(x[i]! + boxes[i]!.width, x[j]! + boxes[j]!.width) - Math.max(x[i]!, x[j]!) + GAP;
            const overY = Math.min(y[i]! + boxes[i]!.height, y[j]! + boxes[j]!.height) - Math.max(y[i]!, y[j]!) + GAP;
            if (overX <= 0.5 || overY <= 0.5) continue;
            moved = true;
            const across = overX < overY;
            const [by, of] = across ? [overX / 2, x] : [overY / 2, y];
            const sign =
              of[i]! + (across ? boxes[i]!.width : boxes[i]!.height) / 2 < of[j]! + (across ? boxes[j]!.width : boxes[j]!.height) / 2
                ? -1
                : 1;
            of[i]! += sign * by;
            of[j]! -= sign * by;
          }
      const key = `${cx} ${cy}`;
      const list = grid.get(key);
      if (list === undefined) grid.set(key, [i]);
      else list.push(i);
    }
    if (!moved) break;
  }
  boxes.forEach((b, i) => (places[b.id] = { x: x[i]!, y: y[i]! }));
}

/** Moves the whole so that the boxes that were there before stay where they were, as nearly as can be. */
function settle(made: Layout, before: Readonly<Record<string, Point>> | undefined): Layout {
  let [dx, dy, n] = [0, 0, 0];
  for (const [id, place] of Object.entries(made.places)) {
    const old = before?.[id];
    if (old === undefined) continue;
    dx += old.x - place.x;
    dy += old.y - place.y;
    n++;
  }
  if (n === 0) return made;
  const moved = (p: Point): Point => ({ x: p.x + dx / n, y: p.y + dy / n });
  return {
    ...made,
    places: Object.fromEntries(Object.entries(made.places).map(([id, p]) => [id, moved(p)])),
    ways: Object.fromEntries(Object.entries(made.ways).map(([key, points]) => [key, points.map(moved)])),
  };
}
