/**
 * A node for tests: virtual time, a seed, and calls that move time on by themselves.
 *
 * @module
 */
import { createNode } from "../node.ts";
import type { NodeOptions, SkynetNode } from "../node.ts";
import { simPorts } from "./sim-ports.ts";
import type { SimPorts, SimPortsOptions } from "./sim-ports.ts";

/** How a test node is made. Without `config.start` no first service is started. */
export interface TestNodeOptions extends Omit<NodeOptions, "ports">, SimPortsOptions {}

/** A node under test. */
export interface TestNode {
  readonly node: SkynetNode;
  readonly ports: SimPorts;
  /** Log lines so far. */
  readonly log: readonly string[];
  /** Calls a service. Awaiting it moves virtual time on until the reply is there; without awaiting, time is yours. */
  call<T = unknown>(addr: string | number, typename: string, ...args: unknown[]): PromiseLike<T>;
  /** Sends to a service and lets it run. */
  send(addr: string | number, typename: string, ...args: unknown[]): boolean;
  /** Starts a service; awaiting it moves time on as {@link call} does. */
  newservice(name: string, ...args: unknown[]): PromiseLike<number>;
  /** Moves virtual time on by centiseconds and runs what comes due. */
  advance(centiseconds: number): void;
  /** Runs what is ready, without moving time. */
  settle(): void;
  /** Who waits for what, a line each. */
  pending(): string[];
  /** Ends the node. @throws Error naming who waits for whom when calls made here are still pending. */
  stop(): Promise<void>;
}

/** Longest virtual time an awaited call may take: one hour. */
const PATIENCE_MS = 3_600_000;

/**
 * Makes a node for a test and starts it.
 *
 * @example
 * ```ts
 * import { testNode } from "@skyloom/runtime/testing";
 *
 * const t = await testNode({ services: { counter } });
 * const counterHandle = await t.newservice("counter", 5);
 * expect(await t.call(counterHandle, "lua", "get")).toBe(5);
 * ```
 */
export async function testNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const ports = simPorts(options);
  const open = new Set<PendingCall<unknown>>();
  const drive = <T>(promise: Promise<T>, what: string): Promise<T> =>
    driveUntil(ports, promise, what, () => (node === undefined ? [] : node.pending()));
  let node: SkynetNode | undefined;
  node = await drive(createNode({ stacks: true, ...options, config: { start: "", ...options.config }, ports }), "the node's start");

  function pendingCall<T>(promise: Promise<T>, what: string): PromiseLike<T> {
    const call = new PendingCall(promise, () => drive(promise, what));
    open.add(call);
    promise.then(
      () => open.delete(call),
      () => open.delete(call),
    );
    ports.clock.advance(0);
    return call;
  }

  const started: SkynetNode = node;
  return {
    node: started,
    ports,
    log: ports.lines,
    call: (addr, typename, ...args) =>
      pendingCall(
        started.call(addr, typename, ...args) as Promise<never>,
        `call ${String(addr)} ${typename} ${typeof args[0] === "string" ? args[0] : ""}`,
      ),
    newservice: (name, ...args) => pendingCall(started.newservice(name, ...args) as Promise<number>, `newservice ${name}`),
    send(addr, typename, ...args) {
      const sent = started.send(addr, typename, ...args);
      ports.clock.advance(0);
      return sent;
    },
    advance: (centiseconds) => void ports.clock.advance(centiseconds * 10),
    settle: () => void ports.clock.advance(0),
    pending: () => started.pending(),
    async stop() {
      await settling(() => open.size === 0);
      const waiting = open.size === 0 ? [] : started.pending();
      const unanswered = open.size;
      await started.stop();
      if (unanswered > 0)
        throw new Error(
          `${unanswered} call${unanswered === 1 ? " is" : "s are"} still pending; waiting in the node:\n${waiting.join("\n") || "nobody"}`,
        );
    },
  };
}

/** A promise that moves time on when somebody waits for it. */
class PendingCall<T> implements PromiseLike<T> {
  readonly #promise: Promise<T>;
  readonly #drive: () => Promise<T>;
  constructor(promise: Promise<T>, drive: () => Promise<T>) {
    this.#promise = promise;
    this.#drive = drive;
    // A failure nobody asks for must not end the test process; whoever awaits still gets it.
    this.#promise.catch(() => undefined);
  }
  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what moves time on
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#drive().then(onfulfilled, onrejected);
  }
}

async function driveUntil<T>(ports: SimPorts, promise: Promise<T>, what: string, pending: () => string[]): Promise<T> {
  const { clock } = ports;
  const until = clock.now() + PATIENCE_MS;
  const state = { settled: false };
  const settled = promise.finally(() => (state.settled = true));
  settled.catch(() => undefined);
  let idle = 0;
  while (!state.settled) {
    clock.advance(0);
    // Lets promises of the host settle (loading modules, skynet.await, this very call) before time moves on.
    await settling(() => state.settled);
    if (state.settled) break;
    const next = clock.nextAt;
    if (next !== undefined && next <= until) {
      clock.advance(Math.max(0, next - clock.now()));
      idle = 0;
    } else if (++idle > IDLE_ROUNDS)
      throw new Error(
        `${what} gets no answer: nothing is left to happen${next === undefined ? "" : " within an hour of virtual time"}; waiting:\n${pending().join("\n") || "nobody"}`,
      );
  }
  return settled;
}

/** Rounds of the microtask queue an answer may take to reach the one who awaits it. Time must not move on meanwhile. */
const SETTLE_ROUNDS = 16;

async function settling(done: () => boolean): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- one round after the other is the point
  for (let i = 0; i < SETTLE_ROUNDS && !done(); i++) await Promise.resolve();
}

/** Rounds of the microtask queue without anything happening before a call counts as unanswered. */
const IDLE_ROUNDS = 64;
