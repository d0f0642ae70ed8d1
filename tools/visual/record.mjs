/**
 * `node tools/visual/record.mjs [panel …]`: renews the visual record in docs/images/visual. Look at what has changed before you commit it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { nameOf, pictures, takePictures } from "./pictures.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = `${root}docs/images/visual`;
const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const list = pictures.filter((p) => wanted.length === 0 || wanted.includes(p.panel));
await takePictures(browser, `${root}apps/inspector/dist`, list, (entry, png) => {
  writeFileSync(`${folder}/${nameOf(entry)}`, png);
  console.log(nameOf(entry));
});
await browser.close();
