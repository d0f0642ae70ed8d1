import { parse } from "luaparse";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { probeChunk, probeSource, PROBE_COMMAND, PROBE_VERSION, withoutBlanks } from "./probe-chunk.ts";

/** The tree of a program without what only says how a text was written. */
function tree(lua: string): unknown {
  return JSON.parse(
    JSON.stringify(parse(lua, { luaVersion: "5.3", comments: false, encodingMode: "x-user-defined" }), (key, value: unknown) =>
      key === "raw" ? undefined : value,
    ),
  );
}

describe("the probe", () => {
  it("holds no blank as it is sent, and is the same program", () => {
    const chunk = probeChunk();
    expect(chunk).not.toMatch(/\s/);
    expect(tree(chunk)).toEqual(tree(probeSource()));
    expect(chunk.length).toBeLessThan(12_000);
  });

  it("says the version and the command that its reader expects", () => {
    expect(probeSource()).toContain(`local VERSION = ${PROBE_VERSION}\n`);
    expect(probeSource()).toContain(`reg_debugcmd("${PROBE_COMMAND}",`);
  });
});

describe("a program without blanks", () => {
  it.each([
    ["local a = 1", "local--[[]]a=1"],
    ["a = b - (-1) -- note", "a=b-(-1)"],
    ["return 1 .. 2", "return--[[]]1--[[]]..--[[]]2"],
    ["f 'a b\\' c' -- x\n g()", "f'a\\32b\\'\\32c'g()"],
    ["--[[ many\n lines ]] x = {}", "x={}"],
    ["a.b:c '...' ", "a.b:c'...'"],
  ])("%j", (lua, line) => {
    expect(withoutBlanks(lua)).toBe(line);
  });

  it("refuses what it cannot write without blanks", () => {
    expect(() => withoutBlanks("x = [[ long text ]]")).toThrow("quotes");
    expect(() => withoutBlanks("x = 1 - -1")).toThrow("parentheses");
    expect(() => withoutBlanks("x = 'open")).toThrow("no token of Lua");
    expect(() => withoutBlanks('x = "a\\\nb"')).toThrow("white space");
  });

  it("is the same program for any texts and signs", () => {
    const text = fc.string({ unit: fc.constantFrom("a", " ", "\\n", "-", "\\\\", "\\'", "[", "z") }).map((s) => `'${s}'`);
    const value = fc.oneof(text, fc.constantFrom("1", "0x1F", "2.5e3", "nil", "true", "{}", "x"));
    const sign = fc.constantFrom("-", "..", "==", "~=", "<", "//", "<<", " and ", "..-", "-(-1)-");
    fc.assert(
      fc.property(fc.array(fc.tuple(value, sign), { maxLength: 8 }), value, (parts, last) => {
        const lua = `local x = ${parts.map(([v, s]) => `${v} ${s} `).join("")}${last} -- end\nreturn x`;
        expect(tree(withoutBlanks(lua))).toEqual(tree(lua));
      }),
    );
  });
});
