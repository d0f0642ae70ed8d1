/** Socket channels on a simulated network that breaks, delays and cuts at random: what must hold whatever happens. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socketchannel } from "@skyloom/runtime/socketchannel";
import type { ChannelSocket, OrderReply, SessionReply } from "@skyloom/runtime/socketchannel";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { SimNetOptions } from "@skyloom/runtime/testing";

const A = "10.0.0.1";
const B = "10.0.0.2";
const text = (bytes: Uint8Array): string => skynet.totext(bytes) as string;

/** Answers `session number` with the same and an exclamation mark, each in its own time. */
const answers = (delays: readonly number[]) => () =>
  skynet.start(function* () {
    const [listener] = yield* socket.listen(A, 1);
    yield* socket.start(listener, function* (id) {
      yield* socket.start(id);
      for (let n = 0; ; n++) {
        const [line] = yield* socket.readline(id);
        if (line === false) break;
        const delay = delays[n % delays.length]!;
        const reply = (): boolean => socket.write(id, `${text(line)}!\n`);
        if (delay === 0) reply();
        else skynet.timeout(delay, reply);
      }
      yield* socket.close(id);
    });
  });

function* readSession(sock: ChannelSocket): Operation<SessionReply> {
  const line = text(yield* sock.readline());
  return [Number.parseInt(line, 10), true, line];
}
function* readOrder(sock: ChannelSocket): Operation<OrderReply> {
  return [true, text(yield* sock.readline())];
}

interface Weather {
  readonly net: Omit<SimNetOptions, "clock">;
  readonly delays: readonly number[];
  readonly resets: readonly number[];
  readonly kills: readonly number[];
  readonly requests: number;
  readonly inOrder: boolean;
}

describe("socketchannel in bad weather", () => {
  it("every request has one outcome, its own answer or the socket error; afterwards the channel works", async () => {
    const weather: fc.Arbitrary<Weather> = fc.record({
      net: fc.record({
        seed: fc.integer(),
        shred: fc.boolean(),
        latencyMs: fc.constantFrom(0, 1, 7),
        jitterMs: fc.constantFrom(0, 20),
        resetRate: fc.constantFrom(0, 0.01, 0.05),
      }),
      delays: fc.array(fc.constantFrom(0, 0, 0, 1, 5), { minLength: 1, maxLength: 5 }),
      resets: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
      kills: fc.array(fc.nat(99), { maxLength: 5 }),
      requests: fc.integer({ min: 1, max: 100 }),
      inOrder: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(weather, async (w) => {
        const clock = new VirtualClock();
        const net = createSimNet({ clock, ...w.net });
        const outcomes = new Map<number, unknown[]>();
        const killed = new Set<number>();
        let afterwards: unknown;
        const client = () =>
          skynet.start(() => {
            const channel = socketchannel.channel({ host: A, port: 1, ...(w.inOrder ? {} : { response: readSession }) });
            const ask = (i: number): Operation<unknown> => channel.request(`${i}\n`, w.inOrder ? readOrder : i);
            const tasks = Array.from({ length: w.requests }, (_, i) => {
              outcomes.set(i, []);
              return skynet.fork(function* () {
                yield* skynet.sleep(i % 4);
                try {
                  outcomes.get(i)!.push(yield* ask(i));
                } catch (error) {
                  outcomes.get(i)!.push(error === socketchannel.error ? "broken" : error);
                }
              });
            });
            w.kills.forEach((k, n) =>
              skynet.timeout(n, () => {
                const task = tasks[k];
                if (task !== undefined && outcomes.get(k)!.length === 0 && skynet.killthread(task) !== undefined) killed.add(k);
              }),
            );
            skynet.timeout(1000, function* () {
              try {
                afterwards = yield* ask(5000);
              } catch {
                // It may find out only now that the connection was broken: then this is the one that makes a new one.
                afterwards = yield* ask(5001);
              }
            });
          });
        const server = await testNode({ clock, tcp: net.host(A), services: { server: answers(w.delays) } });
        await server.newservice("server");
        const node = await testNode({ clock, tcp: net.host(B), services: { client } });
        await node.newservice("client");
        for (let ms = 0; ms < 1000; ms++) {
          if (w.resets.includes(ms)) net.reset(A, B);
          clock.advance(1);
        }
        net.link(A, B, { resetRate: 0 });
        clock.advance(20_000);
        for (const [i, seen] of outcomes) {
          if (killed.has(i)) expect(seen).toEqual([]);
          else if (w.inOrder && w.delays.some((d) => d > 0)) {
            // The server answers out of order, so the answer may be another's; but there is one.
            expect(seen.length).toBe(1);
          } else expect([[`${i}!`], ["broken"]]).toContainEqual(seen);
        }
        expect(afterwards).toMatch(/^500[01]!$/);
        await Promise.all([server.stop(), node.stop()]);
      }),
      { numRuns: 50 },
    );
  });

  it("a service that ends leaves no socket behind", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    const server = await testNode({ clock, tcp: net.host(A), services: { server: answers([0]) } });
    await server.newservice("server");
    const client = () =>
      skynet.start(function* () {
        const channel = socketchannel.channel({ host: A, port: 1, response: readSession });
        yield* channel.request("1\n", 1);
        skynet.fork(() => channel.request("", 2));
        skynet.timeout(5, () => skynet.exit());
      });
    const node = await testNode({ clock, tcp: net.host(B), services: { client } });
    await node.newservice("client");
    node.advance(100);
    expect(node.node.kernel.sockets.info()).toEqual([]);
    expect(node.log.filter((line) => /error|Error|fail/i.test(line))).toEqual([]);
    await Promise.all([server.stop(), node.stop()]);
  });

  it("tries again after 0, 1, 2 … seconds (semantics of connect)", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock });
    net.host(A);
    const client = () =>
      skynet.start(() => {
        const channel = socketchannel.channel({ host: A, port: 1 });
        skynet.fork(() => channel.connect());
      });
    const node = await testNode({ clock, tcp: net.host(B), services: { client } });
    const tries: number[] = [];
    node.node.onLog((_source, line) => {
      if (line.startsWith("socket: connect Connection refused")) tries.push(Math.round(clock.now() / 1000));
    });
    await node.newservice("client");
    node.advance(8000);
    expect(tries).toEqual([0, 0, 1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 66, 67, 69, 72, 76]);
    await node.stop();
  });
});
