/**
 * Brings a clone into a state in which it can run: the Node version, the installed packages, the build. Uses Node only, as it runs
 * before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const state = join(root, ".skyloom");
const oldest = [20, 19];

/** Ends the program with a text for people. */
export function fail(text) {
  console.error(`\nskyloom: ${text}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    fail(`Node.js ${oldest.join(".")} or newer is needed, this is ${process.versions.node}: install a newer one from nodejs.org`);
}

function run(what, command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32", ...options });
  if (done.error) fail(`${what} could not be started: ${done.error.message}`);
  if (done.status !== 0) fail(`${what} failed (exit code ${done.status ?? done.signal}); see above`);
}

const stampOf = (name) => join(state, `${name}.stamp`);
const readStamp = (name) => (existsSync(stampOf(name)) ? readFileSync(stampOf(name), "utf8") : "");
const writeStamp = (name, value) => writeFileSync(stampOf(name), value);

/** Runs `fn` while no other set-up of this clone runs. */
function locked(fn) {
  mkdirSync(state, { recursive: true });
  const lock = join(state, "setup.lock");
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch {
      const holder = Number(existsSync(lock) ? readFileSync(lock, "utf8") : 0);
      if (!alive(holder)) {
        rmSync(lock, { force: true });
        continue;
      }
      if (tries === 0) console.log(`skyloom: another set-up of this clone runs (pid ${holder}); waiting`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  try {
    return fn();
  } finally {
    rmSync(lock, { force: true });
  }
}

function alive(pid) {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function install() {
  const want = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(`${process.platform} ${process.arch} ${process.versions.modules}`)
    .digest("hex");
  if (existsSync(join(root, "node_modules")) && readStamp("install") === want) return;
  console.log("skyloom: installing packages (npm ci) …");
  run("npm ci", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeStamp("install", want);
}

/** Hash of everything a build reads. */
function sourceHash() {
  const hash = createHash("sha256");
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (["node_modules", "dist", ".skyloom", ".git"].includes(entry.name)) continue;
      const path = join(dir, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(tsx?|mjs|jsx?|json|css|html|svg)$/.test(entry.name) && !/\.test(-d)?\.tsx?$/.test(entry.name))
        hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  };
  for (const dir of ["packages", "apps", "examples"]) if (existsSync(join(root, dir))) walk(join(root, dir));
  for (const file of ["tsconfig.base.json", "tsconfig.json", "package-lock.json"]) hash.update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function build() {
  const want = sourceHash();
  const built = existsSync(join(root, "packages/runtime/dist/index.js")) && existsSync(join(root, "apps/inspector/dist/index.html"));
  if (built && readStamp("build") === want) return;
  console.log("skyloom: building …");
  run("the compiler", process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"]);
  run("the inspector's build", process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], {
    cwd: join(root, "apps/inspector"),
  });
  writeStamp("build", want);
}

/** Installs and builds what is missing or stale. */
export function prepare(options = { build: true }) {
  checkNode();
  locked(() => {
    install();
    if (options.build) build();
  });
}
