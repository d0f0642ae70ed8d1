/**
 * A look at who waits for whom in one or more C Skynet nodes: reads all services with the probe, and those that seem locked once more.
 *
 * A single reading goes from service to service while they run, so it may join what was never true together. What waits in the same session
 * at two readings has not moved in between: then the circle is real.
 *
 * @module
 */
import { taskText, Waits } from "@skyloom/runtime/inspect";
import type { Alert, Deadlock } from "@skyloom/runtime/inspect";
import { readTasks } from "./answers.ts";
import { lostAlerts } from "./look-text.ts";
import type { ConsoleClient } from "./console-client.ts";
import type { ConsoleNode } from "./console-node.ts";
import type { ProbeTable } from "./probe-answer.ts";
import { colon, Prober } from "./prober.ts";
import type { ProbeReading } from "./prober.ts";
import type { LostLock } from "./probe-model.ts";
import { probeWaits } from "./waits.ts";
import type { ProbeWaits } from "./waits.ts";

/** Services of one console that are asked at a time. */
const LANES = 4;
/** Between the two readings, in milliseconds. */
const BETWEEN_MS = 600;

/** A service that could not be read. */
export interface NotRead {
  readonly node: string;
  /** 0 where not even the list could be had. */
  readonly addr: number;
  readonly launch: string;
  readonly why: string;
}

/** A queue whose holder has ended without giving it up, as after killtask: who waits for it, waits for ever. */
export interface LostQueue {
  readonly node: string;
  readonly addr: number;
  /** What lists call its service. */
  readonly name: string;
  /** E.g. `queue #1`. */
  readonly lock: string;
  /** Thread of the task that has ended. */
  readonly holder: string;
  /** Who waits for it, in the order of their sessions. */
  readonly tasks: readonly {
    readonly thread: string;
    readonly session: number;
    /** What the task is there for. */
    readonly purpose: string;
    readonly stack: string;
  }[];
}

/** What a look found. */
export interface Look {
  /** Proven ones. */
  readonly deadlocks: readonly Deadlock[];
  readonly lost: readonly LostQueue[];
  /** Services that were read, and tasks that wait in them. */
  readonly services: number;
  readonly tasks: number;
  readonly notRead: readonly NotRead[];
  /** Services in which more tasks wait than are read. */
  readonly capped: readonly NotRead[];
  /** Services that run on a version of Skynet with other names inside. */
  readonly odd: readonly NotRead[];
  /** When it was over, on the clock, and how long it took. */
  readonly atMs: number;
  readonly tookMs: number;
}

interface Side {
  readonly node: ConsoleNode;
  readonly lanes: readonly ConsoleClient[];
  readonly prober: Prober;
  readonly launches: Map<number, string>;
  readonly tables: Map<number, ProbeTable>;
  readonly stacks: Map<string, string>;
}

/** Looks at nodes, again and again if that is wanted. */
export class Looker {
  readonly waits: Waits;
  readonly #source: ProbeWaits;
  readonly #sides: readonly Side[];
  readonly #name: (node: string, handle: number) => string;
  #last: Look | undefined;
  #alerts: readonly Alert[] = [];
  #running: Promise<Look> | undefined;

  /** @param name - What lists call a service. */
  constructor(nodes: readonly ConsoleNode[], name: (node: string, handle: number) => string, answerMs?: number) {
    this.#sides = nodes.map((node) => {
      const lanes = Array.from({ length: LANES }, () => node.conversation());
      return { node, lanes, prober: new Prober(lanes, answerMs), launches: new Map(), tables: new Map(), stacks: new Map() };
    });
    this.#name = name;
    this.#source = probeWaits(nodes.map((n) => n.name));
    this.waits = new Waits(this.#source, name, { minAgeMs: 0 });
  }

  /** The last look. */
  get last(): Look | undefined {
    return this.#last;
  }

  /** Whether one is under way. */
  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Services that have the probe in them now. */
  get registered(): number {
    return this.#sides.reduce((sum, { prober }) => sum + prober.registered.size, 0);
  }

  /** What is to be said of the last look: alerts that stand, and once those that have ended. */
  takeAlerts(): readonly Alert[] {
    const alerts = this.#alerts;
    this.#alerts = alerts.filter((a) => a.cleared !== true);
    return alerts;
  }

  /**
   * Looks. Asked for while one is under way, it is the same.
   *
   * @param addresses - Services to read; default: all of all nodes.
   */
  async look(addresses?: readonly number[]): Promise<Look> {
    return (this.#running ??= this.#look(addresses).finally(() => (this.#running = undefined)));
  }

  /** Takes the probe out of every service that has it. @returns those that did not confirm it. */
  async remove(): Promise<readonly NotRead[]> {
    const left = await Promise.all(
      this.#sides.map(async (side) =>
        (await side.prober.remove()).map((addr) =>
          this.#notRead(side, addr, "it does not answer: the probe may be in it, or get there once it has time"),
        ),
      ),
    );
    return left.flat();
  }

  /** The console answers again, perhaps of another program: nothing that was read before holds. */
  forget(name: string): void {
    const side = this.#sides.find((s) => s.node.name === name);
    if (side === undefined || side.tables.size === 0) return;
    side.prober.forget();
    side.tables.clear();
    this.#detect(side.node.clock.now());
  }

  close(): void {
    for (const { lanes } of this.#sides) for (const lane of lanes) lane.close();
  }

  async #look(addresses: readonly number[] | undefined): Promise<Look> {
    const { clock } = this.#sides[0]!.node;
    const from = clock.now();
    const notRead: NotRead[] = [];
    /** Nodes of which nothing could be read: what is known of them is what the look before found. */
    const silent = new Set<string>();
    let read = 0;
    const count = (side: Side, readings: readonly ProbeReading[]): void => {
      for (const { addr, table, failure } of readings) {
        if (table !== undefined) {
          side.tables.set(table.addr, table);
          read++;
        } else {
          side.tables.delete(addr);
          if (failure?.gone === false) notRead.push(this.#notRead(side, addr, failure.text));
        }
      }
    };
    await Promise.all(
      this.#sides.map(async (side) => {
        try {
          await side.node.readNow("list");
        } catch (error) {
          silent.add(side.node.name);
          notRead.push({ node: side.node.name, addr: 0, launch: "", why: error instanceof Error ? error.message : String(error) });
          return;
        }
        side.launches.clear();
        for (const { addr, launch } of side.node.services.values()) side.launches.set(addr, launch);
        for (const addr of side.tables.keys()) if (!side.launches.has(addr)) side.tables.delete(addr);
        const wanted = [...side.launches].filter(([addr, launch]) => launch.startsWith("snlua ") && (addresses?.includes(addr) ?? true));
        const launcher = await side.prober.readLauncher();
        if (launcher.table !== undefined) side.launches.set(launcher.addr, "snlua launcher");
        count(side, [launcher, ...(await side.prober.read(wanted.map(([addr]) => addr)))]);
      }),
    );
    const firstMs = clock.now();
    const suspects = [...this.#detect(firstMs).flatMap((d) => d.tasks), ...this.#source.lost];
    if (suspects.length > 0) {
      await new Promise<void>((resolve) => void clock.after(BETWEEN_MS, resolve));
      await Promise.all(this.#sides.map(async (side) => this.#again(side, suspects, notRead)));
      this.#detect(clock.now());
    }
    const tables = this.#sides.flatMap((side) => [...side.tables.values()].map((table) => ({ side, table })));
    return (this.#last = {
      deadlocks: this.waits.deadlocks.filter((d) => d.confirmed && d.tasks.every((t) => !silent.has(t.node))),
      lost: this.#source.lost.filter((lock) => !silent.has(lock.node)).map((lock) => this.#lost(lock)),
      services: read,
      // A console waits for the lines of this very look.
      tasks: tables.reduce((sum, { side, table }) => sum + (isConsole(side, table.addr) ? 0 : table.total), 0),
      notRead: notRead.sort((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : a.addr - b.addr)),
      capped: tables
        .filter(({ table }) => table.told < table.total)
        .map(({ side, table }) => this.#notRead(side, table.addr, `${table.total} tasks wait; the oldest ${table.told} were read`)),
      odd: tables
        .filter(({ table }) => table.missing.length > 0)
        .map(({ side, table }) => this.#notRead(side, table.addr, `not found in this version of Skynet: ${table.missing.join(", ")}`)),
      atMs: clock.now(),
      tookMs: clock.now() - from,
    });
  }

  /** Reads services that seem locked once more, with the stacks of their tasks. */
  async #again(side: Side, suspects: readonly { readonly node: string; readonly addr: number }[], notRead: NotRead[]): Promise<void> {
    const addresses = [...new Set(suspects.filter((t) => t.node === side.node.name).map((t) => t.addr))];
    if (addresses.length === 0) return;
    const starts = [...side.tables.values()].some((table) => table.starts.length > 0);
    const readings = [...(starts ? [await side.prober.readLauncher()] : []), ...(await side.prober.read(addresses))];
    for (const { addr, table, failure } of readings)
      if (table === undefined) {
        side.tables.delete(addr);
        if (failure?.gone === false) notRead.push(this.#notRead(side, addr, failure.text));
      } else side.tables.set(table.addr, table);
    for (const [at, addr] of addresses.entries()) {
      const lane = side.lanes[at % side.lanes.length]!;
      // A report without stacks is a report all the same.
      const answer = await lane.ask(`task ${colon(addr)}`).catch(() => undefined);
      if (answer?.ok !== true) continue;
      for (const { thread, stack } of readTasks(answer.text).rows) side.stacks.set(thread, stack.join("\n"));
    }
  }

  /** Feeds the detector with what was read. @returns deadlocks, suspected and proven. */
  #detect(nowMs: number): readonly Deadlock[] {
    this.#source.update(
      this.#sides.map(({ node, launches, tables, stacks }) => ({ name: node.name, launches, tables, stacks })),
      nowMs,
    );
    const sweep = this.waits.sweep(nowMs * 1000, true);
    let step = sweep.next();
    while (step.done !== true) step = sweep.next();
    const now = [
      ...step.value,
      ...lostAlerts(
        this.#source.lost.map((lock) => this.#lost(lock)),
        this.#alerts,
        this.#sides.length > 1,
        nowMs * 1000,
      ),
    ];
    const ended = this.#alerts.filter((a) => a.cleared === true && !now.some((b) => b.id === a.id));
    this.#alerts = [...now, ...ended];
    return this.waits.deadlocks;
  }

  #lost({ node, addr, lock, holder, waiters }: LostLock): LostQueue {
    const side = this.#sides.find((s) => s.node.name === node)!;
    const tasks = waiters.map(({ node: { kernel }, task, op }) => ({
      thread: task.thread,
      session: op.session,
      purpose: taskText(kernel, task),
      stack: side.stacks.get(task.thread) ?? "",
    }));
    return {
      node,
      addr,
      name: this.#name(node, addr),
      lock,
      holder,
      tasks: tasks.sort((a, b) => a.session - b.session),
    };
  }

  #notRead({ node, launches }: Side, addr: number, why: string): NotRead {
    return { node: node.name, addr, launch: (launches.get(addr) ?? "").replace(/^snlua /, ""), why };
  }
}

function isConsole({ launches }: Side, addr: number): boolean {
  return (launches.get(addr) ?? "").startsWith("snlua debug_console");
}
