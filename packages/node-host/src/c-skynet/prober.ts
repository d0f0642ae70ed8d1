/**
 * Puts the probe into services and reads their waits.
 *
 * Runs only when somebody has agreed to it. The probe is registered once in each service; reading it again afterwards costs no collection of
 * garbage. A service that does not answer in time is left alone from then on until it is asked for again.
 *
 * @module
 */
import type { ConsoleAnswer, ConsoleClient } from "./console-client.ts";
import { ConsoleError } from "./console-client.ts";
import { readProbe } from "./probe-answer.ts";
import type { ProbeTable } from "./probe-answer.ts";
import { PROBE_COMMAND, probeChunk } from "./probe-chunk.ts";

/** How long one service may take to answer, in milliseconds. */
const ANSWER_MS = 1_500;

/** What came of reading one service. */
export interface ProbeReading {
  readonly addr: number;
  readonly table: ProbeTable | undefined;
  /** Why there is no table: `gone` is no fault of anybody, the service has ended meanwhile. */
  readonly failure: { readonly gone: boolean; readonly text: string } | undefined;
}

/** An address as the console takes it: `:0000000a`. */
export const colon = (addr: number): string => `:${addr.toString(16).padStart(8, "0")}`;

/** The probe in the services of one node. */
export class Prober {
  readonly #lanes: readonly ConsoleClient[];
  readonly #answerMs: number;
  /** Handles with the probe in them. */
  readonly #registered = new Set<number>();
  /** Handles of services that were asked to take the probe and did not answer: they will take it once they have time. */
  readonly #late = new Set<number>();
  /** The launcher is in no list; it is known by its name, and its table says its handle. */
  #launcher: number | undefined;

  /** @param lanes - Conversations with the same console: so many services are asked at a time. */
  constructor(lanes: readonly ConsoleClient[], answerMs: number = ANSWER_MS) {
    this.#lanes = lanes;
    this.#answerMs = answerMs;
  }

  /** Handles of the services with the probe in them. */
  get registered(): ReadonlySet<number> {
    return this.#registered;
  }

  /** Reads the waits of services; puts the probe into those that do not have it yet. */
  async read(addresses: readonly number[]): Promise<ProbeReading[]> {
    return this.#each(addresses, (lane, addr) => this.#readOne(lane, colon(addr), addr));
  }

  /** Reads the launcher, which knows whose start is under way. */
  async readLauncher(): Promise<ProbeReading> {
    const reading = await this.#readOne(
      this.#lanes[0]!,
      this.#launcher === undefined ? ".launcher" : colon(this.#launcher),
      this.#launcher ?? 0,
    );
    if (reading.table !== undefined) this.#launcher = reading.table.addr;
    return reading.table === undefined ? reading : { ...reading, addr: reading.table.addr };
  }

  /** Takes the probe out of all services that have it. @returns handles of those that may have it still, or get it once they have time. */
  async remove(): Promise<number[]> {
    const left: number[] = [];
    await this.#each([...this.#registered], async (lane, addr) => {
      try {
        const { ok, text } = await lane.ask(`dbgcmd ${colon(addr)} ${PROBE_COMMAND} off`, this.#answerMs);
        if (ok || text.includes("invalid address")) this.#registered.delete(addr);
        else left.push(addr);
      } catch {
        left.push(addr);
      }
    });
    return [...left, ...this.#late].sort((a, b) => a - b);
  }

  /** The program behind the console is another one: nothing is in there. */
  forget(): void {
    this.#registered.clear();
    this.#late.clear();
    this.#launcher = undefined;
  }

  async #each<T>(addresses: readonly number[], ask: (lane: ConsoleClient, addr: number) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    let next = 0;
    await Promise.all(
      this.#lanes.map(async (lane) => {
        while (next < addresses.length) {
          const at = next++;
          results[at] = await ask(lane, addresses[at]!);
        }
      }),
    );
    return results;
  }

  async #readOne(lane: ConsoleClient, name: string, addr: number): Promise<ProbeReading> {
    const failed = (text: string, gone: boolean = false): ProbeReading => ({ addr, table: undefined, failure: { gone, text } });
    try {
      if (!this.#registered.has(addr)) {
        this.#late.add(addr);
        const put = await lane.ask(`dbgcmd ${name} RUN ${probeChunk()}`, this.#answerMs);
        this.#late.delete(addr);
        if (!put.ok) return refused(put, failed, "does not take the probe");
      }
      const answer = await lane.ask(`dbgcmd ${name} ${PROBE_COMMAND}`, this.#answerMs);
      if (!answer.ok) {
        this.#registered.delete(addr);
        return refused(answer, failed, "did not run the probe");
      }
      const table = readProbe(answer.text);
      if (typeof table === "string") return failed(table);
      this.#registered.add(table.addr);
      return { addr, table, failure: undefined };
    } catch (error) {
      if (!(error instanceof ConsoleError)) throw error;
      if (error.why === "gone" || error.why === "refused") this.#late.delete(addr);
      return failed(error.why === "silent" ? `no answer within ${this.#answerMs / 1000} s: it is busy, or waits in C` : error.message);
    }
  }
}

function refused({ text }: ConsoleAnswer, failed: (text: string, gone?: boolean) => ProbeReading, what: string): ProbeReading {
  const first = text.trim().split("\n", 1)[0] ?? "";
  // A name that is not there answers as one that is no address at all.
  if (/invalid address|Not a valid name/.test(text)) return failed("it has ended", true);
  return failed(`it ${what}: ${first}`);
}
