/** The types of a schema as text; what they do is in `sproto-types/use.test-d.ts`, which the compiler checks. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";

const here = new URL("./sproto-types/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, here), "utf8");

describe("sprotoparser.types", () => {
  it("gives the file that the type tests use", () => {
    expect(sprotoparser.types(read("game.sproto"), "game.sproto")).toBe(read("game.d.ts"));
  });

  it("refuses what the parser refuses, with the same text", () => {
    for (const text of [".A { x 0 : B }", ".A { x 0 : integer x 1 : string }", "p 1 { request A }", ".A { m 0 : *A() }"]) {
      const parse = (): unknown => sprotoparser.parse(text);
      let reason = "";
      try {
        parse();
      } catch (error) {
        reason = (error as Error).message;
      }
      expect(() => sprotoparser.types(text)).toThrow(reason);
    }
  });

  it("names of files cannot end the comment they stand in", () => {
    const [first] = sprotoparser.types(".A { x 0 : integer }", "a*/b\nc.sproto").split("\n");
    expect(first).toBe(
      "/** Types of a* /b c.sproto: made by skyloom sproto types, not to be edited. Use them as sproto.parse<Schema>(text). */",
    );
  });

  it("any text gives types or the parser's error", () => {
    const piece = fc.constantFrom(
      ".A",
      "{",
      "}",
      " x",
      " 0",
      " :",
      " integer",
      " *A",
      "(x)",
      "()",
      "\n",
      " nil",
      "p 1 ",
      "request ",
      ".B ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const tried = (f: () => unknown): string => {
          try {
            f();
            return "ok";
          } catch (error) {
            return (error as Error).message;
          }
        };
        expect(tried(() => sprotoparser.types(text))).toBe(tried(() => sprotoparser.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });
});
