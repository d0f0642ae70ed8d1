/**
 * `node tools/run/screenshots.mjs`: renews the pictures in docs/images from the running demo.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { prepare, root } from "./setup.mjs";

prepare();
const demo = spawn(process.execPath, [join(root, "tools/run/demo.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const url = await new Promise((resolve, reject) => {
    let out = "";
    demo.stdout.on("data", (d) => {
      out += d;
      const found = /http:\/\/127\.0\.0\.1:\d+\/#k=[\w-]+/.exec(out);
      if (found) resolve(found[0]);
    });
    demo.on("exit", () => reject(new Error(`the demo ended:\n${out}`)));
  });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  mkdirSync(join(root, "docs/images"), { recursive: true });
  for (const colorScheme of ["dark", "light"]) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme });
    await page.goto(url);
    await page.waitForSelector("[data-testid^=row-]");
    await page.waitForTimeout(6000);
    await page.screenshot({ path: join(root, `docs/images/services-${colorScheme}.png`) });
    await page.close();
  }
  await browser.close();
} finally {
  demo.kill("SIGINT");
}
