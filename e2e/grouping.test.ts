/** Rows grouped by a column, in a real Chromium: by pointer, by keyboard, with 10,000 rows. */
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { address, useInspectorPage } from "./support/inspector-page.ts";

const ui = useInspectorPage();
afterEach(() => expect(ui.complaints).toEqual([]));
const tree = () => ui.page.getByRole("treegrid", { name: "Services" });
const group = (name: string) => ui.page.getByTestId(`group-${name}`);
const keys = async (...list: string[]): Promise<void> => {
  for (const key of list) await ui.page.keyboard.press(key);
};
/** What the lines on the screen say, in order. */
const lines = (): Promise<string[]> =>
  ui.page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".sk-row")]
      .sort((a, b) => Number(a.dataset["index"]) - Number(b.dataset["index"]))
      .map((r) => (r.dataset["testid"] ?? "").replace(/^(row|group)-/, "")),
  );
describe("grouped rows (INS-TAB-6)", () => {
  it("are chosen in the columns menu, kept in the address, opened by pointer and keyboard, and found sound by axe", async () => {
    await ui.open(400);
    await ui.grid().waitFor();
    await ui.page.getByTestId("menu-columns").click();
    await ui.page.getByTestId("group-by").selectOption("type");
    await keys("Escape");
    await tree().waitFor();
    await expect.poll(() => ui.page.url()).toContain("group=type");
    expect(await lines()).toEqual(["agent", "room"]);
    expect(await group("room").textContent()).toContain("room 40");
    expect(await tree().getAttribute("aria-rowcount")).toBe("3");
    await group("room").click();
    expect((await lines()).slice(0, 3)).toEqual(["agent", "room", address(3)]);
    expect(await group("room").getAttribute("aria-expanded")).toBe("true");
    expect(await ui.page.getByTestId(`row-${address(3)}`).getAttribute("aria-level")).toBe("2");
    expect(await seriousFindings(ui.page)).toEqual([]);
    // Down to the row, back to its group, closed, and the next one opened.
    await tree().focus();
    await keys("ArrowDown", "ArrowLeft", "ArrowLeft");
    await expect.poll(lines).toEqual(["agent", "room"]);
    await keys("k", "j", "Enter");
    await expect.poll(() => group("room").getAttribute("aria-expanded")).toBe("true");
    await keys("ArrowRight");
    const active = await tree().evaluate((g) => document.getElementById(g.getAttribute("aria-activedescendant")!)?.dataset["testid"]);
    expect(active).toBe(`row-${address(3)}`);
    await keys("Enter");
    await ui.page.getByRole("complementary", { name: address(3) }).waitFor();
    await keys("Escape");
    await ui.page.reload();
    await tree().waitFor();
    expect((await lines()).slice(1, 3)).toEqual(["room", address(3)]);
    await ui.page.getByTestId("group-chip").click();
    await ui.grid().waitFor();
    expect(ui.page.url()).not.toContain("group");
  });

  it("show true sums, follow filter and sort, and are saved with their figures", async () => {
    await ui.open(400);
    await ui.grid().waitFor();
    await ui.page.evaluate(() => (location.hash += (location.hash.includes("?") ? "&" : "?") + "group=state&sort=-err"));
    await tree().waitFor();
    const sum = (await ui.page.locator("[data-testid^='group-'][data-testid$='-err']").allTextContents()).reduce(
      (n, t) => n + Number(t),
      0,
    );
    // Services 5, 102, 199, 296, 393: three errors each.
    expect(sum).toBe(15);
    await ui.page.getByTestId("filter-input").fill("err>0");
    await expect.poll(async () => (await lines()).length).toBeLessThan(4);
    await ui.page.getByTestId("menu-export").click();
    const [file] = await Promise.all([ui.page.waitForEvent("download"), ui.page.getByTestId("action-export-json").click()]);
    const saved = JSON.parse(await readFile((await file.path())!, "utf8")) as {
      by: string;
      groups: { "err.sum": number; count: number }[];
      rows: unknown[];
    };
    expect(saved.by).toBe("state");
    expect(saved.groups.reduce((n, g) => n + g["err.sum"], 0)).toBe(15);
    expect(saved.rows).toHaveLength(5);
  });

  it("are virtual with 10,000 rows: opened all at once, scrolled to the end; the document stays small", async () => {
    await ui.open(10_000);
    await ui.grid().waitFor();
    await ui.page.evaluate(() => (location.hash += "?group=type"));
    await tree().waitFor();
    await tree().focus();
    await keys("*");
    await expect.poll(() => tree().getAttribute("aria-rowcount")).toBe("10000");
    await keys("End");
    await expect.poll(async () => (await lines()).at(-1)).toBe(address(9993));
    expect(await ui.page.locator(".sk-row").count()).toBeLessThan(80);
    await keys("*");
    await expect.poll(() => tree().getAttribute("aria-rowcount")).toBe("3");
    const ms = await ui.page.evaluate(async () => {
      const from = performance.now();
      (document.querySelector("[data-testid=group-agent]") as HTMLElement).click();
      while (document.querySelectorAll(".sk-row").length < 20) await new Promise((r) => setTimeout(r, 0));
      return performance.now() - from;
    });
    console.log(`a group of 8,997 rows opened in ${ms.toFixed(1)} ms`);
    expect(ms).toBeLessThan(500);
  });

  it("a grouping that does not exist is said, and taken back", async () => {
    await ui.open(40);
    await ui.grid().waitFor();
    await ui.page.evaluate(() => (location.hash += "?group=colour"));
    await ui.page.getByText("cannot group by “colour”").click();
    await expect.poll(() => ui.page.url()).not.toContain("group");
  });
});
