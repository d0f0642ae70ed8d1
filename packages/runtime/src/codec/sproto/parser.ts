/**
 * Schema text to definitions: types and protocols by name, every reference resolved.
 *
 * Recursive descent. Knows the language and its errors, not the bundle made of the result. Format and error texts: wire.md §6.6.
 *
 * @module
 */
import { fail } from "./fail.ts";
import { Scanner } from "./scanner.ts";

/** A field as written. `type` is a built-in name or the full name of a type. */
export interface FieldDefinition {
  readonly name: string;
  readonly tag: number;
  readonly array: boolean;
  type: string;
  /** Digits of a fixed-point integer. */
  readonly decimal: number | undefined;
  /** Main key of an array of structs; empty for a map. */
  readonly key: string | undefined;
}

/** A protocol as written, with full type names. */
export interface ProtocolDefinition {
  readonly name: string;
  readonly tag: number;
  request?: string;
  response?: string;
  confirm?: boolean;
}

export interface Definitions {
  readonly types: ReadonlyMap<string, readonly FieldDefinition[]>;
  readonly protocols: ReadonlyMap<string, ProtocolDefinition>;
}

/** What `buildin` says of a field, by type name. */
export const BUILTIN: ReadonlyMap<string, number> = new Map([
  ["integer", 0],
  ["boolean", 1],
  ["string", 2],
  ["binary", 2],
  ["double", 3],
]);

/** Types inside types. The text may come from anybody, our stack is ours. */
const DEEPEST = 100;
/** Above this a tag does not fit its record. */
const LAST_TAG = 32766;

/**
 * Parses a schema.
 *
 * @param text - Types and protocols in Skynet's schema language.
 * @param file - Named in syntax errors.
 * @throws {@link SkynetError} `SPROTO` with what is wrong and where.
 */
export function parseText(text: string, file: string): Definitions {
  const parser = new Parser(new Scanner(text, file));
  parser.all();
  if (parser.complaint !== undefined) fail(parser.complaint);
  checkProtocols(parser.types, parser.protocols);
  for (const [name, fields] of parser.types) for (const field of fields) field.type = resolve(parser.types, name, field.type);
  return parser;
}

class Parser implements Definitions {
  readonly types: Map<string, FieldDefinition[]> = new Map();
  readonly protocols: Map<string, ProtocolDefinition> = new Map();
  /** The first thing that is wrong with what was said; what is wrong with how it was said goes before, as in Skynet. */
  complaint: string | undefined;
  readonly #text: Scanner;

  constructor(text: Scanner) {
    this.#text = text;
  }

  #complain(text: string): void {
    this.complaint ??= text;
  }

  all(): void {
    const text = this.#text;
    text.blank();
    while (!text.ended) {
      if (text.take(".")) {
        const name = text.word();
        text.blank();
        this.#type(name, 0);
      } else {
        this.#protocol();
      }
      text.blank();
    }
  }

  /** `{ fields and types }` of the type of this full name. */
  #type(name: string, depth: number): void {
    const text = this.#text;
    if (depth > DEEPEST) fail(`type ${name.slice(0, 60)}… lies in more than ${DEEPEST} types`);
    if (this.types.has(name)) this.#complain(`redefined ${name}`);
    const fields: FieldDefinition[] = [];
    this.types.set(name, fields);
    const names = new Set<string>();
    const tags = new Set<number>();
    text.expect("{");
    text.blank();
    while (!text.take("}")) {
      if (text.take(".")) {
        const nested = text.word();
        text.blank();
        this.#type(`${name}.${nested}`, depth + 1);
      } else {
        const field = this.#field(name);
        if (names.has(field.name)) this.#complain(`redefine ${field.name} in type ${name}`);
        if (tags.has(field.tag)) this.#complain(`redefine tag ${field.tag} in type ${name}`);
        names.add(field.name);
        tags.add(field.tag);
        fields.push(field);
      }
      text.blank();
    }
    fields.sort((a, b) => a.tag - b.tag);
  }

  /** `name tag : [*]type[(main key or digits)]` */
  #field(type: string): FieldDefinition {
    const text = this.#text;
    const name = text.word();
    text.blanks();
    const tag = this.#tag(text.digits(), `${name} in type ${type}`);
    text.blank();
    text.expect(":");
    text.blank();
    const array = text.take("*");
    const kind = text.dottedName();
    const extra = this.#parentheses(array);
    if (extra === undefined) return { name, tag, array, type: kind, decimal: undefined, key: undefined };
    if (kind === "integer") {
      if (!/^\d+$/.test(extra)) this.#complain(`${name} in type ${type}: integer(${extra}) needs a number of digits, as integer(2)`);
      return { name, tag, array, type: kind, decimal: this.#tag(extra, `digits of ${name} in type ${type}`), key: undefined };
    }
    if (!array || BUILTIN.has(kind))
      this.#complain(
        `assertion failed! ${name} in type ${type}: only integer and arrays of a type take parentheses, not ${array ? "*" : ""}${kind}`,
      );
    return { name, tag, array, type: kind, decimal: undefined, key: extra };
  }

  /**
   * The text in the parentheses that counts, if any. Several may follow each other and the first wins, but what is no number is overlooked
   * before a field that is no array: so it is in Skynet.
   */
  #parentheses(array: boolean): string | undefined {
    const text = this.#text;
    const found: string[] = [];
    while (text.take("(")) {
      text.blank();
      const digits = text.tryDigits();
      const content = digits ?? text.tryWord() ?? "";
      text.blank();
      text.expect(")");
      found.push(content);
      if (digits !== undefined) found.push(digits);
    }
    return array ? found[0] : found[1];
  }

  #tag(digits: string, of: string): number {
    const tag = Number(digits);
    if (tag > LAST_TAG) this.#complain(`tag ${digits} of ${of} is above ${LAST_TAG}, the highest there is`);
    return tag;
  }

  /** `name tag { request … response … }` */
  #protocol(): void {
    const text = this.#text;
    const name = text.word();
    text.blanks();
    const protocol: ProtocolDefinition = { name, tag: this.#tag(text.digits(), `protocol ${name}`) };
    text.blank();
    text.expect("{");
    text.blank();
    while (!text.take("}")) {
      const part = text.word();
      if (part !== "request" && part !== "response") return text.fail();
      text.blanks();
      this.#part(protocol, part);
      text.blank();
    }
    if (this.protocols.has(name)) this.#complain(`redefined ${name}`);
    this.protocols.set(name, protocol);
  }

  #part(protocol: ProtocolDefinition, part: "request" | "response"): void {
    const text = this.#text;
    if (protocol[part] !== undefined) this.#complain(`redefine ${part} in protocol ${protocol.name}`);
    let type: string;
    if (text.sees("{")) {
      type = `${protocol.name}.${part}`;
      this.#type(type, 0);
    } else {
      type = text.dottedName();
    }
    if (type !== "nil") protocol[part] = type;
    else if (part === "response") protocol.confirm = true;
  }
}

/** The full name a type name means inside `scope`: built-in, then nested from the inside out, then global. */
function resolve(types: ReadonlyMap<string, unknown>, scope: string, name: string): string {
  if (BUILTIN.has(name)) return name;
  for (let inside = scope; inside !== ""; inside = inside.slice(0, Math.max(0, inside.lastIndexOf(".")))) {
    const full = `${inside}.${name}`;
    if (types.has(full)) return full;
  }
  if (types.has(name)) return name;
  fail(`Undefined type ${name} in type ${scope}`);
}

function checkProtocols(types: ReadonlyMap<string, unknown>, protocols: ReadonlyMap<string, ProtocolDefinition>): void {
  const tags = new Map<number, string>();
  for (const { name, tag, request, response } of protocols.values()) {
    const other = tags.get(tag);
    if (other !== undefined) fail(`redefined protocol tag ${tag} at ${other} and ${name}`);
    if (request !== undefined && !types.has(request)) fail(`Undefined request type ${request} in protocol ${name}`);
    if (response !== undefined && !types.has(response)) fail(`Undefined response type ${response} in protocol ${name}`);
    tags.set(tag, name);
  }
  if (protocols.size > 0 && types.size === 0) fail("assertion failed! a schema with protocols needs at least one type; add .package");
}
