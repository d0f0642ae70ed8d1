/** Data in Lua syntax: what it stands for, and what is refused with its place. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SkynetError } from "../errors/error.ts";
import { readLuaData } from "./lua-data.ts";

const returned = (text: string, ...args: unknown[]): unknown => readLuaData(text, "t", args).returned;

describe("readLuaData", () => {
  it.each<[string, unknown]>([
    ["return { 1, 2, 3 }", [1, 2, 3]],
    ["return { a = 1, ['b c'] = 'x', }", { a: 1, "b c": "x" }],
    [
      "return { 1, a = 2, [10] = 3 }",
      new Map<unknown, unknown>([
        [1, 1],
        ["a", 2],
        [10, 3],
      ]),
    ],
    ["return { [2] = 'b', [1] = 'a' }", ["a", "b"]],
    ["return {}", []],
    [
      "-- a comment\nreturn { --[[ long ]] [[line\nline]], '\\u{4f60}\\xe5\\xa5\\xbd', '\\255' }",
      ["line\nline", "你好", Uint8Array.of(255)],
    ],
    [
      "return { 0x10, 0x1p4, 1e3, 1.5, 9007199254740993, -1, 2^10, 7 // 2, -7 % 3, 1 / 2 }",
      [16, 16, 1000, 1.5, 9007199254740993n, -1, 1024, 3, 2, 0.5],
    ],
    ["local base = 10; return { hp = base * 2, name = 'a' .. base, off = not base }", { hp: 20, name: "a10", off: false }],
    [
      "local t = { 1 }; t.x = 2; t[2] = 3; return { t = t, one = t[1] }",
      {
        t: new Map<unknown, unknown>([
          [1, 1],
          ["x", 2],
          [2, 3],
        ]),
        one: 1,
      },
    ],
    ["return { a = nil, b = true }", { b: true }],
  ])("%s", (text, value) => {
    expect(returned(text)).toEqual(value);
  });

  it("gives the names that were assigned when nothing is returned, and arguments for ...", () => {
    const { returned: none, assigned } = readLuaData("a = 1; b = { c = a }; local hidden = 2; d = ...; e = { ... }; b.f = 3", "t", [
      "x",
      "y",
    ]);
    expect(none).toBeUndefined();
    expect(assigned).toEqual({ a: 1, b: { c: 1, f: 3 }, d: "x", e: ["x", "y"] });
  });

  it.each([
    [
      "return { f = function() end }",
      "UNSUPPORTED",
      "t:1:14: function cannot be used here; text is read as data, not run: compute it in TypeScript and give the table, or name a .ts file",
    ],
    ["x = os.time()", "UNSUPPORTED", "t:1:5: call cannot be used here"],
    ["if true then x = 1 end", "UNSUPPORTED", "t:1:1: if cannot"],
    ["\n  x = nothing", "UNSUPPORTED", "t:2:7: the name nothing has no value here"],
    ["return { 1, ", "ARGUMENT", "t:1:12: "],
    ["x = 'a' .. {}", "ARGUMENT", "t:1:5: only short texts"],
    ["x = 1 + 'a'", "UNSUPPORTED", "t:1:5: binary cannot"],
    ["x = { [nil] = 1 }", "ARGUMENT", "a key is nil"],
    ["t = {}; t.t = t", "ARGUMENT", "a table that holds itself"],
    ["x = " + "{".repeat(5000) + "}".repeat(5000), "ARGUMENT", ""],
  ])("refuses %s", (text, code, message) => {
    let error: unknown;
    try {
      readLuaData(text, "t", []);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SkynetError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("gives data or refuses, whatever the text", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom("return ", "{", "}", "a", "=", "1", ",", "'x'", "[", "]", "local ", "...", "..", "-", "nil", "\n", "(", ")"),
          { maxLength: 20 },
        ),
        (parts) => {
          try {
            readLuaData(parts.join(""), "t", [1]);
          } catch (error) {
            expect(error).toBeInstanceOf(SkynetError);
          }
        },
      ),
      { numRuns: 500 },
    ));
});
