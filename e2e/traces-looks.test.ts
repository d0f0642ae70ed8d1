/** How the Traces panel looks in a real Chromium: accessibility in every view, and narrow windows. */
import { describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { useTracesPanel } from "./support/traces-panel.ts";

const ui = useTracesPanel();

describe("how it looks", () => {
  for (const theme of ["dark", "light"] as const)
    it(`axe finds nothing serious in the ${theme} theme, in any view (INS-A11Y-6)`, async () => {
      const { page } = await ui.openLogin({ colorScheme: theme });
      await page.locator("[data-testid=wf-row]", { hasText: "auth.check" }).click();
      await page.getByTestId("drawer").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      for (const view of ["sequence", "flame", "table"]) {
        await page.getByTestId(`view-${view}`).click();
        await page.getByTestId(view === "table" ? "table-spans" : `trace-${view}`).waitFor();
        expect([view, await seriousFindings(page)]).toEqual([view, []]);
      }
      await page.getByTestId("view-sequence").click();
      await page.getByTestId("sequence-list").click();
      await page.getByTestId("table-messages").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await page.getByTestId("action-all-traces").click();
      await page.getByTestId("table-traces").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await page.getByTestId("action-trace-clear").click();
      await page.getByTestId("state-empty").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
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
