import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ColumnKind, decodeColumn, encodeColumn, TEXT_COLUMN } from "./columns.ts";

const roundTrip = (values: number[]): number[] => {
  const out: number[] = [];
  expect(decodeColumn(encodeColumn(values, values.length), values.length, out)).toBeUndefined();
  return out;
};

describe("columns (INS-PRO-1)", () => {
  it("give back exactly what was put in, whatever the numbers", () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.nat(300),
      fc.nat(70_000),
      fc.nat(0xffffffff),
      fc.constantFrom(0, -0, NaN, Infinity, 2 ** 40, -(2 ** 31)),
    );
    fc.assert(
      fc.property(fc.array(number), (values) => {
        const back = roundTrip(values);
        expect(back.length).toBe(values.length);
        values.forEach((v, i) => expect(Object.is(back[i], v)).toBe(true));
      }),
    );
  });

  it("take the narrowest width that holds all values, little-endian", () => {
    const kind = (...values: number[]): number => encodeColumn(values, values.length).type;
    expect(kind(1, 255)).toBe(ColumnKind.u8);
    expect(kind(1, 256)).toBe(ColumnKind.u16);
    expect(kind(1, 65_536)).toBe(ColumnKind.u32);
    expect(kind(1, -1)).toBe(ColumnKind.i32);
    expect(kind(1, 2 ** 32)).toBe(ColumnKind.f64);
    expect(kind(1, 0.5)).toBe(ColumnKind.f64);
    expect(kind(7, 7, 7)).toBe(ColumnKind.constant);
    expect(encodeColumn([1, 2], 2, true).type).toBe(ColumnKind.u8 | TEXT_COLUMN);
    expect([...encodeColumn([1, 0x0203], 2).data]).toEqual([1, 0, 3, 2]);
  });

  it("say what is wrong with bytes from outside and never throw", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 300 }), fc.uint8Array({ maxLength: 40 }), fc.nat(1000), (type, data, count) => {
        const out = new Float64Array(count);
        const fault = decodeColumn({ type, data }, count, out);
        if (fault !== undefined) expect(fault).toMatch(/bytes|type/);
      }),
    );
    expect(decodeColumn({ type: ColumnKind.u16, data: new Uint8Array(3) }, 2, [])).toBe("has 3 bytes where 2 rows of type 2 need 4");
    expect(decodeColumn({ type: 9, data: new Uint8Array(2) }, 2, [])).toBe("has the unknown type 9");
    expect(decodeColumn({ type: 1, data: [1, 2] as never }, 2, [])).toBe("is no column");
  });

  it("decode from arrays that lie unaligned inside a bigger buffer", () => {
    const column = encodeColumn([1.5, 2.5], 2);
    const big = new Uint8Array(column.data.length + 3);
    big.set(column.data, 3);
    const out: number[] = [];
    expect(decodeColumn({ type: column.type, data: big.subarray(3) }, 2, out)).toBeUndefined();
    expect(out).toEqual([1.5, 2.5]);
  });
});
