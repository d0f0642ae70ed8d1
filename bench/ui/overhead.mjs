/**
 * INS-PERF-1 … 4: what the inspector costs the host, as ratio of throughput: short slices in turn in one process, median of the pairs'
 * ratios, with an A/A run of the same kind. A figure counts when A/A is within ±0.5 %.
 */
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
/** Of an even number the mean of the middle two: of two rounds the better one would be no median. */
const median = (list) => {
  const sorted = list.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

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
                  const contents = text.replaceAll(
                    /this(?:\.kernel|\.service)?\.(?:probe|taskProbe|traced|wrote) !== undefined/g,
                    () => (cut++, "false"),
                  );
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

/** One process: pairs of slices, in changing order. */
function run(...args) {
  return new Promise((resolve, reject) => {
    // Two builds are compiled at the same points in each process: with the compiler on a thread of its own, luck would decide by several
    // percent. Where a client comes and goes, waiting for the compiler would be taken for slices of the agent.
    const [, , , modeA, modeB] = args;
    const flags = modeA === modeB ? ["--no-concurrent-recompilation"] : [];
    const p = spawn(process.execPath, [...flags, join(here, "subject.mjs"), ...args.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    p.stdout.on("data", (d) => (out += d));
    p.on("exit", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`subject ended with ${code}`))));
  });
}

/**
 * Ratio of the throughput of `b` to that of `a`: the median of the processes' medians. Which side is loaded first makes a difference of its
 * own, so the processes take turns in that, and two neighbours count as one.
 */
async function compare(processes, load, a, b, pairs, sliceMs) {
  const got = [];
  for (let i = 0; i < processes; i++) got.push(await run(a.file, b.file, load, a.mode, b.mode, pairs, sliceMs, i % 2 === 0 ? "a" : "b"));
  const alone = got.map((g) => median(g.a.map((ns, i) => ns / g.b[i])));
  const each = alone.flatMap((r, i) => (i % 2 === 1 ? [Math.sqrt(r * alone[i - 1])] : []));
  const all = (key) => got.flatMap((g) => g[key]);
  return {
    ratio: median(each),
    low: Math.min(...each),
    high: Math.max(...each),
    ns: median(all("a")),
    pairs: processes * pairs,
    lagA: median(all("lagA")),
    lagB: median(all("lagB")),
    longest: Math.max(...all("longest")),
    longestMedian: median(all("longest")),
  };
}

/** Prints rows and collects them. */
function sheet() {
  const rows = [];
  const note = (id, what, target, load, r) => {
    rows.push({ id, what, load, target, ratio: r.ratio, low: r.low, high: r.high, pairs: r.pairs, ns: r.ns });
    console.log(
      `${id.padEnd(12)} ${what.padEnd(34)} ${load.padEnd(5)} ${r.ratio.toFixed(3)}  (rounds ${r.low.toFixed(3)} … ${r.high.toFixed(3)}, ${r.pairs} pairs, ${r.ns.toFixed(0)} ns a call)  ${target}`,
    );
  };
  return { rows, note };
}

/** Runs something with a folder for bundles. */
async function within(run) {
  const folder = mkdtempSync(join(here, ".tmp-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const as = (file, mode = "off") => ({ file, mode });

/** What the probes cost while nobody looks. @param rounds - Each is two processes with many pairs of slices. */
export function detached(rounds) {
  return within(async (folder) => {
    const { rows, note } = sheet();
    const [full, bare] = [await bundle(folder, false), await bundle(folder, true)];
    // The same code under another name is another module: loaded and compiled on its own, like the other side.
    const twin = join(folder, "twin.mjs");
    for (const [to, from] of [
      [twin, full],
      [bare, bare],
    ])
      // Two copies of the runtime in one process is what it guards against.
      writeFileSync(to, readFileSync(from, "utf8").replaceAll("skyloom.realm", `skyloom.realm of ${to}`));
    for (const load of ["pair", "fan"]) {
      note("A/A", "the same twice", "0.995 … 1.005", load, await compare(2 * rounds, load, as(full), as(twin), 20, 40));
      note("INS-PERF-1", "detached / without the probes", "≥ 0.995", load, await compare(2 * rounds, load, as(bare), as(full), 20, 40));
    }
    return rows;
  });
}

/** What somebody who looks costs. @param rounds - A quarter of them is measured: a client that comes and goes takes its time. */
export function attached(rounds) {
  return within(async (folder) => {
    const { rows, note } = sheet();
    const full = await bundle(folder, false);
    const processes = 2 * Math.ceil(rounds / 4);
    for (const load of ["pair", "fan"]) {
      const looked = await compare(processes, load, as(full), as(full, "attached"), 4, 1200);
      note("INS-PERF-2", "attached, Services of 10,000", "≥ 0.98", load, looked);
      const { lagA, lagB, longest, longestMedian } = looked;
      console.log(
        `INS-PERF-4   longest slice ${longestMedian.toFixed(1)} ms in the median run, ${longest.toFixed(1)} in the worst (≤ 4); lag p99 ${lagA.toFixed(2)} → ${lagB.toFixed(2)} ms (+2)`,
      );
      rows.push({ id: "INS-PERF-4", load, longest, longestMedian, lagBefore: lagA, lagAfter: lagB });
      note("INS-PERF-3", "1/64 of the roots traced", "≥ 0.98", load, await compare(processes, load, as(full), as(full, "sample"), 4, 1200));
      note("INS-PERF-3", "everything traced", "≥ 0.85", load, await compare(processes, load, as(full), as(full, "all"), 4, 1200));
    }
    return rows;
  });
}
