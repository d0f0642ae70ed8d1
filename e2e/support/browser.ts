/** Finds and starts Chromium, with a clear line where there is none. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const DEFAULT_PATH = "/usr/bin/chromium";

/** Starts a headless Chromium: the one of CHROMIUM_PATH, else /usr/bin/chromium. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? DEFAULT_PATH;
  if (!existsSync(executablePath))
    throw new Error(
      `There is no Chromium at ${executablePath}. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to where it is.`,
    );
  return chromium.launch({
    executablePath,
    args: ["--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
}
