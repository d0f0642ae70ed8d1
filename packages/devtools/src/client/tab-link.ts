/**
 * Hosts in other tabs of the same origin: which there are, and links to them.
 *
 * @module
 */
import { DISCOVERY_CHANNEL, HEARTBEAT_MS } from "@skyloom/runtime/inspect";
import type { Channel, DiscoveryMessage } from "@skyloom/runtime/inspect";
import type { ClientLink, Dial } from "./link.ts";
import { portDial } from "./port-link.ts";

/** A host that was heard of. */
export interface TabHost {
  readonly id: string;
  readonly name: string;
}

/** Opens a channel between the tabs of an origin. */
export type OpenChannel = (name: string) => Channel;

const broadcast: OpenChannel = (name) => new BroadcastChannel(name);

/** Heard of no more for so long: gone. Pages in the background may speak only once a minute. */
const GONE_MS = 90_000;
/** Hosts that are listed; whoever floods the channel gets no further. */
const MOST = 64;

/** The hosts that tell they are there. Listens from {@link TabList.open} on. */
export class TabList {
  version = 0;
  /** In the order they were first heard of. */
  hosts: readonly TabHost[] = [];
  readonly #open: OpenChannel;
  readonly #now: () => number;
  readonly #heard = new Map<string, { readonly host: TabHost; at: number }>();
  readonly #listeners = new Set<() => void>();

  constructor(open: OpenChannel = broadcast, now: () => number = () => performance.now()) {
    this.#open = open;
    this.#now = now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks who is there and listens until the returned function is called. */
  open(): () => void {
    const channel = this.#open(DISCOVERY_CHANNEL);
    const listen = ({ data }: { readonly data: unknown }): void => this.#take(data);
    channel.addEventListener("message", listen);
    channel.postMessage({ inspect: "who" } satisfies DiscoveryMessage);
    return () => {
      channel.removeEventListener("message", listen);
      channel.close();
    };
  }

  #take(data: unknown): void {
    const message = readDiscovery(data);
    if (message?.inspect === "here") {
      const known = this.#heard.get(message.id);
      if (known === undefined && this.#heard.size >= MOST) return;
      const host = known?.host.name === message.name ? known.host : { id: message.id, name: message.name };
      this.#heard.set(message.id, { host, at: this.#now() });
    } else if (message?.inspect === "gone") this.#heard.delete(message.id);
    else return;
    for (const [id, { at }] of this.#heard) if (this.#now() - at > GONE_MS) this.#heard.delete(id);
    const hosts = [...this.#heard.values()].map((h) => h.host);
    if (hosts.length === this.hosts.length && hosts.every((h, i) => h === this.hosts[i])) return;
    this.hosts = hosts;
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Dials the host of that name in another tab; of several, the first that answers.
 *
 * @param open - Opens channels; default: `BroadcastChannel`.
 */
export function tabDial(name: string, open: OpenChannel = broadcast): Dial {
  return (events) => {
    const discovery = open(DISCOVERY_CHANNEL);
    const channelName = `${DISCOVERY_CHANNEL} ${randomName()}`;
    let asked: string | undefined;
    let channel: Channel | undefined;
    let link: ClientLink | undefined;
    let over = false;
    const say = (message: DiscoveryMessage): void => discovery.postMessage(message);
    const listen = ({ data }: { readonly data: unknown }): void => {
      const message = readDiscovery(data);
      if (over || message === undefined) return;
      if (message.inspect === "here" && message.name === name && asked === undefined) {
        asked = message.id;
        say({ inspect: "link", id: asked, channel: channelName });
      } else if (message.inspect === "linked" && message.channel === channelName && channel === undefined) {
        channel = open(channelName);
        link = portDial(channel)({ ...events, closed: (why) => end(why.reason) });
      } else if (message.inspect === "gone" && message.id === asked) end("the tab was closed or has left the page");
    };
    const hangUp = (): void => {
      over = true;
      link?.close();
      channel?.close();
      discovery.removeEventListener("message", listen);
      discovery.close();
    };
    const end = (reason: string): void => {
      if (over) return;
      hangUp();
      events.closed({ reason });
    };
    discovery.addEventListener("message", listen);
    say({ inspect: "who" });
    const timer = setTimeout(() => {
      if (channel === undefined) end(`no tab of this browser shows the host “${name}”`);
    }, 2 * HEARTBEAT_MS);
    return {
      send: (frame) => link?.send(frame),
      close: () => {
        clearTimeout(timer);
        if (!over) hangUp();
      },
    };
  };
}

/** What came over the channel, when it is something one may look at. */
function readDiscovery(data: unknown): DiscoveryMessage | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const message = data as Readonly<Record<string, unknown>>;
  const isText = (v: unknown): boolean => typeof v === "string" && v.length <= 256;
  switch (message["inspect"]) {
    case "here":
      return isText(message["id"]) && isText(message["name"]) ? (data as DiscoveryMessage) : undefined;
    case "gone":
      return isText(message["id"]) ? (data as DiscoveryMessage) : undefined;
    case "linked":
      return isText(message["channel"]) ? (data as DiscoveryMessage) : undefined;
    default:
      return undefined;
  }
}

function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
}
