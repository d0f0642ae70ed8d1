/** The small examples run and do what their pages say, on virtual time. */
import { expect, it } from "vitest";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { SocketEvents } from "@skyloom/runtime/ports";
import { services as ping } from "./01-ping/index.ts";
import { services as counter } from "./02-counter/index.ts";
import { services as echo } from "./03-echo-socket/index.ts";
import { services as clustered } from "./09-cluster/index.ts";

it("01-ping asks once a second", async () => {
  const t = await testNode({ services: ping, config: { start: "main" } });
  t.advance(350);
  expect(t.log.filter((l) => l.includes("ping"))).toEqual([1, 2, 3, 4].map((n) => `[:00000008] ping ${n} -> pong ${n}`));
  await t.stop();
});

it("02-counter loses no addition", async () => {
  const t = await testNode({ services: counter, config: { start: "main" } });
  t.advance(310);
  // Ten tasks have each added at least once: 1 + 2 + … + 10, and those that came round again.
  const count = Number(/count (\d+)/.exec(t.log.findLast((l) => l.includes("count"))!)![1]);
  expect(count).toBeGreaterThanOrEqual(55);
  await t.stop();
});

it("03-echo-socket echoes lines to several clients", async () => {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const t = await testNode({ clock, tcp: net.host("127.0.0.1"), services: echo, config: { start: "main" } });
  const local = net.host("127.0.0.1");
  const got = ["", ""];
  const links = got.map((_g, i) => {
    const events: SocketEvents = {
      opened: () => link.resume(),
      data: (bytes) => (got[i] += new TextDecoder().decode(bytes)),
      ended: () => undefined,
      drained: () => undefined,
      failed: () => undefined,
      closed: () => undefined,
    };
    const link = local.connect("127.0.0.1", 8001, events);
    return link;
  });
  t.advance(10);
  for (const [i, link] of links.entries()) link.write([new TextEncoder().encode(`hello ${i}\nand again\n`)]);
  t.advance(10);
  expect(got).toEqual(["hello 0\nand again\n", "hello 1\nand again\n"]);
  await t.stop();
});

it("09-cluster keeps the gold of one node's players on another", async () => {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const files = { nodes: 'db = "127.0.0.1:2528"' };
  const node = (start: string) =>
    testNode({ clock, tcp: net.host("127.0.0.1"), services: clustered, files, config: { start, cluster: "nodes" } });
  const db = await node("db");
  const game = await node("game");
  clock.advance(1000);
  expect(game.log.filter((l) => l.includes("player 1001"))).toEqual([
    "[:00000008] player 1001 has 100 gold",
    "[:00000008] player 1001 has 70 gold",
    "[:00000008] player 1001 has 20 gold",
    "[:00000008] player 1001 cannot pay 40: call failed",
  ]);
  expect(db.log.join("\n")).toContain("player 1001 has not so much gold");
  await game.stop();
  await db.stop();
});
