/**
 * A link to a client over a message port: of a worker, of another frame, of another tab.
 *
 * Frames travel as structured clones, without MessagePack. A port says nothing of how much waits in it, so the client confirms what it has
 * taken; what is not confirmed counts as queued. Knows nothing of DOM and Node: any port-like thing will do.
 *
 * @module
 */
import type { Agent } from "./agent/agent.ts";
import type { AgentAccess, AgentConnection } from "./agent/connection.ts";
import { eventBytes } from "./agent/event-frames.ts";
import { frameBytes } from "./agent/table-frames.ts";
import type { AgentFrame, ClientFrame } from "./frames.ts";

/** What a `MessagePort`, a `Worker`, a worker's global scope and a `BroadcastChannel` have in common. */
export interface PortLike {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listen: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: "message", listen: (event: { readonly data: unknown }) => void): void;
  /** A `MessagePort` delivers nothing before. */
  start?(): void;
}

/** What a client sends over a port. */
export type PortRequest =
  /** Begins a link; `id` tells it from those before, of which answers may still be under way. */
  | { readonly inspect: "open"; readonly id: number }
  | { readonly inspect: "frame"; readonly frame: ClientFrame }
  /** So many bytes were taken. */
  | { readonly inspect: "taken"; readonly bytes: number }
  | { readonly inspect: "close" };

/** What an agent sends over a port. */
export type PortAnswer =
  | { readonly inspect: "agent"; readonly id: number; readonly frame: AgentFrame; readonly bytes: number }
  /** The link has ended. */
  | { readonly inspect: "closed"; readonly id: number; readonly reason: string };

/** Bytes that a frame without columns is taken for. */
const SMALL = 128;

/**
 * Lets the client at the other end of a port talk to an agent. It may open, close and open again; other messages on the port are left alone.
 *
 * @param access - Who may come in; default: whoever has the port, with the agent's scopes.
 * @returns ends the link, and listens no more.
 *
 * @example In a worker, which is handed the port of a `MessageChannel`; in the page, `portDial` of the devtools has the other one.
 * ```ts
 * import { linkPort } from "@skyloom/runtime/inspect";
 *
 * // In the worker; the page sends the other end of a MessageChannel, and dials its own end with portDial.
 * addEventListener("message", ({ data }: MessageEvent<{ inspect?: unknown }>) => {
 *   if (data.inspect instanceof MessagePort) linkPort(data.inspect, agent);
 * });
 * ```
 */
export function linkPort(port: PortLike, agent: Agent, access: AgentAccess = {}): () => void {
  let connection: AgentConnection | undefined;
  let queued = 0;
  const nothing = (): void => {};
  /** Ends the connection there is, without a word to the client. */
  let leave = nothing;
  const answer = (message: PortAnswer): void => port.postMessage(message);
  let last = 0;
  const open = (id: number): void => {
    leave();
    last = id;
    let current = true;
    const opened = agent.connect(
      {
        send: (frame) => {
          if (!current) return;
          const bytes = bytesOf(frame);
          queued += bytes;
          answer({ inspect: "agent", id, frame, bytes });
        },
        queued: () => queued,
        close: (reason) => {
          if (!current) return;
          current = false;
          connection = undefined;
          answer({ inspect: "closed", id, reason });
        },
      },
      access,
    );
    // An agent that is full or has ended closes the link at once.
    if (!current) return;
    connection = opened;
    leave = () => {
      current = false;
      connection = undefined;
      queued = 0;
      leave = nothing;
      opened.closed();
    };
  };
  const listen = ({ data }: { readonly data: unknown }): void => {
    if (typeof data !== "object" || data === null || !("inspect" in data)) return;
    const request = data as PortRequest;
    switch (request.inspect) {
      case "open":
        return open(Number(request.id));
      case "frame":
        return connection?.receive(request.frame);
      case "taken":
        // A client that confirms nonsense harms nobody but itself.
        queued = Math.max(0, queued - (Number.isFinite(request.bytes) ? Math.max(0, request.bytes) : 0));
        return;
      case "close":
        leave();
    }
  };
  port.addEventListener("message", listen);
  port.start?.();
  return () => {
    port.removeEventListener("message", listen);
    if (connection !== undefined) answer({ inspect: "closed", id: last, reason: "the host has ended the link" });
    leave();
  };
}

function bytesOf(frame: AgentFrame): number {
  if (frame.type === "key" || frame.type === "delta") return SMALL + frameBytes(frame);
  return frame.type === "ev" ? SMALL + eventBytes(frame) : SMALL;
}
