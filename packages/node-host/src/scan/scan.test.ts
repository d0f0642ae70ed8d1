import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generatorMisuse } from "./misuse.ts";
import { sharedState } from "./shared-state.ts";
import { tokensOf } from "./tokens.ts";

const shared = (source: string): string[] => sharedState(source).map((v) => `${v.line} ${v.keyword} ${v.name}`);
const misuse = (source: string): string[] =>
  generatorMisuse(`import { skynet } from "@skyloom/runtime";\n${source}`).map((m) => `${m.line - 1}: ${m.text}`);

describe("tokens", () => {
  it("tells strings, templates, comments and regular expressions from code", () => {
    const source = "const a = `x${b ? `{${c}` : '}'}{`; // { `\n/* { */ const r = /[/{]\\/{/g.test('{'), q = a / b / c;";
    expect(tokensOf(source).map((t) => t.text)).toEqual(
      [
        "const",
        "a",
        "=",
        "`x${",
        "b",
        "?",
        "`{${",
        "c",
        "}`",
        ":",
        "'}'",
        "}{`",
        ";",
        "const",
        "r",
        "=",
        "/[/{]\\/{/g",
        ".",
        "test",
        "(",
        "'{'",
        ")",
      ].concat([",", "q", "=", "a", "/", "b", "/", "c", ";"]),
    );
    expect(tokensOf(source).every((t) => t.depth <= 2)).toBe(true);
    expect(tokensOf(source).at(-1)!.depth).toBe(0);
  });

  it("knows where a slash divides and where it begins a regular expression", () => {
    const regexes = (source: string): string[] =>
      tokensOf(source)
        .filter((t) => t.kind === "regex")
        .map((t) => t.text);
    expect(regexes("return /a/.test(x)")).toEqual(["/a/"]);
    expect(regexes("if (x) /a{/.test(y)")).toEqual(["/a{/"]);
    expect(regexes("f(x) / 2 / y; a[0] / 2 / 3; i++ / 2 / 3")).toEqual([]);
    expect(regexes("x = y!\n / 2")).toEqual(["/"]);
  });

  it("counts lines through strings, templates and comments", () => {
    expect(tokensOf("`a\nb${\nc}\n`\n/*\n\n*/ d 'e\\\nf' g").map((t) => [t.text.trim(), t.line])).toEqual([
      ["`a\nb${", 1],
      ["c", 3],
      ["}\n`", 3],
      ["d", 7],
      ["'e\\\nf'", 7],
      ["g", 8],
    ]);
  });

  it("takes any text apart without failing, in order and completely", () => {
    const piece = fc.oneof(
      fc.constantFrom("`", "${", "}", "{", "(", ")", "/", "/*", "*/", "//", "'", '"', "\\", "\n", "let a", "if", "a", " ", "=>", "[", "]"),
      fc.string({ maxLength: 3, unit: "binary" }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 80 }).map((l) => l.join("")),
        (source) => {
          let at = 0;
          for (const token of tokensOf(source)) {
            const found = source.indexOf(token.text, at);
            expect(found).toBeGreaterThanOrEqual(at);
            at = found + token.text.length;
          }
          sharedState(source);
          generatorMisuse(source);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("comes to an end on texts made to take for ever", () => {
    for (const piece of ["/", "`${", "/*", "let a = ", "(", "'", "import {", "skynet.sleep("])
      expect(generatorMisuse(piece.repeat(20_000 / piece.length))).toBeInstanceOf(Array);
  });
});

describe("variables shared by all instances (design D21)", () => {
  it("finds let and var at the top level, with their lines", () => {
    const source = `import { skynet } from "@skyloom/runtime";
let online = 0;
export let a: Map<string, number> = new Map<string, number>(), b = 2
var { c, d: [e], f = g, ...h } = x();
let i, j;
const fine = 1;
let k
let l = () => {
  let inner = 1;
};
for (let m = 0; m < 3; m++);
if (fine) { let n = 1 }
`;
    expect(shared(source)).toEqual([
      "2 let online",
      "3 let a",
      "3 let b",
      "4 var c",
      "4 var e",
      "4 var f",
      "4 var h",
      "5 let i",
      "5 let j",
      "7 let k",
      "8 let l",
    ]);
  });

  it("says nothing about types, enums, names and texts that only look like declarations", () => {
    const source = `declare let a: number;
enum Color { Red, Green }
interface B { let: string; var: number }
type C = { let: 1 };
const d = { let: 1, var: 2 };
const e = d.let / d.var;
const f = \`
let g = 1;
\`;
// let h = 1;
/*
let i = 1;
*/
export default function () { let j = 1; var k = 2; return j + k; }
class L { static let = 1 }
`;
    expect(shared(source)).toEqual([]);
  });
});

describe("operations that never run (design D2)", () => {
  it("finds an operation as a bare statement", () => {
    expect(
      misuse(`function* f() {
  skynet.sleep(5);
  if (x) skynet.call(a, "lua", "get");
  else skynet.wait()
  skynet.newservice("a")
  skynet.send(a, "lua", "x")
}`),
    ).toEqual([
      "2: skynet.sleep(…) is made but never run: write yield* skynet.sleep(…)",
      "3: skynet.call(…) is made but never run: write yield* skynet.call(…)",
      "4: skynet.wait(…) is made but never run: write yield* skynet.wait(…)",
      "5: skynet.newservice(…) is made but never run: write yield* skynet.newservice(…)",
    ]);
  });

  it("knows the operations of the libraries, by the names they were imported under", () => {
    expect(
      misuse(`import { queue as jobs } from "@skyloom/runtime/queue";
import { mqueue } from "@skyloom/runtime/mqueue";
import { coroutine } from "@skyloom/runtime/coroutine";
jobs.pop(q);
jobs.push(q, 1);
mqueue.call(a, 1);
coroutine.resume(co);
`),
    ).toEqual([
      "4: jobs.pop(…) is made but never run: write yield* jobs.pop(…)",
      "6: mqueue.call(…) is made but never run: write yield* mqueue.call(…)",
      "7: coroutine.resume(…) is made but never run: write yield* coroutine.resume(…)",
    ]);
  });

  it("finds await and yield without the star", () => {
    expect(misuse("await skynet.sleep(5); const x = yield skynet.call(a)")).toEqual([
      "1: await skynet.sleep(…) does not run it: write yield* skynet.sleep(…)",
      "1: yield skynet.call(…) does not run it: write yield* skynet.call(…)",
    ]);
  });

  it("finds generators that are called as bare statements or given to array methods", () => {
    expect(
      misuse(`function* load(id) {}
const save = function* () {};
load(1);
list.forEach(function* (id) { yield* load(id); });
list.map(load);
save()
`),
    ).toEqual([
      "3: load(…) is a generator and never runs: write yield* load(…), or skynet.fork(load)",
      "4: the generator given to .forEach() never runs: write a for loop with yield* in it",
      "5: the generator given to .map() never runs: write a for loop with yield* in it",
      "6: save(…) is a generator and never runs: write yield* save(…), or skynet.fork(save)",
    ]);
  });

  it("follows a renamed import, and leaves objects of other origin alone", () => {
    expect(generatorMisuse('import { socket as net } from "@skyloom/runtime/socket";\nnet.close(1);').map((m) => m.line)).toEqual([2]);
    expect(generatorMisuse('import { socket } from "./own.ts";\nsocket.close(1);')).toEqual([]);
  });

  it("says nothing about right use", () => {
    expect(
      misuse(`function* f() {
  yield* skynet.sleep(5);
  const n = yield* skynet.call(a, "lua", "get");
  const op = skynet.sleep(1);
  yield*
    skynet.sleep(1);
  return skynet.call(a, "lua", "get");
}
const get = (k) => skynet.call(a, "lua", "get", k);
const table = { get: (k) => skynet.call(a, "lua", "get", k), put(k) { return skynet.call(a, "lua", k) } };
skynet.fork(f);
skynet.timeout(5, function* () { yield* f(); });
list.map((x) => x + 1);
const later =
  skynet.sleep(5);
run(
  skynet.sleep(5),
);
`),
    ).toEqual([]);
  });

  it("finds nothing in the services of this project", () => {
    const root = new URL("../../../../", import.meta.url);
    for (const path of [
      "examples/04-gate-watchdog-agent/service/agent.ts",
      "packages/runtime/src/services/launcher.ts",
      "packages/runtime/src/services/debug_console.ts",
    ]) {
      const source = readFileSync(new URL(path, root), "utf8");
      expect(generatorMisuse(source), path).toEqual([]);
      expect(sharedState(source), path).toEqual([]);
    }
  });
});
