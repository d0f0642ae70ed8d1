/**
 * Skynet's configuration files: Lua assignments, evaluated without Lua.
 *
 * Understands assignments of text, numbers, booleans and nil, local names, `..`, and, or, not, references to what was assigned before,
 * and `include "file"`. Anything else is refused with its place: a configuration is data. Knows no keys.
 * Source: skynet-src/skynet_main.c; semantics.md §16.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import luaparse from "luaparse";
import { ConfigError, FILE_START } from "./error.ts";
import { luaNumber } from "./lua-number.ts";
import { type LuaSource, luaSource, MAX_CONFIG_BYTES, textOfBytes } from "./lua-source.ts";

/** A value of a Lua-syntax file. */
export type LuaValue = string | number | boolean | undefined;

/** A value, and an error at the place where it was assigned. */
export interface Assigned {
  readonly value: unknown;
  readonly fail: (text: string) => ConfigError;
}

/** What {@link evaluateLua} needs from outside. */
export interface LuaFiles {
  /** The bytes of a file. @throws Error with a text for people. */
  read(path: string): Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The parts of the parser's tree that are looked at. */
interface Node {
  readonly type: string;
  readonly range: readonly [start: number, end: number];
  readonly variables: readonly Node[];
  readonly init: readonly Node[];
  readonly name: string;
  readonly value: unknown;
  readonly raw: string;
  readonly operator: string;
  readonly left: Node;
  readonly right: Node;
  readonly argument: Node;
  readonly expression: Node;
  readonly base: Node;
  readonly arguments: readonly Node[] | Node;
}

const MAX_FILES = 64;
/** Longest text a value may grow to by `..`. */
const MAX_TEXT = 64 * 1024;

/**
 * Runs a configuration file.
 *
 * @param path - As the user named it; `include` is relative to the file it stands in.
 * @returns the globals it leaves behind.
 * @throws {@link ConfigError} for everything that can be wrong with it.
 */
export function evaluateLua(path: string, files: LuaFiles): Map<string, Assigned> {
  const run = new Evaluation(files);
  run.include(path, undefined, 0);
  return run.globals;
}

class Evaluation {
  readonly globals = new Map<string, Assigned>();
  readonly #files: LuaFiles;
  /** The files that are being read, outermost first. */
  readonly #open: string[] = [];
  #count = 0;

  constructor(files: LuaFiles) {
    this.#files = files;
  }

  /** Runs one file; `from` is the file that includes it. */
  include(path: string, from: LuaSource | undefined, offset: number): void {
    const fail = (text: string, cause?: unknown): ConfigError =>
      from === undefined ? new ConfigError(path, FILE_START, text, { cause }) : from.fail(offset, text);
    if (this.#open.includes(path)) throw fail(`${path} includes itself: ${[...this.#open, path].join(" -> ")}`);
    if (++this.#count > MAX_FILES) throw fail(`more than ${MAX_FILES} files are included`);
    let bytes: Uint8Array;
    try {
      bytes = this.#files.read(path);
    } catch (error) {
      throw fail((error as Error).message, error);
    }
    if (bytes.length > MAX_CONFIG_BYTES)
      throw fail(`${path} has ${bytes.length} bytes; a configuration has at most ${MAX_CONFIG_BYTES}. Is this the right file?`);
    this.#open.push(path);
    const source = luaSource(path, bytes, this.#files.env);
    try {
      new Chunk(source, this).run();
    } catch (error) {
      // Only the parser and the walk over its tree recurse; text that is nested thousands deep is no configuration.
      if (error instanceof RangeError) throw source.fail(0, "this file is nested too deeply to be a configuration");
      throw error;
    }
    this.#open.pop();
  }
}

/** One file's run. */
class Chunk {
  readonly #source: LuaSource;
  readonly #evaluation: Evaluation;
  readonly #locals = new Map<string, LuaValue>();

  constructor(source: LuaSource, evaluation: Evaluation) {
    this.#source = source;
    this.#evaluation = evaluation;
  }

  run(): void {
    for (const statement of this.#parse()) this.#statement(statement);
  }

  #parse(): readonly Node[] {
    try {
      const options = { ranges: true, comments: false, luaVersion: "5.3", encodingMode: "pseudo-latin1" } as const;
      return luaparse.parse(this.#source.text, options).body as unknown as readonly Node[];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const { index } = error as SyntaxError & { index?: number };
      throw this.#source.fail(
        index ?? 0,
        `${textOfBytes(error.message)
          .replace(/^\[\d+:\d+\] /, "")
          .replace("<expression>", "a value")} (expected an assignment such as start = "main")`,
      );
    }
  }

  #statement(node: Node): void {
    switch (node.type) {
      case "AssignmentStatement":
      case "LocalStatement":
        this.#assign(node);
        break;
      case "CallStatement":
        this.#call(node.expression);
        break;
      default:
        throw this.#fail(
          node,
          `${words(node.type)} cannot be used in a configuration; expected an assignment such as start = "main", or include "file"`,
        );
    }
  }

  #assign(node: Node): void {
    const values = node.init.map((n) => this.#value(n));
    node.variables.forEach((variable, i) => {
      if (variable.type !== "Identifier")
        throw this.#fail(variable, `a configuration has no tables: expected a name such as start before =, not ${words(variable.type)}`);
      const value = values[i];
      if (node.type === "LocalStatement" || this.#locals.has(variable.name)) this.#locals.set(variable.name, value);
      else if (value === undefined) this.#evaluation.globals.delete(variable.name);
      else this.#evaluation.globals.set(variable.name, { value, fail: (text) => this.#fail(variable, text) });
    });
  }

  #call(node: Node): void {
    const { base } = node;
    if (base.type !== "Identifier" || base.name !== "include") throw this.#noCall(node);
    const list =
      node.type === "StringCallExpression" ? [node.argument] : Array.isArray(node.arguments) ? (node.arguments as readonly Node[]) : [];
    const file = list.length === 1 ? this.#value(list[0]!) : undefined;
    if (typeof file !== "string" || file === "") throw this.#fail(node, 'expected the name of a file: include "config.path"');
    const { path } = this.#source;
    this.#evaluation.include(isAbsolute(file) ? file : join(dirname(path), file), this.#source, list[0]!.range[0]);
  }

  #value(node: Node): LuaValue {
    switch (node.type) {
      case "StringLiteral":
        return textOfBytes(node.value as string);
      case "NumericLiteral":
        return luaNumber(node.raw);
      case "BooleanLiteral":
        return node.value as boolean;
      case "NilLiteral":
        return undefined;
      case "Identifier":
        return this.#locals.has(node.name) ? this.#locals.get(node.name) : (this.#evaluation.globals.get(node.name)?.value as LuaValue);
      case "UnaryExpression":
        return this.#unary(node);
      case "LogicalExpression": {
        const left = this.#value(node.left);
        const isTrue = left !== undefined && left !== false;
        return isTrue === (node.operator === "and") ? this.#value(node.right) : left;
      }
      case "BinaryExpression":
        if (node.operator === "..") return this.#joined(node);
        throw this.#fail(node, `the operator ${node.operator} cannot be used in a configuration; values may be joined with ..`);
      case "CallExpression":
      case "StringCallExpression":
      case "TableCallExpression":
        throw this.#noCall(node);
      default:
        throw this.#fail(node, `expected text, a number or a boolean, not ${words(node.type)}`);
    }
  }

  #unary(node: Node): LuaValue {
    const value = this.#value(node.argument);
    if (node.operator === "not") return value === undefined || value === false;
    if (node.operator === "-" && typeof value === "number") return -value;
    if (node.operator === "-" && node.argument.type === "NumericLiteral") return `-${String(value)}`;
    throw this.#fail(node, `the operator ${node.operator} cannot be used on this value in a configuration`);
  }

  #joined(node: Node): string {
    const parts = [node.left, node.right].map((side) => {
      const value = this.#value(side);
      if (typeof value === "string" || typeof value === "number") return String(value);
      const what = side.type === "Identifier" ? `"${side.name}"` : "this";
      throw this.#fail(
        side,
        value === undefined
          ? `${what} has no value here, so it cannot be joined with ..: assign it on an earlier line`
          : `${what} is a boolean and cannot be joined with ..: expected text or a number`,
      );
    });
    const joined = parts.join("");
    if (joined.length > MAX_TEXT) throw this.#fail(node, `this text grows beyond ${MAX_TEXT} characters`);
    return joined;
  }

  #noCall(node: Node): ConfigError {
    const name = this.#source.text.slice(...node.base.range);
    const hint = name === "os.getenv" ? "; write $NAME for the environment variable NAME" : '; only include "file" can';
    return this.#fail(node, `${textOfBytes(name.slice(0, 60))} cannot be called in a configuration${hint}`);
  }

  #fail(node: Node, text: string): ConfigError {
    return this.#source.fail(node.range[0], text);
  }
}

/** `IfStatement` → `an if statement` */
function words(type: string): string {
  const text = type.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return `${/^[aeiou]/.test(text) ? "an" : "a"} ${text}`;
}
