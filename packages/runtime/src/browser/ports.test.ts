import { afterEach, describe, expect, it, vi } from "vitest";
import { browserPorts } from "./ports.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the ports of a tab", () => {
  it("defer keeps the order and lets timers and messages come in between", async () => {
    const ports = browserPorts();
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      ports.defer(() => {
        seen.push("first");
        ports.defer(() => {
          seen.push("third");
          resolve();
        });
      });
      ports.defer(() => seen.push("second"));
      seen.push("now");
    });
    expect(seen).toEqual(["now", "first", "second", "third"]);
  });

  it("defer goes on after a call that throws", async () => {
    const ports = browserPorts();
    const errors: unknown[] = [];
    const catcher = (error: unknown): void => void errors.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", catcher);
    try {
      await new Promise<void>((resolve) => {
        ports.defer(() => {
          throw new Error("one bad call");
        });
        ports.defer(resolve);
      });
    } finally {
      process.removeListener("uncaughtException", catcher);
      for (const other of others) process.on("uncaughtException", other);
    }
    expect(errors).toHaveLength(1);
  });

  it("timers fire once, not before their time, and can be forgotten", () => {
    vi.useFakeTimers();
    const { clock } = browserPorts();
    const seen: number[] = [];
    clock.after(30, () => seen.push(1));
    const forgotten = clock.after(20, () => seen.push(2));
    clock.cancel(forgotten);
    vi.advanceTimersByTime(29);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(seen).toEqual([1]);
    clock.cancel(forgotten);
  });

  it("a timer beyond the 24 days that browsers can wait does not fire at once", () => {
    vi.useFakeTimers();
    const { clock } = browserPorts();
    let fired = false;
    const timer = clock.after(0x7fffffff + 5_000, () => (fired = true));
    vi.advanceTimersByTime(0x7fffffff + 4_999);
    expect(fired).toBe(false);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(true);
    const other = clock.after(0x7fffffff + 5_000, () => expect.unreachable());
    vi.advanceTimersByTime(0x7fffffff + 1);
    clock.cancel(other);
    vi.advanceTimersByTime(10_000);
    clock.cancel(timer);
  });

  it("random fills any number of bytes", () => {
    const bytes = new Uint8Array(200_000);
    browserPorts().random(bytes);
    for (const from of [0, 65_536, 131_072, 199_000]) expect(bytes.subarray(from, from + 1000).some((b) => b !== 0)).toBe(true);
  });

  it("the log goes to the console and keeps its latest lines", () => {
    const spy = vi.spyOn(console, "log").mockImplementation(() => {});
    const ports = browserPorts({ keepLines: 2 });
    for (const text of ["a", "b", "c"]) ports.log.output.line(text);
    expect(ports.lines).toEqual(["b", "c"]);
    expect(spy.mock.calls).toEqual([["a"], ["b"], ["c"]]);
    browserPorts({ console: false }).log.output.line("quiet");
    expect(spy).toHaveBeenCalledTimes(3);
  });

  it("files come from the record it was given; without one there is no files port", () => {
    expect(browserPorts().files).toBeUndefined();
    const { files } = browserPorts({ files: { "a.txt": "A" } });
    expect([files!.readText("a.txt"), files!.readText("b.txt"), files!.readText("toString")]).toEqual(["A", undefined, undefined]);
  });

  it("clocks run: monotonic with fractions, and wall time since 1970", () => {
    const { clock } = browserPorts();
    const from = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(from);
    expect(Math.abs(clock.wall() - Date.now())).toBeLessThan(1000);
  });
});
