/**
 * What the UI knows about a connection, as one immutable value.
 *
 * @module
 */
import type { AgentErrorCode, Capabilities, ChannelName, CommandInfo, HostInfo, Scope } from "@skyloom/runtime/inspect";

/**
 * Where a connection stands. `idle`: not begun; `stale`: connected, but nothing came for 3 s; `reconnecting`: waits for its next attempt;
 * `closed`: ended for a reason that another attempt would not change, or on request.
 */
export type ConnectionPhase = "idle" | "connecting" | "live" | "stale" | "reconnecting" | "closed";

/** A refusal, or the loss of a link. */
export interface Trouble {
  /** `LOST` when the link ended without the host saying why. */
  readonly code: AgentErrorCode | "LOST" | "GARBAGE";
  readonly msg: string;
}

/** Figures of the host, from its `stat` frames. Rates are made here; `undefined` until there are two frames. */
export interface HostFigures {
  readonly services: number;
  readonly messagesPerSecond: number | undefined;
  readonly lagMs: number;
  /** Share of one core that the agent takes, in percent. */
  readonly agentPercent: number | undefined;
  /** Frames held back because this client read too slowly. Nothing is lost by that. */
  readonly skipped: number;
  /** Events that are lost. */
  readonly dropped: number;
}

/** See the file's comment. Times in milliseconds of the client's own clock. */
export interface ConnectionView {
  readonly phase: ConnectionPhase;
  /** Why it is not live, or what the last attempt ended with. */
  readonly trouble: Trouble | undefined;
  /** When the next attempt begins, while `reconnecting`. */
  readonly retryAt: number | undefined;
  /** When something last came from the host. */
  readonly heardAt: number | undefined;
  readonly host: HostInfo | undefined;
  readonly caps: Capabilities;
  readonly scopes: readonly Scope[];
  readonly protocol: number | undefined;
  readonly figures: HostFigures | undefined;
  /** Host clock minus client clock, in milliseconds, from the quickest of the last answers. */
  readonly clockOffsetMs: number | undefined;
  /** What makes a moment of the host's monotonic clock (milliseconds) one of its wall clock: added to it. */
  readonly epochOffsetMs: number | undefined;
  /** The round trip that this came from, in milliseconds. */
  readonly rttMs: number | undefined;
  /** What the host can be told to do. */
  readonly commands: readonly CommandInfo[];
  /** What is wrong with a channel, if anything. */
  readonly troubles: Readonly<Partial<Record<ChannelName, Trouble>>>;
}

/** Before anything happened. */
export const initialConnection: ConnectionView = {
  phase: "idle",
  trouble: undefined,
  retryAt: undefined,
  heardAt: undefined,
  host: undefined,
  caps: {},
  scopes: [],
  protocol: undefined,
  figures: undefined,
  clockOffsetMs: undefined,
  epochOffsetMs: undefined,
  rttMs: undefined,
  commands: [],
  troubles: {},
};
