/**
 * What the inspector's page costs a C Skynet that it looks at without the probe: how many messages fewer the server handles meanwhile.
 * usage: SKYNET_HOME=<a built Skynet> node bench/c-skynet.mjs [rounds] [seconds] [services]   (after a build)
 *
 * The server runs 2,000 idle services, and eight that send each other messages without a pause, on one worker. Windows with a page alternate
 * with windows without; each is compared with the mean of the two beside it. The page shows everything that a console tells by itself, at
 * first without the Memory panel and then with it. Windows without a page, compared in the same way, say how exact the figures are (A/A).
 * Calls per second are what counts, and need a machine that does nothing else; calls per second of the server's own CPU time depend on that
 * less. The aim is less than 2 %.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAgent } from "@skyloom/runtime/inspect";
import { nodePorts } from "@skyloom/node-host";
import { consoleSource } from "@skyloom/node-host/c-skynet";

const { SKYNET_HOME } = process.env;
if (SKYNET_HOME === undefined) {
  console.log("bench/c-skynet.mjs measures a real Skynet: set SKYNET_HOME to the folder of a built one");
  process.exit(0);
}
if (process.platform !== "linux") {
  console.log("bench/c-skynet.mjs reads CPU times from /proc, which only Linux has");
  process.exit(0);
}
const [rounds = 8, seconds = 20, services = 2000] = process.argv.slice(2).map(Number);

const PANELS = ["overview", "services", "mailboxes", "sockets"];
const PAGES = { page: PANELS, "page with memory": [...PANELS, "memory"] };

const { clock } = nodePorts();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const server = await start();
const source = consoleSource({ addresses: [{ host: "127.0.0.1", port: server.port }], clock });
const [node] = source.nodes;
process.on("exit", () => server.child.kill("SIGKILL"));

await node.readNow("list");
const counters = [...node.services.values()].filter((s) => s.launch.startsWith("snlua load b")).map((s) => s.addr);
const page = consoleSource({ addresses: [{ host: "127.0.0.1", port: server.port }], clock });
const agent = createAgent(page.source, { clock, defer: setImmediate });
const connection = agent.connect({ send: () => undefined, queued: () => 0, close: () => undefined }, { scopes: ["read"] });
connection.receive({ type: "hello", v: 1 });

console.log(`${services} idle services and ${counters.length * 2} under load; windows of ${seconds} s`);
// Everything gets its caches and its memory first.
await measure(PAGES["page with memory"]);
const off = [await measure([])];
const losses = Object.fromEntries([...Object.keys(PAGES), "A/A"].map((name) => [name, []]));
for (let i = 0; i < rounds; i++) {
  for (const [name, channels] of Object.entries(PAGES)) {
    const window = await measure(channels);
    const [before, after] = [off.at(-1), await measure([])];
    if (off.length > 1) losses["A/A"].push(loss(before, off.at(-2), after));
    off.push(after);
    losses[name].push(loss(window, before, after));
    console.log(`${i + 1} ${name}: ${kilo(window)} thousand calls/s, ${kilo(before)} and ${kilo(after)} beside it without a page`);
  }
}
for (const [name, list] of Object.entries(losses))
  console.log(
    `loss, ${name}: ${mean(list.map((l) => l.rate))} of calls/s, ${mean(list.map((l) => l.cpu))} of calls per second of CPU (${list.length} windows)`,
  );
agent.close();
page.close();
source.close();
server.child.kill("SIGKILL");
rmSync(server.folder, { recursive: true, force: true });

/** Calls between two services in a window, by time and by CPU time of the server, while a page shows these channels. */
async function measure(channels) {
  for (const [id, ch] of channels.entries()) connection.receive({ type: "sub", ch, id: id + 1, hz: 4 });
  const from = await figures();
  await sleep(seconds * 1000);
  const to = await figures();
  for (const [id] of channels.entries()) connection.receive({ type: "unsub", id: id + 1 });
  // The last questions are answered before the next window begins.
  await sleep(300);
  const calls = to.calls - from.calls;
  return { rate: calls / (to.at - from.at), cpu: calls / (to.cpu - from.cpu) };
}

function loss(window, before, after) {
  const part = (key) => 1 - (2 * window[key]) / (before[key] + after[key]);
  return { rate: part("rate"), cpu: part("cpu") };
}

async function answered(line) {
  const { ok, text } = await node.commands.ask(line, 30_000);
  if (!ok) throw new Error(text);
  return text;
}

async function figures() {
  let calls = 0;
  for (const addr of counters) {
    const text = await answered(`call :${addr.toString(16).padStart(8, "0")} "total"`);
    calls += Number(/^1\t(\d+)$/m.exec(text)[1]);
  }
  // The fields after the name in parentheses; utime and stime in hundredths of a second.
  const fields = readFileSync(`/proc/${server.child.pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return { calls, cpu: (Number(fields[11]) + Number(fields[12])) / 100, at: performance.now() / 1000 };
}

async function start() {
  const home = `${SKYNET_HOME.replace(/\/$/, "")}/`;
  const lua = fileURLToPath(new URL("../packages/node-host/test/c-skynet/lua/", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "skyloom-bench-"));
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
  const config = {
    // Workers that look for work at the same time take locks in turns, and how long they spin there changes from window to window.
    thread: 1,
    harbor: 0,
    bootstrap: "snlua bootstrap",
    start: "situation",
    situations: "idle load",
    idle: services,
    console: port,
    luaservice: `${lua}?.lua;${home}service/?.lua`,
    lualoader: `${home}lualib/loader.lua`,
    lua_path: `${home}lualib/?.lua;${home}lualib/?/init.lua`,
    lua_cpath: `${home}luaclib/?.so`,
    cpath: `${home}cservice/?.so`,
  };
  writeFileSync(
    join(folder, "config"),
    Object.entries(config)
      .map(([k, v]) => `${k} = ${JSON.stringify(v)}\n`)
      .join(""),
  );
  const child = spawn(`${home}skynet`, ["config"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  let log = "";
  await new Promise((resolve, reject) => {
    child.once("close", () => reject(new Error(`Skynet ended:\n${log}`)));
    child.stdout.on("data", (data) => {
      log += data;
      if (log.includes("situation ready")) resolve();
    });
  });
  return { child, port, folder };
}

/** The mean, and its standard error. */
function mean(list) {
  const middle = list.reduce((a, b) => a + b, 0) / list.length;
  const error = Math.sqrt(list.reduce((a, b) => a + (b - middle) ** 2, 0) / list.length / (list.length - 1));
  return `${(middle * 100).toFixed(2)} ± ${(error * 100).toFixed(2)} %`;
}

function kilo({ rate }) {
  return (rate / 1000).toFixed(1);
}
