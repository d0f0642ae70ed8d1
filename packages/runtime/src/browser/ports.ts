/**
 * A browser tab as a host: time, randomness, breathing and a log, from what every browser has.
 *
 * Knows nothing of nodes and services. There is no TCP in a tab: `tcp` is absent
 * unless a relay lends it that of its host.
 *
 * @module
 */
import type { Ports } from "../ports/index.ts";
import { browserClock } from "./clock.ts";
import { relayTcp } from "./relay.ts";
import type { RelayOptions } from "./relay.ts";

/** Options of {@link browserPorts}. */
export interface BrowserPortsOptions {
  /** Files by path, for what reads configuration and the like. Default: none. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether log lines also go to the browser's console. Default `true`. */
  readonly console?: boolean;
  /** How many log lines are kept in {@link BrowserPorts.lines}. Default 1000. */
  readonly keepLines?: number;
  /** A relay that lends this tab the TCP of its host: `tcp` is there then. Default: none. */
  readonly relay?: RelayOptions;
}

/** The ports of a tab, and what its node has logged. */
export interface BrowserPorts extends Ports {
  /** The latest log lines, oldest first. */
  readonly lines: readonly string[];
}

/** The most bytes `getRandomValues` fills at once. */
const MOST_RANDOM = 65_536;

/**
 * Makes the ports of this tab or worker.
 *
 * @example
 * ```ts
 * import { createNode } from "@skyloom/runtime";
 * import { browserPorts } from "@skyloom/runtime/browser";
 *
 * const node = await createNode({ ports: browserPorts(), services: { main, counter }, config: { start: "main" } });
 * ```
 */
export function browserPorts(options: BrowserPortsOptions = {}): BrowserPorts {
  const { files, console: echo = true, keepLines = 1000, relay } = options;
  const lines: string[] = [];
  const clock = browserClock();
  return {
    clock,
    log: {
      output: {
        line: (text) => {
          lines.push(text);
          if (lines.length > keepLines) lines.shift();
          if (echo) console.log(text);
        },
      },
    },
    random: (bytes) => {
      for (let at = 0; at < bytes.length; at += MOST_RANDOM)
        crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM) as Uint8Array<ArrayBuffer>);
    },
    defer: messageDefer(),
    stock: async () => (await import("../stock.ts")).stock,
    ...(files === undefined ? {} : { files: { readText: (path) => (Object.hasOwn(files, path) ? files[path] : undefined) } }),
    ...(relay === undefined ? {} : { tcp: relayTcp(relay, clock) }),
    lines,
  };
}

/** `setTimeout(fn, 0)` waits 4 ms in browsers; a message to oneself does not, and still lets the tab paint and react. */
function messageDefer(): (fn: () => void) => void {
  const queue: (() => void)[] = [];
  let channel: MessageChannel | undefined;
  const post = (): void => {
    if (channel === undefined) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => {
        const fn = queue.shift()!;
        if (queue.length > 0) post();
        fn();
      };
    }
    channel.port2.postMessage(0);
  };
  return (fn) => {
    queue.push(fn);
    if (queue.length === 1) post();
  };
}
