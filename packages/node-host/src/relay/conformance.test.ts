/** A tab's TCP over a relay does what every TCP port must do: as client, as server, and as both. */
import type { TcpPort } from "@skyloom/runtime/ports";
import { tcpConformance } from "@skyloom/runtime/testing";
import type { TcpFixture } from "@skyloom/runtime/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeTcp } from "../ports/index.ts";
import { startRelay } from "./index.ts";
import type { RelayServer } from "./index.ts";
import { relayOverWs } from "../../test/relay-over-ws.ts";

let relay: RelayServer;
const lines: string[] = [];
let tab: TcpPort & { close(): void };
beforeAll(async () => {
  relay = await startRelay({
    port: 0,
    allow: ["127.0.0.1:*"],
    listen: ["127.0.0.1:0-65535"],
    maxConnections: 128,
    maxListeners: 32,
    opensPerSecond: 1000,
    bytesPerSecond: 1e9,
    log: (line) => lines.push(line),
  });
  tab = relayOverWs(relay.url);
});
afterAll(async () => {
  tab.close();
  await relay.close();
  // One tab came and stayed to the end: nothing of the suite broke the protocol.
  expect(lines.filter((line) => !line.endsWith("went"))).toEqual(["relay: 127.0.0.1 came"]);
});

const fixture = (server: TcpPort, client: TcpPort): TcpFixture => ({
  server,
  client,
  host: "127.0.0.1",
  until: async (done) => {
    const limit = performance.now() + 10_000;
    for (let i = 0; !done(); i++) {
      if (performance.now() > limit) throw new Error("did not happen within 10 s");
      await new Promise((resolve) => (i < 100 ? setImmediate(resolve) : setTimeout(resolve, 2)));
    }
  },
  settle: () => new Promise((resolve) => setTimeout(resolve, 30)),
});

const kit = { describe, expect, it };
tcpConformance(kit, "a tab connects over a relay to real TCP", () => fixture(nodeTcp(), tab));
tcpConformance(kit, "a tab listens over a relay for real TCP", () => fixture(tab, nodeTcp()));
tcpConformance(kit, "both ends over one relay", () => fixture(tab, tab));

it("nothing is left at the relay when all is closed", async () => {
  await expect.poll(() => relay.connections).toBe(0);
  expect(relay.tabs).toBe(1);
});
