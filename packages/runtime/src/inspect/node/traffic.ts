/**
 * Who talks to whom: answers about the traffic of one service, counted from the first question on and as long as somebody goes on asking.
 *
 * Nobody says that he has stopped looking, so a count ends when no question came for a while, or when the last client has gone.
 *
 * @module
 */
import type { Kernel } from "../../kernel/kernel.ts";
import type { Service } from "../../kernel/service.ts";
import type { Ranked, Tally } from "../traffic/tally.ts";
import { Counter, TrafficProbe } from "../traffic/traffic-probe.ts";
import type { Counts } from "../traffic/traffic-probe.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";
import { typeName } from "./mailboxes.ts";

/** A count that nobody has asked for this long (microseconds) is over; tables of a page that nobody sees come every ten seconds. */
const FORGOTTEN_US = 15_000_000;
/** Between two marks of a count: a little less than a second, as sweeps come a little early or late. */
const MARK_US = 900_000;
/** Entries of each ranking. */
const RANKED = 20;

interface Counted {
  readonly service: Service;
  readonly counter: Counter;
  askedUs: number;
}

/** What is counted on one node. */
interface NodeTraffic {
  readonly kernel: Kernel;
  readonly probe: TrafficProbe;
  readonly counted: Map<number, Counted>;
}

/** See the file's comment. */
export class Traffic {
  readonly #nodes: ReadonlyMap<Kernel, NodeTraffic>;

  constructor(nodes: readonly Inspected[]) {
    this.#nodes = new Map(nodes.map(({ kernel }) => [kernel, { kernel, probe: new TrafficProbe(kernel), counted: new Map() }]));
  }

  /** The listener of a node, for others who want to hear of a service's messages. */
  probe(kernel: Kernel): TrafficProbe {
    return this.#nodes.get(kernel)!.probe;
  }

  /** The services that a service got most messages from lately, and those it sent most to. */
  peers(kernel: Kernel, service: Service): object {
    const counts = this.#counts(kernel, service);
    const rank = ranking(kernel, counts);
    const peer = ({ key, total, lately }: Ranked<number>): object => ({ addr: key, name: nameOfHandle(kernel, key), total, lately });
    return {
      ...rank.times,
      received: counts.received,
      sent: counts.sent,
      senders: rank.of(counts.senders, peer),
      receivers: rank.of(counts.receivers, peer),
    };
  }

  /** What came into a mailbox lately, by sender, type and command. */
  flow(kernel: Kernel, service: Service): object {
    const counts = this.#counts(kernel, service);
    const rank = ranking(kernel, counts);
    return {
      ...rank.times,
      received: counts.received,
      senders: rank.of(counts.senders, ({ key, total, lately }) => ({ addr: key, name: nameOfHandle(kernel, key), total, lately })),
      types: rank.of(counts.types, ({ key, total, lately }) => ({ name: typeName(service, key), total, lately })),
      commands: rank.of(counts.commands, ({ key, total, lately }) => ({ name: key, total, lately })),
    };
  }

  /** Sets marks, and ends the counts that nobody asks for any more. Once a second while a client is there. */
  sweep(): void {
    for (const { kernel, probe, counted } of this.#nodes.values())
      for (const [handle, { service, counter, askedUs }] of counted) {
        const now = nowUs(kernel);
        const { counts } = counter;
        if (!service.alive || now - askedUs > FORGOTTEN_US) {
          counted.delete(handle);
          probe.remove(handle, counter);
        } else if (now - counts.marks.lastUs >= MARK_US) counts.mark(now);
      }
  }

  /** Nobody looks any more: ends all counts. */
  rest(): void {
    for (const { probe, counted } of this.#nodes.values()) {
      for (const [handle, { counter }] of counted) probe.remove(handle, counter);
      counted.clear();
    }
  }

  /** The counts of a service, which begin now if there are none. */
  #counts(kernel: Kernel, service: Service): Counts {
    const { probe, counted } = this.#nodes.get(kernel)!;
    let known = counted.get(service.handle);
    if (known === undefined) {
      known = { service, counter: new Counter(nowUs(kernel)), askedUs: 0 };
      counted.set(service.handle, known);
      probe.add(service.handle, known.counter);
    }
    known.askedUs = nowUs(kernel);
    return known.counter.counts;
  }
}

function ranking(
  kernel: Kernel,
  { marks }: Counts,
): {
  readonly times: { readonly forUs: number; readonly latelyUs: number };
  of<K>(
    tally: Tally<K>,
    row: (ranked: Ranked<K>) => object,
  ): { readonly top: readonly object[]; readonly known: number; readonly others: number };
} {
  const now = nowUs(kernel);
  return {
    times: { forUs: now - marks.startUs, latelyUs: now - marks.sinceUs },
    of: (tally, row) => ({ top: tally.top(marks.oldest, RANKED).map(row), known: tally.size, others: tally.others }),
  };
}

const nowUs = (kernel: Kernel): number => Math.round(kernel.ports.clock.now() * 1000);
