/**
 * Schema text to TypeScript types, for typed encoding, decoding and rpc.
 *
 * Knows the language of schemas and a little of TypeScript's; the types it refers to are in `lib/sproto-types.ts`.
 *
 * @module
 */
import { writeBundle } from "./bundle.ts";
import { parseText } from "./parser.ts";
import type { Definitions, FieldDefinition } from "./parser.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  integer: "number",
  boolean: "boolean",
  string: "string",
  binary: "Uint8Array",
  double: "number",
};

/** Names that cannot be given to an exported type, or that the file needs itself. */
const TAKEN: ReadonlySet<string> = new Set(
  `Types Protocols Schema Map Uint8Array any as async await bigint boolean break case catch class const continue debugger declare default delete do
   else enum export extends false finally for function if implements import in infer instanceof interface is keyof let module namespace never new
   null number object of package private protected public readonly require return satisfies static string super switch symbol this throw true
   try type typeof undefined unique unknown using var void while with yield`.split(/\s+/),
);

/**
 * The text of a `.d.ts` file for a schema: `Types` and `Protocols` by name, `Schema` of both, and a type for each name without a dot.
 *
 * @param name - The schema's file, named in errors and in the text.
 * @throws SkynetError `SPROTO` as the parser does.
 */
export function typeText(text: string, name: string): string {
  const schema = parseText(text, name);
  // What only the compiler of schemas finds is said here too.
  writeBundle(schema);
  const lines = [
    `/** Types of ${oneLine(name)}: made by skyloom sproto types, not to be edited. Use them as sproto.parse<Schema>(text). */`,
    "export interface Types {",
  ];
  for (const [type, fields] of sorted(schema.types)) {
    lines.push(`  ${type.includes(".") ? JSON.stringify(type) : type}: {`);
    for (const field of fields) lines.push(`    ${field.name}?: ${fieldType(schema, field)};`);
    lines.push("  };");
  }
  lines.push("}", "export interface Protocols {");
  for (const { name: protocol, tag, request, response, confirm } of [...schema.protocols.values()].sort((a, b) => a.tag - b.tag))
    lines.push(
      `  ${protocol}: { tag: ${tag}; request: ${structType(request)}; response: ${confirm === true && response === undefined ? "null" : structType(response)} };`,
    );
  lines.push("}", "export interface Schema {", "  types: Types;", "  protocols: Protocols;", "}");
  for (const [type] of sorted(schema.types))
    if (!type.includes(".") && !TAKEN.has(type)) lines.push(`export type ${type} = Types[${JSON.stringify(type)}];`);
  return `${lines.join("\n")}\n`;
}

/** Comments end at a star and a slash, and lines at a break: neither may come from a file's name. */
function oneLine(name: string): string {
  return name.replaceAll("*/", "* /").replace(/\s+/g, " ");
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function structType(name: string | undefined): string {
  return name === undefined ? "undefined" : `Types[${JSON.stringify(name)}]`;
}

function fieldType(schema: Definitions, { type, array, key }: FieldDefinition): string {
  const one = SIMPLE[type] ?? structType(type);
  if (!array) return one;
  const fields = schema.types.get(type);
  if (key === undefined || fields === undefined) return `${one}[]`;
  if (key === "") return `Map<${scalar(schema, fields[0])}, ${scalar(schema, fields[1])}>`;
  return `Map<${scalar(
    schema,
    fields.find((f) => f.name === key),
  )}, ${one}>`;
}

function scalar(schema: Definitions, field: FieldDefinition | undefined): string {
  return field === undefined ? "unknown" : fieldType(schema, field);
}
