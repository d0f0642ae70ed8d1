/**
 * Gives heavy steps to the worker, and small ones to the page itself. Where no worker can be started, the page does all.
 *
 * @module
 */
import { eventBuffers } from "../../../traces/events.ts";
import type { TraceEvents } from "../../../traces/events.ts";
import { build, exportFile } from "./build.ts";
import type { Built, ExportJob } from "./build.ts";
import type { Done, Task } from "./messages.ts";

/** Above so many events the worker does it. */
export const WORKER_ABOVE = 5_000;

interface Waiting {
  /** Does it here after all, when the worker cannot. */
  readonly here: () => void;
  readonly done: (message: Done) => void;
}

/** See the file's comment. */
export class TraceWork {
  #worker: Worker | undefined;
  #failed = false;
  #next = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Makes a trace ready to be drawn. @param read - Gives a copy of its events; asked once more when the worker fails. */
  build(read: () => TraceEvents): Promise<Built> {
    const events = read();
    if (events.count <= WORKER_ABOVE) return Promise.resolve().then(() => build(events));
    return this.#ask<Built>(
      (id) => ({ id, kind: "build", events }),
      eventBuffers(events),
      () => build(read()),
      (done) => ("built" in done ? done.built : undefined),
    );
  }

  /** Writes a file. */
  export(job: ExportJob): Promise<Blob> {
    const events = job.traces.reduce((n, t) => n + t.events.count, 0);
    if (events <= WORKER_ABOVE) return Promise.resolve().then(() => exportFile(job));
    return this.#ask<Blob>(
      (id) => ({ id, kind: "export", job }),
      [],
      () => exportFile(job),
      (done) => ("file" in done ? done.file : undefined),
    );
  }

  /** Ends the worker; what it was doing is never answered. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#waiting.clear();
  }

  #ask<T>(task: (id: number) => Task, transfer: ArrayBuffer[], here: () => T, read: (done: Done) => T | undefined): Promise<T> {
    const worker = this.#start();
    if (worker === undefined) return Promise.resolve().then(here);
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        here: () => {
          try {
            resolve(here());
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        done: (done) => {
          const result = read(done);
          if (result === undefined) reject(new Error("error" in done ? done.error : "the worker gave another answer than was asked for"));
          else resolve(result);
        },
      });
      worker.postMessage(task(id), transfer);
    });
  }

  #start(): Worker | undefined {
    if (this.#failed || typeof Worker === "undefined") return undefined;
    if (this.#worker !== undefined) return this.#worker;
    try {
      // From the package's root, so that bundlers find it from the compiled form as well: that rewrites imports, but no URLs.
      const worker = new Worker(new URL("../../../../src/panels/traces/work/trace-worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<Done>) => {
        const waiting = this.#waiting.get(data.id);
        this.#waiting.delete(data.id);
        waiting?.done(data);
      };
      worker.onerror = () => {
        this.#failed = true;
        worker.terminate();
        this.#worker = undefined;
        const left = [...this.#waiting.values()];
        this.#waiting.clear();
        for (const { here } of left) here();
      };
      this.#worker = worker;
      return worker;
    } catch {
      this.#failed = true;
      return undefined;
    }
  }
}
