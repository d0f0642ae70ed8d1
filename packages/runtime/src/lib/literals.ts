/**
 * Literal values typed by people: what the console's `call` takes. Lua's and JavaScript's spellings both work; nothing is executed.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";

const MAX_DEPTH = 32;

/**
 * Reads a comma-separated list of literals: numbers, quoted text, `true`, `false`, `nil`/`null`, `{1, 2, a = 3, ["k"] = 4}` and `[1, 2]`.
 *
 * @throws SkynetError `ARGUMENT` `Invalid arguments` with the place.
 */
export function parseLiterals(text: string): unknown[] {
  const reader = new Reader(text);
  const list: unknown[] = [];
  reader.space();
  while (!reader.done) {
    list.push(reader.value(0));
    reader.space();
    if (reader.done) break;
    reader.expect(",");
    reader.space();
    if (reader.done) reader.fail("a value");
  }
  return list;
}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  fail(expected: string): never {
    throw new SkynetError("ARGUMENT", `Invalid arguments: ${expected} expected at character ${this.#at + 1} of ${this.#text}`);
  }

  space(): void {
    while (!this.done && /\s/.test(this.#text[this.#at]!)) this.#at++;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  expect(char: string): void {
    if (this.#text[this.#at] !== char) this.fail(`"${char}"`);
    this.#at++;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels`);
    const quoted = this.#take(/"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/y);
    if (quoted) return unescape(quoted[1] ?? quoted[2] ?? "");
    const number = this.#take(/[+-]?(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\w.])/y);
    if (number) return Number(number[0]);
    const word = this.#take(/(?:true|false|nil|null|undefined)\b/y);
    if (word) return word[0] === "true" ? true : word[0] === "false" ? false : undefined;
    if (this.#text[this.#at] === "[") return this.#list(depth);
    if (this.#text[this.#at] === "{") return this.#table(depth);
    return this.fail("a number, a quoted text, true, false, nil, {…} or […]");
  }

  #list(depth: number): unknown[] {
    this.expect("[");
    const list: unknown[] = [];
    for (this.space(); this.#text[this.#at] !== "]"; this.space()) {
      list.push(this.value(depth + 1));
      this.space();
      if (this.#text[this.#at] !== "]") this.expect(",");
    }
    this.expect("]");
    return list;
  }

  #table(depth: number): unknown {
    this.expect("{");
    const list: unknown[] = [];
    const fields = new Map<unknown, unknown>();
    for (this.space(); this.#text[this.#at] !== "}"; this.space()) {
      const name = this.#take(/([A-Za-z_]\w*)\s*[=:](?!=)\s*/y);
      if (name) fields.set(name[1], this.value(depth + 1));
      else if (this.#text[this.#at] === "[") {
        this.expect("[");
        this.space();
        const key = this.value(depth + 1);
        this.space();
        this.expect("]");
        this.space();
        this.expect("=");
        this.space();
        fields.set(key, this.value(depth + 1));
      } else list.push(this.value(depth + 1));
      this.space();
      if (this.#text[this.#at] !== "}" && !this.#take(/[,;]/y)) this.fail('"," or "}"');
    }
    this.expect("}");
    if (fields.size === 0) return list;
    if (list.length === 0 && [...fields.keys()].every((k) => typeof k === "string"))
      return Object.fromEntries(fields as Map<string, unknown>);
    return new Map([...list.map((v, i): [unknown, unknown] => [i + 1, v]), ...fields]);
  }
}

function unescape(text: string): string {
  const known: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
  return text.replace(/\\(.)/g, (_all, c: string) => known[c] ?? c);
}
