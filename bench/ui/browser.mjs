/** The Chromium that the measurements look through. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Starts one; it is found in the same places as the tests'. */
export function startChromium(...flags) {
  const executablePath = [
    process.env.CHROMIUM_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ].find((path) => path && existsSync(path));
  if (executablePath === undefined) throw new Error("no Chromium found: install it, or set CHROMIUM_PATH");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", ...flags] });
}
