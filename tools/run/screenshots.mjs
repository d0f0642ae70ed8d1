/**
 * `node tools/run/screenshots.mjs [deadlock] [c-skynet]`: renews the pictures in docs/images, from the scenario of docs/find-a-deadlock.md, and
 * from the example of docs/inspect-a-c-skynet.md in a copy of the Skynet that SKYNET_HOME names. Without an argument: all that can be made.
 * Those of the panels are taken by `npm run pictures`.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { prepare, root } from "./setup.mjs";

const { SKYNET_HOME } = process.env;
const series = { deadlock, ...(SKYNET_HOME === undefined ? {} : { "c-skynet": cSkynet }) };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(series);
for (const name of wanted)
  if (!Object.hasOwn(series, name)) throw new Error(`there are no pictures ${name}; there are: ${Object.keys(series).join(", ")}`);
prepare();
mkdirSync(join(root, "docs/images"), { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  for (const name of wanted) await series[name]();
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

/** Does what the document says: saves its files into a checkout of Skynet, starts that, and looks at it. */
async function cSkynet() {
  const home = mkdtempSync(join(tmpdir(), "skyloom-pictures-"));
  cpSync(SKYNET_HOME, home, { recursive: true });
  const text = readFileSync(join(root, "docs/inspect-a-c-skynet.md"), "utf8");
  for (const [, file] of text.matchAll(/```lua\n(-- examples\/[\s\S]*?)```/g)) writeFileSync(join(home, /^-- (\S+)/.exec(file)[1]), file);
  const skynet = spawn(join(home, "skynet"), ["examples/config.locked"], { cwd: home, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((resolve, reject) => {
      let out = "";
      skynet.stdout.on("data", (d) => {
        out += d;
        if (out.includes("debug_console 8000") || out.includes("Start debug console")) setTimeout(resolve, 1000);
      });
      skynet.on("exit", () => reject(new Error(`Skynet ended:\n${out}`)));
    });
    const skyloom = join(root, "packages/node-host/bin/skyloom.mjs");
    await during([skyloom, "inspect", "skynet://127.0.0.1:8000", "--probe", "--address=127.0.0.1:0"], async (url) => {
      const page = await browser.newPage({ viewport: { width: 1180, height: 660 }, colorScheme: "dark" });
      await page.goto(url);
      await page.getByTestId("alert-deadlock").waitFor();
      await page.getByTestId("action-show-alert").click();
      await page.getByTestId("report").waitFor();
      await page.waitForTimeout(1000);
      await page.screenshot({ path: join(root, "docs/images/c-skynet-deadlock.png") });
      await page.close();
    });
  } finally {
    skynet.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  }
}
