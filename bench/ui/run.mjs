/**
 * `npm run bench:ui [part …]`: the figures of the inspector, printed and kept in bench/results. Parts: overhead, wire, page; default all.
 * Run it on a quiet machine: figures of CPU time are worth no more than the A/A line above them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const parts = process.argv.slice(2).filter((a) => !/^\d+$/.test(a));
const pairs = Number(process.argv.slice(2).find((a) => /^\d+$/.test(a)) ?? 11);
const wants = (part) => parts.length === 0 || parts.includes(part);
const results = {};
if (wants("wire")) results.wire = await (await import("./wire.mjs")).wire();
if (wants("page")) results.page = await (await import("./page.mjs")).page();
if (wants("overhead")) results.overhead = await (await import("./overhead.mjs")).overhead(pairs);
const folder = fileURLToPath(new URL("../results", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(
  `${folder}/ui.json`,
  `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), node: process.version, results }, undefined, 2)}\n`,
);
