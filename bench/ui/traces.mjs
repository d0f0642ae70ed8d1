/**
 * INS-UI-4: traces of 10,000 and 50,000 spans in the built page, opened from the list and scrolled. The page is measured by the same code
 * as in the browser tests, which is TypeScript: it is bundled first.
 */
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startChromium } from "./browser.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Prints the figures. */
export async function traces() {
  const folder = mkdtempSync(join(here, ".tmp-"));
  const outfile = join(folder, "trace-page.mjs");
  await build({
    entryPoints: [join(root, "e2e/support/trace-page.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
    logLevel: "error",
  });
  const { measureTrace, openTraces, startTraceHost } = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true });
  const host = await startTraceHost([10_000, 50_000], join(root, "apps/inspector/dist"));
  const browser = await startChromium();
  const figures = [];
  try {
    for (const [spans, target] of [
      [10_000, "≤ 500"],
      [50_000, "≤ 2500"],
    ]) {
      const page = await openTraces(browser, host);
      const f = await measureTrace(page, spans);
      await page.close();
      figures.push(f);
      console.log(
        `INS-UI-4     ${spans.toLocaleString("en-US")} spans: open ${f.openMs.toFixed(0)} ms (${target}); scroll median ${f.median.toFixed(1)} (≤ 17), p95 ${f.p95.toFixed(1)} (≤ 20), p99 ${f.p99.toFixed(1)} (≤ 34)`,
      );
    }
  } finally {
    await browser.close();
    await host.close();
  }
  return figures;
}
