/**
 * One process of the overhead measurement: the same load in short slices, in turn without and with what is measured. Both sides live in one
 * process, because two processes of the same program differ by several percent on their own.
 * usage: node subject.mjs <build a> <build b> <load> <mode a> <mode b> <pairs> <slice ms> <first>   prints one line of JSON: CPU time of the
 * process (ns) per call, slice by slice
 *   first: the side that is loaded first, a or b
 *   load: pair = one service calls another; fan = one calls 64 at once
 *   mode: off | attached = a client looks at Services | sample = and traces 1/64 of all roots | all = and traces everything
 *   Two builds: a node of each, both detached. One build: one node with 10,000 more services, brought into one mode and the other.
 */
import { fork } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const [fileA, fileB, load, modeA, modeB, pairs, sliceMs, first] = process.argv.slice(2);
/** Slices that do not count: changing the mode takes about a second, so few where that is done. */
const WARM_SLICES = modeA === modeB ? 6 : 2;

/** Brings one node into a mode and out of it: a client in a process of its own comes and goes. */
async function watched({ node, ports, createAgent, nodeSource, startInspectServer }) {
  let longest = 0;
  const timed = (fn) => () => {
    const from = performance.now();
    fn();
    longest = Math.max(longest, performance.now() - from);
  };
  const { clock } = ports;
  const agent = createAgent(nodeSource({ mode: "node", name: "bench", id: "1", runtime: "0", nodes: [{ name: "n", node }] }), {
    clock: {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (ms, fn) => clock.after(ms, timed(fn)),
      cancel: (t) => clock.cancel(t),
    },
    defer: (fn) => ports.defer(timed(fn)),
  });
  const token = "bench-token-0123456789abcdef";
  const server = await startInspectServer({ agent, port: 0, token, scopes: ["read", "operate"] });
  const watcher = fork(fileURLToPath(new URL("watcher.mjs", import.meta.url)), [`ws://127.0.0.1:${server.port}/inspect`, token]);
  let mode = "off";
  return {
    async be(next) {
      if (next === mode) return false;
      mode = next;
      watcher.send(next);
      await new Promise((resolve) => watcher.once("message", resolve));
      longest = 0;
      return true;
    },
    longest: () => longest,
    close: () => watcher.kill(),
  };
}

const same = fileA === fileB;
const side = async (name) => (await import(`./load.mjs?${name}`)).subject(name === "a" ? fileA : fileB, load, same);
const order = first === "b" ? ["b", "a"] : ["a", "b"];
const early = await side(order[0]);
const late = same ? early : await side(order[1]);
const [a, b] = first === "b" ? [late, early] : [early, late];
const watch = modeA !== "off" || modeB !== "off" ? await watched(a) : undefined;
const sides = { a: [], b: [] };
const lags = { a: [], b: [] };
const longest = [];
const delay = monitorEventLoopDelay({ resolution: 1 });
const run = async (side, keep) => {
  // A client that comes gets everything once; what it costs to stay is what is measured.
  if (await watch?.be(side === "a" ? modeA : modeB)) await a.slice(1000);
  delay.reset();
  delay.enable();
  const from = process.cpuUsage();
  const calls = await (side === "a" ? a : b).slice(keep || modeA !== modeB ? Number(sliceMs) : 100);
  const { user, system } = process.cpuUsage(from);
  delay.disable();
  if (!keep) return;
  sides[side].push(((user + system) * 1000) / calls);
  lags[side].push(delay.percentile(99) / 1e6);
  if (side === "b") longest.push(watch?.longest() ?? 0);
};
for (let i = 0; i < WARM_SLICES; i++) for (const one of order) await run(one, false);
for (let i = 0; i < Number(pairs); i++) for (const one of i % 2 === 0 ? order : order.toReversed()) await run(one, true);
console.log(JSON.stringify({ ...sides, lagA: lags.a, lagB: lags.b, longest }));
watch?.close();
process.exit(0);
