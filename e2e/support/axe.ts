/** What axe finds in a page. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/**
 * Serious and critical findings, as short lines.
 *
 * @param rules - Only these rules of axe, e.g. `color-contrast` where nothing but the colours has changed; default: all.
 */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(`${axe.source}; undefined`);
  const options = { resultTypes: ["violations"], ...(rules === undefined ? {} : { runOnly: { type: "rule", values: rules } }) };
  const results = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as axe.AxeResults;
  return results.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map(
      (v) =>
        `${v.id}: ${v.nodes
          .map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`)
          .slice(0, 3)
          .join(" | ")}`,
    );
}
