/** How much is recorded: a budget of events beyond which no trace begins, and traces that grow too long. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { TraceKind, TraceRecorder } from "@skyloom/runtime/inspect";
import { testNode } from "@skyloom/runtime/testing";

describe("what is too much", () => {
  it("while no trace may begin, what a task of a trace does is still recorded: launches, forks, sends between the work of others", async () => {
    const sink = (): void => void skynet.dispatch("lua", (_session, _source, command) => void skynet.retpack(command));
    const noisy = (to: number): void => {
      // Its file posts too, in the middle of the task that launches it.
      skynet.send(Number(to), "lua", "from the file");
      skynet.start(() => skynet.send(Number(to), "lua", "from the start"));
    };
    const worker = (to: number): void =>
      void skynet.dispatch("lua", function* () {
        const sinkHandle = Number(to);
        yield* skynet.newservice("noisy", sinkHandle);
        skynet.send(sinkHandle, "lua", "after the launch");
        skynet.fork(function* () {
          yield* skynet.sleep(3);
          skynet.send(sinkHandle, "lua", "from the fork");
        });
        for (let i = 0; i < 3; i++) yield* skynet.call(sinkHandle, "lua", `call ${i}`);
        skynet.retpack(true);
      });
    const t = await testNode({ services: { sink, noisy, worker } });
    const to = await t.newservice("sink");
    const from = await t.newservice("worker", to);
    const other = await t.newservice("worker", to);
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    recorder.allow(1);
    const whole = t.call(from, "lua", "go");
    const others = [t.call(other, "lua", "go"), t.call(other, "lua", "go")];
    for (let i = 0; i < 10; i++) {
      t.advance(10);
      t.send(to, "lua", "of nobody");
    }
    await Promise.all([whole, ...others]);
    const { columns, names } = recorder.drain(recorder.cursor(), 1000);
    expect(new Set(columns.traceId)).toEqual(new Set([1]));
    const sent = (command: string): number =>
      columns.kind.filter(
        (kind, i) => (kind === TraceKind.send || kind === TraceKind.call) && names.values[columns.cmdId[i]! - names.first] === command,
      ).length;
    expect(["after the launch", "from the fork", "call 0", "call 1", "call 2", "of nobody"].map(sent)).toEqual([1, 1, 1, 1, 1, 0]);
    expect(t.node.kernel.probe).toBeUndefined();
    recorder.release();
    await t.stop();
  });

  it("keeps to it as well where packed commands are looked for", async () => {
    const s = (): void => void skynet.dispatch("lua", () => undefined);
    const t = await testNode({ services: { s }, border: "always" });
    const to = await t.newservice("s");
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "commands", pattern: "go" });
    recorder.allow(0);
    t.send(to, "lua", "go");
    expect([recorder.written, recorder.leftOut]).toEqual([0, 1]);
    recorder.allow(10);
    t.send(to, "lua", "go");
    expect(recorder.written).toBeGreaterThan(0);
    recorder.release();
    await t.stop();
  });

  it("a trace of 100,000 events is cut, and what goes on is in others", async () => {
    const sink = (): void => void skynet.dispatch("lua", () => undefined);
    const hose = (to: number): void =>
      void skynet.dispatch("lua", function* () {
        for (let round = 0; round < 70; round++) {
          for (let i = 0; i < 500; i++) skynet.send(Number(to), "lua", "drop");
          yield* skynet.sleep(1);
        }
      });
    const t = await testNode({ services: { sink, hose } });
    const to = await t.newservice("sink");
    const from = await t.newservice("hose", to);
    const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
    recorder.start({ kind: "all" });
    const cursor = recorder.cursor();
    const lengths = new Map<number, number>();
    t.send(from, "lua", "go");
    for (let i = 0; i < 100; i++) {
      t.advance(1);
      const { columns, dropped } = recorder.drain(cursor, 65_536);
      expect(dropped).toBe(0);
      for (const trace of columns.traceId) lengths.set(trace, (lengths.get(trace) ?? 0) + 1);
    }
    expect(Math.max(...lengths.values())).toBeGreaterThan(99_000);
    expect(Math.max(...lengths.values())).toBeLessThan(101_000);
    expect(lengths.size).toBeGreaterThan(1000);
    recorder.release();
    await t.stop();
  });
});
