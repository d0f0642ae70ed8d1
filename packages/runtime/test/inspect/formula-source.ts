/**
 * A made-up host whose figures follow a formula of (service number, time), so that a test can say what is true at any moment.
 *
 * One service in twenty is active; the others never change.
 */
import { emptySample, ServiceFlag } from "../../src/inspect/channels/services.ts";
import type { ServiceSample } from "../../src/inspect/channels/services.ts";
import type { InspectSource, RowWalk } from "../../src/inspect/source.ts";

/** See the file's comment. */
export class FormulaSource implements InspectSource {
  count: number;
  /** Service numbers below this have gone. */
  first = 0;
  walks = 0;
  /** When set, the next walk throws this. */
  broken: Error | undefined;
  /** Names that differ from the formula, by service number. */
  readonly names: Map<number, string> = new Map();
  name = "formula";
  id = "formula-1";
  readonly #now: () => number;
  readonly #row = emptySample();

  /** @param now - Milliseconds; the formula's time. */
  constructor(count: number, now: () => number) {
    this.count = count;
    this.#now = now;
  }

  host(): ReturnType<InspectSource["host"]> {
    return { id: this.id, name: this.name, mode: "node", runtime: "0.1.0", startMs: 1_700_000_000_000 };
  }

  totals(): { services: number; messages: number } {
    return { services: this.count - this.first, messages: Math.floor(this.#now() * 12.48) };
  }

  readonly tables = { services: (): RowWalk => this.services() };

  services(): RowWalk {
    this.walks++;
    if (this.broken !== undefined) throw this.broken;
    let i = this.first;
    return {
      next: (limit, visit) => {
        for (const end = Math.min(this.count, i + limit); i < end; i++) {
          const row = sampleAt(i, this.#now(), this.#row);
          row.name = this.names.get(i) ?? row.name;
          visit(row);
        }
        return i < this.count;
      },
    };
  }
}

/** Messages per second of service `i`. */
export const rateOf = (i: number): number => (i % 20 === 0 ? 10 + (i % 900) : 0);

/** Share of a core that service `i` takes, in percent. */
export const cpuOf = (i: number): number => (i % 20 === 0 ? (i % 90) / 10 : 0);

/** The true figures of service `i` at `ms`. */
export function sampleAt(i: number, ms: number, row: ServiceSample = emptySample()): ServiceSample {
  const system = i < 3;
  row.addr = i + 1;
  row.name = system ? [".launcher", ".service_mgr", ".inspect"][i]! : i % 10 === 3 ? `.room${i}` : `agent u${1000 + i}`;
  row.type = system ? row.name.slice(1) : i % 10 === 3 ? "room" : "agent";
  row.node = "game1";
  row.state =
    i % 20 === 0
      ? "busy"
      : i % 50 === 7
        ? "overload"
        : i % 50 === 9
          ? "stuck"
          : i % 50 === 11
            ? "deadlocked"
            : i % 3 === 0
              ? "waiting"
              : "idle";
  row.mqlen = row.state === "busy" ? Math.floor(ms / 500 + i) % 40 : row.state === "overload" ? 1024 + i : 0;
  row.mqmax = row.mqlen;
  row.task = i % 3;
  row.msg = i * 10 + Math.floor((rateOf(i) * ms) / 1000);
  row.cpuUs = i * 100 + Math.floor(cpuOf(i) * ms * 10);
  row.mem = 40_000 + i * 64;
  row.err = i % 97 === 5 ? 3 : 0;
  row.oldestUs = row.state === "stuck" ? 41_200_000 : 0;
  row.flags = (system ? ServiceFlag.system : 0) | ServiceFlag.memEstimated;
  row.startUs = 500_000;
  return row;
}
