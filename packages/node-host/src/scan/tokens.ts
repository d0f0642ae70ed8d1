/**
 * Cuts TypeScript or JavaScript into tokens, well enough to find declarations and calls in files that a real parser has accepted.
 *
 * Follows strings, templates, comments, regular expressions and brackets; knows no grammar. Never fails: what it takes for something else
 * costs at most a missed or a wrong warning.
 *
 * @module
 */

/** A piece of source. */
export interface Token {
  readonly kind: "name" | "number" | "text" | "regex" | "punctuation";
  /** As written; of texts and regular expressions too. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Brackets it lies in; an opening or closing bracket lies outside of its own pair. */
  readonly depth: number;
  /** A line break comes before it. */
  readonly afterBreak: boolean;
  /** Closes the condition of an if, while, for or with. */
  readonly endsCondition: boolean;
}

/** Names after which a slash begins a regular expression. */
const OPERATOR_NAMES: ReadonlySet<string> = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await extends default".split(" "),
);
const CONDITIONS: ReadonlySet<string> = new Set(["if", "while", "for", "with"]);

const SPACE = /[ \t\r\f\v\u00a0\ufeff]+/y;
const NAME = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y;
const REGEX = /\/(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/y;
const PUNCTUATION = /=>|\.\.\.|\?\.(?!\d)|[-+]{2}|[^\s]/uy;

/** All tokens of a text. */
export function tokensOf(source: string): Token[] {
  return new Scanner(source).scan();
}

class Scanner {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  /** What closes the brackets that are open: `)` and `]` and `}`, `)?` after a condition, `` ` `` for the code part of a template. */
  readonly #open: string[] = [];
  #at = 0;
  #line = 1;
  #break = false;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): Token[] {
    const { length } = this.#source;
    while (this.#at < length) this.#next();
    return this.#tokens;
  }

  #next(): void {
    const c = this.#source[this.#at]!;
    if (c === "\n") {
      this.#at++;
      this.#line++;
      this.#break = true;
    } else if (this.#match(SPACE) !== undefined) return;
    else if (c === "/" && this.#comment()) return;
    else if (c === '"' || c === "'") this.#quoted(c);
    else if (c === "`") this.#template(this.#at + 1);
    else if (c === "/" && this.#regexMayBegin()) this.#add("regex", this.#match(REGEX) ?? this.#take(1));
    else {
      const name = this.#match(NAME);
      if (name !== undefined) return this.#add("name", name);
      const number = this.#match(NUMBER);
      if (number !== undefined) return this.#add("number", number);
      this.#punctuation(this.#match(PUNCTUATION) ?? this.#take(1));
    }
  }

  /** What matches here, taken. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(length: number): string {
    const text = this.#source.slice(this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  #add(kind: Token["kind"], text: string, line: number = this.#line, endsCondition: boolean = false): void {
    this.#tokens.push({ kind, text, line, depth: this.#open.length, afterBreak: this.#break, endsCondition });
    this.#break = false;
  }

  #comment(): boolean {
    const second = this.#source[this.#at + 1];
    if (second !== "/" && second !== "*") return false;
    const end = second === "/" ? this.#source.indexOf("\n", this.#at) : this.#source.indexOf("*/", this.#at + 2);
    const to = end === -1 ? this.#source.length : second === "/" ? end : end + 2;
    this.#pass(to);
    return true;
  }

  /** Goes on at `to`, counting lines. */
  #pass(to: number): void {
    for (let at = this.#source.indexOf("\n", this.#at); at !== -1 && at < to; at = this.#source.indexOf("\n", at + 1)) {
      this.#line++;
      this.#break = true;
    }
    this.#at = to;
  }

  /** A text in quotes ends at its line's end if nothing else ends it. */
  #quoted(quote: string): void {
    const line = this.#line;
    let end = this.#at + 1;
    for (; end < this.#source.length; end++) {
      const c = this.#source[end]!;
      if (c === "\\") end++;
      else if (c === quote || c === "\n") break;
    }
    if (this.#source[end] === quote) end++;
    const text = this.#source.slice(this.#at, end);
    this.#add("text", text, line);
    const broken = this.#break;
    this.#pass(Math.min(end, this.#source.length));
    this.#break = broken;
  }

  /** The text of a template from its beginning or from the end of a code part. */
  #template(from: number): void {
    let end = from;
    for (; end < this.#source.length; end++) {
      const c = this.#source[end]!;
      if (c === "\\") end++;
      else if (c === "`" || (c === "$" && this.#source[end + 1] === "{")) break;
    }
    const isCode = this.#source[end] === "$";
    const to = Math.min(end + (isCode ? 2 : 1), this.#source.length);
    this.#add("text", this.#source.slice(from - 1, to));
    const broken = this.#break;
    this.#pass(to);
    this.#break = broken;
    if (isCode) this.#open.push("`");
  }

  #regexMayBegin(): boolean {
    const last = this.#tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === "name") return OPERATOR_NAMES.has(last.text);
    if (last.kind !== "punctuation") return false;
    if (last.text === ")") return last.endsCondition;
    if (last.text === "}") return this.#break;
    return last.text !== "]" && last.text !== "++" && last.text !== "--";
  }

  #punctuation(text: string): void {
    if (text === "(" || text === "[" || text === "{") {
      const before = this.#tokens.at(-1);
      this.#add("punctuation", text);
      const isCondition = before?.kind === "name" && CONDITIONS.has(before.text);
      this.#open.push(text === "(" ? (isCondition ? ")?" : ")") : text === "[" ? "]" : "}");
    } else if (text === ")" || text === "]" || text === "}") {
      const open = this.#open.pop();
      if (text === "}" && open === "`") this.#template(this.#at);
      else this.#add("punctuation", text, this.#line, open === ")?");
    } else this.#add("punctuation", text);
  }
}
