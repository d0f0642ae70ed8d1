/**
 * The feed of the `trace` channel, and the commands that switch recording on and off.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { EventBatch, EventFeed, HostCommand } from "../source.ts";
import { readTraceMode, TraceRecorder } from "../trace/index.ts";
import type { TraceCursor } from "../trace/index.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";

/** Records nothing until a client asks for it, and stops when the last reader has gone. */
export class TraceFeed implements EventFeed {
  readonly #nodes: readonly Inspected[];
  readonly #recorder: TraceRecorder;
  /** Events of recordings before this one: numbers of events go on from one to the next. */
  #base = 0;
  #readers = 0;
  /** Names of commands by number, and tags by trace, of the present recording. */
  #names: string[] = [""];
  #tags = new Map<number, string>();
  #texts: TraceCursor;

  constructor(nodes: readonly Inspected[]) {
    this.#nodes = nodes;
    this.#recorder = new TraceRecorder(nodes);
    this.#texts = this.#recorder.cursor();
  }

  get tail(): number {
    return this.#base + this.#recorder.cursor().next;
  }

  get head(): number {
    return this.#base + this.#recorder.written;
  }

  /** What is being recorded; `undefined` while off. */
  get mode(): object | undefined {
    return this.#recorder.mode;
  }

  attach(): void {
    this.#readers++;
  }

  detach(): void {
    if (--this.#readers > 0) return;
    this.#base = this.head;
    this.#recorder.release();
  }

  /** @throws SkynetError `ARGUMENT` for a mode that is none, or where another recorder is at work. */
  start(mode: unknown): void {
    try {
      const checked = readTraceMode(mode);
      if (this.#recorder.mode === undefined) {
        this.#base = this.head;
        this.#names = [""];
        this.#tags = new Map();
      }
      this.#recorder.start(checked);
    } catch (error) {
      throw new SkynetError("ARGUMENT", error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  stop(): void {
    this.#recorder.stop();
  }

  read(from: number, limit: number): EventBatch {
    const cursor = this.#recorder.cursor();
    cursor.next = Math.max(cursor.next, from - this.#base);
    // Texts are fetched once, by a reader of their own; events by as many readers as there are clients.
    const news = this.#recorder.drain(this.#texts, 0);
    for (const [i, text] of news.names.values.entries()) this.#names[news.names.first + i] = text;
    for (const { traceId, text } of news.tags) this.#tags.set(traceId, text);
    const { first, count, columns, recording } = this.#recorder.drain(cursor, limit);
    const names = new Map<number, string>();
    const nameOf = (node: number, handle: number): string => {
      const key = node * 0x1_0000_0000 + handle;
      let name = names.get(key);
      if (name === undefined) names.set(key, (name = nameOfHandle(this.#nodes[node]!.kernel, handle)));
      return name;
    };
    const { cmdId, traceId, node, dst } = columns;
    return {
      first: this.#base + first,
      count,
      columns: {
        recording: new Float64Array(count).fill(recording),
        t: columns.t,
        kind: columns.kind,
        src: columns.src,
        dst,
        session: columns.session,
        task: columns.task,
        size: columns.size,
        trace: traceId,
        parent: columns.parent,
        wait: columns.wait,
        command: Array.from(cmdId, (id) => this.#names[id] ?? ""),
        tag: Array.from(traceId, (id) => this.#tags.get(id) ?? ""),
        node: Array.from(node, (n) => this.#nodes[n]!.name),
        name: Array.from(dst, (handle, i) => nameOf(node[i]!, handle)),
      },
    };
  }
}

/** The commands of the Traces panel. */
export function traceCommands(feed: TraceFeed): HostCommand[] {
  return [
    {
      name: "trace.start",
      scope: "operate",
      usage: "trace.start <mode>",
      help: "Records traces: all, one in n, of some services, or of commands that match a pattern",
      run: ([mode]) => {
        feed.start(mode);
        return feed.mode;
      },
    },
    { name: "trace.stop", scope: "operate", usage: "trace.stop", help: "Stops recording traces", run: () => feed.stop() },
  ];
}
