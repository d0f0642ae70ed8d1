/** Snapshots and other hosts, in a real Chromium: saving, opening, refusing; nodes in another tab; addresses that were used before. */
import { readFileSync } from "node:fs";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { startCounterHost } from "./support/counter-host.ts";

const ui = useInspectorPage();
const chip = (page: Page = ui.page) => page.getByTestId("conn-chip");
const rows = (): Promise<string[]> => ui.page.locator(".sk-row [data-testid$='-name']").allTextContents();

async function audit(): Promise<string[]> {
  await ui.page.evaluate(`${axe.source}; undefined`);
  const { violations } = (await ui.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as axe.AxeResults;
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join(" | ")}`);
}

/** Saves a snapshot by hand and gives its bytes. */
async function save(): Promise<Buffer> {
  await chip().click();
  await ui.page.getByTestId("action-save-snapshot").click();
  expect(await ui.page.getByTestId("save-snapshot").textContent()).toMatch(/services: \d+ rows/);
  const [download] = await Promise.all([ui.page.waitForEvent("download"), ui.page.getByTestId("save-ok").click()]);
  expect(download.suggestedFilename()).toMatch(/^[\w-]+-snapshot-[\dT-]+\.skyi$/);
  return readFileSync(await download.path());
}
const asFile = (buffer: Buffer, name = "saved.skyi") => ({ name, mimeType: "application/octet-stream", buffer });

describe("a snapshot", () => {
  it("is saved, opened as a host that can only be looked at, and left again", async () => {
    const host = await startCounterHost(ui.folder);
    ui.closers.push(() => host.close());
    await ui.show(host.server.url);
    await ui.grid().waitFor();
    await ui.page.getByRole("link", { name: "Logs" }).click();
    await ui.page.getByText("count").first().waitFor({ timeout: 15_000 });
    await ui.page.getByRole("link", { name: "Services" }).click();
    await ui.grid().waitFor();
    const before = await rows();
    await chip().click();
    expect(await audit()).toEqual([]);
    await ui.page.keyboard.press("Escape");
    const file = await save();
    await host.server.close();

    await chip().click();
    await ui.page.getByTestId("open-snapshot").setInputFiles(asFile(file));
    await expect.poll(() => chip().textContent()).toContain("replay");
    expect(await chip().getAttribute("title")).toMatch(/^saved\.skyi, saved /);
    expect(ui.page.url()).toContain("c=file");
    expect(await rows()).toEqual(before);
    expect(await ui.page.getByTestId("state-disconnected").count()).toBe(0);
    await ui.page.locator(".sk-row", { hasText: "counter" }).click();
    expect(await ui.page.getByTestId("action-kill").getAttribute("title")).toBe("This is a snapshot: nothing can be done to it.");
    await ui.page.getByTestId("drawer-tab-tasks").click();
    await expect.poll(() => ui.page.getByRole("tabpanel").textContent()).toContain("can only be looked at, not asked");
    expect(await audit()).toEqual([]);
    await ui.page.getByRole("link", { name: "Logs" }).click();
    await ui.page.getByText("count").first().waitFor();
    await ui.page.getByRole("link", { name: "Sockets" }).click();
    expect(await ui.page.getByTestId("state-unavailable").textContent()).toContain("nobody looked at it when the snapshot was made");
    // Nothing was heard for a while, and it is still no live host that went silent.
    await ui.page.waitForTimeout(3500);
    expect(await chip().textContent()).toContain("replay");
    expect(ui.complaints.filter((c) => !/WebSocket|ERR_CONNECTION_REFUSED/.test(c))).toEqual([]);
  });

  it("is opened at c=file, which asks for it; a file that is none is refused in words", async () => {
    await ui.open(60);
    await ui.grid().waitFor();
    const file = await save();
    await ui.page.goto(`http://127.0.0.1:${ui.host.server.port}/#/services?c=file&q=u1004`);
    await ui.page.getByTestId("choose-file").waitFor();
    expect(await audit()).toEqual([]);
    const input = ui.page.getByTestId("open-snapshot");
    await input.setInputFiles(asFile(Buffer.from("hello"), "hello.txt"));
    await expect
      .poll(() => ui.page.getByTestId("file-fault").textContent())
      .toBe("hello.txt: this is no snapshot of the inspector: it does not begin as a gzip file.");
    await input.setInputFiles(asFile(file.subarray(0, 200)));
    await expect.poll(() => ui.page.getByTestId("file-fault").textContent()).toContain("damaged or cut off");
    await input.setInputFiles(asFile(file));
    await expect.poll(rows).toEqual(["agent u1004"]);
  });

  it("can be dropped on the page; what cannot be opened changes nothing", async () => {
    await ui.open(60);
    await ui.grid().waitFor();
    const file = await save();
    const drop = (bytes: number[], name: string) =>
      ui.page.evaluate(
        ([list, called]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(list as number[])], called as string));
          const target = document.querySelector(".sk-grid")!;
          target.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
          target.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        },
        [bytes, name] as const,
      );
    await drop([1, 2, 3], "noise.bin");
    await expect.poll(() => ui.page.getByTestId("notice").textContent()).toContain("noise.bin: this is no snapshot");
    expect(await chip().textContent()).toContain("live");
    await drop([...file], "saved.skyi");
    await expect.poll(() => chip().textContent()).toContain("replay");
    await ui.page.goBack();
    await expect.poll(() => chip().textContent(), { timeout: 15_000 }).toContain("live");
  });
});

describe("other hosts", () => {
  it("nodes in another tab are found, looked at, and missed when their tab is closed", async () => {
    await ui.open(10, { path: "#/services?c=page" });
    await ui.page.locator(".sk-row", { hasText: "pong" }).first().waitFor({ timeout: 15_000 });
    const home = ui.page;
    const other = await home.context().newPage();
    await other.goto(`http://127.0.0.1:${ui.host.server.port}/#k=${token}`);
    await other.getByRole("grid", { name: "Services" }).waitFor();
    await chip(other).click();
    const choice = other.getByTestId(/^connect-tab:page-/);
    await choice.waitFor({ timeout: 15_000 });
    await choice.click();
    await expect.poll(() => other.url(), { timeout: 15_000 }).toContain("c=tab:page-");
    await other.locator(".sk-row", { hasText: "pong" }).first().waitFor({ timeout: 15_000 });
    const rate = () => other.getByTestId("status-rate").textContent();
    await expect.poll(async () => Number((await rate())!.replace(",", "")), { timeout: 15_000 }).toBeGreaterThan(0);
    await home.close();
    await expect.poll(() => chip(other).getAttribute("data-phase"), { timeout: 15_000 }).toBe("reconnecting");
    await other.close();
  });

  it("an address that was used is offered again", async () => {
    await ui.open(10);
    await ui.grid().waitFor();
    const second = await startCounterHost(ui.folder, { origins: [`http://127.0.0.1:${ui.host.server.port}`] });
    ui.closers.push(() => second.close());
    const address = `ws://127.0.0.1:${second.server.port}/inspect`;
    await ui.page.goto(`http://127.0.0.1:${ui.host.server.port}/#k=${token}&c=${encodeURIComponent(address)}`);
    await expect.poll(() => chip().textContent(), { timeout: 15_000 }).toMatch(/live.*real/);
    await chip().click();
    expect(await ui.page.getByTestId(`connect-${address}`).textContent()).toContain("now");
    await ui.page.getByTestId("connect-own").click();
    await expect.poll(() => chip().textContent(), { timeout: 15_000 }).toContain("formula");
    await chip().click();
    await ui.page.getByTestId(`connect-${address}`).waitFor();
  });
});
