/** The panels as the tests of their states walk through them, and what each of them has to say in which state. */
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** One panel, or one view of it. */
export interface PanelRow {
  /** For messages. */
  readonly name: string;
  /** Behind `#/`. */
  readonly route: string;
  /** The same with a filter that nothing matches; absent: it has no filter. */
  readonly noMatch?: string;
  /** What it shows of the node in `truth-node`, once it has data. */
  readonly shows: RegExp;
  /** What it shows where there is nothing; default: `state-empty`. */
  readonly empty?: string;
}

/** See the file's comment. */
export const panelRows: readonly PanelRow[] = [
  { name: "Overview", route: "overview", shows: /Deadlock of 4 tasks[\s\S]*Services\s*\d+/, empty: "attention" },
  { name: "Services", route: "services", noMatch: "services?q=zzz", shows: /pair[\s\S]*echo|echo[\s\S]*pair/ },
  { name: "Mailboxes", route: "mailboxes", noMatch: "mailboxes?q=zzz", shows: /main[\s\S]*echo|echo[\s\S]*main/ },
  { name: "Sessions, list", route: "sessions?v=list", noMatch: "sessions?v=list&q=zzz", shows: /touch/ },
  { name: "Sessions, graph", route: "sessions?v=graph", noMatch: "sessions?v=graph&q=zzz", shows: /pair[\s\S]*touch|touch[\s\S]*pair/ },
  { name: "Sessions, deadlocks", route: "sessions?v=deadlocks", shows: /Deadlock of 4 tasks/ },
  { name: "Traces", route: "traces", noMatch: "traces?q=zzz", shows: /\bsay\b/ },
  { name: "Memory", route: "memory", noMatch: "memory?q=zzz", shows: /pair[\s\S]*≈|≈[\s\S]*pair/ },
  { name: "Sockets", route: "sockets", noMatch: "sockets?q=zzz", shows: /LISTEN/ },
  { name: "Timers", route: "timers", noMatch: "timers?q=zzz", shows: /main/ },
  { name: "Logs", route: "logs", noMatch: "logs?q=zzz", shows: /said \d+/ },
  { name: "Console", route: "console", shows: /getenv start[\s\S]*main/, empty: "console-log" },
];

const nameOf = (route: string): string => /^\w+/.exec(route)![0];

/** Goes there; the page stays the same one. */
export async function goTo(page: Page, route: string): Promise<Locator> {
  await page.evaluate((hash) => {
    const now = new URLSearchParams(location.hash.split("?")[1] ?? "").get("c");
    location.hash = now === null ? hash : `${hash}${hash.includes("?") ? "&" : "?"}c=${encodeURIComponent(now)}`;
  }, `#/${route}`);
  const panel = page.getByTestId(`panel-${nameOf(route)}`);
  await panel.waitFor();
  return panel;
}

/** Waits until a test id of the panel is there; the panel's name is in what it says when it is not. */
export async function shows(panel: Locator, name: string, testId: string, timeout = 5000): Promise<string> {
  const found = panel.getByTestId(testId).first();
  await found.waitFor({ timeout }).catch(async () => {
    throw new Error(`${name} does not show ${testId}, but: ${(await panel.innerText()).slice(0, 600)}`);
  });
  return (await found.textContent()) ?? "";
}

/** Waits until the panel says it. */
export async function says(panel: Locator, name: string, what: RegExp, timeout = 10_000): Promise<void> {
  await expect
    .poll(async () => `${name}: ${what.test(await panel.innerText()) ? "" : `does not say ${what}: ${await panel.innerText()}`}`, {
      timeout,
    })
    .toBe(`${name}: `);
}
