/**
 * Turns the probe's readable source into one line without a single blank: the console cuts its lines at white space.
 *
 * Knows Lua's tokens and nothing of what the chunk does.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What stands for a blank where two tokens would run together: an empty comment. */
const BLANK = "--[[]]";

const TOKEN =
  /(?<skip>\s+|--\[\[[\s\S]*?\]\]|--[^\n]*)|(?<text>"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')|(?<word>[A-Za-z_]\w*|0[xX][\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<sign>\.\.\.|\.\.|==|~=|<=|>=|\/\/|::|<<|>>|[-+*/%^#&~|<>=(){}[\];:,.])/y;

/**
 * The same program without blanks. Blanks and tabs within texts become escapes.
 *
 * @throws Error for what it does not know, e.g. long texts in double brackets.
 */
export function withoutBlanks(lua: string): string {
  let line = "";
  let last = "";
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < lua.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(lua)?.groups;
    if (groups === undefined) throw new Error(`no token of Lua at ${JSON.stringify(lua.slice(at, at + 20))}`);
    if (groups["skip"] !== undefined) continue;
    const raw = groups["text"] ?? groups["word"] ?? groups["sign"]!;
    const token = groups["text"] === undefined ? raw : raw.replaceAll(" ", String.raw`\32`).replaceAll("\t", String.raw`\9`);
    if (groups["text"] === undefined && token === "[" && last === "[")
      throw new Error("long texts have blanks that cannot be seen; use quotes");
    // An empty comment begins with the same sign.
    if (last === "-" && token.startsWith("-"))
      throw new Error("two minus signs in a row cannot be parted without a blank; use parentheses");
    if (needsBlank(last, token)) line += BLANK;
    line += token;
    last = token;
  }
  if (/\s/.test(line)) throw new Error("a text of the probe holds white space that cannot be written as an escape");
  return line;
}

/** Would two tokens be read as something else without a blank? */
function needsBlank(a: string, b: string): boolean {
  if (/\w$/.test(a) && /^\w/.test(b)) return true;
  return (/^\d/.test(a) && b.startsWith(".")) || (/^\.+$/.test(a) && /^[.\d]/.test(b));
}

/** The debug command that the probe registers. */
export const PROBE_COMMAND = "SKYLOOM_WAITS";

/** The version that the probe answers with. */
export const PROBE_VERSION = 2;

/** The probe as people read it, beside this file; compiled code finds it in the sources that are shipped with it. */
export function probeSource(): string {
  for (const path of ["./probe.lua", "../../src/c-skynet/probe.lua"]) {
    try {
      return readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error("the probe's source probe.lua is not installed beside the package");
}

let chunk: string | undefined;

/** The probe as it is sent. */
export function probeChunk(): string {
  return (chunk ??= withoutBlanks(probeSource()));
}
