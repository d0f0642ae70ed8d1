/** For tests: the tab's side of a relay in Node, over the same WebSocket protocol. */
import { createRelayClient, RELAY_SUB_PROTOCOL } from "@skyloom/runtime/relay";
import type { RelayTcp } from "@skyloom/runtime/relay";
import { WebSocket } from "ws";
import { nodeClock } from "../src/ports/index.ts";

/** What `relayTcp` is in a tab. */
export function relayOverWs(url: string, token?: string): RelayTcp {
  const [address = "", key = ""] = url.split("#k=");
  return createRelayClient({
    name: address,
    token: token ?? key,
    clock: nodeClock(),
    open: (events) => {
      const ws = new WebSocket(address, RELAY_SUB_PROTOCOL);
      let why = "";
      ws.on("open", () => events.opened());
      ws.on("message", (data) => {
        // As a browser gives it: an ArrayBuffer for each message.
        events.message(new Uint8Array(data as Buffer));
      });
      ws.on("error", (error) => (why = error.message));
      ws.on("close", (_code, reason) => events.closed(reason.toString() || why || "lost"));
      return { send: (bytes) => (ws.readyState === WebSocket.OPEN ? ws.send(bytes) : undefined), close: () => ws.close(1000) };
    },
  });
}
