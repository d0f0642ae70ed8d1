/** The worker: a node, and its agent at the port that the page hands over. */
import { createNode, defineService } from "@skyloom/runtime";
import { browserPorts } from "@skyloom/runtime/browser";
import { createAgent, linkPort, nodeSource } from "@skyloom/runtime/inspect";

const tally = defineService(() => {
  let n = 0;
  return { add: (by: number) => (n += by) };
});

const ports = browserPorts();
const node = await createNode({ ports, services: { tally }, config: { start: "" } });
const handle = await node.newservice("tally");
const source = nodeSource({ mode: "browser", name: "worker", id: "worker-1", runtime: "0.1.0", nodes: [{ name: "worker", node }] });
const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn) });

addEventListener("message", ({ data }: MessageEvent<{ readonly port?: MessagePort; readonly add?: number; readonly busyMs?: number }>) => {
  if (data.port !== undefined) linkPort(data.port, agent, { scopes: ["read", "operate"] });
  if (data.add !== undefined && handle !== undefined) void node.call(handle, "lua", "add", data.add);
  // Nothing else runs in this worker for so long.
  if (data.busyMs !== undefined) for (const end = performance.now() + data.busyMs; performance.now() < end;);
});
postMessage("ready");
