/**
 * The examples of comments and documents as files that the compiler checks.
 *
 * An example is a block fenced as `ts` or `tsx` in a comment with two stars, or in a Markdown file. It is checked as a module with the settings of
 * the tests. Lines that `yield*` outside of a function stand in a generator, as they would in a service. In scope is, besides what the
 * example imports: what `examples-prelude.ts` declares and, when the file is not itself what users import, what the file exports.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What users import, and the source file behind it: `@skyloom/runtime/queue` → `/…/packages/runtime/src/lib/queue.ts`. */
export function entryPoints(): Record<string, string[]> {
  const paths: Record<string, string[]> = {};
  for (const folder of readdirSync(join(root, "packages"))) {
    const { name, exports } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest;
    for (const [subpath, target] of Object.entries(exports ?? {})) {
      const source = target["skynet-source"];
      if (source !== undefined) paths[join(name, subpath)] = [join(root, "packages", folder, source)];
    }
  }
  return paths;
}

/** One block of code. */
export interface Example {
  /** The file it stands in, from the root of the repository. */
  readonly file: string;
  /** Line of its first line of code, and the characters left of the code there. */
  readonly line: number;
  readonly margin: number;
  readonly language: "ts" | "tsx";
  readonly code: readonly string[];
  /** Names that the file exports and the example may use. */
  readonly own: readonly string[];
}

/** A file that may have examples. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** Do users import this very file? Then its examples import what they use. */
  readonly entry?: boolean;
}

const FENCE = /^(\s*(?:\* ?)?)```(tsx?)\s*$/;

/** The examples of a file, in order; and the places of those that the compiler would not see, with the reason. */
export function examplesOf({ file, text, entry }: Source): { readonly examples: Example[]; readonly unseen: string[] } {
  const markdown = file.endsWith(".md");
  const own = markdown || entry === true ? [] : exportsOf(text);
  const lines = text.split("\n");
  const examples: Example[] = [];
  const unseen: string[] = [];
  let inComment = markdown;
  let open: { margin: string; line: number; language: "ts" | "tsx"; code: string[] } | undefined;
  lines.forEach((line, i) => {
    if (!markdown && !inComment) inComment = /^\s*\/\*\*/.test(line);
    if (!inComment) return;
    if (!markdown && /^\s*(?:\/\*)?\*+ @example\b/.test(line) && !FENCE.test(lines[i + 1] ?? ""))
      unseen.push(`${file}:${i + 1}: an example is a block fenced as ts or tsx, on the lines below its tag`);
    if (open === undefined) {
      const fence = FENCE.exec(line);
      if (fence !== null) open = { margin: fence[1]!, line: i + 2, language: fence[2] as "ts" | "tsx", code: [] };
    } else if (line.trimEnd() === `${open.margin}\`\`\``) {
      examples.push({ file, line: open.line, margin: open.margin.length, language: open.language, code: open.code, own });
      open = undefined;
    } else open.code.push(line.slice(open.margin.length));
    if (!markdown && line.includes("*/")) {
      if (open !== undefined) unseen.push(`${file}:${open.line - 1}: this block is not closed before its comment ends`);
      open = undefined;
      inComment = false;
    }
  });
  return { examples, unseen };
}

/** Names a module exports by declaring them. */
function exportsOf(text: string): string[] {
  const pattern =
    /^export\s+(?:declare\s+)?(?:abstract\s+|async\s+)?(function\s*\*?|const|let|class|interface|type)\s+([A-Za-z_$][\w$]*)/gm;
  return [...new Set([...text.matchAll(pattern)].map((m) => (/^[it]/.test(m[1]!) ? `type ${m[2]!}` : m[2]!)))];
}

interface Written {
  readonly path: string;
  readonly example: Example;
  /** Line of the written file → index of the line of code; `undefined` for lines that were added. */
  readonly lines: readonly (number | undefined)[];
}

/** An example as a module. */
function moduleOf(example: Example, path: string): { readonly text: string; readonly lines: (number | undefined)[] } {
  const { code, own, file } = example;
  const text: string[] = [];
  const lines: (number | undefined)[] = [];
  const add = (line: string, from?: number): void => void (text.push(line), lines.push(from));
  const whole = code.join("\n");
  const declares = (name: string): boolean =>
    new RegExp(`\\b(?:const|let|class|function\\*?|interface|type)\\s+${name}\\b|\\bimport[^;]*\\b${name}\\b`).test(whole);
  const declared = own.filter((name) => !declares(name.replace("type ", "")));
  if (declared.length > 0) {
    const from = relative(dirname(path), join(root, file));
    add(`import { ${declared.join(", ")} } from ${JSON.stringify(from)};`);
  }
  const begin = code.findIndex((line) => line.trim() !== "" && !/^import\b/.test(line));
  const head = begin === -1 ? code.length : begin;
  code.slice(0, head).forEach((line, i) => add(line, i));
  const wrap = /\byield\b/.test(whole) && !/^(?:export|declare)\b/m.test(whole);
  if (wrap) add("export function* example(): import('@skyloom/runtime').Operation<unknown> {");
  code.slice(head).forEach((line, i) => add(line, head + i));
  if (wrap) add("return undefined; }");
  add("export {};");
  return { text: `${text.join("\n")}\n`, lines };
}

/** A block that begins with the name of a file, which its page's other blocks may import, is that file: `// game/service/main.ts`. */
function nameOf({ file, code }: Example): string | undefined {
  const [, name] = /^\/\/ ([\w./-]+\.tsx?)$/.exec(code[0] ?? "") ?? [];
  return name === undefined ? undefined : join(file.replaceAll(/\W+/g, "-").replace("-zh-CN", ""), name);
}

/**
 * Compiles examples, all at once.
 *
 * @returns what the compiler says, as `file:line:column: text`, by the examples' own places; empty when all compile.
 * @throws Error when the compiler did not run.
 */
export function compile(examples: readonly Example[]): string[] {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "examples-"));
  try {
    const files = new Set<string>();
    const written = examples.flatMap((example, i): Written[] => {
      const name = nameOf(example);
      const path = join(folder, name ?? `example-${i}.${example.language}`);
      const { text, lines } = moduleOf(example, path);
      // The same file on the same page in another language.
      if (name !== undefined && files.has(`${path}\n${text}`)) return [];
      files.add(`${path}\n${text}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return [{ path, example, lines }];
    });
    const config = join(folder, "tsconfig.json");
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(root, "tsconfig.tests.json"),
        compilerOptions: { paths: entryPoints(), typeRoots: [join(root, "node_modules/@types")] },
        include: [],
        files: [
          ...written.map((w) => w.path),
          join(root, "tools/run/examples-prelude.ts"),
          join(root, "packages/runtime/src/globals.d.ts"),
        ],
      }),
    );
    const done = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config, "--pretty", "false"], {
      cwd: root,
      encoding: "utf8",
    });
    if (done.error !== undefined) throw done.error;
    const errors = mapped(done.stdout, written);
    if (done.status !== 0 && errors.length === 0)
      throw new Error(`the compiler failed with exit code ${done.status}: ${done.stdout}${done.stderr}`);
    return errors;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The compiler's messages with the places of the examples instead of those of the written files. */
function mapped(output: string, written: readonly Written[]): string[] {
  const byPath = new Map(written.map((w) => [w.path, w]));
  const errors: string[] = [];
  for (const line of output.split("\n")) {
    const at = /^(.+?)\((\d+),(\d+)\): (error .*)$/.exec(line);
    if (at === null) {
      if (/^\s+\S/.test(line) && errors.length > 0) errors.push(`${errors.pop()!}\n${line}`);
      else if (line.startsWith("error ")) errors.push(line);
      continue;
    }
    const [, path, row, column, text] = at;
    const from = byPath.get(resolve(root, path!));
    const index = from?.lines[Number(row) - 1];
    if (from === undefined) errors.push(`${path}:${row}:${column}: ${text}`);
    else if (index === undefined) errors.push(`${from.example.file}:${from.example.line}: ${text}`);
    else errors.push(`${from.example.file}:${from.example.line + index}:${Number(column) + from.example.margin}: ${text}`);
  }
  return errors;
}
