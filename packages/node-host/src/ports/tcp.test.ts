import { createServer } from "node:net";
import { tcpConformance, type TcpFixture } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";
import { nodeTcp } from "./tcp.ts";

/** Real time, because this is the operating system's TCP. */
function fixture(): TcpFixture {
  const tcp = nodeTcp();
  return {
    server: tcp,
    client: tcp,
    host: "127.0.0.1",
    until: async (done) => {
      const limit = performance.now() + 10_000;
      for (let i = 0; !done(); i++) {
        if (performance.now() > limit) throw new Error("did not happen within 10 s");
        await new Promise((resolve) => (i < 100 ? setImmediate(resolve) : setTimeout(resolve, 2)));
      }
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, 20)),
  };
}

tcpConformance({ describe, expect, it }, "node:net", fixture);

describe("TCP in Node", () => {
  it("an unknown name fails with the text of the C library", async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      nodeTcp().connect("no-such-host.invalid", 80, {
        opened: () => seen.push("opened"),
        data() {},
        ended() {},
        drained() {},
        failed: (f) => seen.push(f.text),
        closed: resolve,
      });
    });
    expect(["Name or service not known", "Temporary failure in name resolution"]).toContain(seen[0]);
    expect(seen.length).toBe(1);
  });

  it("a name with several addresses that all refuse fails once, as Connection refused", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      nodeTcp().connect("localhost", port, {
        opened() {},
        data() {},
        ended() {},
        drained() {},
        failed: (f) => seen.push(f.text),
        closed: resolve,
      });
    });
    expect(seen).toEqual(["Connection refused"]);
  });
});
