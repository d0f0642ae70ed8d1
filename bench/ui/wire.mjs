/** INS-PERF-5: bytes of the Services channel at 10,000 rows: the key frame, and deltas while 5 % of the rows change each second. */
import { createAgent } from "@skyloom/runtime/inspect";
import { Packr } from "msgpackr";

const ROWS = 10_000;
const packr = new Packr({ useRecords: false });

/** 10,000 made-up services of which every twentieth is busy. */
export function source(now) {
  const row = {};
  return {
    host: () => ({ id: "1", name: "bench", mode: "node", runtime: "0", startMs: 0 }),
    totals: () => ({ services: ROWS, messages: 0 }),
    tables: {
      services: () => {
        let i = 0;
        return {
          next(limit, visit) {
            for (const end = Math.min(ROWS, i + limit); i < end; i++) {
              const busy = i % 20 === 0;
              const ms = now();
              Object.assign(row, {
                addr: i + 1,
                name: `agent u${1000 + i}`,
                type: "agent",
                node: "game1",
                state: busy ? "busy" : "idle",
                mqlen: busy ? Math.floor(ms / 500 + i) % 40 : 0,
                mqmax: 0,
                task: i % 3,
                msg: i * 10 + (busy ? Math.floor(ms / 7) : 0),
                cpuUs: i * 100 + (busy ? Math.floor(ms * 3) : 0),
                mem: 40_000 + i * 64,
                err: 0,
                oldestUs: 0,
                flags: 4,
                startUs: 500_000,
              });
              visit(row);
            }
            return i < ROWS;
          },
        };
      },
    },
  };
}

/** Prints the figures. */
export async function wire() {
  let now = 0;
  const timers = [];
  const clock = {
    now: () => now,
    wall: () => now,
    after: (ms, fn) => timers.push({ at: now + ms, fn }),
    cancel: () => undefined,
  };
  const deferred = [];
  const agent = createAgent(
    source(() => now),
    { clock, defer: (fn) => deferred.push(fn) },
  );
  let bytes = 0;
  const connection = agent.connect({ send: (frame) => (bytes += packr.pack(frame).length), queued: () => 0, close: () => undefined });
  connection.receive({ type: "hello", v: 1 });
  connection.receive({ type: "sub", ch: "services", id: 1, hz: 1 });
  const advance = (ms) => {
    const end = now + ms;
    for (;;) {
      while (deferred.length > 0) deferred.shift()();
      timers.sort((a, b) => a.at - b.at);
      if (timers.length === 0 || timers[0].at > end) break;
      const { at, fn } = timers.shift();
      now = Math.max(now, at);
      fn();
    }
    now = end;
  };
  bytes = 0;
  advance(300);
  const key = bytes;
  bytes = 0;
  advance(20_000);
  const perSecond = bytes / 20;
  console.log(
    `INS-PERF-5   key frame ${(key / 1000).toFixed(0)} kB (≤ 400), deltas at 5 % change ${(perSecond / 1000).toFixed(1)} kB/s (≤ 20)`,
  );
  return { keyBytes: key, bytesPerSecond: perSecond };
}
