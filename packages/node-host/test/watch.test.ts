import { renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce, useFolders } from "./program.ts";
import type { Folder, Program } from "./program.ts";

// The program itself, real files, real edits.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();

const CONFIG = 'harbor = 0\nstart = "main"\nluaservice = "./service/?.lua"\nsnax = "./service/?.lua"\n';

/** Asks its counters every 50 ms and logs what they say. */
const MAIN = `import { skynet } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
export default function () {
  skynet.start(function* () {
    const c = yield* snax.newservice("counter", 5);
    const d = yield* snax.newservice("counter", 50);
    const plain = yield* skynet.newservice("plain", 7);
    const closed = yield* skynet.newservice("closed");
    skynet.fork(function* () {
      for (;;) {
        c.post.add(1);
        skynet.error("snax", yield* c.req.get(), yield* d.req.get(), "plain", yield* skynet.call(plain, "lua", "get"), yield* skynet.call(closed, "lua", "get"));
        yield* skynet.sleep(5);
      }
    });
  });
}
`;
const counter = (word: string, more = ""): string => `import { snax } from "@skyloom/runtime/snax";
import { say } from "./lib/say.ts";
export default snax.define((n: number) => ({ n, began: n }), {
  methods: (state) => ({
    response: { get: () => say("${word}", state.began, state.n - state.began > 0)${more} },
    accept: { add(by: number) { state.n += by; } },
  }),
});
`;
const plain = (word: string, handover = ""): string => `import { defineService } from "@skyloom/runtime";
export default defineService((n: number) => ({ n }), { commands: (state) => ({ get: () => "${word}" + state.n })${handover} });
`;
const CLOSED = `import { defineService } from "@skyloom/runtime";
export default defineService(() => { let n = 1; return { get: () => "closed" + n }; });
`;
const SAY = "export const say = (...parts: unknown[]): string => parts.join('-');\n";

function files(): Folder {
  return folder({
    config: CONFIG,
    "service/main.ts": MAIN,
    "service/counter.ts": counter("one"),
    "service/plain.ts": plain("p"),
    "service/closed.ts": CLOSED,
    "service/lib/say.ts": SAY,
  });
}

async function started(f: Folder, ...args: string[]): Promise<Program> {
  const program = f.start(["start", ...args, "--grace", "0"]);
  await program.until(/snax one-5-true one-50-false plain p7 closed1/);
  return program;
}

/** As editors do that write a new file and give it the name of the old one. */
function rewrite(f: Folder, name: string, text: string): void {
  writeFileSync(join(f.path, `${name}.new~`), text);
  renameSync(join(f.path, `${name}.new~`), join(f.path, name));
}

describe("skyloom start --watch", () => {
  it("hot-fixes the running instances of an edited snax service, which keep their state, however the editor writes", async () => {
    const f = files();
    const program = await started(f, "--watch");
    f.write({ "service/counter.ts": counter("two") });
    await program.until(/snax two-5-true two-50-false/);
    expect(program.out).toMatch(
      /watch: service\/counter\.ts changed: service counter: 2 running instances have the new code and the old state \(:0000000[0-9a-f] :0000000[0-9a-f]\)/,
    );
    rewrite(f, "service/counter.ts", counter("three"));
    await program.until(/snax three-5-true three-50-false/);
    // A file it imports is part of it.
    rewrite(f, "service/lib/say.ts", "export const say = (...parts: unknown[]): string => parts.join('+');\n");
    await program.until(/snax three\+5\+true three\+50\+false/);
    expect(program.out).toMatch(/watch: service\/lib\/say\.ts changed: service counter: 2 running instances/);
  });

  it("a file with an error changes nothing and says where; mended, it is taken", async () => {
    const f = files();
    const program = await started(f, "--watch");
    f.write({ "service/counter.ts": counter("two").replace("response: {", "response: {{") });
    await program.until(/watch: service\/counter\.ts changed, nothing was replaced: \S*service\/counter\.ts:5:16: /);
    f.write({ "service/counter.ts": `${counter("two")}\nthrow new Error("while it loads");\n` });
    await program.until(/nothing was replaced: while it loads/);
    f.write({ "service/counter.ts": "export const x = 1;\n" });
    await program.until(/nothing was replaced: .*counter/);
    const at = program.out.length;
    await program.until(/snax one-5-true one-50-false plain p7/, () => program.out.slice(at));
    f.write({ "service/counter.ts": counter("two") });
    await program.until(/snax two-5-true two-50-false/);
  });

  it("methods that are new are added, those that are gone stay and the log says so", async () => {
    const f = files();
    const program = await started(f, "--watch");
    f.write({ "service/counter.ts": counter("two", ", extra: () => 1").replace(/accept: .*/, "") });
    await program.until(/service counter: accept\.add is gone from the file and stay in running instances/);
    await program.until(/snax two-5-true two-50-false/);
  });

  it("replaces plain services that keep state and commands apart, through their handover; others need a restart, and it says why", async () => {
    const f = files();
    const program = await started(f, "--watch");
    f.write({ "service/plain.ts": plain("q") });
    await program.until(/plain q7 closed1/);
    f.write({ "service/plain.ts": plain("r", ", handover: (old: { n: number }) => ({ n: old.n * 100 })") });
    await program.until(/plain r700 closed1/);
    f.write({ "service/closed.ts": CLOSED.replace("closed", "opened") });
    await program.until(
      /service closed: :0000000[0-9a-f] needs a restart to take the new code: its state lies in the variables of its start function/,
    );
    f.write({ "service/main.ts": MAIN.replace("snax", "SNAX") });
    await program.until(/service main: :0000000[0-9a-f] needs a restart to take the new code: it is a file body/);
    f.write({ "service/plain.ts": CLOSED });
    await program.until(/service plain: .* needs a restart to take the new code: the newer code has no commands apart from its state/);
    unlinkSync(join(f.path, "service/plain.ts"));
    await program.until(/watch: service\/plain\.ts is gone; nothing was replaced/);
    const at = program.out.length;
    await program.until(/plain r700 closed1/, () => program.out.slice(at));
  });

  it("watches nothing without the flag", async () => {
    const f = files();
    const program = await started(f);
    f.write({ "service/counter.ts": counter("two") });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(program.out).not.toMatch(/watch:|two/);
  });
});
