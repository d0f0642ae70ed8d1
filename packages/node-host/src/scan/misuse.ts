/**
 * Finds operations that are made and never run: the mistake every newcomer makes, and which no stock linter sees.
 *
 * Source: design D2.
 *
 * @module
 */
import { OPERATIONS } from "./operations.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** A mistake and its line. */
export interface Misuse {
  readonly line: number;
  readonly text: string;
}

/** Array methods that call a function and would get a generator nobody runs. */
const CALLERS: ReadonlySet<string> = new Set(
  "forEach map filter some every find findIndex findLast findLastIndex flatMap reduce reduceRight sort".split(" "),
);

/** The mistakes of a file, in order. */
export function generatorMisuse(source: string): Misuse[] {
  const tokens = tokensOf(source);
  const imported = importedNames(tokens);
  const generators = generatorNames(tokens);
  const found: Misuse[] = [];
  const operationAt = (i: number): string | undefined => {
    const object = tokens[i]?.kind === "name" ? imported.get(tokens[i]!.text) : undefined;
    const method = tokens[i + 2]?.text ?? "";
    if (object === undefined || tokens[i + 1]?.text !== "." || tokens[i + 3]?.text !== "(") return undefined;
    return Object.hasOwn(OPERATIONS[object]!, method) ? `${tokens[i]!.text}.${method}(…)` : undefined;
  };
  tokens.forEach((token, i) => {
    const add = (text: string): void => void found.push({ line: token.line, text });
    const before = tokens[i - 1];
    const operation = operationAt(i);
    if (operation !== undefined) {
      if (before?.text === "await" || before?.text === "yield")
        add(`${before.text} ${operation} does not run it: write yield* ${operation}`);
      else if (beginsStatement(before, token) && isWholeStatement(tokens, i + 3))
        add(`${operation} is made but never run: write yield* ${operation}`);
    } else if (
      token.kind === "name" &&
      generators.has(token.text) &&
      tokens[i + 1]?.text === "(" &&
      beginsStatement(before, token) &&
      isWholeStatement(tokens, i + 1)
    )
      add(`${token.text}(…) is a generator and never runs: write yield* ${token.text}(…), or skynet.fork(${token.text})`);
    else if (before?.text === "." && CALLERS.has(token.text) && tokens[i + 1]?.text === "(" && givesGenerator(tokens, i + 2, generators))
      add(`the generator given to .${token.text}() never runs: write a for loop with yield* in it`);
  });
  return found;
}

/** Local names of imports from this project that have operations. */
function importedNames(tokens: readonly Token[]): Map<string, string> {
  const names = new Map<string, string>();
  tokens.forEach((token, i) => {
    if (token.text !== "import" || token.kind !== "name" || token.depth !== 0) return;
    const from = tokens.findIndex((t, k) => k > i && t.kind === "text");
    if (from === -1 || from - i > 200 || !/^["']@skyloom\//.test(tokens[from]!.text)) return;
    for (let k = i + 1; k < from; k++) {
      const name = tokens[k]!;
      if (name.kind !== "name" || !Object.hasOwn(OPERATIONS, name.text) || tokens[k - 1]?.text === "as") continue;
      names.set(tokens[k + 1]?.text === "as" ? tokens[k + 2]!.text : name.text, name.text);
    }
  });
  return names;
}

/** Names of functions declared as generators. */
function generatorNames(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>();
  tokens.forEach((token, i) => {
    if (token.text !== "function" || tokens[i + 1]?.text !== "*" || tokens[i - 1]?.text === "async") return;
    if (tokens[i + 2]?.kind === "name") names.add(tokens[i + 2]!.text);
    else if (tokens[i - 1]?.text === "=" && tokens[i - 2]?.kind === "name") names.add(tokens[i - 2]!.text);
  });
  return names;
}

function beginsStatement(before: Token | undefined, token: Token): boolean {
  if (before === undefined) return true;
  if (before.kind === "name")
    return (
      before.text === "else" ||
      before.text === "do" ||
      (token.afterBreak && !/^(yield|await|return|throw|new|of|in|typeof|void|delete|function)$/.test(before.text))
    );
  if (before.kind !== "punctuation") return token.afterBreak;
  if (/^[;{}]$/.test(before.text) || before.endsCondition) return true;
  return token.afterBreak && /^[)\]]$/.test(before.text);
}

/** Is the call whose `(` stands at `open` all there is of its statement? */
function isWholeStatement(tokens: readonly Token[], open: number): boolean {
  const { depth } = tokens[open]!;
  let end = open + 1;
  while (end < tokens.length && tokens[end]!.depth > depth) end++;
  const after = tokens[end + 1];
  return after === undefined || after.text === ";" || after.text === "}" || (after.afterBreak && after.kind === "name");
}

/** Is the first argument a generator? */
function givesGenerator(tokens: readonly Token[], i: number, generators: ReadonlySet<string>): boolean {
  const [first, second] = [tokens[i], tokens[i + 1]];
  if (first?.text === "function") return second?.text === "*";
  return first?.kind === "name" && generators.has(first.text) && (second?.text === ")" || second?.text === ",");
}
