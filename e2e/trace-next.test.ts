/** From a call that hangs to the trace of the next one like it, on a real node, in a real Chromium. */
import { defineService, skynet } from "@skyloom/runtime";
import { describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { startScenarioHost } from "./support/scenario-host.ts";
import type { ScenarioHost } from "./support/scenario-host.ts";

const ui = useInspectorPage();
const id = (name: string): ReturnType<typeof ui.page.getByTestId> => ui.page.getByTestId(name);

const bed = defineService(() => ({
  *nap(centiseconds: number) {
    yield* skynet.sleep(centiseconds);
    return "rested";
  },
}));
const sleeper = defineService(function* () {
  const to = (yield* skynet.uniqueservice("bed"))!;
  skynet.fork(() => skynet.call(to, "lua", "nap", 1_000_000));
  return {};
});

async function open(scopes: readonly ("read" | "operate")[]): Promise<ScenarioHost & { readonly bed: number }> {
  const host = await startScenarioHost({ staticDir: ui.folder, token, services: { bed, sleeper }, scopes });
  ui.closers.push(() => host.close());
  await host.node.newservice("sleeper");
  await ui.show(host.server.url);
  await ui.grid().waitFor();
  await ui.page.evaluate(() => {
    location.hash = "#/sessions";
  });
  await ui.page.locator(".sk-row", { hasText: "nap" }).first().click({ timeout: 15_000 });
  const service = host.node.kernel.services().find((s) => s.args.startsWith("bed"))!;
  return Object.assign(host, { bed: service.handle });
}

describe("the next call", () => {
  it("is waited for, traced as a whole, and the recording stops by itself; a link leads to the trace", async () => {
    const { node, bed: to } = await open(["read", "operate"]);
    await id("action-trace-next").click();
    await id("next-call-waiting").waitFor();
    expect(await id("next-call-waiting").textContent()).toBe("Waiting for the next call of nap …");
    expect(await seriousFindings(ui.page)).toEqual([]);
    expect(node.kernel.probe).toBeDefined();
    expect(await node.call(to, "lua", "nap", 20)).toBe("rested");
    const link = ui.page.getByRole("link", { name: /^Show its trace/ });
    await link.waitFor({ timeout: 15_000 });
    await expect.poll(() => node.kernel.probe === undefined, { timeout: 15_000 }).toBe(true);
    expect(await seriousFindings(ui.page)).toEqual([]);
    await link.click();
    // Twenty hundredths of a second, of which the first may have begun before.
    await expect.poll(() => id("trace-title").textContent(), { timeout: 15_000 }).toMatch(/nap · (?:19\d|2\d\d)(?:\.\d)? ms/);
    // Nobody stopped it elsewhere.
    expect(await ui.page.getByText("The host does not record any more").count()).toBe(0);
    await expect.poll(() => id("trace-state").getAttribute("data-mode")).toBe("off");
    expect(ui.complaints).toEqual([]);
  });

  it("can be given up; without the right the button is off and says why", async () => {
    const first = await open(["read", "operate"]);
    await id("action-trace-next").click();
    await id("action-next-call-stop").click();
    await id("action-trace-next").waitFor();
    await expect.poll(() => first.node.kernel.probe === undefined).toBe(true);
    await open(["read"]);
    expect(await id("action-trace-next").isDisabled()).toBe(true);
    expect(await id("action-trace-next").getAttribute("title")).toBe("This connection lacks the scope “operate”.");
  });
});
