/** Filters under a name and the built-in ones, in a real Chromium. */
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { useInspectorPage } from "./support/inspector-page.ts";

const ui = useInspectorPage();
afterEach(() => expect(ui.complaints).toEqual([]));
const box = () => ui.page.getByTestId("filter-input");
const told = (): Promise<string | null> => ui.page.getByTestId("filters-told").textContent();
const importText = async (text: string): Promise<void> =>
  ui.page.getByTestId("import-filters").setInputFiles({ name: "f.json", mimeType: "application/json", buffer: Buffer.from(text) });

describe("saved filters (INS-FIL-2)", () => {
  it("are saved, applied, renamed, deleted and brought back; they outlive the page; files go out and in", async () => {
    await ui.open(100);
    await ui.grid().waitFor();
    await box().fill("is:overload mqlen>1000");
    await ui.page.getByTestId("menu-filters").click();
    await ui.page.getByTestId("name-save").fill("too many");
    await ui.page.keyboard.press("Enter");
    await expect.poll(told).toBe("“too many” was saved.");
    expect(await seriousFindings(ui.page)).toEqual([]);
    // The same name again is refused.
    await ui.page.getByTestId("name-save").fill("too many");
    expect(await ui.page.getByTestId("action-save-filter").isDisabled()).toBe(true);
    await ui.page.keyboard.press("Escape");
    await box().fill("");
    await ui.page.reload();
    await ui.grid().waitFor();
    await ui.page.getByTestId("menu-filters").click();
    await ui.page.getByTestId("saved-too many").click();
    await expect.poll(() => box().inputValue()).toBe("is:overload mqlen>1000");
    await expect.poll(() => ui.page.getByTestId("services-count").textContent()).toBe("2 / 100");
    await ui.page.getByTestId("rename-too many").click();
    await ui.page.getByTestId("name-rename").fill("full");
    await ui.page.keyboard.press("Enter");
    await ui.page.getByTestId("saved-full").waitFor();
    const [file] = await Promise.all([ui.page.waitForEvent("download"), ui.page.getByTestId("action-export-filters").click()]);
    const text = await readFile((await file.path())!, "utf8");
    expect(JSON.parse(text)).toEqual({
      format: "skyloom-filters",
      version: 1,
      filters: [{ name: "full", panel: "services", query: "is:overload mqlen>1000" }],
    });
    await ui.page.getByTestId("delete-full").click();
    await expect.poll(() => ui.page.getByTestId("saved-full").count()).toBe(0);
    await ui.page.getByTestId("action-undo-delete").click();
    await ui.page.getByTestId("saved-full").waitFor();
    await ui.page.getByTestId("delete-full").click();
    await importText(text);
    await expect.poll(told).toBe("1 imported.");
    await importText('{"format":"skyloom-filters","version":1,"filters":[{"name":"x","panel":"services"}]}');
    await expect.poll(told).toContain('Filter 1 of the file: "query" should be a text and is missing.');
    expect(await ui.page.getByTestId("filters-told").getAttribute("role")).toBe("alert");
    // Another panel has its own.
    await ui.page.keyboard.press("Escape");
    await ui.page.getByRole("link", { name: "Logs" }).click();
    expect(await ui.page.getByTestId("saved-full").count()).toBe(0);
  });
});

describe("built-in filters", () => {
  it("Errors, Slow and Changed put their mark into the box and take it out", async () => {
    await ui.open(200);
    await ui.grid().waitFor();
    await ui.page.getByTestId("query-chip-error").click();
    await expect.poll(() => box().inputValue()).toBe("is:error");
    // Services 5, 102 and 199 have errors.
    await expect.poll(() => ui.page.getByTestId("services-count").textContent()).toBe("3 / 200");
    await ui.page.getByTestId("query-chip-error").click();
    await ui.page.getByTestId("query-chip-slow").click();
    await expect.poll(() => ui.page.getByTestId("services-count").textContent()).toBe("4 / 200");
    await ui.page.getByTestId("query-chip-slow").click();
    await ui.page.getByTestId("query-chip-changed").click();
    await expect.poll(() => box().inputValue()).toBe("is:changed");
    // One in twenty is active; the first of them is a system service.
    await expect.poll(() => ui.page.getByTestId("services-count").textContent(), { timeout: 15_000 }).toBe("9 / 200");
  });
});
