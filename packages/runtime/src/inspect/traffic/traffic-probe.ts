/**
 * Hears the messages of some services of one node: who sends to them and to whom they send, counted while somebody looks.
 *
 * Set only while a service is listened to, so that the others cost two look-ups in a map then, and nothing otherwise. Knows nothing of clients.
 *
 * @module
 */
import type { Kernel } from "../../kernel/kernel.ts";
import { PTYPE_LUA, PTYPE_SNAX } from "../../kernel/message.ts";
import type { Message } from "../../kernel/message.ts";
import type { MessageProbe } from "../../kernel/probe.ts";
import type { Service } from "../../kernel/service.ts";
import { addProbe, removeProbe } from "./probe-list.ts";
import { Marks, Tally } from "./tally.ts";

/** Commands longer than this are taken for data. */
const LONGEST_COMMAND = 64;

/** The first argument of a request that has not been encoded, when it is a short text. */
export function commandOf(message: Message): string | undefined {
  const { type, body } = message;
  const first: unknown = (type === PTYPE_LUA || type === PTYPE_SNAX) && Array.isArray(body) ? (body as unknown[])[0] : undefined;
  return typeof first === "string" && first.length <= LONGEST_COMMAND ? first : undefined;
}

/** What a service got and sent since the count began. */
export class Counts {
  readonly marks: Marks;
  received = 0;
  sent = 0;
  readonly senders: Tally<number> = new Tally();
  readonly receivers: Tally<number> = new Tally();
  /** Of what it got: message types by number, and commands. */
  readonly types: Tally<number> = new Tally();
  readonly commands: Tally<string> = new Tally();

  constructor(nowUs: number) {
    this.marks = new Marks(nowUs);
  }

  mark(nowUs: number): void {
    const { oldest } = this.marks;
    const place = this.marks.set(nowUs);
    for (const tally of [this.senders, this.receivers, this.types]) tally.mark(place, oldest);
    this.commands.mark(place, oldest);
  }
}

/** Gets the messages of one service. */
export interface Listener {
  /** One has joined its mailbox. */
  got(message: Message): void;
  /** One of its own has joined the mailbox of a service of the same node, itself included. */
  sent(to: Service, message: Message): void;
}

/** Counts for a service. */
export class Counter implements Listener {
  readonly counts: Counts;

  constructor(nowUs: number) {
    this.counts = new Counts(nowUs);
  }

  got(message: Message): void {
    const { counts } = this;
    counts.received++;
    counts.senders.add(message.source);
    counts.types.add(message.type);
    const command = commandOf(message);
    if (command !== undefined) counts.commands.add(command);
  }

  sent(to: Service): void {
    this.counts.sent++;
    this.counts.receivers.add(to.handle);
  }
}

/** See the file's comment. */
export class TrafficProbe implements MessageProbe {
  readonly replies = true;
  readonly #kernel: Kernel;
  readonly #listeners = new Map<number, readonly Listener[]>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Handles of the services that are listened to. */
  get handles(): Iterable<number> {
    return this.#listeners.keys();
  }

  add(handle: number, listener: Listener): void {
    this.#listeners.set(handle, [...(this.#listeners.get(handle) ?? []), listener]);
    addProbe(this.#kernel, this);
  }

  remove(handle: number, listener: Listener): void {
    const left = (this.#listeners.get(handle) ?? []).filter((l) => l !== listener);
    if (left.length > 0) this.#listeners.set(handle, left);
    else this.#listeners.delete(handle);
    if (this.#listeners.size === 0) removeProbe(this.#kernel, this);
  }

  posted(service: Service, message: Message): void {
    const into = this.#listeners.get(service.handle);
    if (into !== undefined) for (const l of into) l.got(message);
    const from = this.#listeners.get(message.source);
    if (from !== undefined) for (const l of from) l.sent(service, message);
  }
}
