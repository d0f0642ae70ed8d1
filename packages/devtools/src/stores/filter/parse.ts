/**
 * The filter language: text into terms. One grammar for all tables.
 *
 * ```text
 * query = { term }                       terms are joined by AND
 * term  = [ "-" ] ( "(" query { "OR" query } ")" | name op value { "," value } | ("is"|"has"|"no") ":" name | text )
 * op    = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=" | "~"
 * text  = word | "quoted" | /regex/
 * value = word | "quoted" | number [ unit ] | number ".." number [ unit ] | /regex/
 * ```
 *
 * Knows nothing of tables: whether a field exists is decided where a query is compiled.
 *
 * @module
 */

/** How a field is compared. */
export type Operator = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=" | "~";

/** One value of a field. */
export type Value =
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "number"; readonly value: number; readonly unit: string; readonly text: string }
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly unit: string; readonly text: string }
  | { readonly kind: "regex"; readonly regex: RegExp };

/** One term, and where it stands in the text. */
export type Term = {
  readonly not: boolean;
  readonly from: number;
  readonly to: number;
} & (
  | { readonly kind: "group"; readonly any: readonly (readonly Term[])[] }
  | { readonly kind: "field"; readonly name: string; readonly op: Operator; readonly values: readonly Value[] }
  | { readonly kind: "flag"; readonly word: "is" | "has" | "no"; readonly name: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "regex"; readonly regex: RegExp }
);

/** What is wrong with a query, and where. */
export interface FilterFault {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** A query as terms, or what is wrong with it. */
export type Parsed = { readonly terms: readonly Term[] } | { readonly fault: FilterFault };

/** Groups within groups beyond this are refused. */
const MAX_DEPTH = 20;

class Fault extends Error {
  readonly fault: FilterFault;
  constructor(from: number, to: number, message: string) {
    super(message);
    this.fault = { from, to, message };
  }
}

/** Reads a query. Never throws. */
export function parseFilter(text: string): Parsed {
  try {
    const parser = new Parser(text);
    const terms = parser.query(0);
    parser.end();
    return { terms };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.fault };
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  query(depth: number): Term[] {
    const terms: Term[] = [];
    for (;;) {
      this.#space();
      if (this.#at >= this.#text.length || this.#text[this.#at] === ")" || this.#word("OR")) return terms;
      terms.push(this.#term(depth));
    }
  }

  end(): void {
    this.#space();
    if (this.#at >= this.#text.length) return;
    const what = this.#text[this.#at] === ")" ? "there is no ( for this )" : "OR stands only inside ( … )";
    throw new Fault(this.#at, this.#at + (what.startsWith("OR") ? 2 : 1), what);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  /** Whether this word stands here, by itself. */
  #word(word: string): boolean {
    const next = this.#text[this.#at + word.length];
    return this.#text.startsWith(word, this.#at) && (next === undefined || /[\s()]/.test(next));
  }

  #term(depth: number): Term {
    const from = this.#at;
    const not = this.#text[from] === "-" && /\S/.test(this.#text[from + 1] ?? "");
    if (not) this.#at++;
    const at = (): { not: boolean; from: number; to: number } => ({ not, from, to: this.#at });
    if (this.#text[this.#at] === "(") {
      const any = this.#group(depth);
      return { kind: "group", any, ...at() };
    }
    const field = /^([A-Za-z][\w.%]*)(!=|>=|<=|[:=><~])/.exec(this.#text.slice(this.#at, this.#at + 80));
    // `c:\logs` and `http://…` are rare enough; a name and an operator always mean a field.
    if (field !== null) {
      const name = field[1]!.toLowerCase();
      const op = field[2] as Operator;
      this.#at += field[0].length;
      if ((name === "is" || name === "has" || name === "no") && (op === ":" || op === "=")) {
        const mark = this.#bare();
        if (mark === "") throw new Fault(from, this.#at, `${name}: needs a name after it`);
        return { kind: "flag", word: name, name: mark.toLowerCase(), ...at() };
      }
      const values = [this.#value(from)];
      while (this.#text[this.#at] === ",") {
        this.#at++;
        values.push(this.#value(from));
      }
      return { kind: "field", name, op, values, ...at() };
    }
    if (this.#text[this.#at] === '"') {
      const text = this.#quoted();
      return { kind: "text", text, ...at() };
    }
    const regex = this.#regex();
    if (regex !== undefined) return { kind: "regex", regex, ...at() };
    const text = this.#bare(true);
    return { kind: "text", text, ...at() };
  }

  #group(depth: number): Term[][] {
    const open = this.#at++;
    if (depth >= MAX_DEPTH) throw new Fault(open, open + 1, "too many ( inside each other");
    const any = [this.query(depth + 1)];
    while (this.#word("OR")) {
      this.#at += 2;
      any.push(this.query(depth + 1));
    }
    if (this.#text[this.#at] !== ")") throw new Fault(open, open + 1, "this ( is not closed");
    this.#at++;
    if (any.some((terms) => terms.length === 0)) throw new Fault(open, this.#at, "a side of this group is empty");
    return any;
  }

  #value(from: number): Value {
    if (this.#text[this.#at] === '"') return { kind: "word", text: this.#quoted() };
    const regex = this.#regex();
    if (regex !== undefined) return { kind: "regex", regex };
    const text = this.#bare();
    if (text === "") throw new Fault(from, this.#at, "a value is missing here");
    const range = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)([A-Za-z%]*)$/.exec(text);
    if (range !== null) return { kind: "range", from: Number(range[1]), to: Number(range[2]), unit: range[3]!, text };
    const number = /^(-?\d+(?:\.\d+)?)([A-Za-z%]{0,2})$/.exec(text);
    if (number !== null) return { kind: "number", value: Number(number[1]), unit: number[2]!, text };
    return { kind: "word", text };
  }

  /** Up to the next space, bracket or (in values) comma. */
  #bare(comma = false): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !(comma ? /[\s()]/ : /[\s(),]/).test(this.#text[this.#at]!)) this.#at++;
    if (this.#at === from && comma) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #quoted(): string {
    const open = this.#at;
    const close = this.#text.indexOf('"', open + 1);
    if (close < 0) throw new Fault(open, this.#text.length, 'this " is not closed');
    this.#at = close + 1;
    return this.#text.slice(open + 1, close);
  }

  /** A regex, when one stands here: it must close, or it is plain text. */
  #regex(): RegExp | undefined {
    const open = this.#at;
    if (this.#text[open] !== "/") return undefined;
    let close = open + 1;
    while (close < this.#text.length && this.#text[close] !== "/") close += this.#text[close] === "\\" ? 2 : 1;
    if (close >= this.#text.length || close === open + 1) return undefined;
    this.#at = close + 1;
    try {
      return new RegExp(this.#text.slice(open + 1, close), "i");
    } catch (error) {
      throw new Fault(
        open,
        close + 1,
        `this is no regular expression: ${error instanceof Error ? error.message.replace(/^.*: /, "") : ""}`,
      );
    }
  }
}
