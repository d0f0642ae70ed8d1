/**
 * A service as the kernel knows it: a handle, a mailbox, counters, and a body that takes messages.
 *
 * Source: skynet-src/skynet_server.c and skynet_mq.c; semantics.md §4.
 *
 * @module
 */
import type { Body, Message } from "./message.ts";
import type { TracedMail } from "./probe.ts";

/** What makes a service do something. Other kinds than the task system of `core` plug in here. */
export interface ServiceBody {
  /** Takes one message. What it throws is logged; the service lives on. */
  callback(type: number, session: number, source: number, body: Body): void;
  /** The handle is gone; no more messages come. */
  released?(): void;
  /** Tasks that wait or run. */
  tasks?(): number;
  /** Estimated bytes held besides the mailbox. */
  memory?(): number;
  /** Milliseconds of node time since when its oldest pending call waits; `undefined` when none does. */
  oldestCall?(): number | undefined;
  /** What the service is doing, when it is not `idle` by its mailbox: loading or starting. */
  readonly starting?: boolean;
}

/** Hears of the messages that one service takes, in their order. It must not throw. */
export interface MessageLog {
  taken(message: Message): void;
  /** The service has ended, or nobody wants to know any more. */
  close(): void;
}

const OVERLOAD = 1024;

/** Handle, mailbox and counters of one service. */
export class Service {
  readonly handle: number;
  /** The service kind, e.g. `snlua`. */
  readonly kind: string;
  /** Launch arguments as text. */
  readonly args: string;
  /** Who launched it; 0 is the system. */
  readonly parent: number;
  /** Node time at launch, in whole milliseconds. */
  readonly since: number;
  body: ServiceBody | undefined = undefined;

  /** Oldest message, and the one to append to. */
  head: Message | undefined = undefined;
  tail: Message | undefined = undefined;
  /** Messages waiting, without the one in progress. */
  mqlen = 0;
  /** Most messages that ever waited since an inspector reset it. */
  mqmax = 0;
  /** Bytes of the waiting bodies. */
  bytes = 0;

  /** In the ready list, or being run. */
  ready = false;
  /** Kept off the ready list until its code is loaded. */
  held = false;
  alive = true;
  nextReady: Service | undefined = undefined;

  /** Messages handled. */
  messages = 0;
  /** Milliseconds in handlers: measured or estimated as the node's profile says. */
  cpuMs = 0;
  /** Errors that reached the top of a handler. */
  errors = 0;
  /** Was in one message for more than 5 s; reading it through `stat` clears it. */
  endless = false;
  /** Messages in the mailbox that belong to a trace, while somebody records; who hears of tasks is told of all requests of this service then. */
  traced: TracedMail | undefined = undefined;
  /** Its message log, while somebody wants one. */
  log: MessageLog | undefined = undefined;
  /** Byte limit for the estimated memory, or 0. */
  memoryLimit = 0;

  #overloadAt = OVERLOAD;

  constructor(handle: number, kind: string, args: string, parent: number, since: number) {
    this.handle = handle;
    this.kind = kind;
    this.args = args;
    this.parent = parent;
    this.since = since;
  }

  push(message: Message): void {
    if (this.tail === undefined) this.head = message;
    else this.tail.next = message;
    this.tail = message;
    this.bytes += message.size;
    if (++this.mqlen > this.mqmax) this.mqmax = this.mqlen;
  }

  /** Takes the oldest message; the caller has made sure that there is one. */
  pop(): Message {
    const message = this.head!;
    this.head = message.next;
    if (this.head === undefined) this.tail = undefined;
    message.next = undefined;
    this.mqlen--;
    this.bytes -= message.size;
    return message;
  }

  /** The backlog to warn about: once per doubling above 1024, starting over when the mailbox was empty. Otherwise 0. */
  overload(): number {
    const length = this.mqlen;
    if (length <= this.#overloadAt) {
      if (length === 0) this.#overloadAt = OVERLOAD;
      return 0;
    }
    while (length > this.#overloadAt) this.#overloadAt *= 2;
    return length;
  }
}
