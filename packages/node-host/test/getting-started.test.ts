/** The pages for beginners, done as they say: their files, in a folder, run by the real program. */
import { connect } from "node:net";
import { readFileSync } from "node:fs";
import { beforeAll, expect, it, vi } from "vitest";
import { buildOnce, until, useFolders } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();

/** Blocks that begin with the name of a file. */
function filesOf(page: string): Record<string, string> {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```\w+\n(?:\/\/|#) (game\/\S+)\n([\s\S]*?)^```$/gm)];
  return Object.fromEntries(blocks.map(([, name, content]) => [name!, content!]));
}

it.each(["getting-started.md", "getting-started.zh-CN.md"])("%s", async (page) => {
  const files = filesOf(page);
  expect(Object.keys(files)).toEqual(["game/service/counter.ts", "game/service/main.ts", "game/service/lines.ts", "game/skyloom.toml"]);
  // A free port in place of one that may be taken here.
  files["game/service/main.ts"] = files["game/service/main.ts"]!.replace("8001", "0");
  const f = folder(files);
  const check = await f.run(["check", "game/skyloom.toml"]);
  expect([check.code, check.out.trimEnd().split("\n").at(-1)]).toEqual([0, "ok: 0 errors, 0 warnings"]);
  const program = f.start(["start", "game/skyloom.toml"]);
  const [, port] = await until(/lines at 127\.0\.0\.1:(\d+)/, () => program.out);
  expect(program.out).toContain("[:00000008] added: 7\n[:00000008] then: 8\n");

  const answer = await new Promise<string>((resolve, reject) => {
    const client = connect(Number(port), "127.0.0.1", () => client.write("hello\n"));
    client.once("data", (data) => {
      resolve(data.toString());
      client.destroy();
    });
    client.once("error", reject);
  });
  expect(answer).toBe("HELLO\n");
  program.process.kill("SIGINT");
  expect((await program.ended).code).toBe(0);
});
