/**
 * Takes the pictures of the visual record: each panel of the gallery, in each theme and size, with 0, 10 and 10,000 services.
 */
import { createAgent } from "@skyloom/runtime/inspect";
import { nodePorts, startInspectServer } from "@skyloom/node-host";
import { gallerySource } from "./gallery-source.mjs";

const token = "gallery-token-0123456789abcdef";

/** What is in the record: panel, theme, services, size. */
export const pictures = [];
const panels = ["overview", "services", "mailboxes", "sessions", "traces", "memory", "sockets", "timers", "logs", "console"];
for (const panel of panels) for (const theme of ["dark", "light"]) pictures.push({ panel, theme, count: 10_000, width: 1440, height: 900 });
for (const panel of ["services", "mailboxes", "sessions"])
  pictures.push({ panel, theme: "contrast", count: 10_000, width: 1440, height: 900 });
for (const panel of panels) pictures.push({ panel, theme: "dark", count: 10, width: 1024, height: 700 });
for (const panel of ["overview", "services", "sessions", "sockets"])
  pictures.push({ panel, theme: "light", count: 0, width: 1024, height: 700 });

/** Name of a picture's file. */
export const nameOf = ({ panel, theme, count, width }) => `${panel}-${theme}-${count}-${width}.png`;

/** Takes pictures one after the other. `take` gets the picture's entry and its bytes. */
export async function takePictures(browser, staticDir, list, take) {
  const ports = nodePorts();
  const hosts = new Map();
  try {
    for (const entry of list) {
      let host = hosts.get(entry.count);
      if (host === undefined) {
        const agent = createAgent(
          gallerySource(entry.count, () => ports.clock.now()),
          { clock: ports.clock, defer: (fn) => ports.defer(fn) },
        );
        const server = await startInspectServer({ agent, port: 0, token, staticDir });
        hosts.set(entry.count, (host = { agent, server }));
      }
      const context = await browser.newContext({
        viewport: { width: entry.width, height: entry.height },
        colorScheme: entry.theme === "light" ? "light" : "dark",
        timezoneId: "UTC",
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      await page.goto(host.server.url);
      await page.getByTestId("conn-chip").waitFor();
      await page.evaluate((hash) => (location.hash = hash), `#/${entry.panel}`);
      await page
        .getByTestId("theme")
        .selectOption(entry.theme)
        .catch(() => undefined);
      await page.getByTestId(`panel-${entry.panel}`).waitFor();
      await page.waitForTimeout(1500);
      await take(entry, await page.screenshot());
      await context.close();
    }
  } finally {
    for (const { agent, server } of hosts.values()) {
      agent.close();
      await server.close();
    }
  }
}
