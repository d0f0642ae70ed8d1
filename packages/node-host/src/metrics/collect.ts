/**
 * The figures of a host for a monitoring system, by node and service type: never by address, so that the number of series stays bounded.
 *
 * Knows nothing of HTTP. Reads the same source as the inspector.
 *
 * @module
 */
import type { InspectSource, OverviewSample, ServiceSample } from "@skyloom/runtime/inspect";
import { Counter, Gauge, Registry } from "prom-client";
import type { OpenMetricsContentType } from "prom-client";

/** Types with series of their own; the services of all others count as `other`. */
const MOST_TYPES = 200;
/** Services read between two looks at other work. */
const STEP = 512;

/** Counters of a service when it was read last, by which the counters of its type grow. */
interface Seen {
  msg: number;
  cpuUs: number;
  err: number;
  readonly startUs: number;
  round: number;
}

/** Keeps the counters of one host from one scrape to the next. */
export class HostMetrics {
  readonly registry: Registry<OpenMetricsContentType> = new Registry<OpenMetricsContentType>();
  readonly #source: InspectSource;
  readonly #seen = new Map<string, Seen>();
  readonly #types = new Set<string>();
  #round = 0;
  readonly #figures;

  constructor(source: InspectSource) {
    this.#source = source;
    const { registry } = this;
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge({ name, help, labelNames, registers: [registry] });
    const counter = (name: string, help: string, ...labelNames: string[]) => new Counter({ name, help, labelNames, registers: [registry] });
    this.#figures = {
      services: gauge("skynet_services", "Services alive", "node", "type"),
      mqlen: gauge("skynet_mqlen", "Messages waiting in mailboxes", "node", "type"),
      tasks: gauge("skynet_tasks", "Suspended and running tasks", "node", "type"),
      memory: gauge("skynet_memory_bytes", "Memory of services: a lower bound, by accounting", "node", "type"),
      messages: counter("skynet_messages_total", "Messages handled", "node", "type"),
      cpu: counter("skynet_cpu_seconds_total", "Time in handlers, in seconds", "node", "type"),
      errors: counter("skynet_errors_total", "Errors that reached the top of a handler", "node", "type"),
      pending: gauge("skynet_pending_calls", "Requests that wait for their reply", "node"),
      oldest: gauge("skynet_oldest_pending_call_seconds", "Age of the oldest request that waits for its reply", "node"),
      sockets: gauge("skynet_sockets", "Sockets", "node"),
      timers: gauge("skynet_timers", "Timeouts under way", "node"),
      heap: gauge("skynet_heap_bytes", "Heap of the process"),
      rss: gauge("skynet_resident_bytes", "Resident memory of the process"),
    };
  }

  /** All series as OpenMetrics text, read now. */
  async text(): Promise<string> {
    await this.#collect();
    return this.registry.metrics();
  }

  async #collect(): Promise<void> {
    const { services, overview } = this.#source.tables;
    const f = this.#figures;
    for (const figure of [f.services, f.mqlen, f.tasks, f.memory]) figure.reset();
    this.#round++;
    const walk = services?.();
    while (walk?.next(STEP, (row) => this.#service(row as ServiceSample)) === true) await new Promise(setImmediate);
    for (const [key, seen] of this.#seen) if (seen.round !== this.#round) this.#seen.delete(key);
    const nodes = overview?.();
    while (nodes?.next(STEP, (row) => this.#node(row as OverviewSample)) === true) await new Promise(setImmediate);
  }

  #service(row: ServiceSample): void {
    const type = this.#types.has(row.type) || this.#types.size < MOST_TYPES ? row.type : "other";
    this.#types.add(type);
    const labels = { node: row.node, type };
    const f = this.#figures;
    f.services.inc(labels);
    f.mqlen.inc(labels, row.mqlen);
    f.tasks.inc(labels, row.task);
    f.memory.inc(labels, row.mem);
    // A counter of a type must never fall when one of its services ends: it grows by what each of them did since the last time.
    const key = `${row.addr}@${row.node}`;
    let seen = this.#seen.get(key);
    if (seen === undefined || seen.startUs !== row.startUs)
      this.#seen.set(key, (seen = { msg: 0, cpuUs: 0, err: 0, startUs: row.startUs, round: 0 }));
    f.messages.inc(labels, Math.max(0, row.msg - seen.msg));
    f.cpu.inc(labels, Math.max(0, row.cpuUs - seen.cpuUs) / 1e6);
    f.errors.inc(labels, Math.max(0, row.err - seen.err));
    Object.assign(seen, { msg: row.msg, cpuUs: row.cpuUs, err: row.err, round: this.#round });
  }

  #node(row: OverviewSample): void {
    const labels = { node: row.node };
    const f = this.#figures;
    f.pending.set(labels, row.pending);
    f.oldest.set(labels, row.oldestUs / 1e6);
    f.sockets.set(labels, row.sockets);
    f.timers.set(labels, row.timers);
    if (row.heap >= 0) f.heap.set(row.heap);
    if (row.rss >= 0) f.rss.set(row.rss);
  }
}
