/**
 * The way from a client to an agent, as the client sees it: frames out, decoded values in.
 *
 * Knows nothing of what frames mean; a link only carries them.
 *
 * @module
 */
import type { ClientFrame } from "@skyloom/runtime/inspect";

/** Why a link ended. */
export interface LinkEnd {
  /** The other side's reason, for people; empty when it gave none. */
  readonly reason: string;
}

/** What a link reports. Never called from inside a call into the link. After `closed` nothing follows. */
export interface LinkEvents {
  /** Frames may be sent. */
  opened(): void;
  /** Something arrived; it is not checked yet. */
  frame(value: unknown): void;
  /** Something arrived that cannot be decoded. */
  garbage(why: string): void;
  /** The link is gone, or could not be made. Exactly once, unless {@link ClientLink.close} was called. */
  closed(end: LinkEnd): void;
}

/** An open link, or one that is being opened. */
export interface ClientLink {
  send(frame: ClientFrame): void;
  /** Ends the link; nothing is reported any more. */
  close(): void;
}

/** Makes a link; called anew for each attempt to connect. */
export type Dial = (events: LinkEvents) => ClientLink;
