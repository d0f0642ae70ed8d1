/**
 * One process of the overhead measurement: a load on a node, and beside it what the inspector does there.
 * usage: node subject.mjs <build> <load> <mode>    prints one line of JSON
 *   build: the runtime as built, or `without` = the probes defined away
 *   load:  pair = one service calls another; fan = one calls 64 at once
 *   mode:  off | agent = attached, Services visible, 10,000 idle services | sample = and 1/64 of all roots traced | all = and everything traced
 *          idle10k = detached with the same 10,000 services
 */
import { fork } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const [bundle, load, mode] = process.argv.slice(2);
const { createAgent, createNode, nodePorts, nodeSource, skynet, startInspectServer } = await import(bundle);

const SECONDS = 1.2;
const WARM_SECONDS = mode === "off" ? 0.6 : 3;
const echo = () => skynet.dispatch("lua", () => void skynet.retpack(1));
const idle = () => skynet.dispatch("lua", () => undefined);

function driver(width) {
  return () => {
    skynet.dispatch("lua", function* (_session, _source, seconds) {
      const peers = [];
      for (let i = 0; i < width; i++) peers.push(yield* skynet.newservice("echo"));
      const end = performance.now() + seconds * 1000;
      let calls = 0;
      let left = width;
      const token = {};
      for (const peer of peers)
        skynet.fork(function* () {
          while (performance.now() < end) {
            for (let i = 0; i < 32; i++) yield* skynet.call(peer, "lua", "x");
            calls += 32;
            // The event loop gets its turn as it does in a real host: the agent lives there.
            yield* skynet.sleep(0);
          }
          if (--left === 0) skynet.wakeup(token);
        });
      yield* skynet.wait(token);
      for (const peer of peers) skynet.kill(peer);
      skynet.retpack(calls);
    });
  };
}

const ports = nodePorts();
const node = await createNode({
  ports: { ...ports, log: { output: { line: () => undefined } } },
  services: { echo, idle, driver: driver(load === "fan" ? 64 : 1) },
  config: { start: "" },
});
if (mode !== "off") for (let i = 0; i < 10_000; i++) node.kernel.launch("snlua", ["idle"]);

let longest = 0;
let agent;
let server;
let watcher;
if (mode === "agent" || mode === "sample" || mode === "all") {
  const timed = (fn) => () => {
    const from = performance.now();
    fn();
    longest = Math.max(longest, performance.now() - from);
  };
  const clock = {
    ...ports.clock,
    now: () => ports.clock.now(),
    wall: () => ports.clock.wall(),
    after: (ms, fn) => ports.clock.after(ms, timed(fn)),
    cancel: (t) => ports.clock.cancel(t),
  };
  agent = createAgent(nodeSource({ mode: "node", name: "bench", id: "1", runtime: "0", nodes: [{ name: "n", node }] }), {
    clock,
    defer: (fn) => ports.defer(timed(fn)),
  });
  const token = "bench-token-0123456789abcdef";
  server = await startInspectServer({ agent, port: 0, token, scopes: ["read", "operate"] });
  watcher = fork(fileURLToPath(new URL("watcher.mjs", import.meta.url)), [`ws://127.0.0.1:${server.port}/inspect`, token, mode]);
  await new Promise((resolve) => watcher.once("message", resolve));
}
const handle = await node.newservice("driver");
await node.call(handle, "lua", WARM_SECONDS);
longest = 0;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const from = process.cpuUsage();
const calls = await node.call(handle, "lua", SECONDS);
const { user, system } = process.cpuUsage(from);
delay.disable();
console.log(JSON.stringify({ cpuUs: (user + system) / calls, calls, lagP99Ms: delay.percentile(99) / 1e6, longestMs: longest }));
watcher?.kill();
agent?.close();
process.exit(0);
