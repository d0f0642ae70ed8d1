/**
 * `node tools/run/screenshots.mjs`: renews the pictures in docs/images, from the scenario of docs/find-a-deadlock.md. Those of the panels are
 * taken by `npm run pictures`.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { prepare, root } from "./setup.mjs";

prepare();
mkdirSync(join(root, "docs/images"), { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  await deadlock();
} finally {
  await browser.close();
}

/** Runs a program that prints the inspector's address, and hands that over; ends it after that. */
async function during(args, use) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const url = await new Promise((resolve, reject) => {
      let out = "";
      child.stdout.on("data", (d) => {
        out += d;
        const found = /http:\/\/127\.0\.0\.1:\d+\/#k=[\w-]+/.exec(out);
        if (found) resolve(found[0]);
      });
      child.on("exit", () => reject(new Error(`${args.join(" ")} ended:\n${out}`)));
    });
    await use(url);
  } finally {
    child.kill("SIGINT");
  }
}

async function deadlock() {
  const skyloom = join(root, "packages/node-host/bin/skyloom.mjs");
  const args = [skyloom, "start", "--scenario", "deadlock-two-queues", "--inspect=127.0.0.1:0", "--inspect-scope", "danger"];
  await during(args, async (url) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 600 }, colorScheme: "dark" });
    const picture = (name) => page.screenshot({ path: join(root, `docs/images/${name}.png`) });
    await page.goto(url);
    await page.getByTestId("alert-deadlock").waitFor();
    await page.waitForTimeout(2500);
    await picture("deadlock-alert");
    await page.getByTestId("action-show-alert").click();
    await page.getByTestId("report").waitFor();
    await page.waitForTimeout(500);
    await picture("deadlock-report");
    await page.getByTestId("action-show-graph").click();
    await page.locator("[data-testid=graph][data-laid-out]").waitFor();
    await page.mouse.move(640, 20);
    await page.waitForTimeout(1000);
    await picture("deadlock-graph");
    await page.close();
  });
}
