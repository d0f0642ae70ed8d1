import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readList, readMem, readNetstat, readPairs, readPing, readStat, readTasks, readUnique } from "./answers.ts";
import { readProbe } from "./probe-answer.ts";
import { PROBE_VERSION } from "./probe-chunk.ts";
import { recording } from "../../test/c-skynet/transcript.ts";

const exchanges = recording("console");
const text = (send: string): string => exchanges.find((e) => e.send === send)!.recv.replace(/<CMD \w+>\n$/, "");

describe("answers of a real console", () => {
  it("list", () => {
    const { rows, unread } = readList(text("list"));
    expect(unread).toEqual([]);
    expect(rows).toHaveLength(7);
    expect(rows[5]).toEqual({ addr: 10, launch: "snlua debug_console 29940" });
  });

  it("stat, with services that did not answer", () => {
    const { rows, unread } = readStat(`${text("stat")}:0000000c\tTIMEOUT\n:0000000d\tERROR\n:0000000e\tmessage:3\tmqlen:0\ttask:1\n`);
    expect(unread).toEqual([]);
    expect(rows).toHaveLength(10);
    expect(rows[4]).toEqual({ addr: 9, cpu: 0.000195, message: 3, mqlen: 0, task: 1, failure: undefined });
    expect(rows.slice(7).map((r) => [r.failure, r.message, r.cpu])).toEqual([
      ["TIMEOUT", -1, -1],
      ["ERROR", -1, -1],
      [undefined, 3, -1],
    ]);
  });

  it("mem and gc", () => {
    const { rows, unread } = readMem(`${text("mem")}:0000000c\tTIMEOUT (snlua a (b))\n`);
    expect(unread).toEqual([]);
    expect(rows[0]).toEqual({ addr: 4, bytes: Math.round(48.43 * 1024), launch: "snlua cdummy", failure: undefined });
    expect(rows.at(-1)).toEqual({ addr: 12, bytes: -1, launch: "snlua a (b)", failure: "TIMEOUT" });
    expect(readMem(text("gc")).rows).toHaveLength(7);
  });

  it("netstat, with ages in minutes and hours", () => {
    const { rows, unread } = readNetstat(
      `${text("netstat")}3\taddress::0000000a\tid:7\tpeer:[::1]:8\tread:1.5M\treading:false\trtime:2:5s\ttype:TCP\twbuffer:12\twtime:1:02:3.5s\twriting:true\n`,
    );
    expect(unread).toEqual([]);
    expect(rows).toEqual([
      {
        id: 2,
        type: "TCP",
        addr: 10,
        peer: "127.0.0.1:37900",
        sock: "",
        read: 304,
        write: 3216,
        wbuffer: 0,
        accept: 0,
        rtimeCs: 0,
        wtimeCs: 6,
        reading: true,
        writing: false,
      },
      expect.objectContaining({ id: 1, type: "LISTEN", sock: "127.0.0.1:29940", accept: 1, rtimeCs: 161, wtimeCs: -1 }),
      expect.objectContaining({ id: 7, peer: "[::1]:8", read: 1_572_864, rtimeCs: 12_500, wtimeCs: 372_350, wbuffer: 12, writing: true }),
    ]);
  });

  it("task, info, getenv, ping, service", () => {
    const { rows } = readTasks(text("task .target"));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ thread: "0x7f51780d4058", session: 2 });
    expect(rows[0]!.stack[1]).toBe("./lualib/skynet.lua:512: in upvalue 'suspend_sleep'");
    expect(readPairs(text("info .target a b")).rows).toEqual([
      { key: "args", value: "a,b" },
      { key: "state", value: "fine" },
    ]);
    expect(readPairs(text("getenv thread")).rows).toEqual([{ key: "thread", value: "2" }]);
    expect(readPing(text("ping .target"))).toBe(0);
    expect(readPing("soon")).toBeUndefined();
    expect(readUnique(`${text("service")}x\tInit as :00000010\nstack traceback:\n\tline\ny\t:00000011\nz\tError: no\n`).rows).toEqual([
      { name: "dc_unique", addr: 11, text: "" },
      { name: "x", addr: 0, text: "Init as :00000010\nstack traceback:\n\tline" },
      { name: "y", addr: 17, text: "" },
      { name: "z", addr: 0, text: "Error: no" },
    ]);
  });

  it("says which lines it could not read, and reads the others", () => {
    const odd = "hello\n:0000000a\tsnlua x\n:zz\ty\n\n";
    expect(readList(odd)).toEqual({ rows: [{ addr: 10, launch: "snlua x" }], unread: ["hello", ":zz\ty"] });
    expect(readStat(":0000000a\tmqlen:many\n").unread).toHaveLength(1);
    expect(readList("x\n".repeat(100)).unread.length).toBeLessThan(30);
  });
});

/** Text as it might come: pieces of real answers, torn and mixed, and anything else. */
const piece = fc.oneof(
  fc.constantFrom(...exchanges.map((e) => e.recv)),
  fc.constantFrom(
    ":0000000a",
    "\t",
    "\n",
    ":",
    "thread: 0x1 session: 2\t",
    "000001\tprobe\t2\t:00000009\t1\t1\t-\n",
    "000002\ttask\t0x1\t",
    "\0",
  ),
  fc.string({ unit: "binary" }),
);
const soup = fc.array(
  fc.tuple(piece, fc.nat(80), fc.nat(80)).map(([s, from, to]) => s.slice(Math.min(from, to), Math.max(from, to) + 1)),
  { maxLength: 30 },
);

describe("any text", () => {
  it("is read without an exception, and every figure is a number", () => {
    fc.assert(
      fc.property(soup, (parts) => {
        const any = parts.join("");
        for (const { rows, unread } of [
          readList(any),
          readStat(any),
          readMem(any),
          readNetstat(any),
          readTasks(any),
          readUnique(any),
          readPairs(any),
        ]) {
          expect(unread.length).toBeLessThanOrEqual(20);
          for (const row of rows)
            for (const value of Object.values(row)) if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
        }
        readPing(any);
        readProbe(any);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the probe's answer", () => {
  const whole = recording("deadlock")
    .find((e) => e.send === "dbgcmd :00000009 SKYLOOM_WAITS")!
    .recv.replace("<CMD OK>\n", "");

  it("gives tasks and locks, whatever is printed in between", () => {
    const lines = whole.split("\n");
    const table = readProbe([lines[0], "somebody prints\tthis", ...lines.slice(1).toReversed()].join("\n"));
    if (typeof table === "string") throw new Error(table);
    expect(table.addr).toBe(9);
    expect(table.tasks.map((t) => [t.kind, t.protocol, t.command])).toEqual([
      ["call", "lua", "pay"],
      ["wait", "lua", "log"],
    ]);
    expect(table.locks).toEqual([
      { id: expect.any(String) as string, holder: table.tasks[0]!.thread, waiters: [table.tasks[1]!.thread], dead: false },
    ]);
  });

  it("is none when a line is missing, so that half a table proves nothing", () => {
    const lines = whole.trimEnd().split("\n");
    for (let i = 0; i < lines.length; i++) expect(typeof readProbe(lines.toSpliced(i, 1).join("\n")), `without line ${i}`).toBe("string");
    // A line 0 in place of another one: as many lines as there should be, and one of them missing.
    const mixed = lines.with(0, "000000\tprobe");
    expect(readProbe(mixed.join("\n"))).toBe("the answer of the probe is not whole");
    expect(readProbe("")).toContain("not one of the probe");
    expect(readProbe(whole.replace(`probe\t${PROBE_VERSION}`, "probe\t99"))).toContain("another version");
  });
});
