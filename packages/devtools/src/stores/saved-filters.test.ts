import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { panels as registered } from "../panels/registry.ts";
import {
  exportFilters,
  filterLimits,
  filterPanels,
  filtersOf,
  importFilters,
  nameFault,
  parseFilters,
  withFilter,
} from "./saved-filters.ts";
import type { SavedFilter } from "./saved-filters.ts";
import { createViewStore, formatPreferences, parsePreferences } from "./view.ts";

const busy: SavedFilter = { name: "busy", panel: "services", query: "mqlen>10" };
const file = (filters: unknown[], more: object = {}): string => JSON.stringify({ format: "skyloom-filters", version: 1, filters, ...more });

describe("saved filters (INS-FIL-2)", () => {
  it("live in the preferences", () => {
    const view = createViewStore(undefined, { savedFilters: [busy] });
    expect(parsePreferences(formatPreferences(view.getState())).savedFilters).toEqual([busy]);
  });

  it("belong to panels that there are", () => {
    expect(filterPanels.filter((name) => !registered.some((p) => p.name === name))).toEqual([]);
  });

  it("are kept one for each name and panel", () => {
    const list = withFilter(withFilter([busy], { name: " busy ", panel: "services", query: "mqlen>20" }), { ...busy, panel: "mailboxes" });
    expect(list).toEqual([
      { name: "busy", panel: "services", query: "mqlen>20" },
      { ...busy, panel: "mailboxes" },
    ]);
    expect(filtersOf(list, "services")).toHaveLength(1);
    expect(nameFault(list, "services", "busy")).toContain("already");
    expect(nameFault(list, "services", "busy", list[0])).toBeUndefined();
    expect(nameFault(list, "logs", "busy")).toBeUndefined();
    expect(nameFault(list, "logs", "  ")).toContain("missing");
  });

  it("come back from a file, and nothing that was there is lost", () => {
    const other = { ...busy, query: "mqlen>99" };
    const back = importFilters([other], exportFilters([busy, { ...busy, name: "b" }]));
    expect(back).toEqual({
      filters: [other, { ...busy, name: "busy (2)" }, { ...busy, name: "b" }],
      added: 2,
      known: 0,
      renamed: 1,
    });
    expect(importFilters(back.filters, exportFilters(back.filters))).toMatchObject({ added: 0, known: 3 });
  });

  it.each([
    ["{", /not JSON/],
    ["[]", /holds no filters.*skyloom-filters/],
    ['{"format":"other","filters":[]}', /holds no filters/],
    [file([], { version: 2 }), /version 2.*reads 1/],
    [file([busy, { name: "x", panel: "services" }]), /Filter 2.*"query".*missing.*Nothing was imported/],
    [file([{ ...busy, name: 3 }]), /Filter 1.*"name"/],
    [file([null]), /Filter 1.*not an object/],
    [file([{ ...busy, panel: "kitchen" }]), /no panel “kitchen”.*services, mailboxes/],
    [file([{ ...busy, query: "(a" }]), /Filter 1.*query cannot be read/],
    [file([{ ...busy, name: "n".repeat(61) }]), /61 characters, at most 60/],
    [file(Array.from({ length: 201 }, (_, i) => ({ ...busy, name: `n${i}` }))), /201 filters, and 200/],
  ])("a file that cannot be used says why: %s", (text, why) => {
    expect(() => importFilters([], text)).toThrow(why);
  });

  it("words for the log need not be of the language", () => {
    expect(importFilters([], file([{ ...busy, panel: "logs", query: "(a" }])).added).toBe(1);
  });

  it("any text is read or refused with an Error, and what is stored is read without one", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.anything().map((v) => file([v])),
      fc.array(fc.record({ name: fc.string(), panel: fc.constantFrom(...filterPanels), query: fc.string() })).map((list) => file(list)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          const { filters } = importFilters([busy], text);
          expect(filters[0]).toEqual(busy);
          expect(filters.length).toBeLessThanOrEqual(filterLimits.filters);
          expect(parseFilters(JSON.parse(JSON.stringify(filters)))).toEqual(filters);
        } catch (error) {
          expect((error as Error).message).toMatch(/^(The file|Filter|There)/);
        }
      }),
    );
    fc.assert(fc.property(fc.anything(), (value) => void parseFilters(value)));
  });
});
