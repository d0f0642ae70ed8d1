/**
 * Each function of the contract has a test that quotes it: its name stands in the title of a test whose file works with its module, or whose
 * title names the module. What the test is worth is for its reader to say; that nobody forgot the row is said here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { core, management, modules, sprotoMethods, hostMethods } from "./api-index.ts";

interface Quote {
  readonly file: string;
  readonly title: string;
}

const TITLE = /\b(?:describe|it)(?:\.\w+)*(?:\s*\((?:[^()]|\([^()]*\))*\))?\s*\(\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

/** Titles of all tests but those of names alone, with the text of their files. */
const quotes: readonly Quote[] = ["runtime", "node-host"].flatMap((name) => {
  const folder = fileURLToPath(new URL(`../../${name}/`, import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /^(src|test)\b.*\.test\.ts$/.test(path) && !/\bapi-\w+\.test\.ts$/.test(path))
    .flatMap((path) => {
      const file = readFileSync(folder + path, "utf8");
      return [...file.matchAll(TITLE)].map(([, title]) => ({ file, title: title! }));
    });
});

const word = (name: string): RegExp => new RegExp(`(?<![\\w$])${name}(?![\\w$])`);

function quoted(module: string, name: string): boolean {
  const [of, imported] = [word(module), new RegExp(`^import\\b[^;]*(?<![\\w$])${module}(?![\\w$])`, "m")];
  return quotes.some(({ file, title }) => word(name).test(title) && (of.test(title) || imported.test(file)));
}

it("there are titles to look through", () => {
  expect(quotes.length).toBeGreaterThan(1000);
  expect([quoted("sharedata", "deepcopy"), quoted("sharedata", "no_such_function")]).toEqual([true, false]);
});

describe.each([
  ["skynet", [...core, ...management]],
  ["sproto", [...sprotoMethods, ...hostMethods]],
  ...modules.map(({ name, functions }) => [name === "channel" ? "socketchannel" : name.split(".").at(-1)!, functions] as const),
] as const)("%s", (module, functions) => {
  it("has a test for each function", () => {
    expect(functions.filter((name) => !quoted(module, name))).toEqual([]);
  });
});
