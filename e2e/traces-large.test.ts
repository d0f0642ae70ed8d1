/** The Traces panel in a real Chromium: what is saved of traces, and large ones. */
import { readFileSync } from "node:fs";
import type { OtlpTraces, PerfettoEvent } from "@skyloom/devtools";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { otlpFaults, perfettoFaults } from "../packages/devtools/src/traces/fixtures/check-exports.ts";
import { measureTrace, openTraces, startTraceHost } from "./support/trace-page.ts";
import { recordAll, tree, useTracesPanel } from "./support/traces-panel.ts";

const ui = useTracesPanel();

describe("what is saved", () => {
  const save = async (page: Page, format: "perfetto" | "otlp"): Promise<string> => {
    await page.getByTestId(`export-${format}`).check();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByTestId("export-save").click()]);
    return readFileSync(await file.path(), "utf8");
  };

  it("says what leaves; both formats hold what other programs need", async () => {
    const { page } = await ui.openLogin();
    await page.getByTestId("action-trace-export").click();
    const leaves = await page.getByTestId("export-leaves").textContent();
    expect(leaves).toContain("4 names of services");
    expect(leaves).toContain("no message content");
    for (const name of ["gate", "auth", "db", "login", "forbid"]) expect(leaves).toContain(name);
    const perfetto = JSON.parse(await save(page, "perfetto")) as { traceEvents: PerfettoEvent[]; otherData: { host: string } };
    expect(perfettoFaults(perfetto.traceEvents)).toEqual([]);
    expect(perfetto.otherData.host).toBe("game");
    expect(perfetto.traceEvents.filter((e) => e.ph === "b" && e.name === "db.get")).toHaveLength(13);
    const otlp = JSON.parse(await save(page, "otlp")) as OtlpTraces;
    expect(otlpFaults(otlp)).toEqual([]);
    const spans = otlp.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans));
    expect(spans.filter((s) => s.status.code === 2).map((s) => s.name)).toEqual(["auth.forbid", "auth.forbid"]);
    const start = Number(BigInt(spans[0]!.startTimeUnixNano) / 1_000_000n);
    expect(Math.abs(start - Date.now())).toBeLessThan(60_000);
    await page.keyboard.press("Escape");
    await page.getByTestId("export-dialog").waitFor({ state: "detached" });
    expect(ui.complaints).toEqual([]);
  });

  it("all traces that are shown, and no others", async () => {
    const { page, login } = await ui.openLogin();
    await page.getByTestId("action-all-traces").click();
    await login(2);
    await page.getByTestId("filter-input").fill("cmd:login");
    await expect.poll(() => page.getByTestId("traces-count").textContent()).toMatch(/^2 \//);
    await page.getByTestId("action-trace-export").click();
    expect(await page.getByTestId("export-dialog").getByRole("heading").textContent()).toBe("Export 2 traces");
    const { traceEvents } = JSON.parse(await save(page, "perfetto")) as { traceEvents: PerfettoEvent[] };
    expect(perfettoFaults(traceEvents)).toEqual([]);
    expect(traceEvents.filter((e) => e.ph === "b" && e.name === "gate.login")).toHaveLength(2);
  });
});

describe("much of it", () => {
  it("a real request through ten thousand handlers is recorded whole, built in the worker, and narrowed as a sequence", async () => {
    const { host } = await ui.start();
    const page = await ui.open(host);
    await recordAll(page);
    await host.start("trace-10000");
    const row = page
      .locator("[data-testid^='row-traces-']", { hasText: "grow" })
      .or(page.locator("[data-testid^='row-traces-']", { hasText: "seed" }))
      .first();
    await expect
      .poll(async () => (await row.locator("[data-testid$='-spans']").textContent()) ?? "", { timeout: 20_000 })
      .toMatch(/^10,00\d$/);
    expect(await page.getByTestId("note-dropped").count()).toBe(0);
    const worker = page.waitForEvent("worker");
    await row.click();
    expect((await worker).url()).toContain("trace-worker");
    await expect.poll(() => tree(page), { timeout: 15_000 }).toContain("      branch.grow ×99");
    await page.getByTestId("view-sequence").click();
    expect(await page.getByTestId("sequence-narrow").textContent()).toContain("the first 2,000 of");
    await page.getByTestId("filter-input").fill("service:trunk");
    expect(ui.complaints).toEqual([]);
  });

  it("a host that plays 10,000 and 50,000 spans: they open and scroll without blanks (INS-UI-4; bench:ui has the figures)", async () => {
    const host = await startTraceHost([10_000, 50_000], ui.folder);
    ui.closers.push(() => host.close());
    for (const spans of [10_000, 50_000]) {
      const page = await openTraces(ui.browser, host);
      ui.closers.push(() => page.close());
      const f = await measureTrace(page, spans, 2000);
      expect(f.blank / f.frames).toBeLessThan(0.02);
      expect(await page.locator("[data-testid=wf-row]").count()).toBeLessThan(80);
    }
  });
});
