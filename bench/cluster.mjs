/**
 * Calls from one process to another through `cluster`, one at a time and 64 at a time, beside the real Skynet where SKYNET_HOME says there
 * is one: both ends ours against both ends Skynet's, in turn; the median of the rounds' ratios.
 *
 * Usage: node bench/cluster.mjs [rounds] (after a build); 5 rounds by default. `serve <port>` and `drive <port>` are its two ends.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createNode, defineService, skynet } from "@skyloom/runtime";
import { cluster } from "@skyloom/runtime/cluster";
import { nodePorts } from "@skyloom/node-host";
import { nested } from "./shapes.mjs";

const [role, port] = process.argv.slice(2);
const address = `127.0.0.1:${port}`;
const ports = () => ({ ...nodePorts(), log: { output: { line: () => undefined } } });

async function serve() {
  const echo = () => void skynet.dispatch("lua", (_session, _source, ...args) => skynet.retpack(...args));
  const main = defineService(function* () {
    yield* cluster.reload({ a: address });
    yield* cluster.register("echo", yield* skynet.newservice("echo"));
    yield* cluster.open("a");
    console.log("CLUSTER READY");
  });
  await createNode({ ports: ports(), services: { main, echo } });
}

async function drive() {
  const main = defineService(function* () {
    yield* cluster.reload({ a: address });
    for (let i = 0; i < 200; i++) yield* cluster.call("a", "@echo", "echo", 42);
    const shapes = { small: ["echo", 42], nested: [nested()] };
    for (let run = 0; run < 2; run++)
      for (const [name, args] of Object.entries(shapes)) {
        const n = 5000;
        let begun = performance.now();
        for (let i = 0; i < n; i++) yield* cluster.call("a", "@echo", ...args);
        console.log(`RESULT seq_${name} ${(n * 1000) / (performance.now() - begun)} call/s`);
        const [tasks, each, all] = [64, 400, {}];
        let left = tasks;
        begun = performance.now();
        for (let i = 0; i < tasks; i++)
          skynet.fork(function* () {
            for (let j = 0; j < each; j++) yield* cluster.call("a", "@echo", ...args);
            if (--left === 0) skynet.wakeup(all);
          });
        yield* skynet.wait(all);
        console.log(`RESULT par64_${name} ${(tasks * each * 1000) / (performance.now() - begun)} call/s`);
      }
    skynet.abort();
  });
  const node = await createNode({ ports: ports(), services: { main } });
  await node.stopped;
  process.exit(0);
}

const here = fileURLToPath(import.meta.url);
const home = process.env.SKYNET_HOME;
const lua = fileURLToPath(new URL("skynet/skynet-lua", import.meta.url));
const real = (start, at) => [
  `${home}/skynet`,
  [`${lua}/config.bench`],
  { BENCH_DIR: lua, BENCH_THREAD: "1", BENCH_CASES: "cluster", BENCH_RUNS: "2", BENCH_START: start, BENCH_PORT: String(at) },
];
const ours = (what, at) => [process.execPath, [here, what, String(at)], {}];

function launch([command, args, env]) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const program = { child, out: "", over: new Promise((resolve) => child.on("exit", resolve)) };
  child.stdout.on("data", (data) => (program.out += data));
  return program;
}

/** What one side says of itself: the second run of each case counts. */
async function measure(server, driver) {
  const s = launch(server);
  while (!s.out.includes("CLUSTER READY")) await new Promise((resolve) => setTimeout(resolve, 20));
  const d = launch(driver);
  await d.over;
  s.child.kill("SIGKILL");
  await s.over;
  return new Map([...d.out.matchAll(/^RESULT (?:cluster_call_)?(\S+) (\S+)/gm)].map(([, name, value]) => [name, Number(value)]));
}

async function compare(rounds) {
  const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
  const all = { ours: [], real: [] };
  let at = 21_000 + (process.pid % 500) * 40;
  for (let round = 0; round < rounds; round++) {
    const sides = home === undefined ? ["ours"] : round % 2 === 0 ? ["ours", "real"] : ["real", "ours"];
    for (const side of sides) {
      at++;
      all[side].push(
        side === "ours"
          ? await measure(ours("serve", at), ours("drive", at))
          : await measure(real("bench_cluster_a", at), real("bench_cluster_b", at)),
      );
    }
  }
  for (const name of all.ours[0].keys()) {
    const mine = all.ours.map((r) => r.get(name));
    const ratios = all.real.map((r, i) => mine[i] / r.get(name));
    const against =
      ratios.length === 0
        ? ""
        : `  skynet ${Math.round(median(all.real.map((r) => r.get(name))))}  ratio ${median(ratios).toFixed(2)}  (${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)})`;
    console.log(`${name.padEnd(14)} ${String(Math.round(median(mine))).padStart(8)} call/s${against}`);
  }
}

if (role === "serve") await serve();
else if (role === "drive") await drive();
else await compare(Number(role ?? 5));
