/** The documents keep their promises: both languages say the same, links lead somewhere, and the project speaks only of itself. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n");
const documents = tracked.filter((f) => f.endsWith(".md") && existsSync(join(root, f)));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

describe("two languages (English and Simplified Chinese)", () => {
  for (const chinese of documents.filter((f) => f.endsWith(".zh-CN.md"))) {
    it(`${chinese} has the headings' levels and the code blocks of the English page`, () => {
      const english = chinese.replace(".zh-CN.md", ".md");
      const shape = (file: string) => {
        const text = read(file);
        const code = [...text.matchAll(/^```[\s\S]*?^```/gm)].map((m) => m[0]);
        const headings = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^(#+) /gm)].map((m) => m[1]);
        return { code, headings };
      };
      expect(shape(chinese)).toEqual(shape(english));
    });
  }
});

it("links between the documents lead to files that exist", () => {
  const broken: string[] = [];
  for (const file of documents)
    for (const [, target] of read(file)
      .replace(/^```[\s\S]*?^```/gm, "")
      .matchAll(/\]\((?!https?:|#|mailto:)([^)\s]+)\)/g)) {
      const path = join(root, dirname(file), target!.split("#")[0]!);
      if (!existsSync(path)) broken.push(`${file} -> ${target}`);
    }
  expect(broken).toEqual([]);
});
