/** api.md §6, sprotoloader: schemas that all services of a node share by slot. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createNode, skynet } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import type { Sproto } from "@skyloom/runtime/sproto";
import { sharemap } from "@skyloom/runtime/sharemap";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { hostPorts } from "./host.ts";

const FILES: Readonly<Record<string, string>> = { "game.sproto": ".Hero { name 0 : string }", "bad.sproto": ".Hero {\n name : string }" };

const HOST_FILES = { readText: (path: string) => FILES[path] };

/** Loads slots and encodes with what it found first. */
const agent = () => {
  let kept: Sproto | undefined;
  skynet.dispatch("lua", (_session: number, _source: number, command: string, slot: number, value?: object) => {
    if (command === "load") kept = sprotoloader.load(slot);
    const sp = command === "fresh" ? sprotoloader.load(slot) : kept!;
    return [sp.exist_type("Hero"), sp.exist_type("Item"), value === undefined ? 0 : sp.encode("Hero", value).length];
  });
};
const loader = () => {
  skynet.dispatch("lua", (_session: number, _source: number, command: "register" | "sharemap" | "save", what: string, slot?: number) => {
    if (command === "register") sprotoloader.register(what, slot);
    else if (command === "sharemap") sharemap.register(what);
    else sprotoloader.save(sprotoparser.parse(what), slot);
    skynet.ret();
  });
};

async function start(files: typeof HOST_FILES | "none" = HOST_FILES): Promise<{
  node: SkynetNode;
  ask: (name: "agent" | "loader", ...args: unknown[]) => Promise<unknown>;
  log: string[];
}> {
  const log: string[] = [];
  const { files: _own, ...others } = hostPorts(log);
  const ports = files === "none" ? others : { ...others, files };
  const node = await createNode({ ports, services: { agent, loader }, config: { start: "" } });
  onTestFinished(() => node.stop());
  const handles = { agent: (await node.newservice("agent"))!, loader: (await node.newservice("loader"))! };
  return { node, log, ask: async (name, ...args) => node.call(handles[name], "lua", ...args) };
}

describe("§6 sprotoloader between services", () => {
  it("loader.register in one service, loader.load in another: slot 0 is the default, other nodes have slots of their own", async () => {
    const { ask } = await start();
    await ask("loader", "register", "game.sproto");
    await ask("loader", "register", "game.sproto", 15);
    expect(await ask("agent", "load", 0, { name: "x" })).toEqual([true, false, 9]);
    expect(await ask("agent", "load", 15)).toEqual([true, false, 0]);
    const other = await start();
    await expect(other.ask("agent", "load", 0)).rejects.toThrow("call failed");
    expect(other.log.join("\n")).toContain("nil sproto at index 0: register or save a schema there first");
  });

  it("sharemap.register loads the file into slot 0, where its writers and readers find it", async () => {
    const { ask, log } = await start();
    await ask("loader", "sharemap", "game.sproto");
    expect(await ask("agent", "load", 0, { name: "x" })).toEqual([true, false, 9]);
    await expect(ask("loader", "sharemap", "missing.sproto")).rejects.toThrow("call failed");
    expect(log.join("\n")).toContain(`Can't open sproto file "missing.sproto"`);
    expect(await ask("agent", "load", 0)).toEqual([true, false, 0]);
  });

  it("loader.save: the last writer wins for who loads from then on; an object that was loaded keeps its schema", async () => {
    const { ask } = await start();
    await ask("loader", "save", FILES["game.sproto"], 3);
    expect(await ask("agent", "load", 3)).toEqual([true, false, 0]);
    await ask("loader", "save", ".Item { n 0 : integer }", 3);
    expect(await ask("agent", "kept", 3, { name: "x" })).toEqual([true, false, 9]);
    expect(await ask("agent", "fresh", 3)).toEqual([false, true, 0]);
  });

  it("a file that is missing or bad, or a slot there is not, leaves the slots as they are", async () => {
    const { ask, log } = await start();
    await ask("loader", "save", FILES["game.sproto"], 3);
    for (const args of [
      ["register", "missing.sproto", 3],
      ["register", "bad.sproto", 3],
      ["register", "game.sproto", 16],
      ["save", ".A { x 0 : B }", 3],
    ])
      // oxlint-disable-next-line no-await-in-loop -- one after the other, for the log's sake
      await expect(ask("loader", ...args)).rejects.toThrow("call failed");
    for (const text of [
      `Can't open sproto file "missing.sproto"`,
      "syntax error at [bad.sproto] line (2)",
      "Invalid global slot index 16",
      "Undefined type B in type A",
    ])
      expect(log.join("\n")).toContain(text);
    expect(await ask("agent", "load", 3)).toEqual([true, false, 0]);
  });

  it("loader.register on a host without files says so", async () => {
    const { ask, log } = await start("none");
    await expect(ask("loader", "register", "game.sproto")).rejects.toThrow("call failed");
    expect(log.join("\n")).toContain(
      `Can't open sproto file "game.sproto": this host has no files; compile the text with sprotoparser.parse`,
    );
  });
});
