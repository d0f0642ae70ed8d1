/**
 * The kernel of a node: who exists, who has messages, whose turn it is, what time it is.
 *
 * Knows handles, names, mailboxes, the ready list, timers and the environment. Knows no tasks, protocols or sockets' bytes: a service
 * is whatever takes a message. One kernel is one node; any number of them share a process.
 *
 * Source: skynet-src/skynet_server.c, skynet_start.c; semantics.md §1–§4, §7, §9, §14.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { ClockTimer, Ports } from "../ports/index.ts";
import { EndedServices } from "./ended.ts";
import { Environment } from "./environment.ts";
import { GlobalNames } from "./global-names.ts";
import { handleText, HandleTable } from "./handles.ts";
import { dropBody, Message, PTYPE_CLIENT, PTYPE_ERROR, PTYPE_RESPONSE, PTYPE_SOCKET, PTYPE_TEXT } from "./message.ts";
import type { Body, Failure } from "./message.ts";
import { LocalNames } from "./names.ts";
import type { MessageProbe } from "./probe.ts";
import { Service } from "./service.ts";
import { SocketDriver } from "./socket/index.ts";
import type { ServiceBody } from "./service.ts";
import { TimerEntry, TimerWheel } from "./timer-wheel.ts";
import { TURNS_PER_LOOK, TurnWatch } from "./turn-watch.ts";
import type { LongTurn, Profile } from "./turn-watch.ts";

/** Milliseconds of one timer tick. */
const TICK_MS = 10;
/** Milliseconds after which the loop lets the host breathe. */
const SLICE_MS = 1;
/** Turns after which it does so although the clock stands still, as virtual clocks do. */
const SLICE_TURNS = 65536;

/** What makes the body of a service of one kind; `undefined` means that it could not start. */
export type ServiceKind = (service: Service, kernel: Kernel, args: readonly unknown[]) => ServiceBody | undefined;

/** What a node is made of besides its services. */
export interface KernelOptions {
  readonly ports: Ports;
  readonly harbor: number;
  readonly env: Readonly<Record<string, unknown>>;
  readonly kinds: Readonly<Record<string, ServiceKind>>;
  readonly profile?: Profile;
  /** Messages a service handles before the next one's turn; default 1. */
  readonly weight?: number;
}

const DEAD_LETTER: Failure = { reason: "dead-letter", cause: undefined };

/** A launch argument as the launch line shows it. */
function argumentText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value as string);
  try {
    return JSON.stringify(value) ?? "…";
  } catch {
    return "…";
  }
}

/** One node's kernel. */
export class Kernel {
  readonly ports: Ports;
  readonly env: Environment;
  readonly names: LocalNames = new LocalNames();
  readonly globals: GlobalNames = new GlobalNames((handle, m) => {
    if (!this.post(handle, m.type, m.session, m.source, m.body, m.size))
      this.post(m.source, PTYPE_ERROR, m.session, handle, DEAD_LETTER, 0);
  });
  readonly timers: TimerWheel;
  readonly harbor: number;
  readonly profile: Profile;
  /** The sockets of this node. */
  readonly sockets: SocketDriver;
  /** UTC seconds at start. */
  readonly starttime: number;
  /** Takes messages for the host's own end: promises outside of services. */
  hostEnd: ((type: number, session: number, body: Body) => void) | undefined = undefined;
  /** Receives a notice when a service ends; 0 is nobody. */
  monitor = 0;
  /** Where log lines go; 0 is nobody yet. */
  logger = 0;
  /** Hears of every message while somebody records traces or counts messages. */
  probe: MessageProbe | undefined = undefined;
  /** Hears of tasks while somebody records traces; only the core knows what. */
  taskProbe: object | undefined = undefined;
  /** Called for each service that ended, after its handle is free. */
  onRetired: ((service: Service) => void) | undefined = undefined;
  /** Called once, when the last service is gone. */
  onStopped: (() => void) | undefined = undefined;

  /** What the services that have ended took in all: figures of a whole node must not fall when one of its services ends. */
  readonly retired: { cpuMs: number; errors: number } = { cpuMs: 0, errors: 0 };
  /** How the latest of them ended. */
  readonly ended: EndedServices = new EndedServices();

  readonly #watch: TurnWatch;
  readonly #handles: HandleTable<Service>;
  readonly #kinds: Readonly<Record<string, ServiceKind>>;
  readonly #weight: number;
  readonly #startMs: number;
  readonly #startTick: number;
  #ticks = 0;

  #readyHead: Service | undefined = undefined;
  #readyTail: Service | undefined = undefined;
  #running = false;
  #scheduled = false;
  #current: Service | undefined = undefined;
  #armed: ClockTimer | undefined = undefined;
  #armedAt = 0;
  #stopped = false;
  /** Turns of all services. */
  #turns = 0;
  #coarseMs = 0;

  constructor(options: KernelOptions) {
    const { ports, harbor } = options;
    if (!Number.isInteger(harbor) || harbor < 0 || harbor > 255)
      throw new SkynetError("CONFIG", `harbor must be a whole number from 0 to 255, not ${harbor}`);
    const weight = options.weight ?? 1;
    if (!Number.isInteger(weight) || weight < 1)
      throw new SkynetError("CONFIG", `weight must be a whole number of at least 1, not ${weight}`);
    this.ports = ports;
    this.harbor = harbor;
    this.env = new Environment(options.env);
    this.#kinds = options.kinds;
    this.#weight = weight;
    this.#handles = new HandleTable(harbor);
    this.timers = new TimerWheel((e) => this.#expired(e));
    this.#startMs = ports.clock.now();
    this.profile = options.profile ?? true;
    this.#watch = new TurnWatch(this, this.profile);
    const wall = ports.clock.wall();
    this.starttime = Math.floor(wall / 1000);
    this.sockets = new SocketDriver({
      tcp: ports.tcp,
      udp: ports.udp,
      descriptors: ports.descriptors,
      now: () => this.now(),
      post: (owner, event) => this.post(owner, PTYPE_SOCKET, 0, 0, event as unknown as Body, event[3]?.length ?? 0),
      onDirty: () => {
        // Within a slice the loop flushes at its end; output from elsewhere waits for the host's next round, so that it is joined too.
        if (!this.#running) this.ports.defer(() => this.sockets.flush());
      },
      log: (text) => this.log(0, text),
    });
    this.#startTick = Math.floor((wall - this.starttime * 1000) / TICK_MS);
  }

  /** Centiseconds since start plus the sub-second part of the start time. */
  now(): number {
    return this.#startTick + Math.floor((this.ports.clock.now() - this.#startMs) / TICK_MS);
  }

  /** Milliseconds since start, with fractions. */
  elapsedMs(): number {
    return this.ports.clock.now() - this.#startMs;
  }

  /** {@link elapsedMs} as of the last look at the clock, at most 64 turns or one slice ago: cheap enough for every message. */
  get coarseMs(): number {
    return this.#coarseMs;
  }

  /** The service whose turn it is. */
  get current(): Service | undefined {
    return this.#current;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Turns of 100 ms and more, oldest first; the latest few of those that can be told from others. */
  get longTurns(): readonly LongTurn[] {
    return this.#watch.longTurns;
  }

  /** Turns taken by all services since start: messages handled. Within a slice as of at most 64 turns ago. */
  get turns(): number {
    return this.#turns;
  }

  get serviceCount(): number {
    return this.#handles.count;
  }

  /** The handle that stands for the host's own end. */
  get hostHandle(): number {
    return this.#handles.hostHandle;
  }

  /** The living service with this handle. */
  find(handle: number): Service | undefined {
    return this.#handles.find(handle);
  }

  /** Clock time (milliseconds of the host's clock) at start. */
  get startMs(): number {
    return this.#startMs;
  }

  /** All living services in no order: cheap, for walks that look at each. */
  snapshot(): Service[] {
    return this.#handles.snapshot();
  }

  /** All living services, smallest handle first. */
  services(): Service[] {
    return this.#handles.all();
  }

  /** Resolves `:hex` and `.name` and decimal-free numbers; `undefined` when nobody has that name. Global names are not the kernel's. */
  resolve(address: number | string): number | undefined {
    if (typeof address === "number") return address;
    if (address.startsWith(":")) {
      const n = Number.parseInt(address.slice(1), 16);
      return Number.isNaN(n) ? undefined : n >>> 0;
    }
    return address.startsWith(".") ? this.names.find(address.slice(1)) : undefined;
  }

  /**
   * Puts a message into a mailbox of this node.
   *
   * @returns false when no such service exists; the body is then dropped.
   */
  post(dest: number, type: number, session: number, source: number, body: Body, size: number): boolean {
    const service = this.#handles.find(dest);
    if (service === undefined) {
      if (dest === this.hostHandle && this.hostEnd !== undefined && !this.#stopped) {
        this.hostEnd(type, session, body);
        return true;
      }
      dropBody(body);
      return false;
    }
    const message = new Message(type, session, source, body, size);
    service.push(message);
    if (this.probe !== undefined && (type !== PTYPE_RESPONSE || this.probe.replies)) this.probe.posted(service, message);
    if (!service.ready && !service.held) this.#makeReady(service);
    return true;
  }

  /** Posts PTYPE_RESPONSE to `handle` after `ticks`; 0 or less posts at once, behind what is queued. */
  timeout(handle: number, session: number, ticks: number): void {
    if (ticks <= 0) this.post(handle, PTYPE_RESPONSE, session, 0, undefined, 0);
    else this.timers.add(new TimerEntry(handle, session), ticks);
  }

  /** Writes a log line in the name of `source`. */
  log(source: number, text: string): void {
    if (this.logger === 0 || !this.post(this.logger, PTYPE_TEXT, 0, source, text, text.length))
      this.ports.log.output.line(`[${handleText(source)}] ${text}`);
  }

  /**
   * Starts a service of the given kind; it takes its first message in a later turn.
   *
   * @returns its handle, or `undefined` when the kind is unknown or it could not start.
   */
  launch(kind: string, args: readonly unknown[]): number | undefined {
    const make = Object.hasOwn(this.#kinds, kind) ? this.#kinds[kind] : undefined;
    if (make === undefined || this.#stopped) return undefined;
    const text = args.map(argumentText).join(" ");
    const parent = this.#current?.handle ?? 0;
    const service = this.#handles.register((handle) => new Service(handle, kind, text, parent, Math.round(this.elapsedMs())));
    service.held = true;
    let body: ServiceBody | undefined;
    try {
      body = make(service, this, args);
    } catch (error) {
      this.log(service.handle, `FAILED launch ${kind} ${text} : ${error instanceof Error ? error.message : String(error)}`);
    }
    if (body === undefined) {
      this.#retire(service);
      return undefined;
    }
    service.body = body;
    // As in Skynet nothing is said of the log service's own launch.
    if (this.logger !== 0) this.log(service.handle, `LAUNCH ${kind} ${text}`);
    this.release(service);
    return service.handle;
  }

  /** Keeps a service's messages waiting until {@link release}, while its code is being loaded. */
  hold(service: Service): void {
    service.held = true;
  }

  /** Lets a held service take its messages. */
  release(service: Service): void {
    service.held = false;
    if (service.alive && !service.ready && service.head !== undefined) this.#makeReady(service);
  }

  /**
   * Ends a service at once: its names go, its mailbox is answered with errors, requests it had taken stay unanswered.
   *
   * @param by - The service that asks; equal to `handle` when it ends itself.
   * @param reason - Why, in a few words, for those who ask later.
   */
  kill(handle: number, by: number, reason?: string): void {
    this.log(by, by === handle ? "KILL self" : `KILL :${handle.toString(16)}`);
    if (this.monitor !== 0) this.post(this.monitor, PTYPE_CLIENT, 0, handle, undefined, 0);
    const service = this.#handles.find(handle);
    if (service !== undefined) this.#retire(service, by, reason);
  }

  /** Ends every service; the node stops. The log service goes last. */
  abort(): void {
    for (const service of this.services()) if (service.handle !== this.logger) this.#retire(service);
    const logger = this.#handles.find(this.logger);
    if (logger === undefined) return;
    while (logger.head !== undefined) this.#turn(logger);
    this.#retire(logger);
  }

  /**
   * Runs an event that comes from the host (a socket's bytes, a settled promise), then the services it made ready, without waiting for
   * the host's next round.
   */
  enter(event: () => void): void {
    if (this.#stopped) return;
    if (this.#running) {
      event();
      return;
    }
    this.#running = true;
    try {
      event();
    } finally {
      // Also when the event throws: what it has made ready must not wait for the next one.
      this.#running = false;
      this.#run();
    }
  }

  #makeReady(service: Service): void {
    service.ready = true;
    if (this.#readyTail === undefined) this.#readyHead = service;
    else this.#readyTail.nextReady = service;
    this.#readyTail = service;
    if (!this.#running && !this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.ports.defer(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  /** Turns the wheel up to now. */
  #advance(nowMs: number): void {
    this.#coarseMs = nowMs - this.#startMs;
    const ticks = Math.floor((nowMs - this.#startMs) / TICK_MS);
    const passed = ticks - this.#ticks;
    if (passed <= 0) return;
    this.#ticks = ticks;
    this.timers.turn(passed);
  }

  #expired(entry: TimerEntry): void {
    this.post(entry.handle, PTYPE_RESPONSE, entry.session, 0, undefined, 0);
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    const { clock } = this.ports;
    const begun = clock.now();
    let looked = begun;
    const before = this.#turns;
    let turns = 0;
    let look = TURNS_PER_LOOK;
    try {
      this.#advance(begun);
      for (let service = this.#readyHead; service !== undefined; service = this.#readyHead) {
        this.#readyHead = service.nextReady;
        if (this.#readyHead === undefined) this.#readyTail = undefined;
        service.nextReady = undefined;
        // Killed or put on hold since it got into the list.
        if (service.head === undefined || service.held) {
          service.ready = false;
          continue;
        }
        let left = this.#weight;
        do {
          this.#turn(service);
          turns++;
        } while (--left > 0 && service.head !== undefined && !service.held);
        if (service.head !== undefined && service.alive && !service.held) {
          if (this.#readyTail === undefined) this.#readyHead = service;
          else this.#readyTail.nextReady = service;
          this.#readyTail = service;
        } else service.ready = false;
        if (turns < look) continue;
        look = turns + TURNS_PER_LOOK;
        this.#turns = before + turns;
        const now = clock.now();
        this.#watch.looked(now, now - looked);
        looked = now;
        this.#advance(now);
        if (now - begun >= SLICE_MS || turns >= SLICE_TURNS) break;
      }
      const now = clock.now();
      this.#watch.looked(now, now - looked);
      this.#advance(now);
    } finally {
      this.#turns = before + turns;
      this.#current = undefined;
      this.#running = false;
    }
    this.sockets.flush();
    if (this.#readyHead !== undefined && !this.#scheduled) this.#schedule();
    this.#arm();
  }

  #turn(service: Service): void {
    const message = service.pop();
    const overload = service.overload();
    if (overload !== 0) this.log(service.handle, `error: May overload, message queue length = ${overload}`);
    this.#current = service;
    service.messages++;
    const timed = this.#watch.due();
    const begun = timed ? this.ports.clock.now() : 0;
    if (!timed) this.#watch.untimed(service.handle, message.source);
    if (service.log !== undefined) service.log.taken(message);
    try {
      service.body!.callback(message.type, message.session, message.source, message.body);
    } catch (error) {
      this.#broken(service, error);
    }
    if (timed) this.#watch.timed(service, message.source, begun, this.ports.clock.now());
    if (!service.alive) this.#dropMailbox(service);
  }

  /** A body let an exception through: bodies report their own errors, so this is a fault in the body itself. */
  #broken(service: Service, error: unknown): void {
    service.errors++;
    this.log(service.handle, `service body failed : ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  #retire(service: Service, by: number = 0, reason?: string): void {
    if (!service.alive) return;
    service.alive = false;
    this.ended.note(service.handle, { atMs: this.#coarseMs, by, reason });
    this.retired.cpuMs += service.cpuMs;
    this.retired.errors += service.errors;
    this.#handles.retire(service.handle);
    this.names.retire(service.handle);
    service.body?.released?.();
    service.log?.close();
    this.sockets.releaseOwner(service.handle);
    // A service that ends itself is in its own turn; its mailbox is dropped when the turn is over.
    if (this.#current !== service) this.#dropMailbox(service);
    this.onRetired?.(service);
    if (this.#handles.count === 0) this.#stop();
  }

  #dropMailbox(service: Service): void {
    while (service.head !== undefined) {
      const message = service.pop();
      dropBody(message.body);
      if (message.source !== 0) this.post(message.source, PTYPE_ERROR, message.session, service.handle, DEAD_LETTER, 0);
    }
  }

  #stop(): void {
    this.#stopped = true;
    this.sockets.flush();
    this.sockets.release();
    if (this.#armed !== undefined) this.ports.clock.cancel(this.#armed);
    this.#armed = undefined;
    this.onStopped?.();
  }

  /** Keeps one host timer for the earliest timeout. */
  #arm(): void {
    if (this.#stopped) return;
    const ticks = this.timers.due();
    if (ticks === undefined) return;
    const at = this.#startMs + (this.#ticks + ticks) * TICK_MS;
    if (this.#armed !== undefined) {
      if (this.#armedAt <= at) return;
      this.ports.clock.cancel(this.#armed);
    }
    this.#armedAt = at;
    this.#armed = this.ports.clock.after(Math.max(0, at - this.ports.clock.now()), () => {
      this.#armed = undefined;
      this.#run();
      // A host timer may come a little early; then nothing was due yet and it must be set again.
      if (this.#armed === undefined) this.#arm();
    });
  }
}
