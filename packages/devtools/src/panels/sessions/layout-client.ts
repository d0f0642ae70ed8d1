/**
 * Where layouts are made: in a worker, or on the page's own thread where there can be none.
 *
 * @module
 */
import type { Layout, LayoutRequest } from "./layout-request.ts";
import type { WorkerAnswer, WorkerRequest } from "./layout-worker.ts";

/** A layout and how long it took. */
export interface Made {
  readonly layout: Layout;
  readonly ms: number;
  readonly where: "worker" | "page";
}

interface Waiting {
  readonly request: LayoutRequest;
  readonly resolve: (made: Made) => void;
  readonly reject: (error: Error) => void;
}

/** The part of a `Worker` that is used. */
export interface LayoutWorker {
  postMessage(request: WorkerRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<WorkerAnswer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

/** Path from both the sources and their compiled form: bundlers find the worker's source by these very words. */
const startWorker = (): LayoutWorker =>
  new Worker(new URL("../../../src/panels/sessions/layout-worker.ts", import.meta.url), { type: "module", name: "skyloom-layout" });

/** See the file's comment. */
export class LayoutClient {
  readonly #start: () => LayoutWorker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: LayoutWorker | undefined;
  #inPage = false;
  #next = 1;

  /** @param start - Makes the worker; may throw where there are none. */
  constructor(start: () => LayoutWorker = startWorker) {
    this.#start = start;
  }

  /** Lays out. Rejects only when the layout itself fails, or after {@link close}. */
  make(request: LayoutRequest): Promise<Made> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { request, resolve, reject };
      const worker = this.#begin();
      if (worker === undefined) return void here(waiting);
      const id = this.#next++;
      this.#waiting.set(id, waiting);
      worker.postMessage({ id, request });
    });
  }

  /** Ends the worker; whoever still waits is told so. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error("the graph has been closed"));
    this.#waiting.clear();
  }

  #begin(): LayoutWorker | undefined {
    if (this.#worker !== undefined || this.#inPage) return this.#worker;
    try {
      const worker = this.#start();
      worker.onmessage = ({ data }) => {
        const waiting = this.#waiting.get(data.id);
        this.#waiting.delete(data.id);
        if (waiting === undefined) return;
        if ("layout" in data) waiting.resolve({ layout: data.layout, ms: data.ms, where: "worker" });
        else waiting.reject(new Error(data.error));
      };
      // Its file cannot be loaded, or the page's rules forbid it: from now on the page does it.
      worker.onerror = (event) => {
        event.preventDefault?.();
        this.#giveUp();
      };
      worker.onmessageerror = () => this.#giveUp();
      this.#worker = worker;
    } catch {
      this.#inPage = true;
    }
    return this.#worker;
  }

  #giveUp(): void {
    this.#inPage = true;
    this.#worker?.terminate();
    this.#worker = undefined;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of left) void here(waiting);
  }
}

async function here({ request, resolve, reject }: Waiting): Promise<void> {
  try {
    const { layout } = await import("./layout.ts");
    const from = performance.now();
    resolve({ layout: layout(request), ms: performance.now() - from, where: "page" });
  } catch (error) {
    reject(error instanceof Error ? error : new Error(String(error)));
  }
}
