/**
 * The feed of the `trace` channel, and the commands that switch recording on and off.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { EventBatch, EventFeed, HostCommand } from "../source.ts";
import { readTraceMode, TraceRecorder } from "../trace/index.ts";
import type { TraceCursor, TraceMode } from "../trace/index.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";
import { find } from "./questions.ts";

/** One trace is over when none of its tasks goes on, and none of its messages made a new one, for this long (microseconds). */
const QUIET_US = 900_000;
/** It is not followed for longer. */
const LONGEST_US = 60_000_000;
/** Events a second that traces may begin with; after a quiet second as many at once. More than anybody can read, and cheap to send. */
const RATE = 8_192;
/** While more events wait for the fastest reader no trace begins. */
const BACKLOG = 65_536;

/** Records nothing until a client asks for it, and stops when the last reader has gone. */
export class TraceFeed implements EventFeed {
  readonly #nodes: readonly Inspected[];
  readonly #recorder: TraceRecorder;
  /** Events of recordings before this one: numbers of events go on from one to the next. */
  #base = 0;
  #readers = 0;
  /** Left out in recordings before this one. */
  #leftOut = 0;
  /** What may still be recorded, as of when, and how many events had been written then. */
  #budget = { events: RATE, atMs: 0, written: 0 };
  /** Where the fastest reader stands. */
  #fetched = 0;
  /** Names of commands by number, and tags by trace, of the present recording. */
  #names: string[] = [""];
  #tags = new Map<number, string>();
  #texts: TraceCursor;
  /** Of the recording of one trace: events at the last look, since when there were no more, and when it had begun. */
  #seen = 0;
  #quietUs = -1;
  #begunUs = -1;

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

  get leftOut(): number {
    return this.#leftOut + this.#recorder.leftOut;
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
    this.#begin();
    this.#recorder.release();
  }

  /** @throws SkynetError `ARGUMENT` for a mode that is none, or where another recorder is at work. */
  start(mode: unknown, place?: number): void {
    this.#quietUs = this.#begunUs = -1;
    try {
      const checked = readTraceMode(mode);
      if (this.#recorder.mode === undefined) {
        this.#begin();
        this.#names = [""];
        this.#tags = new Map();
      }
      this.#recorder.start(checked, place);
      if (this.#recorder.written === 0) this.#budget = { events: RATE, atMs: this.#now(), written: (this.#fetched = 0) };
      this.#allow();
    } catch (error) {
      throw new SkynetError("ARGUMENT", error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #now(): number {
    return this.#nodes[0]?.kernel.ports.clock.now() ?? 0;
  }

  /** As many traces begin as the rate allows and the fastest reader fetches. */
  #allow(): void {
    const [{ written }, nowMs] = [this.#recorder, this.#now()];
    const { events, atMs, written: before } = this.#budget;
    const left = Math.max(0, Math.min(RATE, events - (written - before) + ((nowMs - atMs) / 1000) * RATE));
    this.#budget = { events: left, atMs: nowMs, written };
    this.#recorder.allow(Math.min(written + left, this.#fetched + BACKLOG));
  }

  /** What is counted goes on from one recording to the next. */
  #begin(): void {
    this.#base = this.head;
    this.#leftOut = this.leftOut;
  }

  /** Ends the recording of one trace when that is over, and lets traces begin again. Once a second while a client is there. */
  sweep(nowUs: number): void {
    this.#allow();
    if (this.#recorder.mode?.kind !== "next") return;
    const { following, written } = this.#recorder;
    if (following === undefined) return;
    if (this.#begunUs < 0) this.#begunUs = nowUs;
    if (written !== this.#seen || this.#quietUs < 0) {
      this.#seen = written;
      this.#quietUs = nowUs;
    }
    if ((following === 0 && nowUs - this.#quietUs >= QUIET_US) || nowUs - this.#begunUs >= LONGEST_US) this.#recorder.stop();
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
    this.#fetched = Math.max(this.#fetched, cursor.next);
    this.#allow();
    const known = new Map<number, string>();
    const nameOf = (node: number, handle: number): string => {
      const key = node * 0x1_0000_0000 + handle;
      let name = known.get(key);
      if (name === undefined) known.set(key, (name = nameOfHandle(this.#nodes[node]!.kernel, handle)));
      return name;
    };
    // Tens of thousands of events a second come by here: plain loops.
    const [command, tag, node, name] = [[], [], [], []] as [string[], string[], string[], string[]];
    const tagged = this.#tags.size > 0;
    for (let i = 0; i < count; i++) {
      const at = columns.node[i]!;
      command.push(this.#names[columns.cmdId[i]!] ?? "");
      tag.push(tagged ? (this.#tags.get(columns.traceId[i]!) ?? "") : "");
      node.push(this.#nodes[at]!.name);
      name.push(nameOf(at, columns.dst[i]!));
    }
    return {
      first: this.#base + first,
      count,
      columns: {
        recording: new Float64Array(count).fill(recording),
        t: columns.t,
        kind: columns.kind,
        src: columns.src,
        dst: columns.dst,
        session: columns.session,
        task: columns.task,
        size: columns.size,
        trace: columns.traceId,
        parent: columns.parent,
        wait: columns.wait,
        command,
        tag,
        node,
        name,
      },
    };
  }
}

/** The commands of the Traces panel. */
export function traceCommands(feed: TraceFeed, nodes: readonly Inspected[]): HostCommand[] {
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
    {
      name: "trace.next",
      scope: "operate",
      usage: "trace.next <address> [command]",
      help: "Records the trace of the next call that reaches a service, then stops by itself",
      run: (args) => {
        const last = args.at(-1);
        const node = typeof last === "object" && last !== null && "node" in last ? [(last as { node: unknown }).node] : [];
        const [address, command] = args.slice(0, args.length - node.length);
        const handle = typeof address === "string" && /^:[0-9a-f]{1,8}$/i.test(address) ? Number.parseInt(address.slice(1), 16) : undefined;
        if (handle === undefined)
          throw new SkynetError("ARGUMENT", `trace.next takes an address such as :0000000a, not ${JSON.stringify(address) ?? "nothing"}`);
        const [inspected] = find(nodes, [handle, ...node]);
        const mode = feed.mode as TraceMode | undefined;
        if (mode !== undefined && mode.kind !== "next")
          throw new SkynetError(
            "ARGUMENT",
            `traces are being recorded already (${mode.kind}): look for the call among them, or stop that first`,
          );
        feed.start({ kind: "next", service: handle, ...(command === undefined ? {} : { command }) }, nodes.indexOf(inspected));
        return feed.mode;
      },
    },
    { name: "trace.stop", scope: "operate", usage: "trace.stop", help: "Stops recording traces", run: () => feed.stop() },
  ];
}
