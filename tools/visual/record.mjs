/**
 * `npm run pictures [-- name …]`: renews the visual record in docs/pictures, or the pictures whose names begin so. Look at what has changed before you commit it.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { prepare, root } from "../run/setup.mjs";
import { nameOf, pictures, takePictures } from "./pictures.mjs";

const folder = join(root, "docs/pictures");
/** The record must stay small: it is in every clone. */
const MOST_BYTES = 3_000_000;

const wanted = process.argv.slice(2);
const list = pictures.filter((p) => wanted.length === 0 || wanted.some((name) => nameOf(p).startsWith(name)));
if (list.length === 0) throw new Error(`there are no pictures ${wanted.join(", ")}; there are: ${pictures.map(nameOf).join(" ")}`);
prepare();
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  await takePictures(browser, join(root, "apps/inspector/dist"), list, (entry, bytes) => {
    writeFileSync(join(folder, nameOf(entry)), bytes);
    console.log(`${nameOf(entry)} ${Math.round(bytes.length / 1000)} kB`);
  });
} finally {
  await browser.close();
}
if (wanted.length === 0) {
  const names = new Set(pictures.map(nameOf));
  for (const file of readdirSync(folder)) if (!names.has(file)) rmSync(join(folder, file));
}
const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
console.log(`all pictures: ${(bytes / 1e6).toFixed(2)} MB`);
if (bytes > MOST_BYTES) {
  console.error(`they are more than ${MOST_BYTES / 1e6} MB: take fewer, or smaller ones`);
  process.exitCode = 1;
}
