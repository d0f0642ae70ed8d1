/**
 * `npm start`: installs and builds if needed, then runs the demo in this process, so that a signal reaches it.
 */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { prepare, root } from "./setup.mjs";

prepare();
await import(pathToFileURL(join(root, "tools/run/demo.mjs")));
