/**
 * The whole inspector protocol, version 1, as plain unions: what travels between the agent inside a runtime and a client.
 *
 * Knows nothing of links, encodings or panels. Frames are plain objects; a link turns them into MessagePack, or hands them over as they are
 * when both ends share a page. Adding a field or a frame is compatible (unknown ones are ignored); changing one is a new version.
 *
 * @module
 */

/** The version this code speaks. A breaking change raises it; everything else shows up in `caps`. */
export const PROTOCOL_VERSION = 1;

/** The WebSocket sub-protocol of {@link PROTOCOL_VERSION}. */
export const SUB_PROTOCOL = "skynet-inspect.1";

/** What a client may do. Each scope includes nothing of the others: a token names every scope it grants. */
export type Scope = "read" | "operate" | "danger" | "payload";

/** What kind of runtime is looked at. */
export type HostMode = "node" | "browser" | "sim" | "file" | "skynet-c";

/** Who is being inspected. */
export interface HostInfo {
  /** Tells two runs of one program apart: a client that sees another id after a reconnect knows that the host was restarted. */
  readonly id: string;
  /** The node's name, for people. */
  readonly name: string;
  readonly mode: HostMode;
  /** Version of the runtime. */
  readonly runtime: string;
  /** When the host started, in milliseconds since 1970 (UTC). */
  readonly startMs: number;
  /** `prod` marks a production host; the client shows that and asks before anything dangerous. */
  readonly label?: string;
}

/** What the host offers: `true`, or the reason why not, for people. Keys are panel names such as `services`. */
export type Capabilities = Readonly<Record<string, true | string>>;

/** Host clocks, read together: monotonic microseconds (the `t` of every frame) and wall-clock milliseconds. */
export interface ClockPair {
  readonly monoUs: number;
  readonly epochMs: number;
}

/** Channels that show a table: the client is sent the rows, and from then on what changed. */
export type TableChannel = "overview" | "services" | "mailboxes" | "sessions" | "waits" | "memory" | "sockets" | "timers";

/** Channels that show a stream: each event is sent once. */
export type EventChannel = "logs" | "trace";

/** The channels of this version. */
export type ChannelName = TableChannel | EventChannel;

/**
 * One column of values: little-endian numbers of the width that `type` names (see columns.ts), or one constant for all rows.
 * Texts are ids into the connection's string table, marked by a bit in `type`.
 */
export interface Column {
  readonly type: number;
  readonly data: Uint8Array;
}

/** Rows of a table: which slots, and for each field their values in the order of the slots. */
export interface RowBlock {
  readonly count: number;
  readonly slots: Column;
  readonly columns: Readonly<Record<string, Column>>;
}

/** Texts that join the connection's string table: `values[0]` gets the id `first`. With `first` 0 the old table is forgotten. */
export interface StringAdditions {
  readonly first: number;
  readonly values: readonly string[];
}

/** The first frame where no token is asked for. */
export interface ClientHello {
  readonly type: "hello";
  /** The newest version the client speaks. */
  readonly v: number;
  /** The oldest version it speaks; default `v`. */
  readonly min?: number;
}

/** The first frame where a token is asked for. Answered by {@link AgentHello} or {@link ErrFrame}. */
export interface AuthFrame {
  readonly type: "auth";
  readonly v: number;
  readonly min?: number;
  readonly token: string;
}

/** Asks for a channel. The same `id` again changes the wishes and asks for a fresh key frame. */
export interface SubFrame {
  readonly type: "sub";
  readonly ch: string;
  /** Chosen by the client; names the subscription in every answer. */
  readonly id: number;
  /** Frames per second, clamped to 0.1 … 4; default as the channel says. */
  readonly hz?: number;
  /** Wanted fields; default all. The fields that identify a row come in any case. */
  readonly fields?: readonly string[];
}

/** Ends a subscription. */
export interface UnsubFrame {
  readonly type: "unsub";
  readonly id: number;
}

/** Asks the other side for its clock. */
export interface PingFrame {
  readonly type: "ping";
  /** The sender's own clock when it sent this; comes back untouched. */
  readonly t0: number;
}

/** Asks for something once: the tasks of a service, the messages in a mailbox. Needs the scope `read`. */
export interface GetFrame {
  readonly type: "get";
  /** Chosen by the client; names the request in its answer. */
  readonly rid: number;
  /** What is asked for, e.g. `tasks`. */
  readonly what: string;
  readonly args?: readonly unknown[];
}

/** Asks the host to act. */
export interface DoFrame {
  readonly type: "do";
  readonly rid: number;
  /** Name of a command that {@link AgentHello} lists. */
  readonly cmd: string;
  readonly args?: readonly unknown[];
  /** What the user typed where a command asks for a confirmation; see {@link CommandInfo.confirm}. */
  readonly confirm?: string;
}

/** Everything a client sends. */
export type ClientFrame = ClientHello | AuthFrame | SubFrame | UnsubFrame | PingFrame | GetFrame | DoFrame;

/** A command a client may send with {@link DoFrame}. */
export interface CommandInfo {
  readonly name: string;
  /** The scope it needs. */
  readonly scope: Scope;
  /** How it is written, e.g. `kill <address>`. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly help: string;
  /** Whether the agent wants {@link DoFrame.confirm} on a production host: the name of the service that the command is aimed at. */
  readonly confirm?: boolean;
  /** What somebody agrees to who confirms it, in whole sentences. Default: that it cannot be undone. */
  readonly agree?: string;
  /** Why this host cannot do it; absent when it can. */
  readonly unavailable?: string;
}

/** The client is let in. */
export interface AgentHello {
  readonly type: "hello";
  readonly v: number;
  readonly host: HostInfo;
  readonly caps: Capabilities;
  readonly scopes: readonly Scope[];
  readonly clock: ClockPair;
  /** What can be asked for with {@link DoFrame}, whatever the scopes: a client shows what it may not do, and why. */
  readonly commands?: readonly CommandInfo[];
}

interface TableFrame {
  readonly ch: TableChannel;
  readonly id: number;
  /** Counts the frames of this subscription from 1; a gap makes the client ask for a key frame. */
  readonly seq: number;
  /** When the values were sampled, in microseconds of the host's monotonic clock. */
  readonly t: number;
  /** Rows of this sample that still follow in further `delta` frames; 0 ends the sample. */
  readonly rest: number;
  /** All rows there are, also those beyond the row cap that are not sent. */
  readonly total: number;
  readonly strings?: StringAdditions;
}

/** The whole table: the client forgets the rows it had. */
export interface KeyFrame extends TableFrame {
  readonly type: "key";
  readonly added: RowBlock;
}

/** What changed: first `removed` slots go, then `added` rows come (possibly into the same slots), then `changed` cells are set. */
export interface DeltaFrame extends TableFrame {
  readonly type: "delta";
  readonly removed?: RowBlock;
  readonly added?: RowBlock;
  readonly changed?: RowBlock;
}

/** A batch of events, oldest first. */
export interface EvFrame {
  readonly type: "ev";
  readonly ch: EventChannel;
  readonly id: number;
  readonly seq: number;
  readonly t: number;
  /** Number of the first event of the batch; events are numbered from 0 as they happen. */
  readonly first: number;
  /** Events between the last batch and this one that were lost, because they came faster than they could be sent. */
  readonly dropped: number;
  /** Messages since the last batch that were not recorded at all for that reason, about; what was recorded is whole. Absent for none. */
  readonly leftOut?: number;
  readonly count: number;
  readonly columns: Readonly<Record<string, Column>>;
  /** Texts that are not worth a place in the string table, such as log lines. */
  readonly inline?: Readonly<Record<string, readonly string[]>>;
  readonly strings?: StringAdditions;
}

/** Answers {@link GetFrame}. */
export interface ResFrame {
  readonly type: "res";
  readonly rid: number;
  readonly ok: boolean;
  readonly body?: unknown;
  /** When not `ok`: as in {@link ErrFrame}. */
  readonly code?: AgentErrorCode;
  readonly msg?: string;
}

/** Answers {@link DoFrame}. */
export interface DoneFrame {
  readonly type: "done";
  readonly rid: number;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly code?: AgentErrorCode;
  readonly msg?: string;
  /** How long it took, in microseconds. */
  readonly us: number;
}

/** What an alert is about. */
export interface AlertEntity {
  readonly kind: "service" | "task" | "session" | "node";
  /** As in addresses of the inspector: `:0000000a`, `:0000000a-42`. */
  readonly id: string;
  /** For people, e.g. a registered name. */
  readonly name?: string;
}

/** Something that needs attention, new, changed or over. */
export interface AlertFrame {
  readonly type: "alert";
  /** Tells one alert from another; an alert that changes keeps it. */
  readonly id: string;
  /** E.g. `deadlock`, `stuck-call`, `audit`. */
  readonly kind: string;
  readonly severity: "info" | "warn" | "error";
  readonly entities: readonly AlertEntity[];
  /** A few words; stays the same while the alert lasts. */
  readonly title: string;
  /** One sentence. */
  readonly text: string;
  /** A report for people, of several lines: of a deadlock, who waits for whom. */
  readonly evidence?: string;
  /** When it was first and last true, in microseconds of the host's monotonic clock. */
  readonly first: number;
  readonly last: number;
  /** It is over. */
  readonly cleared?: boolean;
}

/** Answers {@link PingFrame}: the four-time-stamps way to a clock offset. */
export interface PongFrame {
  readonly type: "pong";
  readonly t0: number;
  /** The answering side's clock, in microseconds. */
  readonly t1: number;
}

/** How the host and its agent are doing. All counters are cumulative: the receiver makes rates with `t`. */
export interface StatFrame {
  readonly type: "stat";
  readonly t: number;
  /** Services alive. */
  readonly services: number;
  /** Messages dispatched since the start. */
  readonly messages: number;
  /** The longest delay of the agent's own timer since the last `stat`, in microseconds: how late the event loop runs. */
  readonly lagUs: number;
  /** Time the agent has spent so far, in microseconds. */
  readonly costUs: number;
  /** Frames this connection did not get because it read too slowly. Nothing is lost by that: the next frame carries the sum. */
  readonly skipped: number;
  /** Events dropped for this connection. These are lost. */
  readonly dropped: number;
  /** Payload bytes sent on this connection, without the encoding's own. */
  readonly bytes: number;
}

/** Why something was refused; programs look at this, never at the text. */
export type AgentErrorCode =
  | "VERSION"
  | "AUTH_REQUIRED"
  | "AUTH"
  | "AUTH_TIMEOUT"
  | "AUTH_BLOCKED"
  | "BAD_FRAME"
  | "LIMIT"
  | "FORBIDDEN"
  | "UNKNOWN_CHANNEL"
  | "SLOW"
  | "SOURCE"
  | "UNKNOWN"
  | "UNAVAILABLE"
  | "ARGUMENT"
  | "CONFIRM"
  | "FAILED"
  | "TIMEOUT"
  | "CLOSING";

/** A refusal. With `id` it concerns one subscription; without, the connection is closed after it. */
export interface ErrFrame {
  readonly type: "err";
  readonly code: AgentErrorCode;
  /** For people: what was asked, what was found, what to do. */
  readonly msg: string;
  readonly id?: number;
  /** With `VERSION`: what the agent speaks. */
  readonly v?: number;
}

/** Everything an agent sends. */
export type AgentFrame =
  | AgentHello
  | KeyFrame
  | DeltaFrame
  | EvFrame
  | ResFrame
  | DoneFrame
  | AlertFrame
  | PongFrame
  | StatFrame
  | ErrFrame;
