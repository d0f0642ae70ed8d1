/**
 * Reading schema text: words, numbers, white space, and the line an error is on.
 *
 * Knows characters, not what a schema is made of. Format: wire.md §6.6.
 *
 * @module
 */
import { fail } from "./fail.ts";

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const DIGITS = /[0-9]+/y;

/** A position in a schema text. */
export class Scanner {
  readonly #text: string;
  readonly #file: string;
  #at = 0;
  /** The furthest place white space was read to; an error is on its line, as in Skynet. */
  #furthest = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  get ended(): boolean {
    return this.#at === this.#text.length;
  }

  /** @throws {@link SkynetError} `SPROTO`, always, with the line. */
  fail(): never {
    let line = 1;
    for (let i = this.#text.indexOf("\n"); i >= 0 && i < this.#furthest; i = this.#text.indexOf("\n", i + 1)) line++;
    const rest = this.#text.slice(this.#at, this.#at + 20).split("\n")[0]!;
    fail(`syntax error at [${this.#file}] line (${line})${rest === "" ? ": the text ends too early" : `: near "${rest}"`}`);
  }

  /** Skips white space and comments; tells whether there were any. */
  blank(): boolean {
    const from = this.#at;
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === " " || char === "\t" || char === "\n") this.#at++;
      else if (char === "\r" && text[this.#at + 1] === "\n") this.#at += 2;
      else if (char === "#") this.#at = text.indexOf("\n", this.#at) + 1 || text.length;
      else break;
    }
    this.#furthest = Math.max(this.#furthest, this.#at);
    return this.#at > from;
  }

  /** White space must follow. */
  blanks(): void {
    if (!this.blank()) this.fail();
  }

  /** Takes `char` if it is next. */
  take(char: string): boolean {
    if (!this.sees(char)) return false;
    this.#at++;
    return true;
  }

  /** Whether `char` is next. */
  sees(char: string): boolean {
    return this.#text[this.#at] === char;
  }

  expect(char: string): void {
    if (!this.take(char)) this.fail();
  }

  tryWord(): string | undefined {
    return this.#match(WORD) || undefined;
  }

  word(): string {
    return this.tryWord() ?? this.fail();
  }

  /** Words joined by dots. */
  dottedName(): string {
    let name = this.word();
    while (this.#text[this.#at] === ".") {
      const before = this.#at++;
      const next = this.tryWord();
      if (next === undefined) {
        this.#at = before;
        break;
      }
      name += `.${next}`;
    }
    return name;
  }

  tryDigits(): string | undefined {
    return this.#match(DIGITS) || undefined;
  }

  digits(): string {
    return this.tryDigits() ?? this.fail();
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }
}
