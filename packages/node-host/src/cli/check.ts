/**
 * `skyloom check`: says what a configuration would run, and what is wrong with it, without running any of it.
 *
 * Source: design D15, D21, D2.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { DEFAULT_LUASERVICE, STOCK_SERVICES } from "@skyloom/runtime";
import { bundle } from "../loader/bundle.ts";
import { sharedStateOf } from "../loader/modules.ts";
import { candidates, isFile, servicesIn, splitPatterns } from "../loader/patterns.ts";
import { generatorMisuse } from "../scan/misuse.ts";
import { readConfig } from "./read-config.ts";

/** One service file and what was found in it. */
interface Checked {
  readonly isService: boolean;
  readonly exports: readonly string[];
  readonly inputs: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks; the exit code: 0, or 1 when something would fail. @throws ConfigError for a bad configuration. */
export async function check(named: string | undefined): Promise<number> {
  const { values, file, base, warnings } = await readConfig(named, "check");
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const patterns = splitPatterns(String(values["luaservice"] ?? DEFAULT_LUASERVICE));
  const snaxPatterns = splitPatterns(String(values["snax"] ?? ""));
  const services = servicesIn([...patterns, ...snaxPatterns], base);
  const problems: string[] = [];
  const notes = new Set<string>(warnings);

  say(`configuration ${file}`);
  const start = String(values["start"] ?? "main").split(/\s+/)[0]!;
  const place = start === "" ? undefined : candidates(start, patterns, base).find((c) => isFile(c.path));
  if (place !== undefined) {
    say(`start ${start}: ${place.path}`);
    if (!services.some((s) => s.path === place.path)) services.unshift({ name: start, path: place.path });
  } else if (start === "" || STOCK_SERVICES.includes(start)) say(`start ${start === "" ? "nothing" : `${start}: a stock service`}`);
  else {
    const tried = candidates(start, patterns, base).map((c) => `  ${c.path}`);
    problems.push(`the start service "${start}" was not found; tried:\n${tried.join("\n")}`);
  }

  for (const { name, path } of services) {
    try {
      const found = await checkFile(name, path);
      const isStart = path === place?.path;
      if (found.isService) say(`service ${name}: ${path}`);
      else if (isStart) problems.push(`the start service ${shown(path)} ${exportsText(name, found.exports)}`);
      else say(`no service ${name}: ${path} ${exportsText(name, found.exports)}`);
      for (const note of found.warnings) notes.add(note);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  for (const note of notes) say(`warning: ${note}`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  say(`${problems.length === 0 ? "ok" : "not ok"}: ${count(problems.length, "error")}, ${count(notes.size, "warning")}`);
  return problems.length === 0 ? 0 : 1;
}

async function checkFile(name: string, path: string): Promise<Checked> {
  const made = await bundle(path, dirname(path));
  return {
    isService: made.exports.includes("default") || made.exports.includes(name.split("/").at(-1)!),
    exports: made.exports,
    inputs: made.inputs,
    warnings: [...made.warnings, ...made.inputs.flatMap((input) => [...sharedStateOf(input), ...misuseOf(input)])],
  };
}

function misuseOf(path: string): string[] {
  if (!/\.[cm]?[jt]s$/.test(path) || path.includes("/node_modules/")) return [];
  return generatorMisuse(readFileSync(path, "utf8")).map(({ line, text }) => `${shown(path)}:${line}: ${text}`);
}

function exportsText(name: string, exports: readonly string[]): string {
  return `has no default export and none named ${name}; it exports ${exports.join(", ") || "nothing"}`;
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}
