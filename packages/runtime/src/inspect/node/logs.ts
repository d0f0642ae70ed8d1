/**
 * The feed of the `logs` channel: the last lines of all nodes, and what comes after them.
 *
 * @module
 */
import type { LogLevel } from "../channels/logs.ts";
import type { EventBatch, EventFeed } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { frameUs, nameOfHandle } from "./hosts.ts";

/** Lines that are kept for clients that come late or read slowly. */
const KEPT = 1_000;

interface Line {
  readonly t: number;
  readonly addr: number;
  readonly node: string;
  readonly name: string;
  readonly level: LogLevel;
  readonly text: string;
}

/** Skynet's lines carry no level: a guess from what the text says. */
export function guessLevel(text: string): LogLevel {
  if (/\b(?:error|failed|exception|panic|fatal|traceback)\b|stack traceback|✖/i.test(text)) return "error";
  if (/\b(?:warn(?:ing)?|overload|endless loop|maybe|may be|forgot|too slow|dropped|refused|was made but never run)\b/i.test(text))
    return "warn";
  if (/^<TRACE |^TRACE\b|\bdebug\b/i.test(text)) return "debug";
  return "info";
}

/** See the file's comment. */
export class LogFeed implements EventFeed {
  readonly #nodes: readonly Inspected[];
  readonly #lines: Line[] = [];
  /** Number of the line at index 0. */
  #first = 0;
  #readers = 0;
  #stop: (() => void)[] = [];

  /** @param keep - Take lines from now on, so that who comes later sees the last 1,000. Else only while somebody reads. */
  constructor(nodes: readonly Inspected[], keep: boolean) {
    this.#nodes = nodes;
    if (keep) this.attach();
  }

  get tail(): number {
    return this.#first;
  }

  get head(): number {
    return this.#first + this.#lines.length;
  }

  attach(): void {
    if (++this.#readers === 1) this.#stop = this.#nodes.map((inspected) => this.#listen(inspected));
  }

  detach(): void {
    if (--this.#readers > 0) return;
    for (const stop of this.#stop) stop();
    this.#stop = [];
    this.#first += this.#lines.length;
    this.#lines.length = 0;
  }

  read(from: number, limit: number): EventBatch {
    const first = Math.min(Math.max(from, this.tail), this.head);
    const lines = this.#lines.slice(first - this.#first, first - this.#first + limit);
    const column = <K extends keyof Line>(key: K): Line[K][] => lines.map((l) => l[key]);
    return {
      first,
      count: lines.length,
      columns: {
        t: column("t"),
        addr: column("addr"),
        node: column("node"),
        name: column("name"),
        level: column("level"),
        text: column("text"),
      },
    };
  }

  #listen({ name, kernel, node }: Inspected): () => void {
    return node.onLog((addr, text) => {
      this.#lines.push({
        t: frameUs(kernel, kernel.elapsedMs()),
        addr,
        node: name,
        name: nameOfHandle(kernel, addr),
        level: guessLevel(text),
        text,
      });
      // In batches, so that a line costs no shift of all others.
      if (this.#lines.length >= KEPT * 2) {
        this.#lines.splice(0, KEPT);
        this.#first += KEPT;
      }
    });
  }
}
