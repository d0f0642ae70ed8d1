/**
 * What the inspector's page costs a C Skynet that it looks at without the probe: CPU time that its questions take from the messages of the
 * server.
 * usage: SKYNET_HOME=<a built Skynet> node bench/c-skynet.mjs [windows] [seconds] [services]   (after a build)
 *
 * The server runs 2,000 idle services, and eight that send each other messages without a pause, on one worker. Windows in which it is asked
 * one kind of question again and again alternate with windows without questions; what CPU time a window took beyond what its calls take in
 * the windows beside it is the cost of its answers. Then a real page is watched for a minute: how often it asks for what. The product is what
 * a page takes away. CPU time is that of the process, so what else runs on the machine matters less. The aim is less than 2 %.
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
const [windows = 11, seconds = 2, services = 2000] = process.argv.slice(2).map(Number);

/** How long the page is watched, in seconds. */
const PAGE_S = 60;

const { clock } = nodePorts();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const server = await start();
const source = consoleSource({ addresses: [{ host: "127.0.0.1", port: server.port }], clock });
const [node] = source.nodes;
process.on("exit", () => server.child.kill("SIGKILL"));

await node.readNow("list");
const counters = [...node.services.values()].filter((s) => s.launch.startsWith("snlua load b")).map((s) => s.addr);
// Everything gets its caches and its memory first.
await sleep(3000);
console.log(
  `${services} idle services and ${counters.length * 2} under load; ${windows * 2} windows of ${seconds} s with questions, ${windows * 2 + 1} without`,
);
const quiet = [await measure([])];
const asked = { stat: [], list: [] };
for (let i = 0; i < windows; i++) {
  for (const kind of Object.keys(asked)) {
    const window = await measure(kind === "stat" ? ["stat", "netstat"] : ["list"]);
    const before = quiet.at(-1);
    const after = await measure([]);
    quiet.push(after);
    asked[kind].push((window.cpu - (window.calls * (before.cost + after.cost)) / 2) / window.rounds);
    console.log(
      `${i + 1} ${kind}: ${micro(window)} µs of CPU a call with ${window.rounds} answers, ${micro(before)} and ${micro(after)} without: ${ms(asked[kind].at(-1))} an answer`,
    );
  }
}
// Between windows without questions nothing should be left over.
const same = quiet.slice(1, -1).map((w, i) => 1 - (w.calls * (quiet[i].cost + quiet[i + 2].cost)) / 2 / w.cpu);
const page = await watch();
const loss = (of) => (page.stat * of(asked.stat) + page.list * of(asked.list)) / page.cpu;
console.log(`an answer costs the server: stat with netstat ${ms(median(asked.stat))} of CPU, list ${ms(median(asked.list))}`);
console.log(`a page asked for stat ${page.stat} times and for list ${page.list} times in ${page.cpu.toFixed(1)} s of CPU (${PAGE_S} s)`);
console.log(
  `loss with a page: ${percent(loss(median))}, by the third quartile of costs ${percent(loss((list) => quantile(list, 0.75)))}; ` +
    `a window without questions against its neighbours (A/A): median ${percent(median(same))}, quartiles ${percent(quantile(same, 0.25))} to ${percent(quantile(same, 0.75))}`,
);
source.close();
server.child.kill("SIGKILL");
rmSync(server.folder, { recursive: true, force: true });

/** A window: CPU seconds of the process, calls between two services, and how often all these lines were answered. */
async function measure(lines) {
  const from = await figures();
  const end = performance.now() + seconds * 1000;
  let rounds = 0;
  while (lines.length > 0 && performance.now() < end) {
    for (const line of lines) await answered(line);
    rounds++;
    await sleep(100);
  }
  await sleep(Math.max(0, end - performance.now()));
  const to = await figures();
  const calls = to.calls - from.calls;
  const cpu = to.cpu - from.cpu;
  return { cpu, calls, rounds, cost: cpu / calls };
}

/** How often a page on everything that a console gives by itself asks for what, while the server is busy. */
async function watch() {
  const page = consoleSource({ addresses: [{ host: "127.0.0.1", port: server.port }], clock });
  const agent = createAgent(page.source, { clock, defer: setImmediate });
  const connection = agent.connect({ send: () => undefined, queued: () => 0, close: () => undefined }, { scopes: ["read"] });
  connection.receive({ type: "hello", v: 1 });
  for (const [id, ch] of ["overview", "services", "mailboxes", "sockets"].entries())
    connection.receive({ type: "sub", ch, id: id + 1, hz: 4 });
  const from = await figures();
  const seen = { stat: new Set(), list: new Set() };
  for (const end = performance.now() + PAGE_S * 1000; performance.now() < end; await sleep(20)) {
    seen.stat.add(page.nodes[0].statMs);
    seen.list.add(page.nodes[0].listMs);
  }
  const to = await figures();
  agent.close();
  page.close();
  // -1 stood there before the first answer.
  return { stat: seen.stat.size - 1, list: seen.list.size - 1, cpu: to.cpu - from.cpu };
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

function median(list) {
  const sorted = list.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function percent(part) {
  return `${(part * 100).toFixed(2)} %`;
}

function quantile(list, q) {
  return list.toSorted((a, b) => a - b)[Math.round(q * (list.length - 1))];
}

function micro({ cost }) {
  return (cost * 1e6).toFixed(2);
}

function ms(s) {
  return `${(s * 1000).toFixed(1)} ms`;
}
