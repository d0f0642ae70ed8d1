/**
 * The demo: a Skynet-shaped game server on real TCP, bots that play on it, and the inspector on a page of its own.
 * Runs in the process of `npm start`; Ctrl-C ends all of it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { createNode } from "@skyloom/runtime";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import { nodePorts, processMemory, startInspectServer } from "@skyloom/node-host";
import { services } from "../../examples/dist/04-gate-watchdog-agent/index.js";
import { services as sampleServices } from "../../examples/dist/06-sample/index.js";
import { scenarioControls, services as scenarioServices } from "../../examples/dist/scenarios/index.js";
import { root } from "./setup.mjs";

const BOTS = 50;
const SAMPLE_BOTS = 12;
const say = (text) => console.log(`skyloom: ${text}`);
const pidFile = join(root, ".skyloom/demo.pid");
const version = JSON.parse(readFileSync(join(root, "packages/runtime/package.json"), "utf8")).version;

/** Another demo of this clone, if one runs. */
function earlierDemo() {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
  try {
    if (pid && pid !== process.pid && process.kill(pid, 0)) return pid;
  } catch {
    // gone
  }
  return undefined;
}

const free = (port) =>
  new Promise((resolve) => {
    const probe = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** The wanted port, or the next free one, and says so. */
async function portFor(what, wanted) {
  for (let port = wanted; port < wanted + 100; port++) {
    if (await free(port)) {
      if (port !== wanted) say(`port ${wanted} for the ${what} is taken, using ${port}`);
      return port;
    }
  }
  throw new Error(`no port from ${wanted} to ${wanted + 99} is free for the ${what}`);
}

const earlier = earlierDemo();
if (earlier !== undefined) say(`a demo of this clone runs already (pid ${earlier}); end it with: kill ${earlier}`);
mkdirSync(join(root, ".skyloom"), { recursive: true });
writeFileSync(pidFile, String(process.pid));

const ports = nodePorts();
const gatePort = await portFor("gate", 8888);
const consolePort = await portFor("console", 8000);
const game = await createNode({
  ports,
  services,
  config: { start: "main", gate_address: "127.0.0.1", gate_port: gatePort, console_port: consolePort },
});
const bots = await createNode({ ports: { ...ports, log: { output: { line: () => undefined } } }, services, config: { start: "" } });
bots.onLog((source, text) => {
  if (/error|cannot|never run/.test(text)) console.log(`[bots :${source.toString(16).padStart(8, "0")}] ${text}`);
});
for (let i = 0; i < BOTS; i++)
  await bots.newservice("bot", { host: "127.0.0.1", port: gatePort, name: `bot-${String(i + 1).padStart(2, "0")}`, seed: i + 1 });

// The sample, with players who drop the line and come back. Its services have the names of the game's, so it is a node of its own.
const samplePort = await portFor("sample", 5678);
const sample = await createNode({
  ports: { ...ports, log: { output: { line: () => undefined } } },
  services: sampleServices,
  config: { start: "main", hub_address: "127.0.0.1", hub_port: samplePort, console_port: "off" },
});
const players = await createNode({
  ports: { ...ports, log: { output: { line: () => undefined } } },
  services: sampleServices,
  config: { start: "" },
});
for (const [name, node] of Object.entries({ sample, players }))
  node.onLog((source, text) => {
    if (/lua call \[|error :|never run|cannot play/.test(text)) console.log(`[${name} :${source.toString(16).padStart(8, "0")}] ${text}`);
  });
for (let i = 0; i < SAMPLE_BOTS; i++)
  await players.newservice("bot", { host: "127.0.0.1", port: samplePort, name: `player-${String(i + 1).padStart(2, "0")}`, seed: i + 1 });

// A node of its own for the scenarios, so that the trouble they make stays apart from the game. What they log shows in the inspector only.
const lab = await createNode({
  ports: { ...ports, log: { output: { line: () => undefined } } },
  services: scenarioServices,
  config: { start: "scenario" },
});

const agent = createAgent(
  nodeSource(
    {
      mode: "node",
      name: "demo",
      id: randomUUID(),
      runtime: version,
      nodes: [
        { name: "game", node: game },
        { name: "bots", node: bots },
        { name: "sample", node: sample },
        { name: "players", node: players },
        { name: "lab", node: lab },
      ],
      memory: processMemory,
    },
    { keepLogs: true, ...scenarioControls(lab) },
  ),
  { clock: ports.clock, defer: (fn) => ports.defer(fn), audit: say },
);
const inspector = await startInspectServer({
  agent,
  port: 7400,
  moveUp: 100,
  staticDir: join(root, "apps/inspector/dist"),
  scopes: ["read", "operate"],
  log: (line) => say(line),
});
if (inspector.movedFrom !== undefined) say(`port ${inspector.movedFrom} for the inspector is taken, using ${inspector.port}`);

console.log(`
  Skyloom ${version}: ${BOTS} bots play on 127.0.0.1:${gatePort}, ${SAMPLE_BOTS} on the sample at 127.0.0.1:${samplePort}

    inspector   ${inspector.url}
    console     telnet 127.0.0.1 ${consolePort}   (help, list, stat, netstat …)

  Try: Overview, Scenarios, "Deadlock of two queues", Start.   Ctrl-C ends it.
`);

let stopping = false;
async function stop(code, reason) {
  if (stopping) process.exit(code);
  stopping = true;
  say(`${reason}: stopping`);
  clearInterval(orphan);
  await Promise.allSettled([inspector.close(), lab.stop(), players.stop(), sample.stop(), bots.stop(), game.stop()]);
  if (existsSync(pidFile) && Number(readFileSync(pidFile, "utf8")) === process.pid) rmSync(pidFile, { force: true });
  process.exit(0);
}
process.on("SIGINT", () => void stop(130, "Ctrl-C"));
process.on("SIGTERM", () => void stop(143, "SIGTERM"));
process.on("SIGHUP", () => void stop(129, "the terminal is gone"));
// npm does not pass signals on: when the shell that started this is gone, so is the reason to run.
const parent = process.ppid;
const orphan = setInterval(() => {
  if (process.ppid !== parent) void stop(143, "the starting process has ended");
}, 200);
orphan.unref();
void game.stopped.then(() => {
  if (!stopping) void stop(0, "the node has stopped");
});
