import { defineService, createNode, skynet } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { nodeSource } from "@skyloom/runtime/inspect";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodePorts } from "../ports/index.ts";
import { startMetricsServer } from "./index.ts";
import type { MetricsServer } from "./index.ts";

const echo = defineService(() => ({
  ping: (n: number) => n,
  fail: () => {
    throw new Error("planned");
  },
  *hang() {
    yield* skynet.wait("forever");
  },
}));

let node: SkynetNode;
let server: MetricsServer | undefined;

beforeEach(async () => {
  const ports = nodePorts();
  node = await createNode({ ports: { ...ports, log: { output: { line: () => undefined } } }, services: { echo }, config: { start: "" } });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await node.stop();
});

const source = () => nodeSource({ mode: "node", name: "h", id: "1", runtime: "0", nodes: [{ name: "n1", node }] });

function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<{ status: number; body: string; type: string }> {
  return new Promise((resolve, reject) => {
    const r = request(url, { headers, method }, (res) => {
      let body = "";
      res.on("data", (d: Buffer) => (body += d.toString()));
      res.on("end", () => resolve({ status: res.statusCode!, body, type: String(res.headers["content-type"]) }));
    });
    r.on("error", reject);
    r.end();
  });
}
const value = (body: string, series: string): number =>
  Number(
    body
      .split("\n")
      .find((l) => l.startsWith(`${series} `))
      ?.split(" ")[1],
  );

describe("/metrics", () => {
  it("is OpenMetrics text by node and type, without any address", async () => {
    const [a, b] = [(await node.newservice("echo"))!, (await node.newservice("echo"))!];
    await node.call(a, "lua", "ping", 1);
    server = await startMetricsServer({ source: source(), port: 0 });
    const { status, body, type } = await get(server.url);
    expect([status, type]).toEqual([200, "application/openmetrics-text; version=1.0.0; charset=utf-8"]);
    expect(body.trimEnd().endsWith("# EOF")).toBe(true);
    expect(value(body, 'skynet_services{node="n1",type="echo"}')).toBe(2);
    expect(value(body, 'skynet_messages_total{node="n1",type="echo"}')).toBeGreaterThanOrEqual(3);
    expect(body).not.toMatch(/:0000000|addr/);
    expect(b).toBeDefined();
  });

  it("counters of a type grow, and never fall when one of its services ends", async () => {
    const [a, b] = [(await node.newservice("echo"))!, (await node.newservice("echo"))!];
    for (let i = 0; i < 10; i++) await node.call(a, "lua", "ping", i);
    await node.call(b, "lua", "fail").catch(() => undefined);
    server = await startMetricsServer({ source: source(), port: 0 });
    const first = (await get(server.url)).body;
    node.kernel.kill(a, 0);
    await node.call(b, "lua", "ping", 1);
    const second = (await get(server.url)).body;
    const messages = 'skynet_messages_total{node="n1",type="echo"}';
    expect(value(second, messages) - value(first, messages)).toBeGreaterThanOrEqual(1);
    expect(value(second, 'skynet_errors_total{node="n1",type="echo"}')).toBe(1);
    expect(value(second, 'skynet_services{node="n1",type="echo"}')).toBe(1);
  });

  it("tells pending calls and their age", async () => {
    const a = (await node.newservice("echo"))!;
    const caller = await node.newservice("echo");
    expect(caller).toBeDefined();
    void node.call(a, "lua", "hang").catch(() => undefined);
    server = await startMetricsServer({ source: source(), port: 0 });
    const { body } = await get(server.url);
    expect(value(body, 'skynet_pending_calls{node="n1"}')).toBe(0);
    expect(value(body, 'skynet_tasks{node="n1",type="echo"}')).toBe(1);
  });

  it("answers only to its own name and path, with GET, and with the token where there is one", async () => {
    const token = "0123456789abcdef012345";
    server = await startMetricsServer({ source: source(), port: 0, token });
    expect((await get(server.url)).status).toBe(401);
    expect((await get(server.url, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await get(server.url, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await get(server.url, { host: "evil.example" })).status).toBe(421);
    expect((await get(server.url, {}, "POST")).status).toBe(405);
    expect((await get(server.url.replace("/metrics", "/secrets"))).status).toBe(404);
  });

  it("does not open to the network without a token, nor take a weak one, nor a taken port", async () => {
    await expect(startMetricsServer({ source: source(), address: "0.0.0.0", port: 0 })).rejects.toThrow(/give them a token/);
    await expect(startMetricsServer({ source: source(), port: 0, token: "short" })).rejects.toThrow(/at least 22/);
    server = await startMetricsServer({ source: source(), port: 0 });
    await expect(startMetricsServer({ source: source(), port: server.port })).rejects.toThrow(/the port is taken/);
  });
});
