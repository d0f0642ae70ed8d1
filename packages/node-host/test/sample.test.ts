/** The sample's own configuration in the real program: in the background, with its log in a file, and ended by skyloom stop. */
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { buildOnce, freePort, until, useFolders } from "./program.ts";

const sample = fileURLToPath(new URL("../../../examples/06-sample/", import.meta.url));
const folder = useFolders();
beforeAll(buildOnce, 120_000);

it("skyloom start config -D, a visit of the client, skyloom stop", { timeout: 60_000 }, async () => {
  const port = await freePort();
  const here = `hub_address = "127.0.0.1" hub_port = ${port} console_port = "off"`;
  const f = folder({
    config: `${readFileSync(join(sample, "config"), "utf8")}${here}\n`,
    client: `harbor = 0 start = "client" luaservice = "./service/?.ts" userid = "alice" ${here}`,
  });
  symlinkSync(join(sample, "service"), join(f.path, "service"));
  const started = await f.run(["start", "config", "-D"]);
  expect([started.code, started.err]).toEqual([0, ""]);
  try {
    await until(new RegExp(`Listen 127\\.0\\.0\\.1:${port}`), () => f.read("skynet.log"));
    const client = f.start(["start", "client"]);
    await client.until(/bye/);
    client.signal("SIGINT");
    expect((await client.ended).out).toMatch(
      /signin alice: ok\n[\s\S]*ping: not login\n[\s\S]*push: welcome\n[\s\S]*login: ok\n[\s\S]*ping: answered\n/,
    );
    await until(/alice login \(fd = \d+\)[\s\S]*alice is gone/, () => f.read("skynet.log"));
  } finally {
    const stopped = await f.run(["stop", "config"]);
    expect([stopped.code, stopped.out]).toEqual([0, expect.stringMatching(/^process \d+ has ended\n$/)]);
  }
  expect(f.read("skynet.pid")).toBe("");
  expect(f.read("skynet.log")).toContain("SIGTERM: no further connections");
});
