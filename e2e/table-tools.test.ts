/** What every table can do with its rows and columns, in a real Chromium. */
import { describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { address, useInspectorPage } from "./support/inspector-page.ts";

const ui = useInspectorPage();
const { grid, cell, names } = ui;
const keys = async (...list: string[]): Promise<void> => {
  for (const key of list) await ui.page.keyboard.press(key);
};
const filter = (): Promise<string> => ui.page.getByTestId("filter-input").inputValue();
const clipboard = (): Promise<string> => ui.page.evaluate(() => navigator.clipboard.readText());
const open = async (count: number): Promise<void> => {
  await ui.open(count, { prepare: (p) => p.context().grantPermissions(["clipboard-read", "clipboard-write"]) });
  await grid().waitFor();
};

describe("rows that are kept", () => {
  it("x keeps the active row when its service ends, marked as kept; Shift+x lets all go", async () => {
    await open(40);
    await keys("j", "j", "x", "j", "j", "x");
    expect(await ui.page.getByTestId("kept").textContent()).toContain("2 kept");
    const row = ui.page.getByTestId(`row-${address(4)}`);
    expect(await row.getAttribute("class")).toContain("is-pinned");
    expect(await cell(4, "addr").textContent()).toContain("kept");
    ui.host.source.first = 10;
    await expect.poll(() => row.getAttribute("class"), { timeout: 15_000 }).toContain("is-gone");
    await expect.poll(() => ui.page.getByTestId(`row-${address(5)}`).count(), { timeout: 15_000 }).toBe(0);
    expect(await row.count()).toBe(1);
    expect(await ui.page.getByTestId(`row-${address(6)}`).count()).toBe(1);
    await keys("Shift+X");
    await expect.poll(() => row.count(), { timeout: 15_000 }).toBe(0);
    expect(await ui.page.getByTestId("kept").count()).toBe(0);
  });
});

describe("the focused cell", () => {
  it("f filters by its value, Shift+f excludes it, s sorts by its column", async () => {
    await open(200);
    // Address, name, state: the third column.
    await keys("j", "j", "ArrowRight", "ArrowRight", "ArrowRight");
    expect(await grid().evaluate((g) => document.getElementById(g.getAttribute("aria-activedescendant")!)!.textContent)).toBe("idle");
    await keys("f");
    expect(await filter()).toBe("state=idle");
    await expect.poll(() => ui.page.getByTestId("services-count").textContent()).toBe("117 / 200");
    expect(new Set(await ui.page.locator("[data-testid^='cell-'][data-testid$='-state']").allTextContents())).toEqual(new Set(["idle"]));
    await keys("Escape");
    await expect.poll(filter).toBe("");
    await keys("Shift+F");
    expect(await filter()).toBe("-state=idle");
    await expect
      .poll(async () => (await ui.page.locator("[data-testid^='cell-'][data-testid$='-state']").allTextContents()).includes("idle"))
      .toBe(false);
    await ui.page.goBack();
    await expect.poll(filter).toBe("");
    await keys("ArrowRight", "s");
    await expect.poll(() => ui.page.url()).toContain("sort=-mqlen");
    await keys("s");
    await expect.poll(() => ui.page.url()).toContain("sort=mqlen");
  });

  it("y copies a link that opens the row, Shift+y its figures as JSON", async () => {
    await open(60);
    await keys("j", "j", "y");
    await expect.poll(clipboard).toBe(`http://127.0.0.1:${ui.host.server.port}/#/services?sel=${address(4)}`);
    expect(await ui.page.getByTestId("notice").textContent()).toBe(`The link to ${address(4)} was copied.`);
    await keys("Shift+Y");
    await expect.poll(clipboard).toContain('"name": "agent u1004"');
    const row = JSON.parse(await clipboard()) as Record<string, unknown>;
    expect([row["addr"], row["task"], row["oldest"]]).toEqual([address(4), 1, null]);
  });

  it(". opens the menu of the row: by keyboard to the same service in another panel, Escape back to the row", async () => {
    await open(60);
    await keys("j", "j", ".");
    const menu = ui.page.getByTestId("row-menu");
    await menu.waitFor();
    expect(await seriousFindings(ui.page)).toEqual([]);
    await keys("Escape");
    await expect.poll(() => menu.count()).toBe(0);
    expect(await grid().evaluate((g) => g === document.activeElement)).toBe(true);
    await cell(5, "name").click({ button: "right" });
    await menu.waitFor();
    expect(await menu.getByRole("menuitem").allTextContents()).toContain('Only name="agent u1005"f');
    await keys("End", "ArrowUp", "Enter");
    await expect.poll(() => ui.page.url()).toContain(`#/mailboxes?sel=${address(5)}`);
  });
});

describe("columns", () => {
  const width = (column: string): Promise<number> =>
    ui.page.locator(`.sk-th[data-column="${column}"]`).evaluate((e) => Math.round(e.getBoundingClientRect().width));

  it("are made wider by dragging the edge of the head and by Shift and an arrow; it is remembered; double-click undoes it", async () => {
    await open(60);
    const usual = await width("mqlen");
    const edge = ui.page.getByTestId("edge-mqlen");
    const box = (await edge.boundingBox())!;
    await ui.page.mouse.move(box.x + 4, box.y + 10);
    await ui.page.mouse.down();
    await ui.page.mouse.move(box.x + 64, box.y + 10, { steps: 4 });
    await ui.page.mouse.up();
    expect(await width("mqlen")).toBe(usual + 60);
    expect(ui.page.url()).not.toContain("sort");
    await grid().focus();
    await keys("j", "ArrowRight", "Shift+ArrowRight");
    expect(await width("addr")).toBe(88 + 16);
    await ui.page.reload();
    await grid().waitFor();
    expect([await width("mqlen"), await width("addr")]).toEqual([usual + 60, 104]);
    const cellBox = await cell(4, "mqlen").evaluate((e) => Math.round(e.getBoundingClientRect().width));
    expect(cellBox).toBe(usual + 60);
    await ui.page.getByTestId("edge-mqlen").dblclick();
    expect(await width("mqlen")).toBe(usual);
  });
});

describe("cells that change", () => {
  const count = (): Promise<number> =>
    ui.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const seen = new Set<Animation>();
          const end = performance.now() + 3200;
          const look = (): void => {
            for (const a of document.getAnimations()) if (a.id === "flash") seen.add(a);
            if (performance.now() < end) requestAnimationFrame(look);
            else resolve(seen.size);
          };
          look();
        }),
    );

  it("flash, at most once a second, and not where people ask for less motion (INS-TAB-5)", async () => {
    await open(60);
    await ui.page.getByTestId("filter-input").fill("addr=" + address(20));
    await expect.poll(names).toEqual(["agent u1020"]);
    const flashes = await count();
    expect(flashes).toBeGreaterThan(0);
    // mqlen, msg/s, cpu, mem …: no column more often than once a second.
    expect(flashes).toBeLessThanOrEqual(4 * 4);
    await ui.page.emulateMedia({ reducedMotion: "reduce" });
    await ui.page.waitForTimeout(800);
    expect(await count()).toBe(0);
  });
});
