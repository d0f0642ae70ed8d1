/**
 * `npm test`: types, lint, format, then every test there is, with real sockets and a real browser.
 * Arguments go to the test runner: `npm test -- mailbox` runs the tests whose file names contain it, and only those.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, prepare, root } from "./setup.mjs";

prepare();
const filters = process.argv.slice(2);
const node = (what, script, args) => {
  console.log(`skyloom: ${what}`);
  const done = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, stdio: "inherit" });
  if (done.status !== 0) fail(`${what} failed`);
};

if (filters.length === 0) {
  node("types of tests, examples and benchmarks", "typescript/bin/tsc", ["-p", "tsconfig.tests.json"]);
  node("lint", "oxlint/bin/oxlint", ["--type-aware"]);
  node("format", "oxfmt/bin/oxfmt", ["--check"]);
}

/** Finds a tool, or installs it with Debian's package manager where that is possible. */
function tool(variable, candidates, packages) {
  if (process.env[variable]) return;
  const found = candidates.find((path) => existsSync(path));
  if (found) {
    process.env[variable] = found;
    return;
  }
  if (!existsSync("/usr/bin/apt-get")) return;
  const prefix = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, "apt-get", "-o", "DPkg::Lock::Timeout=120", ...args];
    return (
      spawnSync(command, rest, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } })
        .status === 0
    );
  };
  // Some packages start their service when they are installed; a test machine must not be left with one.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = prefix.length === 0 && !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  console.log(`skyloom: installing ${packages.join(", ")} …`);
  const install = () => apt("install", "-y", "--no-install-recommends", ...packages);
  const done = install() || (apt("update") && install());
  if (ours) rmSync(policy, { force: true });
  const now = candidates.find((path) => existsSync(path));
  if (done && now) process.env[variable] = now;
  else console.log(`skyloom: ${packages.join(", ")} cannot be installed here; tests that need it fail and say so`);
}

tool("CHROMIUM_PATH", ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], ["chromium"]);
tool("DNSMASQ_PATH", ["/usr/sbin/dnsmasq"], ["dnsmasq-base"]);

const done = spawnSync(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=./tools/run/summary.mjs", ...filters],
  { cwd: root, stdio: "inherit" },
);
process.exit(done.status ?? 1);
