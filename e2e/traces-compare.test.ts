/** Two traces of a real node compared, in a real Chromium. */
import { expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { recordAll, useTracesPanel } from "./support/traces-panel.ts";

const ui = useTracesPanel();

it("two picked traces are compared by the ways through the services; the address keeps both; a row leads to its span", async () => {
  const { host, login } = await ui.start();
  const page = await ui.open(host);
  await recordAll(page);
  await login(1);
  await login(2);
  await expect.poll(() => page.getByTestId("traces-count").textContent(), { timeout: 15_000 }).toBe("2 / 2");
  const compare = page.getByTestId("action-compare");
  expect(await compare.isDisabled()).toBe(true);
  // One by the mouse, one by the keyboard.
  const picks = page.locator("[data-testid^=pick-]");
  await picks.last().click();
  expect(await picks.last().textContent()).toBe("A");
  expect(await compare.textContent()).toBe("Compare: pick one more");
  await page.keyboard.press("Home");
  await page.keyboard.press("c");
  await expect.poll(() => picks.first().textContent()).toBe("B");
  expect(await seriousFindings(page)).toEqual([]);
  await compare.click();
  const grid = page.getByRole("grid", { name: "Compared" });
  await grid.waitFor();
  expect(page.url()).toMatch(/v=compare/);
  expect(page.url()).toMatch(/[?&]with=/);
  await expect.poll(() => page.getByTestId("compare-title").textContent()).toMatch(/A \S+ login.* B \S+ login.*B less A/);
  const rows = () => grid.getByRole("row").allTextContents();
  const ways = (await rows()).slice(1);
  expect(ways.length).toBe(6);
  expect(ways.some((w) => w.startsWith("gate.login › db.get12 → 12"))).toBe(true);
  expect(ways.some((w) => w.startsWith("gate.login › auth.check › db.get1 → 1"))).toBe(true);
  const title = (await page.getByTestId("compare-title").textContent())!;
  await page.getByTestId("action-swap").click();
  await expect.poll(() => page.getByTestId("compare-title").textContent()).not.toBe(title);
  await page.getByLabel("Filter").first().fill("auth.check");
  await expect.poll(() => page.getByTestId("compare-count").textContent()).toBe("2 / 6 ways");
  expect(await seriousFindings(page)).toEqual([]);
  await grid.getByRole("row").nth(1).click();
  await page.getByTestId("table-waterfall").waitFor();
  expect(page.url()).toMatch(/span=\d+/);
  expect(page.url()).not.toContain("with=");
  await page.goBack();
  await grid.waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("action-all-traces").click();
  await page.getByTestId("traces-count").waitFor();
  expect(page.url()).not.toContain("with=");
  expect(ui.complaints).toEqual([]);
}, 30_000);

it("a link to traces that this page does not have says so", async () => {
  const { host } = await ui.start();
  const page = await ui.open(host);
  await page.evaluate(() => {
    location.hash = "#/traces?sel=:0000000a-1&v=compare&with=:0000000b-2";
  });
  await page.getByTestId("state-gone").waitFor();
  expect(await page.getByTestId("state-gone").textContent()).toContain("No trace :0000000a-1 and no trace :0000000b-2");
});
