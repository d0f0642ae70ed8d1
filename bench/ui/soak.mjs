/**
 * INS-UI-3: an hour of 1,000 traced messages a second, fed as fast as the page takes it, in real Chromium: the heap afterwards, and how long
 * one batch keeps the page from answering a key.
 */
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { startChromium } from "./browser.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SECONDS = 3600;
const PER_SECOND = 1000;

const entry = `
import { TraceStore } from ${JSON.stringify(`${root}packages/devtools/src/traces/trace-store.ts`)};
import { LogStore } from ${JSON.stringify(`${root}packages/devtools/src/stores/log-store.ts`)};
import { asBatch, generateTrace } from ${JSON.stringify(`${root}packages/devtools/src/traces/fixtures/generate.ts`)};
const traces = new TraceStore();
const logs = new LogStore();
const pattern = generateTrace({ spans: 10, services: 10_000 });
const many = ${PER_SECOND} / 10;
const one = asBatch(pattern);
const columns = Object.fromEntries(Object.entries(one.columns).map(([k, c]) => [k, new c.constructor(c.length * many)]));
let seq = 0, task = 0, trace = 0;
globalThis.second = (s) => {
  const from = performance.now();
  const n = one.count;
  for (let i = 0; i < many; i++) {
    trace++;
    for (const [k, c] of Object.entries(one.columns)) columns[k].set(c, i * n);
    for (let e = i * n; e < (i + 1) * n; e++) {
      columns.t[e] += s * 1e6 + i * 10_000;
      columns.task[e] += columns.task[e] === 0 ? 0 : task;
      columns.parent[e] += columns.parent[e] === 0 ? 0 : task;
      columns.traceId[e] = trace;
    }
    task += 100;
  }
  traces.append({ ...one, first: seq, count: n * many, columns, names: s === 0 ? one.names : { first: one.names.values.length, values: [] } });
  seq += n * many;
  const lines = 10;
  logs.take({ t: s * 1e6, first: s * lines, dropped: 0, count: lines, numbers: new Map([["t", new Float64Array(lines).fill(s * 1e6)], ["addr", new Float64Array(lines)], ["level", new Float64Array(lines).fill(2)]]), texts: new Map(), inline: new Map([["text", Array.from({ length: lines }, (_, i) => "line " + s + "." + i)]]) });
  return performance.now() - from;
};
globalThis.state = () => ({ heap: performance.memory.usedJSHeapSize, traces: traces.rows().length, lines: logs.lines.length, events: seq });
`;

/** Prints the figures. */
export async function soak() {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    conditions: ["skynet-source"],
    logLevel: "error",
  });
  const browser = await startChromium("--enable-precise-memory-info", "--js-flags=--expose-gc");
  try {
    const page = await browser.newPage();
    await page.setContent("<input>");
    await page.addScriptTag({ content: outputFiles[0].text });
    const begun = performance.now();
    const times = [];
    for (let s = 0; s < SECONDS; s += 60)
      times.push(
        ...(await page.evaluate((from) => {
          const list = [];
          for (let i = 0; i < 60; i++) list.push(globalThis.second(from + i));
          return list;
        }, s)),
      );
    await page.evaluate(() => globalThis.gc());
    const state = await page.evaluate(() => globalThis.state());
    const sorted = times.toSorted((a, b) => a - b);
    const p95 = sorted[Math.floor(sorted.length * 0.95)];
    const longest = sorted.at(-1);
    console.log(
      `INS-UI-3     ${(SECONDS * PER_SECOND) / 1e6} M messages (${(state.events / 1e6).toFixed(1)} M events) in ${((performance.now() - begun) / 1000).toFixed(0)} s: heap ${(state.heap / 1e6).toFixed(0)} MB beside the 55 MB of the event ring (≤ 256 in all), one second's batch p95 ${p95.toFixed(0)} ms, longest ${longest.toFixed(0)} ms (input delay ≤ 100); ${state.traces} traces, ${state.lines} log lines kept`,
    );
    return { heap: state.heap, p95, longest, ...state };
  } finally {
    await browser.close();
  }
}
