/**
 * Runs the cases of bench/main.mjs interleaved with the bare baseline and, when SKYNET_HOME is set, with the real Skynet; prints the
 * median of the per-round ratios and keeps it as JSON.
 * usage: node bench/run.mjs [cases] [rounds]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const names = (process.argv[2] ?? "call,callpar,zoo,send,ring,fork,timer,spawn,pack,sproto,heap,startup,delay,snax").split(",");
const rounds = Number(process.argv[3] ?? 5);
const lua = `${here}skynet/skynet-lua`;
const sides = {
  skyloom: (c) => [process.execPath, ["--expose-gc", `${here}main.mjs`, c], {}],
  bare: (c) => [process.execPath, [`${here}baseline.mjs`, c], {}],
  ...(process.env.SKYNET_HOME
    ? {
        skynet: (c) => [
          `${process.env.SKYNET_HOME}/skynet`,
          [`${lua}/config.bench`],
          { BENCH_DIR: lua, BENCH_THREAD: "1", BENCH_CASES: c, BENCH_START: "bench_main", BENCH_PORT: "0" },
        ],
      }
    : {}),
};
/** Cases the other side does not have. */
const only = { heap: ["skyloom"], startup: ["skyloom"], delay: ["skyloom"], snax: ["skyloom"] };

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const results = new Map();
for (let round = 0; round < rounds; round++)
  for (const name of names) {
    const order = Object.keys(sides).filter((s) => !only[name] || only[name].includes(s));
    if (round % 2 === 1) order.reverse();
    for (const side of order) {
      const [command, args, env] = sides[side](name);
      const done = spawnSync(command, args, {
        // The first run of a case warms up; the second one counts.
        env: { ...process.env, BENCH_RUNS: only[name] ? "1" : "2", ...env },
        encoding: "utf8",
        timeout: 120_000,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const last = new Map([...done.stdout.matchAll(/^RESULT (\S+) (\S+) (\S+)/gm)].map(([, key, ...figure]) => [key, figure]));
      for (const [key, [value, unit]] of last) {
        const row = results.get(key) ?? { unit };
        (row[side] ??= []).push(Number(value));
        results.set(key, row);
      }
    }
  }

const figure = (x) => (x === undefined ? "-" : x >= 1000 ? Math.round(x).toLocaleString("en-US") : x.toPrecision(4));
const ratio = (a, b) => (a && b ? median(a.slice(0, Math.min(a.length, b.length)).map((x, i) => x / b[i])) : undefined);
const report = {};
console.log(
  `${"case".padEnd(24)}${"skyloom".padStart(14)}${"skynet".padStart(14)}${"ratio".padStart(8)}${"bare".padStart(14)}${"ratio".padStart(8)}  unit`,
);
for (const [key, row] of results) {
  if (!row.skyloom) continue;
  const line = {
    unit: row.unit,
    skyloom: median(row.skyloom),
    skynet: row.skynet && median(row.skynet),
    ratio: ratio(row.skyloom, row.skynet),
    bare: row.bare && median(row.bare),
    bareRatio: ratio(row.skyloom, row.bare),
  };
  report[key] = line;
  console.log(
    `${key.padEnd(24)}${figure(line.skyloom).padStart(14)}${figure(line.skynet).padStart(14)}${(line.ratio?.toPrecision(3) ?? "-").padStart(8)}${figure(line.bare).padStart(14)}${(line.bareRatio?.toPrecision(3) ?? "-").padStart(8)}  ${line.unit}`,
  );
}
mkdirSync(`${here}results`, { recursive: true });
writeFileSync(
  `${here}results/latest.json`,
  `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rounds, cases: report }, null, 2)}\n`,
);
