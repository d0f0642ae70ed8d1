import fc from "fast-check";
import { expect, it } from "vitest";
import { PairTable } from "./pair-table.ts";

function all(table: PairTable, a: number, b: number): number[] {
  const found: number[] = [];
  for (let slot = table.find(a, b); slot >= 0; slot = table.next(slot)) found.push(table.value(slot));
  return found.sort((x, y) => x - y);
}

it("gives back what was put in, also when it grows and is used again", () => {
  const pair = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0x80000000, 0xff00000a, 0xffffffff)),
    fc.integer({ min: 1, max: 0x7fffffff }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(pair, { maxLength: 300 }), { maxLength: 4 }), (rounds) => {
      const table = new PairTable();
      for (const pairs of rounds) {
        table.clear(pairs.length >> 2);
        for (const [i, [a, b]] of pairs.entries()) table.add(a, b, i);
        for (const [a, b] of pairs) expect(all(table, a, b)).toEqual(pairs.flatMap(([x, y], i) => (x === a && y === b ? [i] : [])));
        expect(all(table, 77, 77)).toEqual([]);
      }
    }),
    { numRuns: 50 },
  );
});
