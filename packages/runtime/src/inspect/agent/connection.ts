/**
 * One client as the agent sees it: who it is, what it may do, what it has subscribed to. A state machine over frames.
 *
 * Knows nothing of sampling and of bytes. Whatever a client sends, the worst it can reach is the end of its own connection.
 *
 * @module
 */
import { checkClientFrame } from "./check.ts";
import { PROTOCOL_VERSION } from "../frames.ts";
import type {
  AgentErrorCode,
  AgentFrame,
  AuthFrame,
  Capabilities,
  ClientHello,
  CommandInfo,
  DoFrame,
  EventChannel,
  GetFrame,
  HostInfo,
  Scope,
  SubFrame,
  TableChannel,
} from "../frames.ts";
import { eventChannels, tableChannels } from "../channels/index.ts";
import type { EventCursor } from "./event-frames.ts";
import { limits } from "./limits.ts";
import { StringTable } from "./string-table.ts";
import { fieldIndexes } from "./table-frames.ts";
import type { TableCursor } from "./table-frames.ts";
import type { Clock, ClockTimer } from "../../ports/clock.ts";

/** The way to one client. The agent calls it on the runtime's thread; it must not call back into the connection from `send`. */
export interface AgentLink {
  /** Takes a frame; its arrays belong to the link from now on. */
  send(frame: AgentFrame): void;
  /** Bytes accepted and not yet taken by the network. */
  queued(): number;
  /** Ends the link; called at most once. */
  close(reason: string): void;
}

/** Who may come in over a link. */
export interface AgentAccess {
  /** Names the other side when wrong tokens are counted, e.g. its IP address. Default: all such links count as one. */
  readonly peer?: string;
  /** Judges a token; must compare in constant time. Absent: no token is asked for. */
  readonly check?: (token: string) => readonly Scope[] | undefined;
  /** What is granted where no token is asked for. Default: what the agent grants. */
  readonly scopes?: readonly Scope[];
}

/** What a link gives back to the agent. */
export interface AgentConnection {
  /** Hands in a decoded frame. Anything may come: it is checked here. */
  receive(frame: unknown): void;
  /** Bytes came that are no frame at all. */
  garbage(why: string): void;
  /** The link is gone. */
  closed(): void;
}

/** When a subscription is served. */
export interface Pace {
  /** Milliseconds between frames. */
  periodMs: number;
  /** When it is due, on the agent's clock. */
  dueMs: number;
  /** When the last key frame went out. */
  keyMs: number;
  /** Since when the link holds too much, or `undefined`. */
  cloggedMs: number | undefined;
}

/** A client follows a table. */
export interface TableSubscription extends TableCursor, Pace {
  readonly table: TableChannel;
}

/** A client follows a stream. */
export interface EventSubscription extends EventCursor, Pace {
  readonly stream: EventChannel;
}

/** One subscription of a client. */
export type Subscription = TableSubscription | EventSubscription;

/** What a connection asks of its agent. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly scopes: readonly Scope[];
  info(): { readonly host: HostInfo; readonly caps: Capabilities; readonly commands?: readonly CommandInfo[] };
  /** Whether the host offers a channel, or why not. */
  offers(channel: string): true | string;
  /** Number of the first event that a new reader of a stream gets. */
  follow(stream: EventChannel): number;
  /** A reader of a stream is gone. */
  leave(stream: EventChannel): void;
  /** Answers a question or a command; the connection has been let in. */
  request(connection: Connection, frame: GetFrame | DoFrame): void;
  /** Says why one more client cannot come in, or lets it in. */
  admit(connection: Connection): string | undefined;
  /** The client has been told that it is in. */
  welcomed(connection: Connection): void;
  /** Time until a peer may offer a token, in milliseconds. */
  blockedMs(peer: string): number;
  failed(peer: string): void;
  /** The subscriptions are not what they were. */
  wake(): void;
  drop(connection: Connection): void;
}

/** See the file's comment. */
export class Connection implements AgentConnection {
  readonly link: AgentLink;
  readonly strings: StringTable = new StringTable();
  readonly subscriptions: Map<number, Subscription> = new Map();
  state: "new" | "in" | "closed" = "new";
  statMs: number = -Infinity;
  skipped = 0;
  bytes = 0;
  /** Longest delay of the agent's timer since the last `stat` to this client. */
  lagMs = 0;
  /** Events that were lost for this client. */
  dropped = 0;
  /** What it may do. */
  scopes: readonly Scope[] = [];
  /** Questions and commands under way. */
  requests = 0;
  /** Tells the clients of an agent apart, in the audit. */
  readonly name: string;

  readonly #host: ConnectionHost;
  readonly #access: AgentAccess;
  readonly #patience: ClockTimer;
  #windowMs = -Infinity;
  #frames = 0;

  constructor(host: ConnectionHost, link: AgentLink, access: AgentAccess, name: string) {
    this.name = access.peer === undefined ? name : `${name} (${access.peer})`;
    this.#host = host;
    this.link = link;
    this.#access = access;
    this.#patience = host.clock.after(limits.authMs, () => {
      if (this.state === "new")
        this.fail("AUTH_TIMEOUT", `nothing was heard for ${limits.authMs / 1000} s: a client begins with the frame ${this.#opening()}`);
    });
  }

  receive(value: unknown): void {
    if (this.state === "closed") return;
    const now = this.#host.clock.now();
    if (now - this.#windowMs >= 1000) {
      this.#windowMs = now;
      this.#frames = 0;
    }
    if (++this.#frames > limits.framesPerSecond)
      return this.fail("LIMIT", `more than ${limits.framesPerSecond} frames came within one second; the connection is closed`);
    const checked = checkClientFrame(value);
    if ("fault" in checked) return this.fail("BAD_FRAME", `bad frame: ${checked.fault}`);
    if (this.state === "new") return this.#open("frame" in checked ? checked.frame : undefined);
    if ("unknown" in checked) return;
    const { frame } = checked;
    switch (frame.type) {
      case "sub":
        return this.#subscribe(frame);
      case "unsub":
        this.unsubscribe(frame.id);
        return this.#host.wake();
      case "get":
      case "do":
        return this.#host.request(this, frame);
      case "ping":
        // A client that asks and never reads gets no more answers.
        if (this.link.queued() <= limits.cloggedBytes) this.send({ type: "pong", t0: frame.t0, t1: now * 1000 });
        return;
      default:
        return this.fail("BAD_FRAME", `bad frame: a second ${frame.type}; a connection is opened once`);
    }
  }

  garbage(why: string): void {
    this.fail("BAD_FRAME", `bad frame: ${why}`);
  }

  closed(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#host.clock.cancel(this.#patience);
    for (const id of this.subscriptions.keys()) this.unsubscribe(id);
    this.#host.drop(this);
  }

  /** Ends a subscription. */
  unsubscribe(id: number): void {
    const known = this.subscriptions.get(id);
    this.subscriptions.delete(id);
    if (known !== undefined && "stream" in known) this.#host.leave(known.stream);
  }

  /** Sends a frame; a link that throws is closed. */
  send(frame: AgentFrame): void {
    if (this.state === "closed") return;
    try {
      this.link.send(frame);
    } catch {
      this.#end("sending failed");
    }
  }

  /** Says why, and ends the connection. */
  fail(code: AgentErrorCode, msg: string): void {
    if (this.state === "closed") return;
    this.send({ type: "err", code, msg, ...(code === "VERSION" ? { v: PROTOCOL_VERSION } : {}) });
    this.#end(msg);
  }

  #end(reason: string): void {
    if (this.state === "closed") return;
    this.closed();
    try {
      this.link.close(reason);
    } catch {
      // The link was gone already.
    }
  }

  #opening(): string {
    return this.#access.check === undefined ? "hello" : "auth, with the token";
  }

  #open(frame: { readonly type: string } | undefined): void {
    if (frame?.type !== "hello" && frame?.type !== "auth")
      return this.fail(
        "BAD_FRAME",
        `bad frame: a connection begins with ${this.#opening()}, not with ${frame?.type ?? "an unknown frame"}`,
      );
    const { v, min = v } = frame as ClientHello | AuthFrame;
    if (PROTOCOL_VERSION > v || PROTOCOL_VERSION < min)
      return this.fail(
        "VERSION",
        `this host speaks inspector protocol ${PROTOCOL_VERSION}, the client speaks ${min === v ? v : `${min} to ${v}`}: ` +
          "open the inspector page that this host serves itself, or update the older of the two",
      );
    const granted = this.#judge(frame as ClientHello | AuthFrame);
    if (granted === undefined) return;
    const refusal = this.#host.admit(this);
    if (refusal !== undefined) return this.fail("LIMIT", refusal);
    this.state = "in";
    this.#host.clock.cancel(this.#patience);
    this.scopes = granted;
    const { clock } = this.#host;
    this.send({
      type: "hello",
      v: PROTOCOL_VERSION,
      ...this.#host.info(),
      scopes: granted,
      clock: { monoUs: clock.now() * 1000, epochMs: clock.wall() },
    });
    this.#host.welcomed(this);
  }

  #judge(frame: ClientHello | AuthFrame): readonly Scope[] | undefined {
    const { check, peer = "", scopes = this.#host.scopes } = this.#access;
    if (check === undefined) return scopes;
    const blocked = this.#host.blockedMs(peer);
    if (blocked > 0) {
      this.fail("AUTH_BLOCKED", `too many wrong tokens from this address; try again in ${Math.ceil(blocked / 1000)} s`);
      return undefined;
    }
    if (frame.type !== "auth") {
      this.fail(
        "AUTH_REQUIRED",
        "this inspector asks for a token: open the address that the host printed when it started (it ends in #k=…)",
      );
      return undefined;
    }
    const granted = check(frame.token);
    if (granted === undefined) {
      this.#host.failed(peer);
      this.fail("AUTH", "wrong token: each start of the host makes a new one; open the address that it printed last (it ends in #k=…)");
    }
    return granted;
  }

  #subscribe(frame: SubFrame): void {
    const refuse = (code: AgentErrorCode, msg: string): void => this.send({ type: "err", code, msg, id: frame.id });
    const table = Object.hasOwn(tableChannels, frame.ch) ? tableChannels[frame.ch as TableChannel] : undefined;
    const stream = Object.hasOwn(eventChannels, frame.ch) ? eventChannels[frame.ch as EventChannel] : undefined;
    const channel = table ?? stream;
    if (channel === undefined)
      return refuse(
        "UNKNOWN_CHANNEL",
        `there is no channel "${frame.ch}"; there are: ${[...Object.keys(tableChannels), ...Object.keys(eventChannels)].join(", ")}`,
      );
    const offered = this.#host.offers(frame.ch);
    if (offered !== true) return refuse("UNAVAILABLE", offered);
    if (!this.scopes.includes("read"))
      return refuse("FORBIDDEN", `the channel "${frame.ch}" needs the scope read, which this token does not grant`);
    const known = this.subscriptions.get(frame.id);
    if (known === undefined && this.subscriptions.size >= limits.subscriptions)
      return refuse("LIMIT", `this client has ${limits.subscriptions} subscriptions already; end one first`);
    const hz = Math.min(limits.maxHz, Math.max(limits.minHz, frame.hz ?? channel.hz));
    const pace = { id: frame.id, seq: 0, periodMs: 1000 / hz, dueMs: this.#host.clock.now(), keyMs: 0, cloggedMs: known?.cloggedMs };
    // A repeated wish is a new subscription: frames of the old one that are still being made see that they are no longer wanted.
    this.unsubscribe(frame.id);
    if (table !== undefined)
      this.subscriptions.set(frame.id, { ...pace, table: table.name, fields: fieldIndexes(table, frame.fields), key: true, tick: 0 });
    else if (stream !== undefined)
      this.subscriptions.set(frame.id, { ...pace, stream: stream.name, at: this.#host.follow(stream.name), lost: 0 });
    this.#host.wake();
  }
}
