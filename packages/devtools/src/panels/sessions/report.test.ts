import fc from "fast-check";
import { reportText } from "@skyloom/runtime/inspect";
import type { Deadlock } from "@skyloom/runtime/inspect";
import { describe, expect, it } from "vitest";
import { readReport, reportMarkdown } from "./report.ts";

const line = fc.stringMatching(/^[a-z:;"#-]{1,12}( [a-z]{1,8}){0,3}$/);
const task = fc.record({
  task: fc.nat(),
  node: fc.constant("n"),
  addr: fc.nat(0xffff),
  name: line,
  purpose: line,
  kind: fc.constantFrom("call", "lock", "init" as const),
  waitsFor: line,
  targets: fc.array(fc.nat(5), { maxLength: 2 }),
  session: fc.nat(),
  sinceMs: fc.nat(),
  holds: fc.array(line, { maxLength: 2 }),
  stack: fc.constantFrom("", "    at hold (bank.ts:3:4)\n    at main (bank.ts:9:1)"),
});

describe("the report of a deadlock", () => {
  it("is read back into its tasks, whatever they are called, and nothing of it is lost", () => {
    fc.assert(
      fc.property(fc.array(task, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (tasks, most) => {
        const text = reportText({ id: "d", confirmed: true, sinceMs: 0, firstMs: 0, tasks } as Deadlock, { nowMs: 5, most });
        const report = readReport(text);
        expect(report?.tasks.length).toBe(Math.min(most, tasks.length));
        expect(report?.rest.length).toBe(tasks.length > most ? 1 : 0);
        const again = [report!.head, ...report!.tasks.flatMap((t, i) => [`${i + 1}. ${t.who}`, ...t.lines]), ...report!.rest];
        expect(again).toEqual(text.split("\n").map((l) => l.trim()));
      }),
    );
  });

  it("of another shape is left as it is, and never breaks anything", () => {
    for (const text of ["", "Deadlock", "Deadlock\n2. b", "Deadlock\n   holds x\n1. a", "a\n1. x\nrest\n2. y"])
      expect(readReport(text)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => void readReport(text)));
  });

  it("as Markdown stays one block, also when names hold fences", () => {
    const evidence = "Deadlock: x\n1. ```js\n   waits";
    const text = reportMarkdown(evidence, { host: "h", since: "now", id: "d" });
    expect(text).toContain(`\n\`\`\`\`text\n${evidence}\n\`\`\`\`\n`);
    expect(text.startsWith("## Deadlock: x\n")).toBe(true);
  });
});
