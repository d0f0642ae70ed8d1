/** How the Traces panel looks in a real Chromium: accessibility in every view, and narrow windows. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { useTracesPanel } from "./support/traces-panel.ts";

const ui = useTracesPanel();

describe("how it looks", () => {
  const audit = async (page: Page): Promise<string[]> => {
    await page.evaluate(`${axe.source}; undefined`);
    const results = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as axe.AxeResults;
    return results.violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map(
        (v) =>
          `${v.id}: ${v.nodes
            .map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`)
            .slice(0, 3)
            .join(" | ")}`,
      );
  };

  for (const theme of ["dark", "light"] as const)
    it(`axe finds nothing serious in the ${theme} theme, in any view (INS-A11Y-6)`, async () => {
      const { page } = await ui.openLogin({ colorScheme: theme });
      await page.locator("[data-testid=wf-row]", { hasText: "auth.check" }).click();
      await page.getByTestId("drawer").waitFor();
      expect(await audit(page)).toEqual([]);
      for (const view of ["sequence", "flame", "table"]) {
        await page.getByTestId(`view-${view}`).click();
        await page.getByTestId(view === "table" ? "table-spans" : `trace-${view}`).waitFor();
        expect([view, await audit(page)]).toEqual([view, []]);
      }
      await page.getByTestId("view-sequence").click();
      await page.getByTestId("sequence-list").click();
      await page.getByTestId("table-messages").waitFor();
      expect(await audit(page)).toEqual([]);
      await page.getByTestId("action-all-traces").click();
      await page.getByTestId("table-traces").waitFor();
      expect(await audit(page)).toEqual([]);
      await page.getByTestId("action-trace-clear").click();
      await page.getByTestId("state-empty").waitFor();
      expect(await audit(page)).toEqual([]);
    });

  it("nothing is cut off or overflows from 720 px on", async () => {
    for (const width of [1440, 1024, 720]) {
      const { page } = await ui.openLogin({ width, height: 700 });
      const over = () =>
        page.evaluate(() => [
          document.documentElement.scrollWidth - innerWidth,
          ...[...document.querySelectorAll(".sk-traces .sk-toolbar")].map((t) => t.scrollWidth - t.clientWidth),
        ]);
      expect([width, (await over()).filter((px) => px > 0)]).toEqual([width, []]);
      await page.getByTestId("view-sequence").click();
      await page.getByTestId("sequence-diagram").waitFor();
      expect([width, (await over()).filter((px) => px > 0)]).toEqual([width, []]);
    }
  });
});
