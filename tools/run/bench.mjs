/**
 * `npm run bench [cases] [rounds]`: this runtime against the bare loop below and, when SKYNET_HOME names a built Skynet, against that.
 * The figures are kept in bench/results/.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fail, prepare, root } from "./setup.mjs";

prepare();
const done = spawnSync(process.execPath, [join(root, "bench/run.mjs"), ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
if (done.status !== 0) fail("the benchmark failed; see above");
