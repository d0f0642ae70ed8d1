import { createAgent } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { FormulaSource } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { StringTable } from "../client/string-table.ts";
import { tableShapes } from "./channels.ts";
import { best, findAddresses, findRows, nodesOf, rank, readPaletteQuery } from "./palette.ts";
import { LiveTable } from "./table-store.ts";

let table: LiveTable;

/** A table with so many services, as an agent sends it. */
function fill(count: number): void {
  const clock = new ManualClock();
  const source = new FormulaSource(count, () => clock.now());
  table = new LiveTable(tableShapes.services, new StringTable(), () => clock.now());
  const agent = createAgent(source, { clock, defer: clock.defer });
  const connection = agent.connect({
    send: (frame) => void (frame.type === "key" || frame.type === "delta" ? table.apply(frame) : undefined),
    queued: () => 0,
    close: () => {},
  });
  connection.receive({ type: "hello", v: 1 });
  connection.receive({ type: "sub", ch: "services", id: 1, fields: tableShapes.services.fields });
  clock.advance(1000);
  agent.close();
}

const named = (rows: readonly number[]): string[] => rows.map((r) => table.text("name", r));

describe("what was typed", () => {
  it("is read with its prefix", () => {
    expect(readPaletteQuery("  Agent U1 ")).toEqual({ scope: "all", wanted: "agent u1" });
    expect(readPaletteQuery("> GC")).toEqual({ scope: "actions", wanted: "gc" });
    expect(readPaletteQuery(":0100001C")).toEqual({ scope: "addresses", wanted: "0100001c" });
    expect(readPaletteQuery("@game").scope).toBe("nodes");
    expect(readPaletteQuery("#login").scope).toBe("traces");
    expect(readPaletteQuery("")).toEqual({ scope: "all", wanted: "" });
  });

  it("fits better the nearer to the beginning it stands", () => {
    const texts = ["a backdoor", "gate watchdog", "db", ".db", "dbx"];
    expect(best(texts, "db", (t) => t, 10)).toEqual(["db", "dbx", ".db"]);
    expect(best(texts, "do", (t) => t, 10)).toEqual(["a backdoor", "gate watchdog"]);
    expect(rank("gate watchdog", "dog gate")).toBe(4);
    expect(rank("gate watchdog", "cat gate")).toBe(-1);
  });

  it("never finds what does not have its words, whatever they are", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, wanted) => {
        const r = rank(text.toLowerCase(), wanted.toLowerCase());
        const words = wanted.toLowerCase().split(/\s+/);
        expect(r >= 0).toBe(
          text.toLowerCase().includes(wanted.toLowerCase()) || (wanted.includes(" ") && words.every((w) => text.toLowerCase().includes(w))),
        );
      }),
    );
  });
});

describe("services in the palette", () => {
  beforeEach(() => fill(300));

  it("are found by name, the best fits first", () => {
    expect(named(findRows(table, "agent u1004", 50))).toEqual(["agent u1004"]);
    expect(named(findRows(table, ".launcher", 50))).toEqual([".launcher"]);
    expect(named(findRows(table, "u100", 50))[0]).toBe("agent u1000".replace("1000", "1004"));
  });

  it("are found by address, with or without its zeros", () => {
    expect(findAddresses(table, "0000001c", 50).map((r) => table.id(r))).toEqual([":0000001c"]);
    expect(table.id(findAddresses(table, "1c", 50)[0]!)).toBe(":0000001c");
    expect(table.id(findRows(table, ":0000001c", 50)[0]!)).toBe(":0000001c");
    expect(findAddresses(table, "no address", 50)).toEqual([]);
  });

  it("are limited, and their nodes listed once", () => {
    expect(findRows(table, "", 50)).toHaveLength(50);
    expect(findRows(table, "a", 50)).toHaveLength(50);
    expect(nodesOf(table)).toEqual(["game1"]);
  });
});
