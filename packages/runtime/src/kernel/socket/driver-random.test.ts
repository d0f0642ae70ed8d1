import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSimNet } from "../../simnet/index.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import { SocketDriver } from "./driver.ts";
import type { SocketEvent } from "./events.ts";

const A = "10.0.0.1";
const B = "10.0.0.2";
const [DATA, CLOSE, ACCEPT] = [1, 3, 4];

const command = fc.oneof(
  { weight: 4, arbitrary: fc.constant("connect") },
  { weight: 6, arbitrary: fc.constantFrom("send", "lsend") },
  fc.constantFrom(
    "flush",
    "start",
    "pause",
    "close",
    "shutdown",
    "nodelay",
    "claim",
    "disclaim",
    "releaseOwner",
    "cut",
    "heal",
    "reset",
    "info",
  ),
);
const step = fc.record({ command, side: fc.boolean(), pick: fc.nat(30), size: fc.nat(40_000), ms: fc.nat(20) });

/** Two drivers talk on a bad network while commands fall on them at random. */
function run(seed: number, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): string {
  const clock = new VirtualClock();
  const net = createSimNet({ clock, seed, latencyMs: 2, jitterMs: 3, lossRate: 0.02, shred: true, windowBytes: 20_000, giveUpMs: 5000 });
  const trace: string[] = [];
  const drivers = [A, B].map((address, side) => {
    const closed = new Set<number>();
    const driver: SocketDriver = new SocketDriver({
      tcp: net.host(address),
      now: () => Math.floor(clock.now() / 10),
      post: (owner, [type, id, ud, data]: SocketEvent) => {
        trace.push(`${clock.now()} ${side} ${owner} ${type} ${id} ${ud} ${typeof data === "string" ? data : data?.length}`);
        if (type === CLOSE) {
          expect(closed.has(id), `CLOSE of ${id} came twice`).toBe(false);
          closed.add(id);
        } else if (type === DATA || type === ACCEPT) expect(closed.has(id), `type ${type} came after CLOSE of ${id}`).toBe(false);
        if (type === ACCEPT) driver.start(owner, ud);
        return true;
      },
    });
    driver.start(1, driver.listen(1, "", 80));
    return driver;
  });
  clock.advance(1);
  for (const { command: what, side, pick, size, ms } of steps) {
    const driver = drivers[side ? 1 : 0]!;
    const id = 1 + pick;
    if (what === "connect") driver.connect(1 + (pick % 3), side ? A : B, 80);
    else if (what === "send" || what === "lsend") driver[what](id, new Uint8Array(size));
    else if (what === "start") driver.start(1 + (pick % 3), id);
    else if (what === "claim") driver.claim(1 + (pick % 3), id);
    else if (what === "releaseOwner") driver.releaseOwner(1 + (pick % 3));
    else if (what === "cut") net.partition(A, B);
    else if (what === "heal") net.heal();
    else if (what === "reset") net.reset(A, B);
    else if (what === "info" || what === "flush") driver[what]();
    else driver[what](id);
    clock.advance(ms);
  }
  net.heal();
  for (const driver of drivers) driver.flush();
  clock.runUntilIdle(60_000);
  for (const driver of drivers) driver.release();
  clock.runUntilIdle();
  expect([clock.pending, net.host(A).links.size, net.host(B).links.size]).toEqual([0, 0, 0]);
  expect(drivers.flatMap((d) => d.info())).toEqual([]);
  return trace.join("\n");
}

describe("socket driver under random commands", () => {
  it("reports CLOSE at most once, nothing read after it, and leaves nothing behind; the same seed replays exactly", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 120, size: "max" }), (seed, steps) => {
        expect(run(seed, steps)).toBe(run(seed, steps));
      }),
      { numRuns: 60 },
    );
  });
});
