/**
 * The text of a Lua-syntax configuration file on its way into the parser: `$NAME` replaced, and every offset traceable to the file.
 *
 * Texts are held as the parser wants them, one character per byte, so that byte escapes and UTF-8 meet in one string. Knows no values.
 * Source: skynet-src/skynet_main.c (the loader's substitution); semantics.md §16.
 *
 * @module
 */
import { ConfigError, type Position } from "./error.ts";

/** A configuration file is a page of text; a larger one is something else. */
export const MAX_CONFIG_BYTES: number = 256 * 1024;

/** A file, ready for the parser. */
export interface LuaSource {
  readonly path: string;
  /** One character per byte, `$NAME` replaced. */
  readonly text: string;
  /** An error at an offset of {@link text}. */
  fail(offset: number, text: string): ConfigError;
}

/** From one character per byte to text. Bytes that are no UTF-8 show as U+FFFD. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/**
 * Reads a file's bytes into a {@link LuaSource}.
 *
 * As in Skynet `$NAME` is replaced anywhere, also inside of text. Unlike there, a comment may mention a variable that is not set, and a
 * value put between quotes is taken as it is, whatever quotes and backslashes it has.
 *
 * @throws {@link ConfigError} when a variable is not set.
 */
export function luaSource(path: string, bytes: Uint8Array, env: Readonly<Record<string, string | undefined>>): LuaSource {
  const original = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const pieces: string[] = [];
  /** Where replaced text begins in the result, and what it stands for in the file. */
  const moves: { readonly at: number; readonly from: number; readonly fixed: boolean }[] = [];
  let length = 0;
  const add = (piece: string, from: number, fixed: boolean): void => {
    moves.push({ at: length, from, fixed });
    pieces.push(piece);
    length += piece.length;
  };
  const fail = (offset: number, text: string): ConfigError => new ConfigError(path, positionIn(original, offset), text);

  let copied = 0;
  for (const { at, name, quote } of variables(original)) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) throw fail(at, `the environment variable ${name} is not set: set it, or write its value in place of $${name}`);
    if (length + value.length > MAX_CONFIG_BYTES)
      throw fail(at, `with the value of $${name} this file is larger than ${MAX_CONFIG_BYTES} bytes`);
    add(original.slice(copied, at), copied, false);
    const inBytes = Buffer.from(value, "utf8").toString("latin1");
    add(quote === undefined ? inBytes : quoted(inBytes), at, true);
    copied = at + 1 + name.length;
  }
  add(original.slice(copied), copied, false);

  return {
    path,
    text: pieces.join(""),
    fail(offset, text) {
      const move = moves.findLast((m) => m.at <= offset) ?? moves[0]!;
      return fail(move.fixed ? move.from : move.from + offset - move.at, text);
    },
  };
}

/** Line and column of an offset; columns count characters, not bytes. */
function positionIn(bytes: string, offset: number): Position {
  const before = bytes.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: textOfBytes(before.slice(lineStart)).length + 1 };
}

/** A value as it must be written between quotes to be itself. */
function quoted(value: string): string {
  return value.replace(/[\\"'\n\r]/g, (c) => (c === "\n" ? "\\n" : c === "\r" ? "\\r" : `\\${c}`));
}

interface Variable {
  readonly at: number;
  readonly name: string;
  /** The quote it lies between, if it lies in a quoted text. */
  readonly quote: string | undefined;
}

const NAME = /[A-Za-z0-9_]+/y;
const LONG_OPEN = /\[(=*)\[/y;

/** Finds each `$NAME` that is not in a comment. */
function* variables(text: string): Generator<Variable> {
  let quote: string | undefined;
  /** The end of the long text it is in, e.g. `]==]`. */
  let close: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "$") {
      NAME.lastIndex = i + 1;
      const name = NAME.exec(text)?.[0];
      if (name === undefined) continue;
      yield { at: i, name, quote };
      i += name.length;
    } else if (close !== undefined) {
      if (c === "]" && text.startsWith(close, i)) close = undefined;
    } else if (quote !== undefined) {
      if (c === "\\") i++;
      else if (c === quote || c === "\n") quote = undefined;
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "[") close = longClose(text, i);
    else if (c === "-" && text[i + 1] === "-") {
      const ends = longClose(text, i + 2) ?? "\n";
      const end = text.indexOf(ends, i);
      if (end === -1) return;
      i = end + ends.length - 1;
    }
  }
}

/** What ends the long text or comment that begins here, if one does. */
function longClose(text: string, at: number): string | undefined {
  LONG_OPEN.lastIndex = at;
  const open = LONG_OPEN.exec(text);
  return open === null ? undefined : `]${open[1]!}]`;
}
