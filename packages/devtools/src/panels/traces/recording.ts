/**
 * The recording of traces at a host, as this page sees it: what is recorded, who began it, and the stream that brings the events.
 *
 * All clients of a host share one recording. What this page began stays in force when another panel is shown; what others began is followed
 * while the Traces panel is open. Outside React: one for each client.
 *
 * @module
 */
import { readTraceMode } from "@skyloom/runtime/inspect";
import type { TraceMode } from "@skyloom/runtime/inspect";
import type { Client } from "../../client/client.ts";
import type { CommandStore } from "../../stores/command-store.ts";

/** How often the host is asked what it records, while somebody looks. */
const ASK_MS = 2_000;

/** A recording that stops by itself is read for so long after it is known to have stopped. */
const LAST_EVENTS_MS = 1_500;

/** See the file's comment. */
export class Recording {
  version = 0;
  /** What the host records; `undefined` while it records nothing, or is not known. */
  mode: TraceMode | undefined;
  /** Whether the host has said what it records. */
  known = false;
  /** This page began it. */
  mine = false;
  /** Why a recording of this page is over that nobody stopped here. */
  ended: string | undefined;
  /** A start or stop is on its way. */
  busy = false;
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #viewers = 0;
  #unwatch: (() => void) | undefined;
  #unwatchLogs: (() => void) | undefined;
  #label = "";
  #asking = 0;
  /** A recording has stopped by itself, and its last events may still come. */
  #lasting: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client) {
    this.#client = client;
    let before = client.connection.getState().phase;
    client.connection.subscribe(({ phase }) => {
      if (phase === before) return;
      const back = phase === "live" && before !== "stale";
      before = phase;
      if (back && (this.mine || this.#viewers > 0)) void this.ask();
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Somebody looks, until the returned function is called. */
  view(): () => void {
    this.#viewers++;
    this.#follow();
    void this.ask();
    const timer = setInterval(() => void this.ask(), ASK_MS);
    return () => {
      clearInterval(timer);
      this.#viewers--;
      this.#follow();
    };
  }

  /** Asks the host what it records. */
  async ask(): Promise<void> {
    const turn = ++this.#asking;
    let answer: unknown;
    try {
      answer = await this.#client.ask("tracing");
    } catch {
      // Without a connection nothing new is known; a host that cannot answer says so on the channel.
      return;
    }
    // The answer to an older question, or one that a start or stop has overtaken.
    if (turn !== this.#asking || this.busy) return;
    this.#take(answer === false ? undefined : modeOf(answer));
  }

  /** Begins to record, or goes on in another mode. @param nodes - Of several hosts: the node of each service of the mode. */
  async start(commands: CommandStore, mode: TraceMode, nodes?: readonly string[]): Promise<void> {
    this.#begin();
    // The reader is there before the first event.
    this.mine = true;
    this.ended = undefined;
    this.#follow(labelOf(mode));
    this.#changed();
    const before = this.mode;
    const several = (this.#client.hosts?.list.length ?? 1) > 1;
    const { state } = await commands.run("trace.start", several && nodes !== undefined ? [mode, nodes] : [mode], "action");
    this.busy = false;
    if (state === "ok") {
      this.mode = mode;
      this.known = true;
    } else this.mine = before !== undefined && this.mine;
    this.#follow();
    this.#changed();
    void this.ask();
  }

  /**
   * Records the next call that reaches a service, and stops when that is over.
   *
   * @returns why it could not begin.
   */
  async next(commands: CommandStore, words: readonly string[], node: string): Promise<string | undefined> {
    this.#begin();
    const before = this.mine;
    this.mine = true;
    this.ended = undefined;
    this.#follow(NEXT_CALL);
    this.#changed();
    const { state, text } = await commands.run("trace.next", node === "" ? words : [...words, { node }], "panel");
    this.busy = false;
    if (state === "ok") {
      const [address, command] = words;
      const service = Number.parseInt(address!.slice(1), 16);
      this.mode = command === undefined ? { kind: "next", service } : { kind: "next", service, command };
      this.known = true;
    } else this.mine = before;
    this.#follow();
    this.#changed();
    return state === "ok" ? undefined : text;
  }

  /** Ends the recording, for all clients. */
  async stop(commands: CommandStore): Promise<void> {
    this.busy = true;
    this.#asking++;
    this.#changed();
    const { state } = await commands.run("trace.stop", [], "action");
    this.busy = false;
    if (state === "ok") {
      this.mine = false;
      this.mode = undefined;
      this.known = true;
    }
    this.#follow();
    this.#changed();
    void this.ask();
  }

  /** A start is on its way: what was over before it has nothing to say of it. */
  #begin(): void {
    this.busy = true;
    this.#asking++;
    clearTimeout(this.#lasting);
    this.#lasting = undefined;
  }

  #take(mode: TraceMode | undefined): void {
    if (mode === undefined && this.mine && this.mode?.kind === "next") {
      // It has stopped by itself; the reader stays until the last events have come.
      this.#lasting = setTimeout(() => {
        this.#lasting = undefined;
        this.mine = false;
        this.#follow();
        this.#changed();
      }, LAST_EVENTS_MS);
    } else if (mode === undefined && this.mine && this.#lasting === undefined) {
      this.mine = false;
      this.ended = "The host does not record any more: another client has stopped it, or the connection was lost for a while.";
    }
    if (this.known && sameMode(mode, this.mode) && this.ended === undefined) return;
    this.known = true;
    this.mode = mode;
    this.#follow(mode === undefined ? this.#label : labelOf(mode));
    this.#changed();
  }

  /** Watches while there is a reason to, and stops when there is none. */
  #follow(label: string = this.#label): void {
    const wanted = this.mine || this.#viewers > 0;
    const old = this.#unwatch;
    if (wanted && (old === undefined || label !== this.#label)) {
      this.#label = label;
      this.#unwatch = this.#client.watchTraces(label);
      // After the new one: the host stops recording when its last reader goes.
      old?.();
    } else if (!wanted && old !== undefined) {
      this.#unwatch = undefined;
      old();
    }
    // The details of a span show the log lines of its service.
    const logs = wanted && (this.mine || this.mode !== undefined);
    if (logs) this.#unwatchLogs ??= this.#client.watchLogs();
    else if (this.#unwatchLogs !== undefined) {
      this.#unwatchLogs();
      this.#unwatchLogs = undefined;
    }
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

const recordings = new WeakMap<Client, Recording>();

/** The recording of a client; there is one. */
export function recordingOf(client: Client): Recording {
  let recording = recordings.get(client);
  if (recording === undefined) recordings.set(client, (recording = new Recording(client)));
  return recording;
}

/** How a trace was chosen, for the list: `1/64`, `all`, `services`, `login*`. */
export function labelOf(mode: TraceMode): string {
  switch (mode.kind) {
    case "all":
      return "all";
    case "sample":
      return mode.n === 1 ? "all" : `1/${mode.n}`;
    case "services":
      return "services";
    case "commands":
      return mode.pattern;
    case "next":
      return NEXT_CALL;
  }
}

/** How a trace was chosen that is the next call of something. */
export const NEXT_CALL = "next call";

/** A mode in words: `1 of 64 chains of messages`. */
export function describeMode(mode: TraceMode): string {
  switch (mode.kind) {
    case "all":
      return "every message";
    case "sample":
      return mode.n === 1 ? "every message" : `1 of ${mode.n} chains of messages`;
    case "services":
      return mode.services.length === 1 ? "what reaches 1 service" : `what reaches ${mode.services.length} services`;
    case "commands":
      return `commands like ${mode.pattern}`;
    case "next":
      return `the next call${mode.command === undefined ? "" : ` of ${mode.command}`} to one service`;
  }
}

function modeOf(answer: unknown): TraceMode | undefined {
  try {
    return readTraceMode(answer);
  } catch {
    // A mode of a newer host: something is recorded, in a way that has no word here.
    return { kind: "commands", pattern: "?" };
  }
}

function sameMode(a: TraceMode | undefined, b: TraceMode | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
