import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode } from "@skyloom/runtime";
import { afterAll, expect, it } from "vitest";
import { nodeModules } from "../loader/index.ts";
import { nodePorts } from "../ports/index.ts";
import { watchServices } from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "skyloom-watch-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it("takes what was written between the reading of a file and the beginning of the watch", async () => {
  const write = (word: string): void =>
    writeFileSync(
      join(dir, "plain.ts"),
      `import { defineService } from "@skyloom/runtime";
export default defineService(() => ({}), { commands: () => ({ get: () => "${word}" }) });`,
    );
  write("one");
  const modules = nodeModules({ base: dir, warn: () => undefined });
  const ports = { ...nodePorts({ output: { write: () => true } }), modules };
  const node = await createNode({ ports, config: { start: "", luaservice: "./?.ts" } });
  const handle = (await node.newservice("plain" as string))!;
  write("two");
  const end = watchServices(node, modules, () => undefined);
  await expect.poll(async () => node.call(handle, "lua", "get"), { timeout: 10_000 }).toBe("two");
  end();
  write("three");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await node.call(handle, "lua", "get")).toBe("two");
  await node.stop();
});
