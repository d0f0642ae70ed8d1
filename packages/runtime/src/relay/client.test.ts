import fc from "fast-check";
import { VirtualClock } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";
import { createRelayClient } from "./client.ts";
import type { RelayChannelEvents } from "./client.ts";
import { decodeRelayFrame, encodeRelayFrame } from "./frames.ts";
import type { RelayFrame } from "./frames.ts";

/** A client over a channel that the test holds the other end of. */
function bench(open?: () => never) {
  const clock = new VirtualClock();
  const sent: RelayFrame[] = [];
  let channel: RelayChannelEvents | undefined;
  let closes = 0;
  const tcp = createRelayClient({
    token: "secret",
    name: "test",
    clock,
    open: (events) => {
      open?.();
      channel = events;
      clock.after(0, () => events.opened());
      return { send: (bytes) => void sent.push(decodeRelayFrame(bytes) as RelayFrame), close: () => void closes++ };
    },
  });
  const log: string[] = [];
  const dial = (name: string) =>
    tcp.connect("host", 80, {
      opened: () => log.push(`${name} opened`),
      data: (bytes) => log.push(`${name} ${bytes.length}`),
      ended: () => log.push(`${name} ended`),
      drained() {},
      failed: (f) => log.push(`${name} ${f.text}`),
      closed: () => log.push(`${name} closed`),
    });
  return {
    clock,
    sent,
    log,
    tcp,
    dial,
    say: (frame: RelayFrame) => channel!.message(encodeRelayFrame(frame)),
    raw: (bytes: Uint8Array) => channel!.message(bytes),
    lose: (why: string) => channel!.closed(why),
    closes: () => closes,
  };
}
const ready: RelayFrame = { type: "ready", id: 0, windowBytes: 1000 };
const at = { host: "a", port: 1 };

describe("the tab's side of a relay", () => {
  it("does nothing before it is needed; then says the token first, and the rest when it was taken", () => {
    const t = bench();
    expect([t.tcp.state, t.sent]).toEqual(["idle", []]);
    t.dial("x");
    t.clock.advance(1);
    expect(t.sent).toEqual([{ type: "hello", id: 0, version: 1, token: "secret" }]);
    t.say(ready);
    expect(t.sent[1]).toEqual({ type: "connect", id: 1, host: "host", port: 80 });
    expect(t.tcp.state).toBe("open");
  });

  it("a host that says nothing for 10 s is given up; one that goes silent later, after 40 s to 60 s", () => {
    const t = bench();
    t.dial("x");
    t.clock.advance(9_000);
    expect(t.log).toEqual([]);
    t.clock.advance(1_001);
    expect(t.log).toEqual(["x Network is unreachable: no relay at test: no answer within 10 s", "x closed"]);
    t.dial("y");
    t.clock.advance(1);
    t.say(ready);
    t.clock.advance(39_000);
    expect(t.log.length).toBe(2);
    expect(t.sent.at(-1)).toEqual({ type: "ping", id: 0 });
    t.say({ type: "pong", id: 0 });
    t.clock.advance(30_000);
    expect(t.log.length).toBe(2);
    t.clock.advance(40_000);
    expect(t.log.slice(2)).toEqual(["y Connection reset by peer: the relay at test is gone: not a word from it for 40 s", "y closed"]);
    expect(t.closes()).toBe(2);
  });

  it("a channel that cannot be opened at all is a failure, not an exception", () => {
    const t = bench(() => {
      throw new SyntaxError("the address is none");
    });
    t.dial("x");
    expect(t.log).toEqual([]);
    t.clock.advance(1);
    expect(t.log).toEqual(["x Network is unreachable: no relay at test: the address is none", "x closed"]);
  });

  it.each<[string, RelayFrame, RegExp]>([
    ["more bytes than there is room for", { type: "data", id: 1, bytes: new Uint8Array(66_600) }, /too long|more bytes than there is room/],
    ["a frame for the other side", { type: "connect", id: 2, host: "a", port: 1 }, /a connect frame is not for this side/],
    [
      "an accepted connection with an id of ours",
      { type: "accepted", id: 3, listener: 1, local: at, remote: at },
      /accepted a connection with the id 3/,
    ],
  ])("%s ends the channel with a text", (_what, frame, why) => {
    const t = bench();
    t.dial("x");
    t.clock.advance(1);
    t.say(ready);
    t.say({ type: "opened", id: 1, local: at, remote: at });
    t.say(frame);
    t.clock.advance(1);
    expect(t.log.join("\n")).toMatch(why);
    expect(t.log.at(-1)).toBe("x closed");
  });

  it("whatever a host sends, nothing is thrown, and each connection ends once at most", () => {
    const id = fc.integer({ min: 1, max: 6 });
    const frame: fc.Arbitrary<RelayFrame> = fc.oneof(
      fc.constant(ready),
      fc.record({ type: fc.constant("opened" as const), id, local: fc.constant(at), remote: fc.constant(at) }),
      fc.record({ type: fc.constantFrom("ended" as const, "closed" as const, "accept" as const), id }),
      fc.record({ type: fc.constant("failed" as const), id, code: fc.constant("E"), text: fc.constant("because") }),
      fc.record({ type: fc.constant("data" as const), id, bytes: fc.uint8Array({ minLength: 1, maxLength: 400 }) }),
      fc.record({ type: fc.constant("credit" as const), id, bytes: fc.nat() }),
      fc.record({ type: fc.constant("listening" as const), id, local: fc.constant(at) }),
      fc.record({ type: fc.constant("accepted" as const), id, listener: id, local: fc.constant(at), remote: fc.constant(at) }),
    );
    const bytes = fc.oneof(
      { weight: 9, arbitrary: frame.map((f) => encodeRelayFrame(f)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 40 }), (messages) => {
        const t = bench();
        const [x, y] = [t.dial("x"), t.dial("y")];
        const heard: string[] = [];
        const listener = t.tcp.listen("", 0, 8, {
          listening: () => heard.push("listening"),
          accepted: (link) => link.destroy(),
          failed: () => heard.push("failed"),
          closed: () => heard.push("closed"),
        });
        listener.resume();
        x.resume();
        y.write([new Uint8Array(5000)]);
        t.clock.advance(1);
        for (const message of messages) {
          t.raw(message);
          t.clock.advance(1);
        }
        y.end();
        t.tcp.close();
        t.clock.advance(1);
        for (const name of ["x", "y"]) {
          expect(t.log.filter((line) => line === `${name} closed`).length).toBe(1);
          expect(t.log.filter((line) => line.startsWith(name)).at(-1)).toBe(`${name} closed`);
        }
        expect(heard.filter((line) => line === "closed").length).toBe(1);
        expect([x.queued, y.queued]).toEqual([0, 0]);
      }),
      { numRuns: 1500 },
    );
  });
});
