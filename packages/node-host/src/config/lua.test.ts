import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "./error.ts";
import { luaNumber } from "./lua-number.ts";
import { evaluateLua } from "./lua.ts";

/** Runs files given as an object; the first is the configuration. */
function evaluate(files: Record<string, string | Uint8Array>, env: Record<string, string> = {}): Record<string, unknown> {
  const read = (path: string): Uint8Array => {
    const text = files[path];
    if (text === undefined) throw new Error(`cannot read ${path}: there is no such file`);
    return typeof text === "string" ? new TextEncoder().encode(text) : text;
  };
  return Object.fromEntries([...evaluateLua(Object.keys(files)[0]!, { read, env })].map(([k, { value }]) => [k, value]));
}

const one = (text: string, env?: Record<string, string>): Record<string, unknown> => evaluate({ config: text }, env);
const failure = (text: string, env?: Record<string, string>): string => {
  try {
    one(text, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("it was accepted");
};

describe("a Lua-syntax configuration (semantics §16)", () => {
  it("holds text, numbers, booleans, nil, comments and references to earlier values", () => {
    const text = `
      root = "./"            -- a comment
      --[[ thread = 9
      ]] thread = 4; harbor = 0
      luaservice = root.."service/?.lua;" .. root .. 'x/?.lua'
      local port = 8000
      address = "127.0.0.1:" .. port
      profile, gone = false, 1
      gone = nil
      long = [==[
a]]b]==]
      level = -2
      x = thread and "yes" or "no"
      y = nothing or "default"
      z = not nothing`;
    expect(one(text)).toEqual({
      root: "./",
      thread: 4,
      harbor: 0,
      luaservice: "./service/?.lua;./x/?.lua",
      address: "127.0.0.1:8000",
      profile: false,
      long: "a]]b",
      level: -2,
      x: "yes",
      y: "default",
      z: true,
    });
  });

  it("reads UTF-8 and byte escapes as Lua does", () => {
    expect(one(String.raw`a = "grüße \228\189\160 \xe5\xa5\xbd \u{1F600}\n" b = "日本"`)).toEqual({ a: "grüße 你 好 😀\n", b: "日本" });
  });

  it("keeps a key that means something to JavaScript an ordinary key", () => {
    const values = one('__proto__ = "x" constructor = "y"');
    expect(Object.entries(values)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  // What the Lua of Skynet prints for the same literals.
  it.each([
    ["8", 8],
    ["0x10", 16],
    ["1e3", "1000.0"],
    ["3.25", 3.25],
    ["2.0", "2.0"],
    ["9007199254740993", "9007199254740993"],
    ["9223372036854775807", "9223372036854775807"],
    ["9223372036854775808", "9.2233720368547758e+18"],
    ["0xffffffffffffffff", -1],
    ["0x1.8p3", "12.0"],
    ["1e400", "inf"],
    ["1e15", "1e+15"],
    ["1e14", "100000000000000.0"],
    ["0.00001", "1e-05"],
    ["0.30000000000000004", 0.30000000000000004],
  ])("the number %s has the text Lua gives it", (raw, value) => {
    expect(luaNumber(raw)).toBe(value);
  });

  it("includes a file relative to the file that includes it", () => {
    const files = {
      "etc/config": 'include "sub/a"\nstart = name',
      "etc/sub/a": 'include("../b")\nname = name .. "2"',
      "etc/b": 'name = "main"',
    };
    expect(evaluate(files)).toEqual({ name: "main2", start: "main2" });
  });

  it("replaces $NAME in values and in text, and takes what is put between quotes literally", () => {
    const env = { PORT: "8001", NAME: 'a"b\\n', HOME_X: "/home/x" };
    expect(one('port = $PORT path = "$HOME_X/log" n = "$NAME" c = "x" -- $NOT_SET\n l = [[--$PORT]]', env)).toEqual({
      port: 8001,
      path: "/home/x/log",
      n: 'a"b\\n',
      c: "x",
      l: "--8001",
    });
  });

  it("says which environment variable is missing, and where", () => {
    expect(failure('start = "main"\nlogger = "$LOG_X/a"')).toBe(
      "config:2:11: the environment variable LOG_X is not set: set it, or write its value in place of $LOG_X",
    );
  });

  it("names line and column of the file even behind replaced text and characters of several bytes", () => {
    expect(failure('a = "$LONG" b = "日本" c = = 1', { LONG: "x".repeat(100) })).toMatch(/^config:1:26: a value expected near '=' /);
  });

  it.each([
    ['start = "main', 'config:1:14: unfinished string near \'"main\' (expected an assignment such as start = "main")'],
    ["start main", "config:1:7: '=' expected near 'main' (expected an assignment such as start = \"main\")"],
    [
      "if true then a = 1 end",
      'config:1:1: an if statement cannot be used in a configuration; expected an assignment such as start = "main", or include "file"',
    ],
    ["\n  t = {}", "config:2:7: expected text, a number or a boolean, not a table constructor expression"],
    ["a.b = 1", "config:1:1: a configuration has no tables: expected a name such as start before =, not a member expression"],
    ['x = root .. "y"', 'config:1:5: "root" has no value here, so it cannot be joined with ..: assign it on an earlier line'],
    ['b = true x = "y" .. b', 'config:1:21: "b" is a boolean and cannot be joined with ..: expected text or a number'],
    ['x = os.getenv("HOME")', "config:1:5: os.getenv cannot be called in a configuration; write $NAME for the environment variable NAME"],
    ['require "x"', 'config:1:1: require cannot be called in a configuration; only include "file" can'],
    ["x = 1 + 2", "config:1:5: the operator + cannot be used in a configuration; values may be joined with .."],
    ["x = -true", "config:1:5: the operator - cannot be used on this value in a configuration"],
    ["include(1)", 'config:1:1: expected the name of a file: include "config.path"'],
    ['\ninclude "none"', "config:2:9: cannot read none: there is no such file"],
    ['include "config"', "config:1:9: config includes itself: config -> config"],
  ])("refuses %j", (text, message) => {
    expect(failure(text)).toBe(message);
  });

  it("refuses files, texts and includes without bound", () => {
    expect(failure(`a = 1 ${"\n".repeat(300_000)}`)).toMatch(/^config:1:1: config has 300006 bytes; a configuration has at most/);
    expect(failure(`a = "xxxxxxxx" ${"a = a .. a ".repeat(40)}`)).toMatch(/this text grows beyond 65536 characters$/);
    expect(failure("a = ".padEnd(200_000, "("))).toBe("config:1:1: this file is nested too deeply to be a configuration");
    expect(failure("a = $BIG", { BIG: "1".repeat(300_000) })).toMatch(/^config:1:5: with the value of \$BIG this file is larger/);
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, `include "f${i + 1}" include "f${i + 1}"`]));
    expect(() => evaluate({ ...files, f12: "" })).toThrow(/more than 64 files are included/);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      ..."= == .. ( ) { } [[ ]] [=[ ]=] -- --[[ \" ' \\ $A $B ; , . : nil true not and or local if end function include \n".split(" "),
      " ",
      "\n",
    ),
    fc.constantFrom("a", "start", "thread", "8", "1e9", "0x", '"x"', "'y'", 'include "config"', "\\u{110000}", "\\300"),
    fc.string({ maxLength: 4, unit: "binary" }),
  );

  it("answers any text with values or a ConfigError that has a line", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          for (const value of Object.values(one(pieces.join(""), { A: "1" })))
            expect(["string", "number", "boolean"]).toContain(typeof value);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).line).toBeGreaterThan(0);
          expect((error as ConfigError).column).toBeGreaterThan(0);
          expect((error as ConfigError).message).toMatch(/^config:\d+:\d+: ./);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("answers any bytes with values or a ConfigError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          evaluate({ config: bytes });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
