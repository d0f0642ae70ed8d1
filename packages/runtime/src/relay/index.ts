/**
 * `@skyloom/runtime/relay`: the protocol of the relay, and the side that has no TCP of its own. Tabs use `relayTcp` of
 * `@skyloom/runtime/browser`; the other side is `startRelay` of `@skyloom/node-host`.
 *
 * @module
 */
export { createRelayClient } from "./client.ts";
export type { RelayChannel, RelayChannelEvents, RelayClientOptions, RelayState, RelayTcp } from "./client.ts";
export { decodeRelayFrame, encodeRelayFrame, MAX_DATA_BYTES, MAX_FRAME_BYTES, RELAY_SUB_PROTOCOL, RELAY_VERSION } from "./frames.ts";
export type { RelayBoth, RelayFrame, RelayReport, RelayRequest } from "./frames.ts";
