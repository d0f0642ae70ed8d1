/**
 * Finds variables at the top of a service's file. In Lua each instance of a service has its own; here all of them share the module.
 *
 * Source: design D21.
 *
 * @module
 */
import { type Token, tokensOf } from "./tokens.ts";

/** A variable that can change and lies outside of every function. */
export interface SharedVariable {
  readonly keyword: "let" | "var";
  readonly name: string;
  readonly line: number;
}

/** The `let` and `var` declarations at the top level of a file, in order. */
export function sharedState(source: string): SharedVariable[] {
  const tokens = tokensOf(source).filter((t) => t.depth === 0 || t.kind === "name" || t.kind === "punctuation");
  const found: SharedVariable[] = [];
  tokens.forEach((token, i) => {
    const { text } = token;
    if (token.depth !== 0 || token.kind !== "name" || (text !== "let" && text !== "var") || !beginsStatement(tokens, i)) return;
    for (const { name, line } of declared(tokens, i + 1)) found.push({ keyword: text, name, line });
  });
  return found;
}

function beginsStatement(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1];
  if (before === undefined) return true;
  if (before.text === "declare" || before.text === ".") return false;
  return before.text === "export" || before.text === ";" || before.text === "}" || tokens[i]!.afterBreak;
}

/** The names of one declaration. */
function declared(tokens: readonly Token[], from: number): { name: string; line: number }[] {
  const names: { name: string; line: number }[] = [];
  let i = from;
  for (;;) {
    const token = tokens[i];
    if (token === undefined) return names;
    if (token.text === "{" || token.text === "[") {
      const end = tokens.findIndex((t, k) => k > i && t.depth === token.depth);
      for (let k = i + 1; k < end; k++) if (isBound(tokens, k)) names.push({ name: tokens[k]!.text, line: tokens[k]!.line });
      i = end + 1;
    } else if (token.kind === "name") {
      names.push({ name: token.text, line: token.line });
      i++;
    } else return names;
    const next = nextName(tokens, i);
    if (next === undefined) return names;
    i = next;
  }
}

/** In a pattern a name is bound when nothing renames it and it is not a default. */
function isBound(tokens: readonly Token[], i: number): boolean {
  if (tokens[i]!.kind !== "name") return false;
  const after = tokens[i + 1]?.text;
  const before = tokens[i - 1]?.text;
  return before !== "=" && before !== "." && (after === "," || after === "}" || after === "]" || after === "=");
}

/** Where the next name of the same declaration stands. */
function nextName(tokens: readonly Token[], from: number): number | undefined {
  // Behind a type or a value a comma may belong to type arguments, so there the next name must look like a declaration.
  const bare = tokens[from]?.text === ",";
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.depth !== 0) continue;
    if (token.text === ";" || (i > from && token.afterBreak && endsBefore(tokens, i))) return undefined;
    if (token.text !== ",") continue;
    const after = tokens[i + 2]?.text;
    if (bare || (tokens[i + 1]?.kind === "name" && (after === "=" || after === ":"))) return i + 1;
  }
  return undefined;
}

/** A line break ends the statement when neither side of it wants to go on. */
function endsBefore(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1]!;
  const token = tokens[i]!;
  const goesOn = before.kind === "punctuation" && !/^[)\]}]$|^\+\+$|^--$/.test(before.text);
  return (
    !goesOn &&
    token.kind === "name" &&
    token.text !== "in" &&
    token.text !== "instanceof" &&
    token.text !== "as" &&
    token.text !== "satisfies"
  );
}
