/**
 * Data files in Lua syntax, evaluated without Lua: a table that is returned, or names that are assigned.
 *
 * Understands literals, tables, local names, what was assigned before, `...`, arithmetic and `..`. Functions, calls and control flow are
 * refused with their place: a program cannot be data here. Knows no files.
 *
 * @module
 */
import luaparse from "luaparse";
import { SkynetError } from "../errors/error.ts";
import { decodeText, encodeText } from "./text.ts";

/** The parts of the parser's tree that are looked at. */
interface Node {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
  readonly variables: readonly Node[];
  readonly init: readonly Node[];
  readonly arguments: readonly Node[];
  readonly fields: readonly Node[];
  readonly name: string;
  readonly raw: string;
  readonly operator: string;
  readonly indexer: string;
  readonly value: unknown;
  readonly key: Node;
  readonly left: Node;
  readonly right: Node;
  readonly argument: Node;
  readonly expression: Node;
  readonly identifier: Node;
  readonly base: Node;
  readonly index: Node;
}

/** Tables within each other beyond this are a mistake, or a table that holds itself. */
const MAX_DEPTH = 32;
/** Longest text a value may grow to by `..`. */
const MAX_TEXT = 1 << 20;

class Table {
  readonly map = new Map<unknown, unknown>();
}

/** What a data file says: the table it returned, else the names it assigned, as an object. */
export interface LuaData {
  readonly returned: unknown;
  readonly assigned: Readonly<Record<string, unknown>>;
}

/**
 * Reads a data file.
 *
 * A table that has only the keys 1..n becomes an array, one with text keys only an object, any other a Map.
 *
 * @param name - For texts of errors.
 * @param args - What `...` stands for.
 * @throws SkynetError `ARGUMENT` for what is no Lua, `UNSUPPORTED` for what is no data, both with name, line and column.
 */
export function readLuaData(text: string, name: string, args: readonly unknown[]): LuaData {
  const run = new Run(name, args);
  try {
    run.chunk(parse(text, name));
    const assigned = new Table();
    for (const [key, value] of run.globals) assigned.map.set(key, value);
    return { returned: finish(run.returned, 0), assigned: finish(assigned, 0) as Record<string, unknown> };
  } catch (error) {
    if (error instanceof RangeError) throw new SkynetError("ARGUMENT", `${name}: nested too deeply to be data`);
    throw error;
  }
}

/** One character for each byte, as the parser takes it, so that byte escapes and UTF-8 meet in one string. */
function parse(text: string, name: string): readonly Node[] {
  const bytes = encodeText(text);
  let latin = "";
  for (let i = 0; i < bytes.length; i += 4096) latin += String.fromCharCode(...bytes.subarray(i, i + 4096));
  try {
    const options = { locations: true, comments: false, luaVersion: "5.3", encodingMode: "pseudo-latin1" } as const;
    return luaparse.parse(latin, options).body as unknown as readonly Node[];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SkynetError("ARGUMENT", `${name}:${error.message.replace(/^\[(\d+):(\d+)\] /, "$1:$2: ")}`);
  }
}

/** A table of Lua as the nearest value of JavaScript. */
function finish(value: unknown, depth: number): unknown {
  if (!(value instanceof Table)) return value;
  if (depth > MAX_DEPTH) throw new SkynetError("ARGUMENT", `more than ${MAX_DEPTH} tables within each other, or a table that holds itself`);
  const { map } = value;
  const list: unknown[] = [];
  while (map.has(list.length + 1)) list.push(finish(map.get(list.length + 1), depth + 1));
  if (list.length === map.size) return list;
  const entries = [...map].map(([key, item]) => [key, finish(item, depth + 1)] as const);
  return entries.every(([key]) => typeof key === "string") ? Object.fromEntries(entries) : new Map(entries);
}

class Run {
  readonly globals = new Map<string, unknown>();
  returned: unknown;
  readonly #locals = new Map<string, unknown>();
  readonly #name: string;
  readonly #args: readonly unknown[];

  constructor(name: string, args: readonly unknown[]) {
    this.#name = name;
    this.#args = args;
  }

  chunk(body: readonly Node[]): void {
    for (const node of body) {
      if (node.type === "AssignmentStatement" || node.type === "LocalStatement") this.#assign(node);
      else if (node.type === "ReturnStatement") this.returned = this.#list(node.arguments)[0];
      else throw this.#refuse(node);
    }
  }

  #assign(node: Node): void {
    const values = this.#list(node.init);
    node.variables.forEach((variable, i) => {
      const value = values[i];
      if (variable.type !== "Identifier") this.#set(this.#table(variable.base), this.#keyOf(variable), value);
      else if (node.type === "LocalStatement" || this.#locals.has(variable.name)) this.#locals.set(variable.name, value);
      else if (value === undefined) this.globals.delete(variable.name);
      else this.globals.set(variable.name, value);
    });
  }

  /** Values of a list of expressions; `...` at its end stands for all arguments. */
  #list(nodes: readonly Node[]): unknown[] {
    return nodes.flatMap((node, i) => (node.type === "VarargLiteral" && i === nodes.length - 1 ? this.#args : [this.#value(node)]));
  }

  #value(node: Node): unknown {
    switch (node.type) {
      case "StringLiteral":
        return text(node.value as string);
      case "NumericLiteral":
        return number(node.raw);
      case "BooleanLiteral":
        return node.value;
      case "NilLiteral":
        return undefined;
      case "VarargLiteral":
        return this.#args[0];
      case "Identifier":
        if (this.#locals.has(node.name)) return this.#locals.get(node.name);
        if (this.globals.has(node.name)) return this.globals.get(node.name);
        throw this.#fail(node, "UNSUPPORTED", `the name ${node.name} has no value here: only what this text has assigned before does`);
      case "TableConstructorExpression":
        return this.#constructed(node);
      case "MemberExpression":
      case "IndexExpression":
        return this.#table(node.base).map.get(this.#keyOf(node));
      case "UnaryExpression":
        return this.#unary(node);
      case "BinaryExpression":
        return this.#binary(node);
      default:
        throw this.#refuse(node);
    }
  }

  #constructed(node: Node): Table {
    const table = new Table();
    let next = 1;
    node.fields.forEach((field, i) => {
      if (field.type === "TableKeyString") this.#set(table, field.key.name, this.#value(field.value as Node));
      else if (field.type === "TableKey") this.#set(table, this.#value(field.key), this.#value(field.value as Node), field);
      else {
        const last = i === node.fields.length - 1;
        for (const value of last ? this.#list([field.value as Node]) : [this.#value(field.value as Node)]) this.#set(table, next++, value);
      }
    });
    return table;
  }

  #keyOf(node: Node): unknown {
    return node.type === "MemberExpression" ? node.identifier.name : this.#value(node.index);
  }

  #table(node: Node): Table {
    const value = this.#value(node);
    if (value instanceof Table) return value;
    throw this.#fail(node, "ARGUMENT", "there is no table here that this text has made");
  }

  #set(table: Table, key: unknown, value: unknown, node?: Node): void {
    if (key === undefined || Number.isNaN(key))
      throw node === undefined ? new SkynetError("ARGUMENT", `${this.#name}: a key is nil`) : this.#fail(node, "ARGUMENT", "a key is nil");
    if (value === undefined) table.map.delete(key);
    else table.map.set(key, value);
  }

  #unary(node: Node): unknown {
    const value = this.#value(node.argument);
    if (node.operator === "not") return value === undefined || value === false;
    if (node.operator === "-" && typeof value === "number") return -value;
    if (node.operator === "-" && typeof value === "bigint") return exact(-value);
    throw this.#refuse(node);
  }

  #binary(node: Node): unknown {
    const [a, b] = [this.#value(node.left), this.#value(node.right)];
    if (node.operator === "..") {
      const joined = [a, b].map((v) => (typeof v === "string" || typeof v === "number" ? String(v) : undefined));
      if (joined.includes(undefined) || joined.join("").length > MAX_TEXT)
        throw this.#fail(node, "ARGUMENT", "only short texts and numbers can be joined");
      return joined.join("");
    }
    if (typeof a !== "number" || typeof b !== "number") throw this.#refuse(node);
    switch (node.operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "/":
        return a / b;
      case "//":
        return Math.floor(a / b);
      case "%":
        return a - Math.floor(a / b) * b;
      case "^":
        return a ** b;
      default:
        throw this.#refuse(node);
    }
  }

  #refuse(node: Node): SkynetError {
    const what = node.type
      .replace(/(Statement|Expression|Declaration)$/, "")
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase();
    const hint = "text is read as data, not run: compute it in TypeScript and give the table, or name a .ts file";
    return this.#fail(node, "UNSUPPORTED", `${what} cannot be used here; ${hint}`);
  }

  #fail(node: Node, code: "ARGUMENT" | "UNSUPPORTED", why: string): SkynetError {
    const { line, column } = node.loc.start;
    return new SkynetError(code, `${this.#name}:${line}:${column + 1}: ${why}`);
  }
}

function text(latin: string): string | Uint8Array {
  const bytes = Uint8Array.from(latin, (c) => c.charCodeAt(0));
  return decodeText(bytes, 0, bytes.length) ?? bytes;
}

function number(raw: string): number | bigint {
  if (/^0x[0-9a-f]+$/i.test(raw)) return exact(BigInt.asIntN(64, BigInt(raw)));
  if (/^\d+$/.test(raw)) {
    const value = BigInt(raw);
    return BigInt.asIntN(64, value) === value ? exact(value) : Number(raw);
  }
  if (!/^0x/i.test(raw)) return Number(raw);
  const [, whole = "", fraction = "", power = "0"] = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(raw) ?? [];
  return Number.parseInt(`${whole}${fraction}` || "0", 16) * 2 ** (Number(power) - 4 * fraction.length);
}

function exact(value: bigint): number | bigint {
  const short = Number(value);
  return Number.isSafeInteger(short) ? short : value;
}
