/** tlshelper (api.md §7) where there is no TLS: what a host cannot do it says, with a way out. */
import { defineService } from "@skyloom/runtime";
import { tlshelper } from "@skyloom/runtime/tlshelper";
import { describe, expect, it } from "vitest";
import { inBrowser, startNode } from "./host.ts";

const asks = defineService(() => ({
  newctx() {
    try {
      return tlshelper.newctx().verify;
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  },
  newtls() {
    try {
      return tlshelper.newtls("both" as "client", tlshelper.newctx());
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  },
}));

describe("tlshelper.newctx", () => {
  it("is UNSUPPORTED in a tab; in Node it verifies unless it is told not to", async () => {
    const { node, start } = await startNode({ asks });
    const handle = await start("asks");
    expect(await node.call(handle, "lua", "newctx")).toBe(
      inBrowser
        ? "UNSUPPORTED: TLS is not supported here: this host has none; give createNode ports with tls (nodePorts() in Node). A tab reaches TLS servers through fetch and WebSocket"
        : true,
    );
    if (!inBrowser) expect(await node.call(handle, "lua", "newtls")).toBe('ARGUMENT: newtls takes "client" or "server", not "both"');
  });
});
