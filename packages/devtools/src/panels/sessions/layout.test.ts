import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LayoutClient } from "./layout-client.ts";
import type { LayoutWorker } from "./layout-client.ts";
import { wayKey } from "./layout-request.ts";
import { layout, MOST_RANKED, MOST_RANKED_ARROWS } from "./layout.ts";
import type { LayoutRequest, Point } from "./layout-request.ts";

const boxes = (n: number): LayoutRequest["boxes"] =>
  Array.from({ length: n }, (_, i) => ({ id: `b${i}`, width: 220, height: 40 + (i % 4) * 36 }));

function overlaps({ boxes: list }: LayoutRequest, places: Readonly<Record<string, Point>>): number {
  let n = 0;
  for (const [i, a] of list.entries())
    for (const b of list.slice(i + 1)) {
      const [p, q] = [places[a.id]!, places[b.id]!];
      if (p.x + 1 < q.x + b.width && q.x + 1 < p.x + a.width && p.y + 1 < q.y + b.height && q.y + 1 < p.y + a.height) n++;
    }
  return n;
}

describe("the layout", () => {
  it("puts who waits left of whom it waits for, and leaves the arrows a way", () => {
    const { places, ways, by } = layout({
      boxes: boxes(3),
      arrows: [
        { from: "b0", to: "b1" },
        { from: "b1", to: "b2" },
      ],
    });
    expect(by).toBe("ranks");
    expect(places["b0"]!.x + 220).toBeLessThan(places["b1"]!.x);
    expect(places["b1"]!.x + 220).toBeLessThan(places["b2"]!.x);
    expect(ways[wayKey("b0", "b1")]!.length).toBeGreaterThan(0);
  });

  it("takes any graph: places each box once, at a real place, over no other, the same each time", () => {
    const graph = fc
      .tuple(fc.integer({ min: 0, max: 130 }), fc.array(fc.tuple(fc.nat(140), fc.nat(140)), { maxLength: 200 }))
      .map(([n, pairs]) => ({ boxes: boxes(n), arrows: pairs.map(([a, b]) => ({ from: `b${a}`, to: `b${b}` })) }));
    fc.assert(
      fc.property(graph, (request) => {
        const made = layout(request);
        expect(Object.keys(made.places).length).toBe(request.boxes.length);
        expect(Object.values(made.places).every((p) => Number.isFinite(p.x) && Number.isFinite(p.y))).toBe(true);
        const few = request.boxes.length <= MOST_RANKED && request.arrows.length <= MOST_RANKED_ARROWS;
        if (few || request.boxes.length > MOST_RANKED) expect(made.by).toBe(few ? "ranks" : "forces");
        if (made.by === "ranks") expect(overlaps(request, made.places)).toBe(0);
        expect(layout(request)).toEqual(made);
      }),
      { numRuns: 25 },
    );
  });

  it("by forces leaves next to no boxes over each other", () => {
    const request = { boxes: boxes(300), arrows: Array.from({ length: 300 }, (_, i) => ({ from: `b${i}`, to: `b${Math.floor(i / 3)}` })) };
    expect(overlaps(request, layout(request).places)).toBeLessThan(5);
  });

  it("keeps what was there where it was, when something joins", () => {
    const arrows = [
      { from: "b0", to: "b1" },
      { from: "b1", to: "b2" },
    ];
    const first = layout({ boxes: boxes(3), arrows, before: { b0: { x: 1000, y: 500 } } });
    expect(first.places["b0"]).toEqual({ x: 1000, y: 500 });
    const second = layout({ boxes: boxes(4), arrows: [...arrows, { from: "b2", to: "b3" }], before: first.places });
    for (const id of ["b0", "b1", "b2"]) {
      expect(Math.abs(second.places[id]!.x - first.places[id]!.x)).toBeLessThan(60);
      expect(Math.abs(second.places[id]!.y - first.places[id]!.y)).toBeLessThan(60);
    }
  });
});

describe("where it is made", () => {
  const request: LayoutRequest = { boxes: boxes(2), arrows: [{ from: "b0", to: "b1" }] };

  it("without workers, on the page", async () => {
    const client = new LayoutClient(() => {
      throw new ReferenceError("Worker is not defined");
    });
    const made = await client.make(request);
    expect(made.where).toBe("page");
    expect(made.layout).toEqual(layout(request));
    // The default one, where there are none: this very process.
    expect((await new LayoutClient().make(request)).where).toBe("page");
  });

  it("a worker that cannot be loaded hands over to the page, and is not asked again", async () => {
    let started = 0;
    const client = new LayoutClient(() => {
      started++;
      const worker: LayoutWorker = {
        onmessage: null,
        onerror: null,
        onmessageerror: null,
        postMessage: () => queueMicrotask(() => worker.onerror?.({} as ErrorEvent)),
        terminate: () => {},
      };
      return worker;
    });
    const both = await Promise.all([client.make(request), client.make(request)]);
    expect(both.map((m) => m.where)).toEqual(["page", "page"]);
    expect((await client.make(request)).where).toBe("page");
    expect(started).toBe(1);
  });

  it("closing tells who still waits", async () => {
    const silent: LayoutWorker = { onmessage: null, onerror: null, onmessageerror: null, postMessage: () => {}, terminate: () => {} };
    const client = new LayoutClient(() => silent);
    const made = client.make(request);
    client.close();
    await expect(made).rejects.toThrow("the graph has been closed");
  });
});
