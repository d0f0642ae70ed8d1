/**
 * What a look for deadlocks costs: sweeps over 10,000 suspended tasks of a real node.
 * usage: node bench/waits.mjs [tasks]   (after a build)
 *
 * The aim is less than 2 ms for each sweep without rows, which is what runs while nobody looks at the sessions.
 */
import { createNode, skynet } from "@skyloom/runtime";
import { createWatch, kernelWaits } from "@skyloom/runtime/inspect";
import { nodePorts } from "@skyloom/node-host";

const tasks = Number(process.argv[2] ?? 10_000);
const services = 100;

const service = () => {
  const lock = skynet.queue();
  skynet.dispatch("lua", function* (_session, _source, command, ...args) {
    if (command === "sleep") yield* skynet.sleep(1_000_000);
    else if (command === "lock") yield* lock(() => skynet.sleep(1_000_000));
    else yield* skynet.call(...args);
    skynet.ret();
  });
};

/** Each shape leaves `tasks` tasks suspended. */
const shapes = {
  sleeping: (all) => {
    for (let i = 0; i < tasks; i++) skynet.send(all[i % services], "lua", "sleep");
  },
  "calls to sleepers": (all) => {
    for (let i = 0; i < tasks / 2; i++) skynet.send(all[i % services], "lua", "call", all[(i * 7 + 1) % services], "lua", "sleep");
  },
  "locks held": (all) => {
    for (let i = 0; i < tasks; i++) skynet.send(all[i % services], "lua", "lock");
  },
  "calls to locks": (all) => {
    for (let i = 0; i < tasks / 2; i++) skynet.send(all[i % services], "lua", "call", all[(i * 7 + 1) % services], "lua", "lock");
  },
};

function drive(sweep) {
  let longest = 0;
  const begun = performance.now();
  let last = begun;
  for (;;) {
    const step = sweep.next();
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (step.done) return { ms: now - begun, longest };
  }
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

for (const [name, make] of Object.entries(shapes)) {
  const main = () =>
    skynet.start(function* () {
      const all = [];
      for (let i = 0; i < services; i++) all.push(yield* skynet.newservice("service"));
      make(all);
    });
  const node = await createNode({
    ports: nodePorts({ output: { write: () => undefined } }),
    services: { main, service },
    config: { start: "main" },
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const watch = createWatch(kernelWaits([{ name: "bench", node }]));
  for (const rows of [false, true]) {
    const runs = [];
    const slices = [];
    for (let i = 0; i < 60; i++) {
      const { ms, longest } = drive(watch.sweep(node.kernel.ports.clock.now(), { rows }));
      runs.push(ms);
      slices.push(longest);
    }
    console.log(
      `${name.padEnd(18)} ${rows ? "with rows   " : "without rows"} ${median(runs.slice(10)).toFixed(2)} ms, longest slice ${median(slices.slice(10)).toFixed(2)} ms, of all ${Math.max(...slices.slice(10)).toFixed(2)} ms (${node.pending().length} tasks)`,
    );
  }
  await node.stop();
}
