import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StringTable } from "../../client/string-table.ts";
import { tableShapes } from "../channels.ts";
import type { ColumnSpec, TableMeaning, Unit } from "../columns.ts";
import { LiveTable } from "../table-store.ts";
import { compileFilter } from "./compile.ts";
import { termFor, withTerm } from "./term-for.ts";

const table = new LiveTable(tableShapes.services, new StringTable(), () => 0);

/** A table of one column whose rows have these values. */
function meaningOf(values: readonly (number | string)[], unit?: Unit): TableMeaning & { readonly column: ColumnSpec } {
  const column: ColumnSpec = {
    key: "value",
    title: "value",
    hint: "",
    numeric: typeof values[0] === "number",
    ...(unit === undefined ? {} : { unit }),
    value: (_t, row) => values[row]!,
  };
  return { column, columns: [column], flags: {}, search: (_t, row) => String(values[row]) };
}

/** Rows that match a term. */
function matching(values: readonly (number | string)[], term: string, unit?: Unit): number[] {
  const compiled = compileFilter(term, meaningOf(values, unit), table);
  if ("fault" in compiled) throw new Error(`${term}: ${compiled.fault.message}`);
  return values.map((_, row) => row).filter((row) => compiled.test(row));
}

describe("the term for a cell", () => {
  it("is as short as it can be", () => {
    const term = (value: number | string, exclude = false, unit?: Unit): string | undefined =>
      termFor(meaningOf([value], unit).column, table, 0, exclude);
    expect(term("agent")).toBe("value=agent");
    expect(term(".db", true)).toBe("-value=.db");
    expect(term("agent u1004")).toBe('value="agent u1004"');
    expect(term('say "hi"')).toBe('value~/^say "hi"$/');
    expect(term(214)).toBe("value=214");
    expect(term(41_200_000, false, "us")).toBe("value=41200000us");
    expect(term(NaN)).toBe("no:value");
    expect(term("", true)).toBe("has:value");
    expect(term('two\nlines and a "')).toBeUndefined();
  });

  it("finds the cell, and excluding it does not, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, other) => {
        const { column } = meaningOf([value]);
        const [term, without] = [termFor(column, table, 0, false), termFor(column, table, 0, true)];
        if (term === undefined || without === undefined) return;
        const values = [value, other];
        expect(matching(values, term)).toContain(0);
        expect(matching(values, without)).not.toContain(0);
        if (value.toLowerCase() !== other.toLowerCase() && value !== "") expect(matching(values, term)).toEqual([0]);
      }),
    );
  });

  it("finds the very same number, in every unit", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e15, max: 1e15 })),
        fc.constantFrom<Unit | undefined>(undefined, "us", "s", "B", "%"),
        (value, unit) => {
          const { column } = meaningOf([value], unit);
          const term = termFor(column, table, 0, false);
          if (term === undefined) return;
          expect(matching([value, value + 1], term, unit)[0]).toBe(0);
          expect(matching([value], termFor(column, table, 0, true)!, unit)).toEqual([]);
        },
      ),
    );
  });

  it("is added once", () => {
    expect(withTerm("", "a=b")).toBe("a=b");
    expect(withTerm("x  ", "a=b")).toBe("x a=b");
    expect(withTerm("x a=b", "a=b")).toBe("x a=b");
    expect(withTerm("-a=b", "a=b")).toBe("-a=b a=b");
  });
});
