import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StringTable } from "../../client/string-table.ts";
import { tableShapes } from "../channels.ts";
import type { TableMeaning } from "../columns.ts";
import { LiveTable } from "../table-store.ts";
import { compileFilter } from "./compile.ts";
import { parseFilter } from "./parse.ts";

interface Row {
  readonly name: string;
  readonly state: string;
  readonly mqlen: number;
  readonly age: number;
  readonly mem: number;
  readonly system: boolean;
}

const rows: readonly Row[] = [
  { name: ".launcher", state: "idle", mqlen: 0, age: NaN, mem: 2048, system: true },
  { name: "agent u1", state: "busy", mqlen: 12, age: 500_000, mem: 1_500_000, system: false },
  { name: "agent u2 (beta)", state: "deadlocked", mqlen: 3, age: 41_200_000, mem: 900, system: false },
  { name: ".db", state: "idle", mqlen: 0, age: 0, mem: 5_000_000, system: false },
];

const meaning: TableMeaning = {
  search: (_t, r) => rows[r]!.name,
  flags: { system: (_t, r) => rows[r]!.system, deadlocked: (_t, r) => rows[r]!.state === "deadlocked" },
  columns: [
    { key: "name", title: "", hint: "", numeric: false, value: (_t, r) => rows[r]!.name },
    { key: "state", title: "", hint: "", numeric: false, value: (_t, r) => rows[r]!.state },
    { key: "mqlen", title: "", hint: "", numeric: true, value: (_t, r) => rows[r]!.mqlen },
    { key: "oldest", title: "", hint: "", numeric: true, unit: "us", aliases: ["age"], value: (_t, r) => rows[r]!.age },
    { key: "mem", title: "", hint: "", numeric: true, unit: "B", value: (_t, r) => rows[r]!.mem },
  ],
};
const table = new LiveTable(tableShapes.services, new StringTable(), () => 0);

/** Numbers of the rows that match, or the fault. */
function match(text: string): number[] | string {
  const compiled = compileFilter(text, meaning, table);
  return "fault" in compiled ? compiled.fault.message : rows.map((_, i) => i).filter((i) => compiled.test(i));
}

describe("the filter language (inspector.md §4.5)", () => {
  it.each([
    ["", [0, 1, 2, 3]],
    ["agent", [1, 2]],
    ["AGENT u2", [2]],
    ['"agent u1"', [1]],
    ["-agent", [0, 3]],
    ["/^agent u[12]$/", [1]],
    ["state:idle", [0, 3]],
    ["state:idle,busy", [0, 1, 3]],
    ["state!=idle,busy", [2]],
    ["name=.db", [3]],
    ["name~/^\\.d/", [3]],
    ["mqlen>10", [1]],
    ["mqlen>=3 mqlen<12", [2]],
    ["mqlen:3..12", [1, 2]],
    ["mqlen!=0", [1, 2]],
    ["age>2s", [2]],
    ["age>0.4s age<1m", [1, 2]],
    ["oldest:400..600ms", [1]],
    ["mem>1M", [1, 3]],
    ["is:system", [0]],
    ["-is:system mem<2K", [2]],
    ["has:mqlen", [1, 2]],
    ["no:age", [0, 3]],
    ["(is:deadlocked OR age<1s) agent", [1, 2]],
    ["-(state:idle OR state:busy)", [2]],
    ["((mqlen:12 OR mqlen:3) state:busy)", [1]],
    ['name:"u2 (beta)"', [2]],
    ["(beta)", [2]],
  ])("%s", (text, expected) => {
    expect(match(text)).toEqual(expected);
  });

  it.each([
    ["mqln>10", "there is no field “mqln”; did you mean mqlen?"],
    ["is:dead", "there is no mark “dead”; did you mean deadlocked?"],
    ["foo:1", "there is no field “foo”; there are: name, state, mqlen, oldest, age, mem"],
    ["oldest:400ms..1s", "oldest is a number: write oldest>10 or oldest:5..20"],
    ["mqlen:many", "mqlen is a number: write mqlen>10 or mqlen:5..20"],
    ["mqlen>5s", "mqlen is not counted in “s”, but in K, M, G"],
    ["state>3", "> compares numbers; this column is text"],
    ["name~abc", "~ wants a regular expression between slashes, e.g. name~/^agent/"],
    ["(a OR b", "this ( is not closed"],
    ["a)", "there is no ( for this )"],
    ["a OR b", "OR stands only inside ( … )"],
    ["()", "a side of this group is empty"],
    ['"open', 'this " is not closed'],
    ["mqlen>", "a value is missing here"],
    ["is:", "is: needs a name after it"],
    ["/(/", "this is no regular expression: Unterminated group"],
  ])("says what is wrong with %s", (text, message) => {
    expect(match(text)).toBe(message);
  });

  it("says where the fault is", () => {
    expect(parseFilter('agent "x')).toMatchObject({ fault: { from: 6, to: 8 } });
    expect(compileFilter("agent mqln>1", meaning, table)).toMatchObject({ fault: { from: 6, to: 12 } });
  });

  it("reads anything without throwing or hanging", () => {
    const piece = fc.oneof(
      fc.constantFrom("(", ")", "-", "OR", '"', "/", ":", ">", "..", ",", "is:", "mqlen", "name", "~", " ", "\\", "5s"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const parsed = parseFilter(text);
        if ("fault" in parsed) expect(parsed.fault.from).toBeLessThanOrEqual(parsed.fault.to);
        match(text);
      }),
      { numRuns: 2000 },
    );
    expect(parseFilter("(".repeat(10_000))).toHaveProperty("fault");
  });

  it("negation and groups follow logic, whatever they hold", () => {
    const leaf = fc.constantFrom("agent", "mqlen>2", "is:system", "state:idle", "age>1s", "-mem>1K");
    fc.assert(
      fc.property(leaf, leaf, leaf, (a, b, c) => {
        const set = (text: string): Set<number> => new Set(match(text) as number[]);
        const [x, y, z] = [set(a), set(b), set(c)];
        const all = rows.map((_, i) => i);
        expect(match(`(${a} OR ${b}) ${c}`)).toEqual(all.filter((i) => (x.has(i) || y.has(i)) && z.has(i)));
        expect(match(`-(${a} ${b})`)).toEqual(all.filter((i) => !(x.has(i) && y.has(i))));
      }),
    );
  });
});
