/**
 * Makes an agent known to the other pages of the same origin: a channel on which hosts tell that they are there, and clients ask for a link.
 *
 * Knows nothing of the DOM: channels are handed in, so that it works in a tab, in a worker and in a test.
 *
 * @module
 */
import type { Clock, ClockTimer } from "../ports/clock.ts";
import type { Agent } from "./agent/agent.ts";
import type { AgentAccess } from "./agent/connection.ts";
import { linkPort } from "./port-link.ts";
import type { PortLike } from "./port-link.ts";

/** Name of the channel on which hosts and clients find each other. */
export const DISCOVERY_CHANNEL = "skynet-inspect";

/** A host tells that it is there this often, in milliseconds. */
export const HEARTBEAT_MS = 2_000;
/** A client of which nothing was heard for so long is gone; browsers let pages in the background speak once a minute. */
const SILENCE_MS = 150_000;
/** Links at once; the agent has a limit of its own for clients. */
const MOST_LINKS = 16;
/** Texts from the channel are not longer. */
const MOST_TEXT = 128;

/** What travels on {@link DISCOVERY_CHANNEL}. */
export type DiscoveryMessage =
  /** A client asks who is there. */
  | { readonly inspect: "who" }
  /** A host is there. `id` tells it from others of the same name. */
  | { readonly inspect: "here"; readonly id: string; readonly name: string }
  /** A host ends. */
  | { readonly inspect: "gone"; readonly id: string }
  /** A client wants a link to a host, over a channel of this name. */
  | { readonly inspect: "link"; readonly id: string; readonly channel: string }
  /** The host listens on it. */
  | { readonly inspect: "linked"; readonly channel: string };

/** A channel that can be closed: a `BroadcastChannel`. */
export type Channel = PortLike & { close(): void };

/** What {@link announceAgent} needs. */
export interface AnnounceOptions {
  readonly agent: Agent;
  /** For people. */
  readonly name: string;
  /** Tells this host from others of the same name. */
  readonly id: string;
  /** Opens a channel: `(name) => new BroadcastChannel(name)`. */
  readonly channel: (name: string) => Channel;
  readonly clock: Clock;
  /** Who may come in; default: every page of the origin, with the agent's scopes. */
  readonly access?: AgentAccess;
}

/**
 * Announces an agent, and links whoever asks.
 *
 * @returns ends all links and is heard of no more.
 *
 * @example
 * ```ts
 * const stop = announceAgent({ agent, name: "chat-sim", id: crypto.randomUUID(), channel: (n) => new BroadcastChannel(n), clock: ports.clock });
 * addEventListener("pagehide", stop);
 * ```
 */
export function announceAgent(options: AnnounceOptions): () => void {
  const { agent, name, id, channel: openChannel, clock, access } = options;
  const discovery = openChannel(DISCOVERY_CHANNEL);
  const links = new Map<string, { readonly end: () => void; heardMs: number }>();
  let timer: ClockTimer | undefined;
  const say = (message: DiscoveryMessage): void => discovery.postMessage(message);
  const here = (): void => say({ inspect: "here", id, name });

  const link = (channelName: string): void => {
    if (links.has(channelName) || links.size >= MOST_LINKS) return;
    const port = openChannel(channelName);
    const heard = (): void => {
      entry.heardMs = clock.now();
    };
    port.addEventListener("message", heard);
    const unlink = linkPort(port, agent, access);
    const entry = {
      heardMs: clock.now(),
      end: () => {
        unlink();
        port.removeEventListener("message", heard);
        port.close();
        links.delete(channelName);
      },
    };
    links.set(channelName, entry);
    say({ inspect: "linked", channel: channelName });
  };

  const listen = ({ data }: { readonly data: unknown }): void => {
    if (typeof data !== "object" || data === null || !("inspect" in data)) return;
    const message = data as DiscoveryMessage;
    if (message.inspect === "who") here();
    else if (message.inspect === "link" && message.id === id && isName(message.channel)) link(message.channel);
  };
  const beat = (): void => {
    here();
    const now = clock.now();
    for (const entry of links.values()) if (now - entry.heardMs > SILENCE_MS) entry.end();
    timer = clock.after(HEARTBEAT_MS, beat);
  };
  discovery.addEventListener("message", listen);
  beat();
  return () => {
    if (timer !== undefined) clock.cancel(timer);
    for (const entry of links.values()) entry.end();
    say({ inspect: "gone", id });
    discovery.removeEventListener("message", listen);
    discovery.close();
  };
}

const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= MOST_TEXT;
