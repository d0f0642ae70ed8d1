/**
 * Real TCP for a tab: a relay's client over a WebSocket.
 *
 * @module
 */
import { browserClock } from "./clock.ts";
import type { Clock } from "../ports/clock.ts";
import { createRelayClient, RELAY_SUB_PROTOCOL } from "../relay/index.ts";
import type { RelayChannel, RelayChannelEvents, RelayTcp } from "../relay/index.ts";

/** Where a relay is. */
export interface RelayOptions {
  /** What `skyloom relay` has printed, e.g. `ws://127.0.0.1:7402/relay#k=…`; behind TLS `wss:`. */
  readonly url: string;
  /** The relay's token; default: what stands behind `#k=` in the address. */
  readonly token?: string;
}

/**
 * Makes the TCP port of a tab that has a relay. Names are resolved by the relay's host, which decides what may be reached and where the tab
 * may listen. Nothing happens before the first connection or listener; when the relay is lost, all of them fail, and the next one tries
 * the relay again.
 *
 * @example
 * ```ts
 * import { createNode } from "@skyloom/runtime";
 * import { browserPorts, relayTcp } from "@skyloom/runtime/browser";
 *
 * const tcp = relayTcp({ url: "ws://127.0.0.1:7402/relay#k=…" });
 * const node = await createNode({ ports: { ...browserPorts(), tcp }, services: { main }, config: { start: "main" } });
 * ```
 */
export function relayTcp(options: RelayOptions, clock: Clock = browserClock()): RelayTcp {
  const [url = "", fragment = ""] = options.url.split("#", 2);
  const token = options.token ?? new URLSearchParams(fragment).get("k") ?? "";
  return createRelayClient({ name: url, token, clock, open: (events) => openChannel(url, events) });
}

function openChannel(url: string, events: RelayChannelEvents): RelayChannel {
  const socket = new WebSocket(url, RELAY_SUB_PROTOCOL);
  socket.binaryType = "arraybuffer";
  let open = false;
  socket.onopen = () => {
    open = true;
    events.opened();
  };
  socket.onmessage = ({ data }) => events.message(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
  // A browser does not say why a connection fails, so that pages cannot look around; `close` follows an error.
  socket.onclose = ({ reason, code }) =>
    events.closed(
      reason !== "" ? reason : open ? `the connection to it was lost (WebSocket code ${code})` : "it does not answer, or refuses this page",
    );
  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
    },
    close: () => socket.close(1000),
  };
}
