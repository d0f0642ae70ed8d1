/**
 * How long the waits-for graph takes to be laid out in the inspector's worker, in a real Chromium (INS-UI-5: 300 tasks within 300 ms; 1,000
 * within 600 ms).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build, defaultClientConditions } from "vite";
import { startChromium } from "./browser.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const types = { ".html": "text/html", ".js": "text/javascript" };

/** What is laid out: services, tasks of each, waits. `tree`: three wait for each one; `web`: besides, as many waits across. */
const shapes = [
  { name: "100 tasks, 100 services, tree", services: 100, tasks: 1, across: 0, limitMs: 300 },
  { name: "300 tasks, 100 services, web", services: 100, tasks: 3, across: 100, limitMs: 300 },
  { name: "300 tasks, 300 services, tree", services: 300, tasks: 1, across: 0, limitMs: 300 },
  { name: "300 tasks, 300 services, web", services: 300, tasks: 1, across: 300, limitMs: 300 },
  { name: "1,000 tasks, 1,000 services, tree", services: 1000, tasks: 1, across: 0, limitMs: 600 },
  { name: "1,000 tasks, 20 types, grouped", services: 20, tasks: 0, across: 60, limitMs: 600 },
];

/** Builds a page with the very worker of the panel; a folder. */
async function buildPage() {
  const folder = mkdtempSync(join(tmpdir(), "skyloom-graph-"));
  const source = join(folder, "source");
  const client = JSON.stringify(join(root, "packages/devtools/src/panels/sessions/layout-client.ts"));
  await import("node:fs/promises").then((fs) => fs.mkdir(source));
  writeFileSync(join(source, "index.html"), '<!doctype html><title>graph</title><script type="module" src="./main.js"></script>');
  writeFileSync(join(source, "main.js"), `import { LayoutClient } from ${client};\nglobalThis.client = new LayoutClient();\n`);
  await build({
    root: source,
    logLevel: "error",
    configFile: false,
    resolve: { conditions: ["skynet-source", ...defaultClientConditions] },
    worker: { format: "es" },
    build: { outDir: join(folder, "dist"), target: "es2022" },
  });
  return folder;
}

function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    try {
      const body = readFileSync(join(folder, path === "/" ? "index.html" : path));
      response.writeHead(200, { "content-type": types[extname(path)] ?? "text/html" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** The request that the panel makes for such a graph. */
function request({ services, tasks, across }) {
  const boxes = Array.from({ length: services }, (_, i) => ({ id: `b${i}`, width: 240, height: 30 + Math.max(1, tasks) * 40 }));
  const arrows = Array.from({ length: services - 1 }, (_, i) => ({ from: `b${i + 1}`, to: `b${Math.floor(i / 3)}` }));
  for (let i = 0; i < across; i++) arrows.push({ from: `b${(i * 7) % services}`, to: `b${(i * 13 + 5) % services}` });
  return { boxes, arrows };
}

/**
 * Measures all shapes, five rounds each.
 *
 * @param browser - A Chromium of playwright-core.
 * @returns for each shape its median in milliseconds as the page sees it, in the worker alone, and the limit.
 */
async function graphFigures(browser) {
  const folder = await buildPage();
  const server = await serve(join(folder, "dist"));
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.client !== undefined);
    const figures = [];
    for (const shape of shapes) {
      const rounds = [];
      for (let i = 0; i < 5; i++)
        rounds.push(
          await page.evaluate(async (wanted) => {
            const from = performance.now();
            const { ms, where, layout } = await globalThis.client.make(wanted);
            return { total: performance.now() - from, ms, where, by: layout.by };
          }, request(shape)),
        );
      const middle = (key) => rounds.map((r) => r[key]).sort((a, b) => a - b)[2];
      if (rounds.some((r) => r.where !== "worker")) throw new Error("the layout was not made in the worker");
      figures.push({ name: shape.name, by: rounds[0].by, medianMs: middle("total"), workerMs: middle("ms"), limitMs: shape.limitMs });
    }
    await page.close();
    return figures;
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the figures. */
export async function graph() {
  const browser = await startChromium("--disable-gpu");
  try {
    const figures = await graphFigures(browser);
    for (const f of figures)
      console.log(
        `INS-UI-5     ${f.name.padEnd(36)} ${f.by.padEnd(7)} ${f.medianMs.toFixed(0).padStart(4)} ms (worker ${f.workerMs.toFixed(0)} ms; ≤ ${f.limitMs})`,
      );
    return figures;
  } finally {
    await browser.close();
  }
}
