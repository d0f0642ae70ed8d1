/**
 * INS-PERF-1 … 4: what the inspector costs the host, in CPU time per call; processes interleaved, median of the pairs' ratios, with an
 * A/A pair in the same run. A figure counts when A/A is within ±0.5 %.
 */
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** The runtime and the host in one file; `without` has the probes defined away. */
async function bundle(folder, without) {
  const outfile = join(folder, without ? "without.mjs" : "with.mjs");
  let cut = 0;
  await build({
    stdin: {
      contents: `export { createNode, skynet } from "@skyloom/runtime"; export { createAgent, nodeSource } from "@skyloom/runtime/inspect"; export { nodePorts, startInspectServer } from "@skyloom/node-host";`,
      resolveDir: here,
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
    external: ["ws", "msgpackr", "prom-client", "esbuild", "luaparse", "smol-toml", "citty"],
    plugins: without
      ? [
          {
            name: "without-probes",
            setup(b) {
              b.onLoad(
                { filter: /runtime\/dist\/(?:kernel\/kernel|core\/context|core\/reply|kernel\/socket\/driver)\.js$/ },
                async ({ path }) => {
                  const { readFile } = await import("node:fs/promises");
                  const text = await readFile(path, "utf8");
                  const contents = text.replaceAll(/this(?:\.kernel)?\.(?:probe|wrote) !== undefined/g, () => (cut++, "false"));
                  return { contents, loader: "js" };
                },
              );
            },
          },
        ]
      : [],
  });
  if (without && cut < 4) throw new Error(`only ${cut} probes were found to define away`);
  return outfile;
}

function run(file, load, mode) {
  return new Promise((resolve, reject) => {
    const p = spawn(process.execPath, [join(here, "subject.mjs"), file, load, mode], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    p.stdout.on("data", (d) => (out += d));
    p.on("exit", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`subject ended with ${code}`))));
  });
}

/** Pairs of runs in changing order; ratio of throughput: time of `a` over time of `b`. */
async function compare(pairs, load, a, b) {
  const ratios = [];
  const all = { a: [], b: [] };
  for (let i = 0; i < pairs; i++) {
    const order = i % 2 === 0 ? ["a", "b"] : ["b", "a"];
    const got = {};
    for (const side of order) got[side] = await run(...(side === "a" ? [a.file, load, a.mode] : [b.file, load, b.mode]));
    ratios.push(got.a.cpuUs / got.b.cpuUs);
    all.a.push(got.a);
    all.b.push(got.b);
  }
  return { ratio: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios), ...all };
}

/** Prints the rows; answers with them. */
export async function overhead(pairs = 11) {
  const folder = mkdtempSync(join(here, ".tmp-"));
  const rows = [];
  const note = (id, what, target, load, r) => {
    rows.push({ id, what, load, target, ratio: r.ratio, low: r.low, high: r.high });
    console.log(
      `${id.padEnd(12)} ${what.padEnd(34)} ${load.padEnd(5)} ${r.ratio.toFixed(3)}  (${r.low.toFixed(3)} … ${r.high.toFixed(3)})  ${target}`,
    );
  };
  try {
    const [full, bare] = [await bundle(folder, false), await bundle(folder, true)];
    for (const load of ["pair", "fan"]) {
      const as = (file, mode) => ({ file, mode });
      note("A/A", "the same twice", "0.995 … 1.005", load, await compare(pairs, load, as(full, "off"), as(full, "off")));
      note("INS-PERF-1", "detached / without the probes", "≥ 0.995", load, await compare(pairs, load, as(bare, "off"), as(full, "off")));
      const attached = await compare(pairs, load, as(full, "idle10k"), as(full, "agent"));
      note("INS-PERF-2", "attached, Services of 10,000", "≥ 0.98", load, attached);
      const lag = (list) => median(list.map((x) => x.lagP99Ms));
      const longest = median(attached.b.map((x) => x.longestMs));
      console.log(
        `INS-PERF-4   longest slice ${longest.toFixed(1)} ms (median of runs; ≤ 4), lag p99 ${lag(attached.a).toFixed(2)} → ${lag(attached.b).toFixed(2)} ms (+2)`,
      );
      rows.push({ id: "INS-PERF-4", load, longestMs: longest, lagBefore: lag(attached.a), lagAfter: lag(attached.b) });
      note("INS-PERF-3", "1/64 of the roots traced", "≥ 0.98", load, await compare(pairs, load, as(full, "idle10k"), as(full, "sample")));
      note("INS-PERF-3", "everything traced", "≥ 0.85", load, await compare(pairs, load, as(full, "idle10k"), as(full, "all")));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
