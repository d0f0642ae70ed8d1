/** What works on the whole inspector, in a real Chromium: palette, shortcuts, settings, pause. */
import { describe, expect, it } from "vitest";
import { address, useInspectorPage } from "./support/inspector-page.ts";
import { seriousFindings } from "./support/axe.ts";
import { startCounterHost } from "./support/counter-host.ts";

const ui = useInspectorPage();
const { grid } = ui;
const palette = () => ui.page.getByTestId("palette");
const items = (): Promise<string[]> => ui.page.locator(".sk-palette-title").allTextContents();

/** Opens the page on real nodes. */
async function openReal(options: Parameters<typeof startCounterHost>[1] = {}): Promise<void> {
  const host = await startCounterHost(ui.folder, options);
  ui.closers.push(() => host.close());
  await ui.show(host.server.url);
  await grid().waitFor();
}

const audit = (): Promise<string[]> => seriousFindings(ui.page);

describe("the command palette", () => {
  it("finds one of 10,000 services by name and opens it; the time is printed (50 ms wanted)", async () => {
    await ui.open(10_000);
    await grid().waitFor();
    await ui.page.keyboard.press("Control+k");
    await palette().waitFor();
    await ui.page.keyboard.type("u1234");
    await expect.poll(items).toEqual(["agent u1234"]);
    const ms = await ui.page.evaluate(async () => {
      const input = document.querySelector<HTMLInputElement>("[data-testid=palette-input]")!;
      const times: number[] = [];
      for (const text of ["u10", "room", "u5", "agent u77", "u"]) {
        const before = document.querySelector(".sk-palette-title")?.textContent;
        const from = performance.now();
        input.select();
        document.execCommand("insertText", false, text);
        while (document.querySelector(".sk-palette-title")?.textContent === before && performance.now() - from < 500)
          await new Promise((r) => setTimeout(r, 0));
        times.push(performance.now() - from);
      }
      return times.sort((a, b) => a - b);
    });
    console.log(`palette, key to results over 10,000 services: median ${ms[2]!.toFixed(1)} ms, worst ${ms[4]!.toFixed(1)} ms`);
    expect(ms[2]!).toBeLessThan(150);
    await ui.page.getByTestId("palette-input").fill("u1234");
    await expect.poll(items).toEqual(["agent u1234"]);
    await ui.page.keyboard.press("Enter");
    await ui.page.getByRole("complementary", { name: address(234) }).waitFor();
    expect(await palette().count()).toBe(0);
  });

  it("knows panels, addresses with :, nodes with @, and says when nothing fits; Escape gives the focus back", async () => {
    await ui.open(60);
    await grid().waitFor();
    await grid().focus();
    await ui.page.keyboard.press("Control+k");
    await palette().waitFor();
    await ui.page.keyboard.type("mail");
    await expect.poll(items).toEqual(["Mailboxes"]);
    await ui.page.getByTestId("palette-input").fill(":1c");
    await expect.poll(items).toEqual(["agent u1027"]);
    await ui.page.getByTestId("palette-input").fill("@ga");
    await expect.poll(items).toEqual(["game1"]);
    await ui.page.getByTestId("palette-input").fill("zebra");
    await ui.page.getByText("Nothing is called “zebra”.").waitFor();
    await ui.page.keyboard.press("Escape");
    await expect.poll(() => palette().count()).toBe(0);
    expect(await grid().evaluate((g) => g === document.activeElement)).toBe(true);
    await ui.page.keyboard.press("Control+k");
    await ui.page.getByTestId("palette-input").fill("@ga");
    await expect.poll(items).toEqual(["game1"]);
    await ui.page.keyboard.press("Enter");
    await expect.poll(() => ui.page.getByTestId("filter-input").inputValue()).toBe("node=game1");
  });

  it("lists what may not be done, with the reason, and does what may be", async () => {
    await openReal({ scopes: ["read"] });
    await ui.page.keyboard.press("Control+k");
    await ui.page.getByTestId("palette-input").fill("> gc");
    const gc = ui.page.locator(".sk-palette-item", { hasText: "GC all services" });
    await gc.waitFor();
    expect(await gc.getAttribute("aria-disabled")).toBe("true");
    expect(await gc.textContent()).toContain("lacks the scope “operate”");
    await ui.page.getByTestId("palette-input").fill("> ping counter");
    await ui.page.locator(".sk-palette-item", { hasText: "Ping counter" }).click();
    await expect.poll(() => ui.page.getByTestId("toast-1").textContent(), { timeout: 15_000 }).toMatch(/^ping :[0-9a-f]{8}\d/);
  });

  it("asks before it kills, and names the service on the right node", async () => {
    await openReal({ names: ["alpha", "beta"] });
    await ui.page.keyboard.press("Control+k");
    await ui.page.getByTestId("palette-input").fill("> kill counter");
    const kill = ui.page.locator(".sk-palette-item", { hasText: "@beta" });
    await kill.waitFor();
    await kill.click();
    const dialog = ui.page.getByTestId("confirm-dialog");
    await dialog.waitFor();
    expect(await dialog.textContent()).toMatch(/kill counter 0 \(:[0-9a-f]{8}@beta\)\?/);
    await ui.page.getByTestId("confirm-ok").click();
    const left = () => ui.page.locator(".sk-row:not(.is-gone)", { hasText: "counter" }).locator("[data-testid$='-node']").allTextContents();
    await expect.poll(left, { timeout: 15_000 }).toEqual(["alpha"]);
  });
});

describe("a palette that cannot be loaded", () => {
  it("says so, and takes nothing down", async () => {
    await ui.open(60, { prepare: (p) => p.route(/Palette.*\.js/, (r) => r.abort()) });
    await grid().waitFor();
    await ui.page.keyboard.press("Control+k");
    await ui.page.getByTestId("palette-missing").waitFor();
    await ui.page.keyboard.press("Escape");
    await grid().waitFor();
    expect(await ui.page.getByTestId("palette-missing").count()).toBe(0);
  });
});

describe("pausing", () => {
  it("Space holds every value on the screen and counts what comes; again it jumps to now", async () => {
    await ui.open(60);
    await grid().waitFor();
    const figures = () => ui.page.locator(".sk-rows").textContent();
    await ui.page.keyboard.press(" ");
    await expect.poll(() => ui.page.getByTestId("conn-chip").textContent()).toContain("paused");
    const before = await figures();
    await expect.poll(() => ui.page.getByTestId("pause-missed").textContent(), { timeout: 15_000 }).toMatch(/^\+[3-9]$/);
    expect(await figures()).toBe(before);
    await ui.page.getByTestId("action-pause").click();
    await expect.poll(figures).not.toBe(before);
    expect(await ui.page.getByTestId("pause-missed").count()).toBe(0);
    expect(await ui.page.getByTestId("conn-chip").textContent()).toContain("live");
  });
});

describe("shortcuts and settings", () => {
  it("? lists all shortcuts; single keys can be switched off, and stay off", async () => {
    await ui.open(60);
    await grid().waitFor();
    await ui.page.keyboard.press("?");
    const help = ui.page.getByTestId("help");
    await help.waitFor();
    expect(await help.textContent()).toContain("Command palette");
    expect(await audit()).toEqual([]);
    await ui.page.getByTestId("help-single-keys").uncheck();
    await ui.page.keyboard.press("Escape");
    await expect.poll(() => help.count()).toBe(0);
    await ui.page.reload();
    await grid().waitFor();
    for (const key of ["?", "/", "j", " "]) await ui.page.keyboard.press(key);
    expect(await help.count()).toBe(0);
    expect(await ui.page.locator(".sk-row.is-active").count()).toBe(0);
    expect(await ui.page.getByTestId("conn-chip").textContent()).toContain("live");
    await ui.page.keyboard.press("ArrowDown");
    await expect.poll(() => ui.page.locator(".sk-row.is-active").count()).toBe(1);
    await ui.page.keyboard.press("Control+k");
    await palette().waitFor();
  });

  it("read-only refuses commands, is shown in the chip, and is remembered for this host", async () => {
    await openReal();
    expect(await ui.page.getByTestId("conn-chip").textContent()).toContain("full access");
    await ui.page.getByTestId("menu-settings").click();
    await ui.page.getByTestId("read-only").check();
    expect(await audit()).toEqual([]);
    await ui.page.keyboard.press("Escape");
    await ui.page.reload();
    await grid().waitFor();
    expect(await ui.page.getByTestId("conn-chip").textContent()).toContain("read-only");
    await ui.page.keyboard.press("Control+k");
    await ui.page.getByTestId("palette-input").fill("> kill counter");
    await expect
      .poll(() => ui.page.locator(".sk-palette-item", { hasText: "Kill counter" }).textContent())
      .toContain("You have switched this page to read-only.");
  });

  for (const theme of ["dark", "light", "contrast"])
    it(`axe finds nothing serious in the palette (${theme})`, async () => {
      await openReal({ scopes: ["read"] });
      await ui.setting("theme", theme);
      await ui.page.keyboard.press("Control+k");
      await ui.page.getByTestId("palette-input").fill(">");
      await ui.page.locator(".sk-palette-item", { hasText: "GC all" }).waitFor();
      expect(await audit()).toEqual([]);
    });
});
