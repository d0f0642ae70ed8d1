/**
 * `npm run bench:ui [part …] [rounds]`: the figures of the inspector, printed and kept in bench/results/ui.json. All parts unless some are
 * named; rounds are those of `detached` and `attached`, 11 unless said. Run it on a quiet machine: the cost of a probe is worth no more than the A/A line above it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const parts = {
  wire: async () => (await import("./wire.mjs")).wire(),
  page: async () => (await import("./page.mjs")).page(),
  traces: async () => (await import("./traces.mjs")).traces(),
  graph: async () => (await import("./graph.mjs")).graph(),
  soak: async () => (await import("./soak.mjs")).soak(),
  detached: async () => (await import("./overhead.mjs")).detached(rounds),
  attached: async () => (await import("./overhead.mjs")).attached(rounds),
};
const args = process.argv.slice(2);
const rounds = Number(args.find((a) => /^\d+$/.test(a)) ?? 11);
const wanted = args.filter((a) => !/^\d+$/.test(a));
for (const name of wanted)
  if (!Object.hasOwn(parts, name)) {
    console.error(`there is no part "${name}"; there are: ${Object.keys(parts).join(", ")}`);
    process.exit(1);
  }
const folder = fileURLToPath(new URL("../results", import.meta.url));
const file = `${folder}/ui.json`;
// A part that is not measured now keeps its last figures, with their date.
const kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  kept[name] = { date: new Date().toISOString().slice(0, 10), node: process.version, figures: await measure() };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`);
}
