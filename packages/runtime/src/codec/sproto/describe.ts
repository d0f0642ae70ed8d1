/**
 * A schema as text for people.
 *
 * @module
 */
import { Op, type SprotoField, type SprotoSchema } from "./schema.ts";

const names: readonly string[] = ["integer", "boolean", "string", "double", "", "decimal"];

/** Types with their fields, then protocols, one a line. */
export function describeSchema(schema: SprotoSchema): string {
  const lines = [`=== ${schema.types.size} types ===`];
  for (const type of schema.types.values()) {
    lines.push(type.name);
    for (const field of type.fields) lines.push(`\t${describeField(field)}`);
  }
  lines.push(`=== ${schema.protocols.size} protocol ===`);
  for (const { name, tag, request, response, confirm } of schema.protocols.values())
    lines.push(
      `\t${name} (${tag}) request:${request?.name ?? "(null)"}${response !== undefined ? ` response:${response.name}` : confirm ? " response nil" : ""}`,
    );
  return lines.join("\n");
}

function describeField(field: SprotoField): string {
  const array = field.op >= Op.array;
  const kind = field.type?.name ?? (field.binary ? "binary" : names[array ? field.op - Op.array : field.op]!);
  const scale = field.scale !== 0 ? `(${field.scale})` : "";
  const key = field.key >= 0 ? ` key[${field.key}]` : "";
  const value = field.op === Op.map ? ` value[${field.type!.fields[1]!.tag}]` : "";
  return `${field.name} (${field.tag}) ${array ? "*" : ""}${kind}${scale}${key}${value}`;
}
