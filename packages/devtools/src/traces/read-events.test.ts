import { defineService, skynet } from "@skyloom/runtime";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import { testNode } from "@skyloom/runtime/testing";
import { expect, it } from "vitest";
import { createClient } from "../client/client.ts";
import { pageDial } from "../client/page-link.ts";
import { buildTrace } from "./model.ts";

it("a trace of a real node arrives in the client as a tree with names (INS-PRO-1)", async () => {
  const db = defineService(() => ({
    *get() {
      yield* skynet.sleep(2);
      return "value";
    },
  }));
  const web = defineService((handle: number) => ({
    *login() {
      return yield* skynet.call<string>(handle, "lua", "get");
    },
  }));
  const t = await testNode({ services: { db, web } });
  const { ports } = t;
  const source = nodeSource({ mode: "sim", name: "s", id: "1", runtime: "0", nodes: [{ name: "n1", node: t.node }] });
  const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn), scopes: ["read", "operate"] });
  const client = createClient({ dial: pageDial(agent), title: "test", clock: ports.clock });
  client.connect();
  const pass = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      t.advance(1);
      await Promise.resolve();
    }
  };
  await pass();
  const stop = client.watchTraces("all");
  await pass();
  const started = client.act("trace.start", [{ kind: "all" }]);
  await pass();
  expect((await started).result).toEqual({ kind: "all" });
  const [d] = [await t.newservice("db")];
  const w = await t.newservice("web", d);
  await t.call(w, "lua", "login");
  await pass();
  const row = client.traces.rows().find((r) => r.command === "login")!;
  expect(row).toMatchObject({ sampledBy: "all", errors: 0 });
  const tree = buildTrace(client.traces.eventsOf(row.id)!);
  expect(tree.spans).toBeGreaterThanOrEqual(2);
  expect(client.traceNames.serviceName(0, d)).toBe("db");
  expect(client.traceNames.nodes).toEqual(["n1"]);
  const bad = client.act("trace.start", [{ kind: "everything" }]).catch((e: unknown) => e);
  await pass();
  expect(await bad).toMatchObject({ code: "ARGUMENT" });
  stop();
  await pass();
  expect(t.node.kernel.probe).toBeUndefined();
  client.close();
  await t.stop();
});
