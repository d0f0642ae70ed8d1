/**
 * The table of defaults of a type, which shows every field and its kind.
 *
 * @module
 */
import { Op, type SprotoField, type SprotoType } from "./schema.ts";

/** Integer and number 0, boolean false, text "", a struct `{ __type }`, an array `{ __array }` with its element's default or type name. */
export function defaults(type: SprotoType): Record<string, unknown> {
  return Object.fromEntries(
    type.fields.map((field) => [
      field.name,
      field.op >= Op.array
        ? { __array: elementDefault(field) ?? field.type!.name }
        : (elementDefault(field) ?? { __type: field.type!.name }),
    ]),
  );
}

function elementDefault(field: SprotoField): unknown {
  switch (field.op) {
    case Op.boolean:
    case Op.booleans:
      return false;
    case Op.string:
    case Op.strings:
      return "";
    case Op.struct:
    case Op.structs:
    case Op.keyed:
    case Op.map:
      return undefined;
    default:
      return 0;
  }
}
