/**
 * Copies one sample of all services from the source into the table, in steps.
 *
 * @module
 */
import { limits } from "./limits.ts";
import type { RowTable } from "./row-table.ts";
import { servicesChannel, serviceStates } from "./services-channel.ts";
import type { ServiceSample } from "./services-channel.ts";
import type { InspectSource } from "./source.ts";

const F = Object.fromEntries(servicesChannel.fields.map((f, i) => [f.name, i])) as Readonly<Record<keyof ServiceSample, number>>;
const stateNumber = new Map(serviceStates.map((s, i) => [s, i]));

/** Reads services from a source into a table. Lives as long as the table, because it numbers the nodes it meets. */
export class ServiceSampler {
  readonly #source: InspectSource;
  readonly #table: RowTable;
  readonly #nodes = new Map<string, number>();

  constructor(source: InspectSource, table: RowTable) {
    this.#source = source;
    this.#table = table;
  }

  /** Takes a sample at `t` (microseconds); yields after each step of at most {@link limits.stepRows} rows. Throws what the source throws. */
  *sample(t: number): Generator<void, void> {
    this.#table.begin(t);
    const walk = this.#source.services();
    const visit = (row: ServiceSample): void => this.#visit(row);
    while (walk.next(limits.stepRows, visit)) yield;
    this.#table.finish();
    yield;
  }

  #visit(row: ServiceSample): void {
    const table = this.#table;
    // Handles are unique inside a node only, and a page may hold several nodes.
    let node = this.#nodes.get(row.node);
    if (node === undefined) this.#nodes.set(row.node, (node = this.#nodes.size));
    const slot = table.meet(node * 0x1_0000_0000 + row.addr);
    if (slot < 0) return;
    table.number(slot, F.addr, row.addr);
    table.text(slot, F.name, cut(row.name));
    table.text(slot, F.type, cut(row.type));
    table.text(slot, F.node, cut(row.node));
    table.number(slot, F.state, stateNumber.get(row.state) ?? 0);
    table.number(slot, F.mqlen, row.mqlen);
    table.number(slot, F.mqmax, row.mqmax);
    table.number(slot, F.task, row.task);
    table.number(slot, F.msg, row.msg);
    table.number(slot, F.cpuUs, row.cpuUs);
    table.number(slot, F.mem, row.mem);
    table.number(slot, F.err, row.err);
    table.number(slot, F.oldestUs, row.oldestUs);
    table.number(slot, F.flags, row.flags);
    table.number(slot, F.startUs, row.startUs);
  }
}

function cut(text: string): string {
  return text.length <= limits.textLength ? text : `${text.slice(0, limits.textLength - 1)}…`;
}
