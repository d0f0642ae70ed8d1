/**
 * Turns the terms of a query into a test of rows.
 *
 * @module
 */
import type { ColumnSpec, TableMeaning, Unit } from "../columns.ts";
import type { TableStore } from "../table-store.ts";
import { parseFilter } from "./parse.ts";
import type { FilterFault, Operator, Term, Value } from "./parse.ts";

/** A test of one row. */
export type RowTest = (row: number) => boolean;

/** A test, or what is wrong with the query. */
export type Compiled = { readonly test: RowTest; readonly terms: readonly Term[] } | { readonly fault: FilterFault };

/** What one of a unit is in the unit of a column. */
const scales: Readonly<Record<Unit | "plain", Readonly<Record<string, number>>>> = {
  us: { us: 1, ms: 1e3, "": 1e6, s: 1e6, m: 6e7, h: 3.6e9 },
  s: { us: 1e-6, ms: 1e-3, "": 1, s: 1, m: 60, h: 3600 },
  B: { "": 1, B: 1, K: 1024, M: 1_048_576, G: 1_073_741_824 },
  "%": { "": 1, "%": 1 },
  plain: { "": 1, K: 1e3, M: 1e6, G: 1e9 },
};

/** Compiles a query for a table, or for something else with numbered rows. Never throws. */
export function compileFilter<T = TableStore>(text: string, meaning: TableMeaning<T>, table: T): Compiled {
  const parsed = parseFilter(text);
  if ("fault" in parsed) return parsed;
  const tests: RowTest[] = [];
  for (const term of parsed.terms) {
    const test = compileTerm(term, meaning, table);
    if (typeof test !== "function") return { fault: test };
    tests.push(test);
  }
  return { test: all(tests), terms: parsed.terms };
}

/** Column of that name. */
export function findColumn<T = TableStore>(meaning: TableMeaning<T>, name: string): ColumnSpec<T> | undefined {
  return meaning.columns.find((c) => c.key.toLowerCase() === name || c.aliases?.includes(name) === true);
}

function compileTerm<T>(term: Term, meaning: TableMeaning<T>, table: T): RowTest | FilterFault {
  const test = positive(term, meaning, table);
  if (typeof test !== "function" || !term.not) return test;
  return (row) => !test(row);
}

function positive<T>(term: Term, meaning: TableMeaning<T>, table: T): RowTest | FilterFault {
  const fault = (message: string): FilterFault => ({ from: term.from, to: term.to, message });
  switch (term.kind) {
    case "group": {
      const sides: RowTest[] = [];
      for (const terms of term.any) {
        const tests: RowTest[] = [];
        for (const inner of terms) {
          const test = compileTerm(inner, meaning, table);
          if (typeof test !== "function") return test;
          tests.push(test);
        }
        sides.push(all(tests));
      }
      return (row) => sides.some((side) => side(row));
    }
    case "text": {
      const wanted = term.text.toLowerCase();
      return (row) => meaning.search(table, row).toLowerCase().includes(wanted);
    }
    case "regex":
      return (row) => term.regex.test(meaning.search(table, row));
    case "flag": {
      if (term.word === "is") {
        const flag = Object.hasOwn(meaning.flags, term.name) ? meaning.flags[term.name] : undefined;
        if (flag === undefined) return fault(unknown("mark", term.name, Object.keys(meaning.flags)));
        return (row) => flag(table, row);
      }
      const column = findColumn(meaning, term.name);
      if (column === undefined) return fault(unknown("field", term.name, names(meaning)));
      const filled: RowTest = (row) => {
        const value = column.value(table, row);
        return typeof value === "string" ? value !== "" : value > 0;
      };
      return term.word === "has" ? filled : (row) => !filled(row);
    }
    case "field": {
      const column = findColumn(meaning, term.name);
      if (column === undefined) return fault(unknown("field", term.name, names(meaning)));
      const tests: ((value: number | string) => boolean)[] = [];
      for (const value of term.values) {
        const test = column.numeric ? ofNumber(column, term.op, value) : ofText(term.op, value);
        if (typeof test === "string") return fault(test);
        tests.push(test);
      }
      // One of several values is enough, but with != none may be it.
      if (term.op === "!=") return (row) => tests.every((test) => test(column.value(table, row)));
      return (row) => tests.some((test) => test(column.value(table, row)));
    }
  }
}

function ofNumber<T>(column: ColumnSpec<T>, op: Operator, value: Value): ((v: number | string) => boolean) | string {
  const wants = `${column.key} is a number: write ${column.key}>10 or ${column.key}:5..20`;
  if (value.kind === "regex" || value.kind === "word") return wants;
  const scale = scales[column.unit ?? "plain"];
  const factor = Object.hasOwn(scale, value.unit) ? scale[value.unit] : undefined;
  if (factor === undefined)
    return `${column.key} is not counted in “${value.unit}”, but in ${Object.keys(scale).filter(Boolean).join(", ") || "plain numbers"}`;
  if (value.kind === "range") {
    if (op !== ":" && op !== "=" && op !== "!=") return `a range goes with : only: ${column.key}:${value.text}`;
    const [low, high] = [value.from * factor, value.to * factor];
    return op === "!=" ? (v) => !(Number(v) >= low && Number(v) <= high) : (v) => Number(v) >= low && Number(v) <= high;
  }
  const wanted = value.value * factor;
  switch (op) {
    case ":":
    case "=":
      return (v) => Number(v) === wanted;
    case "!=":
      return (v) => Number(v) !== wanted;
    case ">":
      return (v) => Number(v) > wanted;
    case ">=":
      return (v) => Number(v) >= wanted;
    case "<":
      return (v) => Number(v) < wanted;
    case "<=":
      return (v) => Number(v) <= wanted;
    case "~":
      return wants;
  }
}

function ofText(op: Operator, value: Value): ((v: number | string) => boolean) | string {
  if (value.kind === "regex") {
    if (op !== "~" && op !== ":") return "a regular expression goes with ~ or : only";
    return (v) => value.regex.test(String(v));
  }
  const wanted = value.text.toLowerCase();
  switch (op) {
    case ":":
      return (v) => String(v).toLowerCase().includes(wanted);
    case "=":
      return (v) => String(v).toLowerCase() === wanted;
    case "!=":
      return (v) => String(v).toLowerCase() !== wanted;
    case "~":
      return "~ wants a regular expression between slashes, e.g. name~/^agent/";
    default:
      return `${op} compares numbers; this column is text`;
  }
}

const all = (tests: readonly RowTest[]): RowTest => (tests.length === 1 ? tests[0]! : (row) => tests.every((test) => test(row)));

/** Names a filter may use, for completion and for errors. */
export function names<T = TableStore>(meaning: TableMeaning<T>): string[] {
  return meaning.columns.flatMap((c) => [c.key, ...(c.aliases ?? [])]);
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const hint = near.length === 0 ? `there are: ${known.slice(0, 12).join(", ")}` : `did you mean ${near.join(" or ")}?`;
  return `there is no ${what} “${name}”; ${hint}`;
}

/** Names that are at most two edits away, or begin alike. */
function nearest(name: string, known: readonly string[]): string[] {
  return known
    .map((k) => ({ k, d: k.toLowerCase().startsWith(name) || name.startsWith(k.toLowerCase()) ? 1 : distance(name, k.toLowerCase()) }))
    .filter(({ d }) => d <= 2)
    .toSorted((a, b) => a.d - b.d)
    .slice(0, 3)
    .map(({ k }) => k);
}

/** Edits from one word to another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
