/**
 * Turns the batches of the `trace` channel into those a {@link TraceStore} takes: texts become numbers, names of services are collected.
 *
 * @module
 */
import type { EventView } from "../stores/event-reader.ts";
import type { EventBatch } from "./trace-store.ts";

/** Services whose names are remembered. */
const MOST_SERVICES = 100_000;

const NOTHING_LOST = { dropped: 0, leftOut: 0 };

/** See the file's comment. One for each connection to a host. */
export class TraceReader {
  /** Names of nodes; events name them by their place. */
  readonly nodes: string[] = [];
  /** The one that events came from last. */
  #recording = 0;
  readonly #names = new Map<string, number>([["", 0]]);
  readonly #services = new Map<string, string>();
  /** Names that each recording's batches have been given. */
  readonly #told = new Map<number, number>();

  /** The name of a service, also of one that has ended; empty when no event named it. */
  serviceName(node: number, handle: number): string {
    return this.#services.get(`${node} ${handle}`) ?? "";
  }

  /** A batch of a stream may hold the end of one recording and the beginning of the next. */
  read(view: EventView): EventBatch[] {
    const column = (name: string): Float64Array => view.numbers.get(name) ?? new Float64Array(view.count);
    const recording = column("recording");
    const batches: EventBatch[] = [];
    // Without events as well: then there is only something to say about those that are not there.
    if (view.count === 0) return [this.#batch(view, column, this.#recording, 0, 0, view)];
    for (let from = 0; from < view.count;) {
      let to = from + 1;
      while (to < view.count && recording[to] === recording[from]) to++;
      this.#recording = recording[from]!;
      batches.push(this.#batch(view, column, this.#recording, from, to, from === 0 ? view : NOTHING_LOST));
      from = to;
    }
    return batches;
  }

  #batch(
    view: EventView,
    column: (name: string) => Float64Array,
    recording: number,
    from: number,
    to: number,
    { dropped, leftOut }: Pick<EventView, "dropped" | "leftOut">,
  ): EventBatch {
    const count = to - from;
    const part = (name: string): Float64Array => column(name).subarray(from, to);
    const texts = (name: string): readonly string[] => view.texts.get(name) ?? [];
    const [commands, tags, nodeNames, names] = [texts("command"), texts("tag"), texts("node"), texts("name")];
    const [trace, dst] = [part("trace"), part("dst")];
    const cmdId = new Uint32Array(count);
    const node = new Uint16Array(count);
    const told = new Map<number, string>();
    for (let i = 0; i < count; i++) {
      const command = commands[from + i] ?? "";
      let id = this.#names.get(command);
      if (id === undefined) this.#names.set(command, (id = this.#names.size));
      cmdId[i] = id;
      const nodeName = nodeNames[from + i] ?? "";
      let n = this.nodes.indexOf(nodeName);
      if (n < 0) n = this.nodes.push(nodeName) - 1;
      node[i] = n;
      const tag = tags[from + i] ?? "";
      if (tag !== "") told.set(trace[i]!, tag);
      const name = names[from + i] ?? "";
      if (name !== "" && this.#services.size < MOST_SERVICES) this.#services.set(`${n} ${dst[i]!}`, name);
    }
    // Names are numbered over all recordings here, and told to each from the beginning.
    const first = this.#told.get(recording) ?? 0;
    const values = [...this.#names.keys()].slice(first);
    this.#told.set(recording, first + values.length);
    return {
      recording,
      first: view.first + from,
      count,
      dropped,
      leftOut,
      columns: {
        t: part("t"),
        kind: Uint8Array.from(part("kind")),
        node,
        src: Uint32Array.from(part("src")),
        dst: Uint32Array.from(dst),
        session: Uint32Array.from(part("session")),
        task: Uint32Array.from(part("task")),
        cmdId,
        size: Uint32Array.from(part("size")),
        traceId: Uint32Array.from(trace),
        parent: Uint32Array.from(part("parent")),
        wait: Uint32Array.from(part("wait")),
      },
      names: { first, values },
      tags: [...told].map(([traceId, text]) => ({ traceId, text })),
    };
  }
}
