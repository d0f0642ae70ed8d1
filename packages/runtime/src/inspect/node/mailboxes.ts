/**
 * Rows of the `mailboxes` channel, and the messages of one mailbox.
 *
 * Messages carry no time stamps, which would cost every message. How long the oldest one has waited at least follows from the counters: it is
 * there since the first sample at which more messages had come in than have been taken out by now.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Service } from "../../kernel/service.ts";
import type { MailboxSample } from "../channels/mailboxes.ts";
import type { RowWalk } from "../source.ts";
import { commandOf } from "../traffic/traffic-probe.ts";
import type { Inspected } from "./hosts.ts";
import { frameUs, isSystem, nameOf, nameOfHandle, typeOf } from "./hosts.ts";
import { serviceWalk } from "./walk.ts";

/** Messages of one mailbox that a sample looks at. */
const LOOK = 256;
/** Messages of one mailbox that a question looks at, and of which it shows the first few. */
const MOST_COUNTED = 10_000;
const SHOWN = 20;
/** Entries of each ranking. */
const RANKED = 20;

/** Samples remembered of a mailbox that is never empty; beyond that every second one goes. */
const MOST_MARKS = 256;

/** At a sample: when it was, and how many messages had come in by then. */
interface Mark {
  readonly us: number;
  readonly in: number;
}

/** Remembers from one sample to the next how many messages had come into each mailbox that is not empty. */
export class Mailboxes {
  #marks = new WeakMap<Service, Mark[]>();
  readonly #nodes: readonly Inspected[];

  constructor(nodes: readonly Inspected[]) {
    this.#nodes = nodes;
  }

  walk(): RowWalk {
    const row: MailboxSample = {
      addr: 0,
      name: "",
      type: "",
      node: "",
      mqlen: 0,
      mqmax: 0,
      bytes: 0,
      in: 0,
      out: 0,
      oldestSinceUs: -1,
      topSender: 0,
      topSenderName: "",
      topType: "",
      system: 0,
    };
    return serviceWalk(this.#nodes, (service, { name, kernel }) => {
      row.addr = service.handle;
      row.name = nameOf(kernel, service);
      row.type = typeOf(service);
      row.node = name;
      row.mqlen = service.mqlen;
      row.mqmax = service.mqmax;
      service.mqmax = service.mqlen;
      row.bytes = service.bytes;
      row.out = service.messages;
      row.in = service.messages + service.mqlen;
      row.oldestSinceUs = this.#oldest(kernel, service);
      row.system = isSystem(service) ? 1 : 0;
      row.topSender = 0;
      row.topSenderName = row.topType = "";
      if (service.head !== undefined) {
        const { senders, types } = count(kernel, service, LOOK);
        row.topSender = top(senders)!;
        row.topSenderName = nameOfHandle(kernel, row.topSender);
        row.topType = top(types)!;
      }
      return row;
    });
  }

  /** Since when the oldest message has been waiting at least. */
  #oldest(kernel: Kernel, service: Service): number {
    if (service.head === undefined) {
      this.#marks.delete(service);
      return -1;
    }
    let marks = this.#marks.get(service) ?? [];
    const taken = service.messages;
    let gone = 0;
    while (gone < marks.length && marks[gone]!.in <= taken) gone++;
    if (gone > 0) marks.splice(0, gone);
    marks.push({ us: frameUs(kernel, kernel.elapsedMs()), in: taken + service.mqlen });
    if (marks.length > MOST_MARKS) marks = marks.filter((_, i) => i === 0 || i % 2 === 1);
    this.#marks.set(service, marks);
    return marks[0]!.us;
  }
}

/** What waits in one mailbox: rankings over the first 10,000 messages, and the first 20 without their payload. */
export function mailboxDetail(kernel: Kernel, service: Service): object {
  const { senders, types, commands, counted } = count(kernel, service, MOST_COUNTED);
  const first: object[] = [];
  // Numbers messages as the service will have counted them when it takes them: that names one while it waits.
  let nr = service.messages;
  for (let m = service.head; m !== undefined && first.length < SHOWN; m = m.next)
    first.push({
      nr: nr++,
      type: typeName(service, m.type),
      from: m.source,
      fromName: nameOfHandle(kernel, m.source),
      session: m.session,
      size: m.size,
      command: commandOf(m) ?? "",
    });
  const ranked = <K>(map: ReadonlyMap<K, number>): (readonly [K, number])[] => [...map].sort((a, b) => b[1] - a[1]).slice(0, RANKED);
  return {
    mqlen: service.mqlen,
    counted,
    bytes: service.bytes,
    senders: ranked(senders).map(([addr, n]) => ({ addr, name: nameOfHandle(kernel, addr), count: n })),
    types: ranked(types).map(([name, n]) => ({ name, count: n })),
    commands: ranked(commands).map(([name, n]) => ({ name, count: n })),
    first,
  };
}

function count(
  kernel: Kernel,
  service: Service,
  most: number,
): {
  readonly senders: Map<number, number>;
  readonly types: Map<string, number>;
  readonly commands: Map<string, number>;
  readonly counted: number;
} {
  const senders = new Map<number, number>();
  const types = new Map<string, number>();
  const commands = new Map<string, number>();
  const add = <K>(map: Map<K, number>, key: K): void => void map.set(key, (map.get(key) ?? 0) + 1);
  let counted = 0;
  for (let m = service.head; m !== undefined && counted < most; m = m.next) {
    counted++;
    add(senders, m.source);
    add(types, typeName(service, m.type));
    if (most === LOOK) continue;
    const command = commandOf(m);
    if (command !== undefined) add(commands, command);
  }
  return { senders, types, commands, counted };
}

/** The protocol's name, where the service knows it. */
export function typeName(service: Service, type: number): string {
  const { body } = service;
  return (body instanceof ServiceContext ? body.protocols.byId(type)?.name : undefined) ?? BUILT_IN[type] ?? `type ${type}`;
}

const BUILT_IN: Readonly<Record<number, string>> = {
  0: "text",
  1: "response",
  2: "multicast",
  3: "client",
  4: "system",
  5: "harbor",
  6: "socket",
  7: "error",
  9: "debug",
  10: "lua",
  11: "snax",
  12: "trace",
};

function top<K>(map: ReadonlyMap<K, number>): K | undefined {
  let best: K | undefined;
  let most = 0;
  for (const [key, n] of map)
    if (n > most) {
      most = n;
      best = key;
    }
  return best;
}
