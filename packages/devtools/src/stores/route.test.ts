import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRoute, homeRoute, nextSort, parseRoute } from "./route.ts";
import type { Route } from "./route.ts";

describe("the address (inspector.md §4.2)", () => {
  it("reads panel, filter, sort and selection", () => {
    expect(parseRoute("#/services?q=agent%20u1&sort=-mqlen,addr&sel=:0100001c&c=page")).toEqual({
      panel: "services",
      q: "agent u1",
      sort: [
        { column: "mqlen", descending: true },
        { column: "addr", descending: false },
      ],
      sel: ":0100001c",
      cols: undefined,
      view: undefined,
      tab: undefined,
      rest: { c: "page" },
    });
    expect(parseRoute("#/services/:0100001c").sel).toBe(":0100001c");
    expect(parseRoute("#/services/:0100001c/tasks").tab).toBe("tasks");
    expect(parseRoute("")).toEqual(homeRoute);
  });

  it("gives back what it wrote, whatever the texts", () => {
    const route: fc.Arbitrary<Route> = fc.record({
      panel: fc.constantFrom("services", "logs"),
      q: fc.string(),
      sort: fc
        .uniqueArray(fc.constantFrom("addr", "name", "msg", "cpu", "up"), { maxLength: 3 })
        .map((columns) => columns.map((column, i) => ({ column, descending: i % 2 === 0 }) as const)),
      sel: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
      cols: fc.option(fc.array(fc.constantFrom("addr", "name", "mqlen"), { minLength: 1 }), { nil: undefined }),
      view: fc.option(fc.constantFrom("list", "graph"), { nil: undefined }),
      group: fc.option(fc.constantFrom("type", "state"), { nil: undefined }),
      open: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
      tab: fc.option(fc.constantFrom("tasks", "calls"), { nil: undefined }),
      rest: fc.dictionary(
        fc.string({ minLength: 1 }).filter((n) => !["q", "sort", "sel", "v", "cols", "tab", "group", "open", "k", "__proto__"].includes(n)),
        fc.string(),
      ),
    });
    fc.assert(
      fc.property(route, (r) => {
        expect(parseRoute(formatRoute(r))).toEqual({ ...r, rest: { ...r.rest } });
      }),
    );
  });

  it("reads anything without throwing, and never keeps a token", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (hash) => {
        parseRoute(hash);
      }),
    );
    expect(formatRoute(parseRoute("#/services?k=secret&q=x"))).toBe("#/services?q=x");
    expect(parseRoute("#/services/%E0%A4%A").sel).toBe("%E0%A4%A");
  });
});

describe("a click on a header (INS-TAB-2)", () => {
  const mq = { column: "mqlen", descending: true } as const;
  it("sorts, turns round, and the third clears", () => {
    const once = nextSort([], "mqlen", "descending", false);
    const twice = nextSort(once, "mqlen", "descending", false);
    expect([once, twice, nextSort(twice, "mqlen", "descending", false)]).toEqual([[mq], [{ ...mq, descending: false }], []]);
    expect(nextSort([mq], "name", "ascending", false)).toEqual([{ column: "name", descending: false }]);
  });

  it("with Shift joins the sort there is, in its place", () => {
    const two = nextSort([mq], "name", "ascending", true);
    expect(two).toEqual([mq, { column: "name", descending: false }]);
    expect(nextSort(two, "mqlen", "descending", true)).toEqual([
      { ...mq, descending: false },
      { column: "name", descending: false },
    ]);
    expect(nextSort(nextSort(two, "name", "ascending", true), "name", "ascending", true)).toEqual([mq]);
  });
});
