/**
 * Columns of numbers as bytes: each column takes the narrowest width that holds its values, and a column of equal values only one.
 *
 * Knows nothing of fields, rows or frames; whoever decodes checks lengths here, so that bytes from outside cannot make it read or allocate
 * beyond what arrived.
 *
 * @module
 */
import type { Column } from "../frames.ts";

/** The kinds of {@link Column}: the low four bits of its `type`. */
export const ColumnKind = {
  /** One f64 that stands for every row. */
  constant: 0,
  u8: 1,
  u16: 2,
  u32: 3,
  i32: 4,
  f64: 5,
} as const;

/** Bit of {@link Column.type}: the values are ids into the string table. */
export const TEXT_COLUMN = 0x10;

const width: readonly number[] = [0, 1, 2, 4, 4, 8];

/**
 * Encodes the first `count` values.
 *
 * @param values - The numbers. NaN and infinities are kept (as f64).
 * @param count - How many of them; at most `values.length`.
 * @param text - Whether they are string ids.
 */
export function encodeColumn(values: ArrayLike<number>, count: number, text = false): Column {
  const mark = text ? TEXT_COLUMN : 0;
  let min = Infinity;
  let max = -Infinity;
  let whole = true;
  for (let i = 0; i < count; i++) {
    const v = values[i]!;
    if (v < min) min = v;
    if (v > max) max = v;
    if (whole && !(Number.isInteger(v) && !Object.is(v, -0))) whole = false;
  }
  if (count > 0 && min === max && (whole || allSame(values, count))) {
    const data = new Uint8Array(8);
    new DataView(data.buffer).setFloat64(0, values[0]!, true);
    return { type: ColumnKind.constant | mark, data };
  }
  const kind = !whole
    ? ColumnKind.f64
    : min >= 0
      ? max <= 0xff
        ? ColumnKind.u8
        : max <= 0xffff
          ? ColumnKind.u16
          : max <= 0xffffffff
            ? ColumnKind.u32
            : ColumnKind.f64
      : min >= -0x80000000 && max <= 0x7fffffff
        ? ColumnKind.i32
        : ColumnKind.f64;
  const data = new Uint8Array(count * width[kind]!);
  const view = new DataView(data.buffer);
  switch (kind) {
    case ColumnKind.u8:
      for (let i = 0; i < count; i++) data[i] = values[i]!;
      break;
    case ColumnKind.u16:
      for (let i = 0; i < count; i++) view.setUint16(i * 2, values[i]!, true);
      break;
    case ColumnKind.u32:
      for (let i = 0; i < count; i++) view.setUint32(i * 4, values[i]!, true);
      break;
    case ColumnKind.i32:
      for (let i = 0; i < count; i++) view.setInt32(i * 4, values[i]!, true);
      break;
    case ColumnKind.f64:
      for (let i = 0; i < count; i++) view.setFloat64(i * 8, values[i]!, true);
      break;
  }
  return { type: kind | mark, data };
}

/** Equal bounds do not mean equal values: NaN compares with nothing, and 0 equals -0. */
function allSame(values: ArrayLike<number>, count: number): boolean {
  for (let i = 1; i < count; i++) if (!Object.is(values[i], values[0])) return false;
  return true;
}

/**
 * Decodes a column into `out[0] … out[count - 1]`.
 *
 * @param column - What arrived; need not be one of ours.
 * @param count - How many rows the frame claims.
 * @param out - At least `count` long.
 * @returns `undefined`, or what is wrong with the column (then `out` may be half written).
 */
export function decodeColumn(column: Column, count: number, out: Float64Array | number[]): string | undefined {
  const { type, data } = column;
  if (typeof type !== "number" || !(data instanceof Uint8Array)) return "is no column";
  const kind = type & 0x0f;
  const size = width[kind];
  if (size === undefined) return `has the unknown type ${type}`;
  const expected = kind === ColumnKind.constant ? 8 : count * size;
  if (data.length !== expected) return `has ${data.length} bytes where ${count} rows of type ${kind} need ${expected}`;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (kind) {
    case ColumnKind.constant: {
      const value = view.getFloat64(0, true);
      for (let i = 0; i < count; i++) out[i] = value;
      break;
    }
    case ColumnKind.u8:
      for (let i = 0; i < count; i++) out[i] = data[i]!;
      break;
    case ColumnKind.u16:
      for (let i = 0; i < count; i++) out[i] = view.getUint16(i * 2, true);
      break;
    case ColumnKind.u32:
      for (let i = 0; i < count; i++) out[i] = view.getUint32(i * 4, true);
      break;
    case ColumnKind.i32:
      for (let i = 0; i < count; i++) out[i] = view.getInt32(i * 4, true);
      break;
    default:
      for (let i = 0; i < count; i++) out[i] = view.getFloat64(i * 8, true);
  }
  return undefined;
}
