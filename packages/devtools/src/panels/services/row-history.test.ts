import { describe, expect, it } from "vitest";
import type { TableStore } from "../../stores/table-store.ts";
import { RowHistory, SAMPLES } from "./row-history.ts";

/** As much of a table as the history reads. */
function tableAt(second: number, mqlen: number, status = 1): TableStore {
  const table = {
    t: second * 1e6,
    at: () => second * 1e6,
    status: Uint8Array.of(status),
    number: (field: string) => (field === "mqlen" ? mqlen : 0),
    rate: () => 2e4,
  };
  return table as unknown as TableStore;
}

describe("the history of a service", () => {
  it("takes each sample once", () => {
    const history = new RowHistory(":1");
    for (const s of [1, 1, 2]) history.take(tableAt(s, s * 10), 0);
    expect(history.lines.mqlen).toEqual([10, 20]);
    expect(history.lines.cpu).toEqual([2, 2]);
  });

  it("keeps five minutes", () => {
    const history = new RowHistory(":1");
    for (let s = 1; s <= SAMPLES + 50; s++) history.take(tableAt(s, s), 0);
    expect([history.lines.mqlen.length, history.lines.mqlen[0]]).toEqual([SAMPLES, 51]);
  });

  it("shows a gap where samples are missing, and begins anew with another run of the host", () => {
    const history = new RowHistory(":1");
    history.take(tableAt(1, 1), 0);
    history.take(tableAt(9, 2), 0);
    expect(history.lines.mqlen).toEqual([1, NaN, 2]);
    history.take(tableAt(1, 7), 0);
    expect(history.lines.mqlen).toEqual([7]);
  });

  it("takes nothing of a service that has ended or is not there", () => {
    const history = new RowHistory(":1");
    history.take(tableAt(1, 1, 2), 0);
    history.take(tableAt(2, 1), -1);
    expect(history.lines.mqlen).toEqual([]);
  });
});
