/**
 * Takes the pictures of the visual record: the panels of made-up hosts with 0, 10 and 10,000 services, in each theme.
 *
 * Host and page share one time that stands still unless it is moved here, so that a picture is the same each time, and five minutes of plots
 * need no five minutes.
 */
import { createAgent } from "@skyloom/runtime/inspect";
import { VirtualClock } from "@skyloom/runtime/testing";
import { startInspectServer } from "@skyloom/node-host";
import { gallerySource } from "./gallery-source.mjs";

const token = "gallery-token-0123456789abcdef";
/** When it is in all pictures; the host started three hours before. */
const START_MS = Date.UTC(2026, 0, 15, 9, 30);
/** Seconds that host and page have lived before the first picture. */
const BEFORE = 290;
/** Seconds that a panel is looked at before its picture is taken. */
const LOOK = 8;
/** What needs longer: growth is told after five samples, and a service's own plots begin when it is chosen. */
const longer = { memory: 40, "services-details": 60 };

const big = { width: 1440, height: 900 };
const small = { width: 1024, height: 700 };

/** What is opened behind `#/` for each picture of a panel. */
const routes = {
  overview: "overview",
  services: "services",
  "services-details": "services/:00000010",
  "services-grouped": "services?group=type",
  mailboxes: "mailboxes",
  sessions: "sessions?v=list",
  "sessions-graph": "sessions?v=graph",
  "sessions-deadlocks": "sessions?v=deadlocks",
  traces: "traces",
  // A request that failed.
  "traces-waterfall": "traces/:00000008-184?v=waterfall",
  memory: "memory",
  sockets: "sockets",
  timers: "timers",
  logs: "logs",
  console: "console",
};

/** What else is done before a picture is taken. */
const further = {
  "traces-waterfall": async (page, step) => {
    // Built by a worker, which has real time.
    await page.getByTestId("table-waterfall").waitFor();
    await step(1);
  },
  console: async (page, step) => {
    for (const line of ["help", "list", "mem"]) {
      await page.getByTestId("console-input").fill(line);
      await page.keyboard.press("Enter");
      await step(1);
    }
  },
  "sessions-graph": async (page, step) => {
    // The same.
    await page.locator("[data-testid=graph][data-laid-out]").waitFor();
    await step(1);
  },
};

/** What is in the record: panel, theme, services, size. */
export const pictures = [];
const every = Object.keys(routes);
for (const theme of ["dark", "light"]) for (const panel of every) pictures.push({ panel, theme, count: 10_000, ...big });
for (const panel of ["overview", "services", "sessions-graph", "traces-waterfall"])
  pictures.push({ panel, theme: "contrast", count: 10_000, ...big });
for (const panel of ["overview", "services-details", "sessions", "traces-waterfall", "memory"])
  pictures.push({ panel, theme: "dark", count: 10, ...small });
for (const panel of ["overview", "services", "sessions-deadlocks", "traces"]) pictures.push({ panel, theme: "light", count: 0, ...small });

/** Name of a picture's file. */
export const nameOf = ({ panel, theme, count, width }) =>
  `${panel}-${theme}${count === 10_000 ? "" : `-${count}`}${width === big.width ? "" : `-${width}`}.webp`;

/** A host whose time is moved by hand. */
async function startHost(count, staticDir) {
  const clock = new VirtualClock({ startMs: START_MS });
  const source = gallerySource(count, () => clock.now(), { startMs: START_MS - 3 * 3_600_000 });
  const agent = createAgent(source, { clock, defer: (fn) => setImmediate(fn) });
  const server = await startInspectServer({ agent, port: 0, token, scopes: ["read", "operate", "danger"], staticDir });
  return {
    clock,
    url: server.url,
    close: async () => {
      agent.close();
      await server.close();
    },
  };
}

/** A page in step with its host. */
async function openPage(browser, host, { theme, width, height }) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme === "light" ? "light" : "dark",
    timezoneId: "UTC",
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.clock.install({ time: START_MS + host.clock.now() });
  await page.clock.pauseAt(START_MS + host.clock.now() + 1);
  await page.addInitScript((chosen) => localStorage.setItem("skyloom.preferences", JSON.stringify({ theme: chosen })), theme);
  /** Lets so many seconds pass, and what was sent meanwhile arrive. @param realMs - For what takes real time: sockets and workers. */
  const step = async (seconds, realMs = 60) => {
    for (let s = 0; s < seconds; s++) {
      host.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, realMs));
      await page.clock.runFor(1000);
    }
  };
  await page.goto(`${host.url}`);
  return { page, step, close: () => context.close() };
}

/** Waits until something is there, while time goes on. */
async function until(step, what, done) {
  for (let i = 0; i < 100; i++) {
    if (await done()) return;
    await step(1);
  }
  throw new Error(`${what} did not come within 100 seconds of the page's time`);
}

/** The picture that the browser shows, as WebP: a third of the size of a PNG. */
export async function shoot(page) {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 78 });
  await session.detach();
  return Buffer.from(data, "base64");
}

/** Takes pictures one after the other. `take` gets the picture's entry, its bytes, and the page. */
export async function takePictures(browser, staticDir, list, take) {
  for (const group of alike(list)) {
    const host = await startHost(group[0].count, staticDir);
    const { page, step, close } = await openPage(browser, host, group[0]);
    try {
      await page.evaluate(() => (location.hash = "#/overview"));
      await until(step, "the first figures", () => page.getByTestId("tile-Services").isVisible());
      await step(BEFORE, 8);
      for (const entry of group) {
        await page.evaluate((hash) => (location.hash = hash), `#/${routes[entry.panel]}`);
        const panel = page.getByTestId(`panel-${/^\w+/.exec(entry.panel)[0]}`);
        await until(step, entry.panel, () => panel.isVisible());
        await step(longer[entry.panel] ?? LOOK);
        await until(step, `data of ${entry.panel}`, async () => (await page.getByTestId("state-loading").count()) === 0);
        await further[entry.panel]?.(page, step);
        await page.mouse.move(entry.width / 2, 2);
        await step(1);
        await take(entry, await shoot(page), page);
      }
    } finally {
      await close();
      await host.close();
    }
  }
}

/** The pictures that one page can take after the other. */
function alike(list) {
  const groups = new Map();
  for (const entry of list) {
    const key = `${entry.count} ${entry.theme} ${entry.width}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return groups.values();
}
