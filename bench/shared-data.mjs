/**
 * What reading shared tables costs, set against reading a plain frozen object in the same run: nanoseconds per read, and the ratio.
 *
 * Usage: node bench/shared-data.mjs [rounds] [name part] (after a build); rounds 7 by default. The cases take turns, each figure is the median of its
 * rounds. `frozen again` is the same as `frozen`: how far it is from 1 is how far the other ratios can be trusted.
 */
import { createNode, defineService, skynet } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { sharedata } from "@skyloom/runtime/sharedata";
import { sharetable } from "@skyloom/runtime/sharetable";

const rounds = Number(process.argv[2] ?? 7);
const part = process.argv[3] ?? "";
const READS = 2_000_000;

const table = () => ({
  version: 1,
  items: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`item${i}`, { price: i, weight: i / 2, tags: ["a", "b"] }])),
  levels: Array.from({ length: 64 }, (_, i) => i * 100),
});
const freeze = (value) => {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
};

/** What is read: a field of the table; three levels down, the same each time; a field of a record that is held; all elements of an array in turn, and by index; by name. */
const reads = {
  field: (t) => {
    let sum = 0;
    for (let i = 0; i < READS; i++) sum += t.version;
    return sum;
  },
  deep: (t) => {
    let sum = 0;
    for (let i = 0; i < READS; i++) sum += t.items.item7.price;
    return sum;
  },
  held: (t) => {
    const { item7 } = t.items;
    let sum = 0;
    for (let i = 0; i < READS; i++) sum += item7.price + item7.weight;
    return sum;
  },
  name: (t) => {
    const names = Object.keys(t.items);
    let sum = 0;
    for (let i = 0; i < READS; i++) sum += t.items[names[i & 63]].price;
    return sum;
  },
  each: (t) => {
    const { levels } = t;
    let sum = 0;
    for (let i = 0; i < READS; i += 64) for (const level of levels) sum += level;
    return sum;
  },
  element: (t) => {
    const { levels } = t;
    let sum = 0;
    for (let i = 0; i < READS; i++) sum += levels[i & 63];
    return sum;
  },
};

/** A copy of the loop for each kind of table, as programs have one: else all share what the engine has learnt of the others. */
let copies = 0;
// oxlint-disable-next-line typescript/no-implied-eval -- the text differs each time, and with it what the engine knows of the function
const own = (read) => new Function(`/* ${++copies} */ const READS = ${READS}; return ${read.toString()}`)();

const main = defineService(function* () {
  yield* sharetable.loadtable("bench", table());
  yield* sharetable.loadtable("updated", { ...table(), version: 0 });
  const updated = yield* sharetable.query("updated");
  yield* sharetable.update("updated", table());
  yield* sharedata.new("bench", table());
  const subjects = {
    frozen: freeze(table()),
    "frozen again": freeze(table()),
    sharetable: yield* sharetable.query("bench"),
    "after an update": updated,
    sharedata: yield* sharedata.query("bench"),
    "a proxy": proxied(table()),
  };
  console.log(
    `${"ns per read".padEnd(12)}${Object.keys(subjects)
      .map((s) => s.padStart(22))
      .join("")}`,
  );
  for (const [name, read] of Object.entries(reads).filter(([n]) => n.includes(part))) {
    const runs = Object.entries(subjects).map(([subject, t]) => ({ subject, t, read: own(read), times: [] }));
    for (let r = 0; r < rounds + 2; r++)
      for (const run of runs) {
        const begun = performance.now();
        run.read(run.t);
        if (r >= 2) run.times.push(performance.now() - begun);
      }
    const ns = runs.map((run) => (run.times.sort((a, b) => a - b)[rounds >> 1] / READS) * 1e6);
    console.log(`${name.padEnd(12)}${ns.map((n) => `${n.toFixed(2)} (x${(n / ns[0]).toFixed(2)})`.padStart(22)).join("")}`);
  }
  skynet.timeout(0, () => skynet.abort());
  return {};
});

/** What a view would cost if it were a proxy throughout. */
function proxied(t) {
  const kids = new Map();
  return new Proxy(t, {
    get(target, key) {
      const value = target[key];
      if (typeof value !== "object" || value === null) return value;
      let kid = kids.get(key);
      if (kid === undefined) kids.set(key, (kid = proxied(value)));
      return kid;
    },
  });
}

const node = await createNode({ ports: nodePorts(), services: { main } });
await node.stopped;
