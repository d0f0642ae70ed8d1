/**
 * What signals do to a running node.
 *
 * Source: semantics.md §18, design D15.
 *
 * @module
 */
import { skynet } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Handles SIGHUP, SIGINT and SIGTERM from now on.
 *
 * SIGHUP makes the log service open its file again. The first SIGINT or SIGTERM lets the node drain, the second ends it at once.
 */
export class Shutdown {
  readonly #graceSeconds: number;
  #node: SkynetNode | undefined;
  #end!: (code: number) => void;
  #first: keyof typeof NUMBERS | undefined;
  /** Resolves with the exit code when a signal ends the node. */
  readonly ended: Promise<number> = new Promise((resolve) => (this.#end = resolve));

  /** @param graceSeconds - How long a drain may take. */
  constructor(graceSeconds: number) {
    this.#graceSeconds = graceSeconds;
    process.on("SIGHUP", () => this.#reopenLog());
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void this.#signal(signal));
  }

  /** The node is up. A signal that came while it started takes effect now. */
  attach(node: SkynetNode): void {
    this.#node = node;
    if (this.#first !== undefined) void this.#drain(node, this.#first);
  }

  /** What the process ends with when the node stopped: 0 by itself, else what the signal decides. */
  async codeAfterStop(): Promise<number> {
    return this.#first === undefined ? 0 : this.ended;
  }

  #reopenLog(): void {
    const kernel = this.#node?.kernel;
    if (kernel !== undefined) kernel.post(kernel.logger, skynet.PTYPE_SYSTEM, 0, 0, undefined, 0);
  }

  async #signal(signal: keyof typeof NUMBERS): Promise<void> {
    const node = this.#node;
    if (this.#first !== undefined) {
      const code = 128 + NUMBERS[signal];
      if (node === undefined) process.exit(code);
      node.kernel.log(0, `${signal} again: ending at once`);
      node.kernel.abort();
      this.#end(code);
      return;
    }
    this.#first = signal;
    if (node !== undefined) await this.#drain(node, signal);
  }

  async #drain(node: SkynetNode, signal: keyof typeof NUMBERS): Promise<void> {
    const { kernel } = node;
    kernel.log(0, `${signal}: no further connections; what is under way may take ${this.#graceSeconds} s, a second signal ends it at once`);
    const done = await node.drain(this.#graceSeconds * 1000);
    if (!done) for (const line of [`still under way after ${this.#graceSeconds} s:`, ...node.pending()]) kernel.log(0, line);
    // Ends the services and writes what the log service still holds.
    await node.stop();
    this.#end(done ? 0 : 128 + NUMBERS[signal]);
  }
}
