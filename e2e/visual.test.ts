/**
 * The pictures of the record in docs/pictures are still what the panels look like: a small set is taken anew and compared from far away, so that
 * other fonts pass and a panel that is missing does not. When it fails for a good reason: `npm run pictures`, and look at what has changed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { difference, gridOf } from "../tools/visual/compare.mjs";
import { nameOf, pictures, shoot, takePictures } from "../tools/visual/pictures.mjs";
import { launchChromium } from "./support/browser.ts";
import { buildInspector } from "./support/inspector-host.ts";

const folder = join(import.meta.dirname, "../docs/pictures");
const wanted = new Set([
  "overview-dark.webp",
  "services-dark.webp",
  "sessions-graph-dark.webp",
  "traces-waterfall-dark.webp",
  "services-light-0-1024.webp",
]);
const kept = (name: string): Buffer => readFileSync(join(folder, name));

/** Ways to break a page that somebody would see at once. */
const breaks: Readonly<Record<string, string>> = {
  "overview-dark.webp": ".sk-tiles { display: none }",
  "services-dark.webp": ".sk-row { display: none }",
  "sessions-graph-dark.webp": ".sk-root { background: #2b2b2b; --sk-bg0: #2b2b2b }",
};

/** Changes the page's styles, or takes that back; its policy allows no style elements of others. */
const restyle = (page: Page, css = ""): Promise<void> =>
  page.evaluate((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
  }, css);

describe("the visual record", () => {
  let browser: Browser;
  let app: Awaited<ReturnType<typeof buildInspector>>;
  let decoder: Page;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), buildInspector()]);
    decoder = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    app.remove();
  });

  it("is what the panels look like, and a panel that is broken does not look like it", async () => {
    const seen: string[] = [];
    await takePictures(
      browser,
      app.folder,
      pictures.filter((p) => wanted.has(nameOf(p))),
      async (picture, bytes, page) => {
        const name = nameOf(picture);
        seen.push(name);
        const before = await gridOf(decoder, kept(name));
        const now = difference(before, await gridOf(decoder, bytes));
        console.log(`${name}: mean ${now.mean.toFixed(2)}, largest ${now.largest.toFixed(0)}`);
        expect([name, now.fault]).toEqual([name, undefined]);
        const style = breaks[name];
        if (style === undefined) return;
        await restyle(page, style);
        const broken = difference(before, await gridOf(decoder, await shoot(page)));
        expect([name, broken.fault]).toEqual([name, expect.stringMatching(/more than/)]);
        await restyle(page);
      },
    );
    expect(new Set(seen)).toEqual(wanted);
  });

  it("tells its panels and its themes apart", async () => {
    const names = ["services-dark.webp", "services-light.webp", "logs-dark.webp", "traces-waterfall-dark.webp"];
    const grids = await Promise.all(names.map((name) => gridOf(decoder, kept(name))));
    grids.forEach((a, i) => {
      grids.forEach((b, j) => {
        if (i !== j) expect([names[i], names[j], difference(a, b).fault]).not.toEqual([names[i], names[j], undefined]);
      });
    });
  });
});
