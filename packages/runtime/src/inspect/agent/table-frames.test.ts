import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Mirror } from "../../../test/inspect/mirror.ts";
import { RowTable } from "./row-table.ts";
import { servicesChannel } from "../channels/services.ts";
import { StringTable } from "./string-table.ts";
import { fieldIndexes, ROWS_PER_FRAME, tableFrames } from "./table-frames.ts";
import type { TableCursor } from "./table-frames.ts";

const field = (name: string): number => servicesChannel.fields.findIndex((f) => f.name === name);
const cursorOf = (fields?: string[]): TableCursor => ({ id: 1, fields: fieldIndexes(servicesChannel, fields), key: true, tick: 0, seq: 0 });

function sample(table: RowTable, rows: ReadonlyMap<number, { name: string; msg: number }>): void {
  table.begin(table.t + 1);
  for (const [addr, row] of rows) {
    const slot = table.meet(addr);
    if (slot < 0) continue;
    table.number(slot, field("addr"), addr);
    table.text(slot, field("name"), row.name);
    table.text(slot, field("type"), "agent");
    table.text(slot, field("node"), "game1");
    table.number(slot, field("msg"), row.msg);
  }
  table.finish();
}

describe("table frames", () => {
  it("bring a client that reads at any pace to the true state (INS-PRO-4: the next delta carries the union)", () => {
    const step = fc.record({
      set: fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.record({ name: fc.constantFrom("a", "b", "c"), msg: fc.nat(3) })), {
        maxLength: 6,
      }),
      end: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
      reads: fc.boolean(),
      rekeys: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const table = new RowTable(servicesChannel, 100);
        const rows = new Map<number, { name: string; msg: number }>();
        const cursor = cursorOf();
        const strings = new StringTable();
        const mirror = new Mirror();
        for (const s of steps) {
          for (const addr of s.end) rows.delete(addr);
          for (const [addr, row] of s.set) rows.set(addr, row);
          sample(table, rows);
          if (s.rekeys) cursor.key = true;
          if (!s.reads) continue;
          for (const frame of tableFrames(table, cursor, strings)) mirror.apply(frame);
          const truth = [...rows].sort((a, b) => a[0] - b[0]).map(([addr, r]) => [addr, r.name, r.msg]);
          expect(mirror.byAddress().map((r) => [r["addr"], r["name"], r["msg"]])).toEqual(truth);
          expect(mirror.total).toBe(rows.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("carry only changed rows and only changed columns", () => {
    const table = new RowTable(servicesChannel, 100);
    const rows = new Map<number, { name: string; msg: number }>(Array.from({ length: 50 }, (_, i) => [i, { name: `n${i}`, msg: 0 }]));
    const cursor = cursorOf();
    const strings = new StringTable();
    sample(table, rows);
    for (const _ of tableFrames(table, cursor, strings));
    rows.set(7, { name: "n7", msg: 1 });
    rows.set(9, { name: "n9", msg: 1 });
    sample(table, rows);
    const [frame, ...more] = [...tableFrames(table, cursor, strings)];
    expect(more).toEqual([]);
    expect(frame).toMatchObject({ type: "delta", seq: 2, rest: 0, changed: { count: 2 } });
    expect(frame!.strings).toBeUndefined();
    expect(frame?.type === "delta" ? Object.keys(frame.changed!.columns) : undefined).toEqual(["msg"]);
  });

  it("leave out a row when only fields changed that were not asked for, and always send what identifies it", () => {
    const table = new RowTable(servicesChannel, 100);
    const cursor = cursorOf(["name"]);
    sample(table, new Map([[1, { name: "x", msg: 0 }]]));
    const [key] = [...tableFrames(table, cursor, new StringTable())];
    expect(Object.keys(key!.added!.columns)).toEqual(["addr", "name", "node"]);
    sample(table, new Map([[1, { name: "x", msg: 5 }]]));
    const [delta] = [...tableFrames(table, cursor, new StringTable())];
    expect(delta).toEqual({ type: "delta", ch: "services", id: 1, seq: 2, t: 2, rest: 0, total: 1 });
  });

  it("come in parts for a big table; the part with rest 0 completes it", () => {
    const table = new RowTable(servicesChannel, 10_000);
    sample(table, new Map(Array.from({ length: ROWS_PER_FRAME * 2 + 1 }, (_, i) => [i, { name: `n${i}`, msg: i }])));
    const frames = [...tableFrames(table, cursorOf(), new StringTable())];
    // The first ones are small, because the code that makes them is cold: 64, 128, 256, 512 rows and what is left.
    expect(frames.map((f) => [f.type, f.rest])).toEqual([
      ["key", 961],
      ["delta", 833],
      ["delta", 577],
      ["delta", 65],
      ["delta", 0],
    ]);
    const mirror = new Mirror();
    for (const f of frames) mirror.apply(f);
    expect(mirror.rows.size).toBe(ROWS_PER_FRAME * 2 + 1);
  });

  it("count rows beyond the cap without sending them (INS-PRO-5)", () => {
    const table = new RowTable(servicesChannel, 3);
    sample(table, new Map(Array.from({ length: 5 }, (_, i) => [i, { name: "n", msg: 0 }])));
    const [key] = [...tableFrames(table, cursorOf(), new StringTable())];
    expect(key).toMatchObject({ total: 5, added: { count: 3 } });
  });
});
