/** The Traces panel in a real Chromium over a real node: what is recorded, and one trace in every view. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { cells, recordAll, rowOf, state, tree, useTracesPanel } from "./support/traces-panel.ts";

const ui = useTracesPanel();
/** Microseconds that the first span waited in its mailbox, as its details say. */
async function queueOf(page: Page): Promise<number> {
  await page.locator("[data-testid=wf-row]").first().click();
  const text = await page.getByTestId("drawer").locator(".sk-fact", { hasText: "In the mailbox" }).locator("dd").textContent();
  await page.keyboard.press("Escape");
  await page.getByTestId("drawer").waitFor({ state: "detached" });
  const [, n, unit] = /^([\d.]+) (µs|ms)/.exec(text!)!;
  return Number(n) * (unit === "ms" ? 1000 : 1);
}

const SHAPE = ["gate.login", "  auth.check", "    db.get", "  db.get ×12", "  db.note", "  auth.forbid ✖"];

describe("recording", () => {
  it("is off until it is asked for; one chain in N, with what that leaves out said; all, with what it costs said", async () => {
    const { host } = await ui.start();
    const page = await ui.open(host);
    await expect.poll(() => state(page)).toBe("off");
    expect(host.node.kernel.probe).toBeUndefined();
    expect(await page.getByTestId("state-empty").textContent()).toContain("Choose above what to record and press Start");
    expect(await page.getByTestId("trace-n").inputValue()).toBe("64");
    await page.getByTestId("trace-n").fill("0");
    await page.getByTestId("action-trace-start").click();
    expect(await page.getByTestId("trace-fault").textContent()).toContain("whole number from 1");
    await page.getByTestId("trace-n").fill("3");
    await page.getByTestId("action-trace-start").click();
    await expect.poll(() => page.getByTestId("trace-state").textContent()).toContain("Recording 1 of 3 chains of messages");
    expect(await page.getByTestId("note-sampled").textContent()).toContain("1 of 3 chains of messages is recorded");
    expect(host.node.kernel.probe).toBeDefined();
    await page.getByTestId("trace-kind").selectOption("all");
    expect(await page.getByTestId("trace-cost").textContent()).toContain(
      "takes twice as long; beyond some 16,000 events a second whole traces are left out",
    );
    await page.getByTestId("action-trace-stop").click();
    await expect.poll(() => state(page)).toBe("off");
    expect(ui.complaints).toEqual([]);
  });

  it("of services that are named, and of commands that match", async () => {
    const { host, login } = await ui.start();
    const page = await ui.open(host);
    await page.getByTestId("trace-kind").selectOption("services");
    await page.locator("datalist option[value=auth]").waitFor({ state: "attached" });
    await page.getByTestId("trace-services").fill("nobody");
    await page.getByTestId("action-trace-start").click();
    expect(await page.getByTestId("trace-fault").textContent()).toContain("There is no service nobody");
    await page.getByTestId("trace-services").fill("auth");
    await page.getByTestId("action-trace-start").click();
    await expect.poll(() => state(page)).toBe("services");
    await login(1);
    await rowOf(page, "check").waitFor();
    expect(await page.locator("[data-testid$='-sampled']").first().textContent()).toBe("services");
    await page.getByTestId("trace-kind").selectOption("commands");
    await page.getByTestId("trace-pattern").fill("not*");
    await page.getByTestId("action-trace-start").click();
    await expect.poll(() => page.getByTestId("trace-state").textContent()).toContain("commands like not*");
    await page.getByTestId("action-trace-clear").click();
    await page.getByTestId("state-empty").waitFor();
    await login(2);
    await rowOf(page, "note").waitFor();
    expect(await page.locator("[data-testid^='row-traces-']").count()).toBe(1);
  });

  it("goes on while another panel is shown, is seen by everybody, and whoever may can end it", async () => {
    const { host, login } = await ui.start();
    const page = await ui.open(host);
    await recordAll(page);
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.getByTestId("panel-services").waitFor();
    await login(1);
    const other = await ui.open(host);
    await expect.poll(() => other.getByTestId("trace-state").textContent()).toContain("Recording every message, begun elsewhere");
    await other.getByTestId("action-trace-stop").click();
    await expect.poll(() => state(other)).toBe("off");
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await rowOf(page, "login").waitFor();
    expect(await page.getByTestId("trace-ended").textContent()).toContain("another client has stopped it");
    expect(await state(page)).toBe("off");
  });

  it("says which scope is missing", async () => {
    const { host } = await ui.start(["read"]);
    const page = await ui.open(host);
    expect(await page.getByTestId("trace-forbidden").textContent()).toContain("lacks the scope “operate”");
    expect(await page.getByTestId("action-trace-start").isDisabled()).toBe(true);
  });
});

describe("the list", () => {
  it("is narrowed by a drag on the plot, in the address too, and a click on a dot opens its trace", async () => {
    const { host, login } = await ui.start();
    const page = await ui.open(host);
    await recordAll(page);
    await login(1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await login(2);
    await expect.poll(() => page.getByTestId("traces-count").textContent(), { timeout: 15_000 }).toBe("2 / 2");
    const box = (await page.getByTestId("plot-traces").boundingBox())!;
    // The first trace lies at the left end of the axis, the second at its right end.
    await page.mouse.move(box.x + 56, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 22, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => page.getByTestId("traces-count").textContent()).toBe("1 / 2");
    expect(page.url()).toMatch(/[?&]r=\d+\.\.\d+&d=\d+\.\.\d+/);
    const [first] = await page
      .locator("[data-testid^='row-traces-']")
      .evaluateAll((rows) => rows.map((r) => r.getAttribute("data-testid")));
    await page.getByTestId("filter-brush").click();
    await expect.poll(() => page.getByTestId("traces-count").textContent()).toBe("2 / 2");
    // Newest first: the brush left the older one.
    expect(await page.locator("[data-testid^='row-traces-']").last().getAttribute("data-testid")).toBe(first);
    const dot = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("[data-testid=plot-traces]")!;
      const { data } = canvas.getContext("2d")!.getImageData(canvas.width - 30, 0, 30, canvas.height - 24);
      // The cross of a trace with errors is the only red there.
      for (let i = 0; i < data.length; i += 4)
        if (data[i]! > 200 && data[i + 1]! < 160 && data[i + 3]! > 200)
          return { x: canvas.width - 30 + ((i / 4) % 30), y: Math.floor(i / 4 / 30) };
      return undefined;
    });
    await page.mouse.click(box.x + dot!.x, box.y + dot!.y + 3);
    await page.getByTestId("table-waterfall").waitFor();
    expect(await page.getByTestId("trace-title").textContent()).toContain("login");
  });
});

describe("one trace", () => {
  it("its waterfall has the call chain with its names, joins siblings, cuts idle time, and folds", async () => {
    const { page } = await ui.openLogin();
    await expect.poll(() => tree(page)).toEqual(SHAPE);
    expect(await page.getByTestId("trace-title").textContent()).toMatch(
      /^:0000000c-\d+ · login · [12]\d\d ms · 17 spans · 3 services · ✖ 1 error/,
    );
    const grid = page.getByTestId("table-waterfall");
    expect(await grid.getAttribute("aria-rowcount")).toBe("6");
    await grid.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => tree(page)).toEqual(["gate.login"]);
    await page.keyboard.press("]");
    await expect.poll(() => tree(page)).toEqual(SHAPE);
    // The joined ones, one by one.
    for (const key of ["j", "j", "j"]) await page.keyboard.press(key);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => tree(page)).toEqual([...SHAPE.slice(0, 3), ...Array.from({ length: 12 }, () => "  db.get"), ...SHAPE.slice(4)]);
    await page.keyboard.press("[");
    await expect.poll(() => tree(page)).toEqual(["gate.login"]);
    await page.keyboard.press("]");
    // The next error, and its details.
    await page.keyboard.press("n");
    await page.keyboard.press("Enter");
    const drawer = page.getByTestId("drawer");
    expect(await drawer.getByRole("heading").textContent()).toBe("auth.forbid");
    expect(await drawer.textContent()).toContain("✖ Error");
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    expect(ui.complaints).toEqual([]);
  });

  it("its picture shows striped, solid and thin where the model says so, and a click on a bar opens it", async () => {
    const { page } = await ui.openLogin();
    /** How many pixels of each column of the first row are painted: about 12 is solid, 2 a thin line, something between striped. */
    const columns = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>("[data-testid=plot-waterfall]")!;
        const { width, data } = canvas.getContext("2d")!.getImageData(0, 7, canvas.width, 14);
        return Array.from({ length: width }, (_, x) =>
          Array.from({ length: 14 }, (__, y) => Number(data[(y * width + x) * 4 + 3]! > 128)).reduce((a, n) => a + n, 0),
        );
      });
    const part = (list: number[], low: number, high: number): number => list.filter((n) => n >= low && n <= high).length / list.length;
    // At its full length nearly all of it is the sleep; without that, what ran can be seen.
    await page.getByTestId("toggle-gaps").click();
    await expect.poll(async () => part(await columns(), 1, 3)).toBeGreaterThan(0.9);
    await page.getByTestId("toggle-gaps").click();
    await expect.poll(async () => part(await columns(), 1, 3)).toBeLessThan(0.9);
    expect(part(await columns(), 11, 13)).toBeGreaterThan(0.05);
    // The beginning: the mailbox first, nothing thin before its end.
    const queued = await queueOf(page);
    await page.evaluate((us) => (location.hash = `${location.hash.replace("span=1", "span=2")}&w=0..${us}`), Math.ceil(queued * 2));
    await expect.poll(async () => part((await columns()).slice(0, 200), 3, 10)).toBeGreaterThan(0.9);
    await page.getByTestId("table-waterfall").focus();
    await page.keyboard.press("0");
    const box = (await page.getByTestId("plot-waterfall").boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + 28 + 14);
    await expect.poll(() => page.getByTestId("drawer").getByRole("heading").textContent()).toBe("auth.check");
    expect(page.url()).toContain("span=");
    const facts = await page.getByTestId("drawer").textContent();
    for (const text of ["Sent bygate", "Typerequest", "Commandcheck", "Children", "db.get", "waits for a reply"])
      expect(facts).toContain(text);
  });

  it("zooms by drag, key and minimap, keeps the stretch in the address, and shows all again", async () => {
    const { page } = await ui.openLogin();
    const box = (await page.getByTestId("plot-waterfall").boundingBox())!;
    await page.mouse.move(box.x + 50, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => page.url()).toMatch(/[?&]w=\d+\.\.\d+/);
    const wide = page.url();
    await page.getByTestId("table-waterfall").focus();
    await page.keyboard.press("w");
    await expect.poll(() => page.url()).not.toBe(wide);
    await page.keyboard.press("0");
    await expect.poll(() => page.url()).not.toContain("w=");
    await page.getByTestId("action-whole").waitFor({ state: "detached" });
    const map = (await page.getByTestId("trace-minimap").boundingBox())!;
    await page.mouse.move(map.x + 20, map.y + 10);
    await page.mouse.down();
    await page.mouse.move(map.x + 120, map.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.getByTestId("action-whole").click();
    await expect.poll(() => page.url()).not.toContain("w=");
  });

  it("a filter keeps what is above its matches; a fault is told; what matches nothing says so", async () => {
    const { page } = await ui.openLogin();
    await page.getByTestId("filter-input").fill("is:error");
    await expect.poll(() => tree(page)).toEqual(["gate.login", "  auth.forbid ✖"]);
    expect(await page.getByTestId("spans-count").textContent()).toBe("1 / 17 spans");
    await page.getByTestId("filter-input").fill("durtion>3");
    expect(await page.getByTestId("filter-fault").textContent()).toContain("did you mean duration");
    await page.getByTestId("filter-input").fill("nobody");
    expect(await page.getByTestId("state-nomatch").textContent()).toContain("0 of 17 match");
    await page.getByRole("button", { name: "Clear filter" }).click();
    await expect.poll(() => tree(page)).toEqual(SHAPE);
    await page.getByTestId("toggle-critical").click();
    await expect.poll(() => page.url()).toContain("critical=1");
    expect(await page.locator(".sk-wf-legend").textContent()).toContain("critical path");
  });

  it("its sequence diagram has every message, as a picture and as a list; lifelines can be hidden", async () => {
    const { page } = await ui.openLogin();
    await page.getByTestId("view-sequence").click();
    await expect.poll(() => page.getByTestId("sequence-count").textContent()).toBe("33 / 33 messages, 4 services");
    expect(await page.getByTestId("lane").allTextContents()).toEqual(
      ["host :00ffffff", "gate :0000000c", "auth :0000000b", "db :0000000a"].map((name) => `${name}✕`),
    );
    await page.getByTestId("sequence-diagram").focus();
    await page.keyboard.press("j");
    expect(await page.getByTestId("sequence-active").textContent()).toMatch(/^1 of 33: host → gate: login #\d+$/);
    await page.keyboard.press("n");
    expect(await page.getByTestId("sequence-active").textContent()).toMatch(/auth → gate: Error #\d+$/);
    await page.keyboard.press("T");
    await expect.poll(async () => (await cells(page, "kind")).length).toBeGreaterThan(20);
    expect((await cells(page, "from")).slice(0, 5)).toEqual(["host", "gate", "auth", "db", "auth"]);
    expect((await cells(page, "to")).slice(0, 5)).toEqual(["gate", "auth", "db", "auth", "gate"]);
    expect((await cells(page, "kind")).slice(0, 5)).toEqual(["call", "call", "call", "reply", "reply"]);
    expect((await cells(page, "command")).slice(0, 3)).toEqual(["login", "check", "get"]);
    await page.keyboard.press("T");
    await page.getByRole("button", { name: "Hide db" }).click();
    await expect.poll(() => page.getByTestId("sequence-count").textContent()).toBe("6 / 6 messages, 3 services");
    expect(ui.complaints).toEqual([]);
  });

  it("its table sorts, and its bars sum up who called whom", async () => {
    const { page } = await ui.openLogin();
    await page.getByTestId("view-table").click();
    await expect.poll(async () => (await cells(page, "service")).length).toBe(17);
    await page.getByRole("columnheader", { name: "Total" }).getByRole("button").click();
    await expect.poll(async () => (await cells(page, "command"))[0]).toBe("login");
    await page.getByTestId("view-flame").click();
    await expect.poll(() => cells(page, "name")).toHaveLength(6);
    const flame = new Map((await cells(page, "name")).map((name, i) => [name.trim(), i]));
    expect([...flame.keys()].sort()).toEqual(["auth.check", "auth.forbid", "db.get", "db.note", "gate.login"].sort());
    expect((await cells(page, "share"))[flame.get("gate.login")!]).toBe("100 %");
  });

  it("shows the log lines of its service, and leads to the service", async () => {
    const { page } = await ui.openLogin();
    await page.locator("[data-testid=wf-row]", { hasText: "db.note" }).click();
    await expect.poll(() => page.getByTestId("drawer").textContent(), { timeout: 15_000 }).toContain("noted");
    await page.getByTestId("drawer").getByRole("button", { name: "db", exact: true }).click();
    await page.getByTestId("panel-services").waitFor();
    await page.goBack();
    await page.getByTestId("table-waterfall").waitFor();
    expect(page.url()).toContain("v=waterfall");
  });

  it("a kept trace is marked; a link to one that this page does not have says so", async () => {
    const { page } = await ui.openLogin();
    await page.getByTestId("action-keep").click();
    await expect.poll(() => page.getByTestId("action-keep").getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("Backspace");
    await rowOf(page, "login").waitFor();
    await page.getByTestId("filter-input").fill("is:kept");
    await expect.poll(() => page.getByTestId("traces-count").textContent()).toMatch(/^1 \/ /);
    await expect.poll(() => page.url()).toContain("q=is:kept");
    await page.goBack();
    await page.goBack();
    await page.getByTestId("table-waterfall").waitFor();
    await page.reload();
    expect(await page.getByTestId("state-gone").textContent()).toContain("This page does not have this trace");
    await page.getByRole("button", { name: "All traces" }).click();
    await page.getByTestId("state-empty").waitFor();
  });
});
