/**
 * One C Skynet process as its console shows it: what was last read of its services, memory and sockets, and when.
 *
 * Knows nothing of channels and clients.
 *
 * @module
 */
import type { Clock } from "@skyloom/runtime/ports";
import { readList, readMem, readNetstat, readStat } from "./answers.ts";
import type { MemRow, Parsed, SocketRow, StatRow } from "./answers.ts";
import { ConsoleClient } from "./console-client.ts";
import type { ConsoleAddress, ConsoleLimits } from "./console-client.ts";
import { Course } from "./course.ts";
import { Poller } from "./poller.ts";

/** `stat` and `mem` wait up to 3 s for services themselves; a server of thousands takes its time to ask. */
const SURVEY_MS = 15_000;
/** The launcher and the socket server answer at once, unless the whole program stands still. */
const QUICK_MS = 6_000;

/** One service as it was last read. */
export interface ConsoleService {
  readonly addr: number;
  /** E.g. `snlua agent 7`; empty for one that is only known from counters. */
  launch: string;
  stat: StatRow | undefined;
  /** Its counters from one survey to the next. */
  readonly course: Course;
  mem: MemRow | undefined;
  /** Most messages that waited since somebody last asked. */
  mqmax: number;
}

/** Conversations for a console and what they brought. */
export class ConsoleNode {
  readonly name: string;
  readonly clock: Clock;
  /** For polling, and for what people type. */
  readonly client: ConsoleClient;
  readonly commands: ConsoleClient;
  readonly address: ConsoleAddress;
  readonly #limits: Partial<ConsoleLimits>;
  readonly #poller: Poller;
  readonly services: Map<number, ConsoleService> = new Map();
  sockets: readonly SocketRow[] = [];
  socketsMs = -1;
  /** When the list was last read, on the clock; -1: never. */
  listMs = -1;
  statMs = -1;
  memMs = -1;
  /** Lines of the last answers that could not be read, by command. */
  readonly unread: Map<string, readonly string[]> = new Map();
  /** Messages of services that have ended. */
  #retired = 0;
  /** Messages that had been handled when the first survey was made. */
  #before = 0;
  #failure: string | undefined;

  constructor(address: ConsoleAddress, clock: Clock, limits: Partial<ConsoleLimits> = {}) {
    this.address = address;
    this.clock = clock;
    this.#limits = limits;
    this.client = this.conversation();
    this.commands = this.conversation();
    this.name = this.client.where;
    const survey = async (line: string, limitMs: number): Promise<string> => {
      try {
        const { ok, text } = await this.client.ask(line, limitMs);
        if (!ok) throw new Error(`${line} failed: ${text.trim().split("\n")[0] ?? ""}`);
        this.#failure = undefined;
        return text;
      } catch (error) {
        this.#failure = error instanceof Error ? error.message : String(error);
        throw error;
      }
    };
    this.#poller = new Poller(
      clock,
      {
        list: { everyMs: 5_000, ask: async () => this.takeList(await survey("list", QUICK_MS)) },
        stat: { everyMs: 2_000, ask: async () => this.#takeStat(await survey("stat", SURVEY_MS)) },
        mem: { everyMs: 5_000, ask: async () => this.#takeMem(await survey("mem", SURVEY_MS)) },
        netstat: { everyMs: 2_000, ask: async () => this.#takeNetstat(await survey("netstat", QUICK_MS)) },
      },
      () => this.client.gone?.retryMs ?? -Infinity,
    );
  }

  /** A further conversation with the same console. */
  conversation(): ConsoleClient {
    return new ConsoleClient(this.address, this.clock, this.#limits);
  }

  /** Why the last question had no answer; `undefined` when it had one. */
  get failure(): string | undefined {
    return this.client.gone?.error.message ?? this.#failure;
  }

  /** Messages handled since the first survey, by services alive or gone, as far as they were counted. */
  get messages(): number {
    const now = this.clock.now();
    let sum = this.#retired - this.#before;
    for (const { course } of this.services.values()) sum += course.at(now).message;
    return sum;
  }

  /** Somebody looks at these. */
  want(...kinds: readonly ("list" | "stat" | "mem" | "netstat")[]): void {
    this.#poller.want(...kinds);
  }

  /** Reads the list now. Rejects when the console does not answer. */
  async readNow(kind: "list" | "stat"): Promise<void> {
    await this.#poller.now(kind);
  }

  close(): void {
    this.#poller.close();
    this.client.close();
    this.commands.close();
  }

  takeList(text: string): void {
    const rows = this.#note("list", readList(text));
    const alive = new Map(rows.map((row) => [row.addr, row.launch]));
    for (const [addr, service] of this.services)
      if (service.launch === "" && alive.has(addr)) service.launch = alive.get(addr)!;
      // Handles are not used again soon; another launch line is another service all the same.
      else if (alive.get(addr) !== service.launch) this.#retire(addr, service);
    for (const [addr, launch] of alive)
      if (!this.services.has(addr))
        this.services.set(addr, { addr, launch, stat: undefined, course: new Course(), mem: undefined, mqmax: 0 });
    this.listMs = this.clock.now();
  }

  #retire(addr: number, service: ConsoleService): void {
    this.#retired += service.course.at(this.clock.now()).message;
    this.services.delete(addr);
  }

  #takeStat(text: string): void {
    const now = this.clock.now();
    const first = this.statMs < 0;
    for (const row of this.#note("stat", readStat(text))) {
      const service = this.#service(row.addr);
      if (row.failure === undefined) service.course.take({ message: Math.max(0, row.message), cpu: Math.max(0, row.cpu) }, now);
      if (first) this.#before += Math.max(0, row.message);
      // One that did not answer keeps the counters of its last answer: they can only have grown.
      service.stat = row.failure === undefined || service.stat === undefined ? row : { ...service.stat, failure: row.failure };
      service.mqmax = Math.max(service.mqmax, row.mqlen);
    }
    this.statMs = now;
  }

  #takeMem(text: string): void {
    for (const row of this.#note("mem", readMem(text))) {
      const service = this.#service(row.addr);
      service.mem = row.failure === undefined || service.mem === undefined ? row : service.mem;
    }
    this.memMs = this.clock.now();
  }

  #takeNetstat(text: string): void {
    this.sockets = this.#note("netstat", readNetstat(text));
    this.socketsMs = this.clock.now();
  }

  #service(addr: number): ConsoleService {
    let service = this.services.get(addr);
    // Started since the list was read.
    if (service === undefined)
      this.services.set(addr, (service = { addr, launch: "", stat: undefined, course: new Course(), mem: undefined, mqmax: 0 }));
    return service;
  }

  #note<T>(command: string, { rows, unread }: Parsed<T>): readonly T[] {
    if (unread.length === 0) this.unread.delete(command);
    else this.unread.set(command, unread);
    return rows;
  }
}
