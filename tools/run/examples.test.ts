/** Examples are code: those of comments and of documents compile with the project's settings. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compile, entryPoints, examplesOf } from "./examples.ts";
import type { Source } from "./examples.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Source files that users import by a package's name. */
const entries = new Set(
  Object.values(entryPoints())
    .flat()
    .map((path) => relative(root, path)),
);

const sources: readonly Source[] = files
  .filter((f) => /^packages\/[^/]+\/src\/.*\.tsx?$|\.md$/.test(f) && existsSync(join(root, f)))
  .map((file) => ({ file, text: read(file), entry: entries.has(file) }));

/** A file with examples that are right, and some that are not. */
const planted: Source = {
  file: "planted.ts",
  entry: true,
  text: `
export const own = 5;

/**
 * Says something.
 *
 * @example
 * \`\`\`ts
 * const n: number = own;
 * const woke = yield* skynet.sleep(n);
 * \`\`\`
 * @example Wrong
 * \`\`\`ts
 * const n: number = "text";
 * await skynet.sleep(5);
 * yield skynet.sleep(nobody);
 * \`\`\`
 */
export const other = {
  /**
   * @example
   * \`\`\`tsx
   * const list: string[] = [];
   * const first: string = list[0];
   * \`\`\`
   */
  x: 1,
};

/** @example \`skynet.sleep()\` */

/**
 * \`\`\`ts
 * skynet.self();
 */
`,
};

describe("examples", () => {
  let errors: readonly string[];
  const examples = sources.flatMap((source) => examplesOf(source).examples);

  // One run of the compiler for all, the planted ones included.
  beforeAll(() => {
    errors = compile([...examples, ...examplesOf(planted).examples]);
  }, 120_000);

  it("are found", () => {
    expect(examples.filter((e) => e.file.startsWith("packages/")).length).toBeGreaterThan(35);
    expect(examples.filter((e) => e.file === "README.md").length).toBe(2);
    expect(entries).toContain("packages/runtime/src/lib/queue.ts");
  });

  it("in comments and documents compile", () => {
    expect(errors.filter((e) => !e.startsWith("planted.ts:"))).toEqual([]);
  });

  it("that do not compile are reported at their place", () => {
    const places = errors
      .filter((e) => e.startsWith("planted.ts:"))
      .map((e) => /^planted\.ts:(\d+:\d+): error (TS\d+)/.exec(e)?.slice(1).join(" "));
    expect(places).toEqual([
      // In a file that users import, an example imports what it uses.
      "9:22 TS2304",
      "14:10 TS2322",
      "15:4 TS1308",
      "15:4 TS1320",
      "16:10 TS2741",
      "16:23 TS2304",
      "24:12 TS2322",
    ]);
  });

  it("stand in blocks, so that the compiler sees them", () => {
    expect(sources.flatMap((source) => examplesOf(source).unseen)).toEqual([]);
    expect(examplesOf(planted).unseen).toEqual([
      "planted.ts:30: an example is a block fenced as ts or tsx, on the lines below its tag",
      "planted.ts:33: this block is not closed before its comment ends",
    ]);
  });
});
