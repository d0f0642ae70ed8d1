/** The built inspector over a made-up host: what the browser tests look at. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startInspectServer } from "@skyloom/node-host";
import type { InspectServer, InspectServerOptions } from "@skyloom/node-host";
import { createAgent } from "@skyloom/runtime/inspect";
import type { Agent } from "@skyloom/runtime/inspect";
import { FormulaSource } from "../../packages/runtime/test/inspect/formula-source.ts";

const root = resolve(import.meta.dirname, "../..");

/** Builds the inspector's page from the sources as they are now, into a folder of its own. */
export async function buildInspector(): Promise<{ readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "skyloom-inspector-"));
  const vite = join(root, "node_modules/vite/bin/vite.js");
  await promisify(execFile)(
    process.execPath,
    [vite, "build", join(root, "apps/inspector"), "--outDir", folder, "--emptyOutDir", "--logLevel", "warn"],
    {
      cwd: root,
      // The test runner sets this to `test`, and React would come in its development form.
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Time as Node has it. */
export const nodeClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms: number, fn: () => void) => setTimeout(fn, ms),
  cancel: (timer: object | number) => clearTimeout(timer as NodeJS.Timeout),
};

/** A host with `count` services whose figures follow the formula of {@link FormulaSource}. */
export interface FormulaHost {
  readonly source: FormulaSource;
  readonly agent: Agent;
  server: InspectServer;
  close(): Promise<void>;
}

/** Starts it, on a free port unless told otherwise. */
export async function startFormulaHost(
  count: number,
  staticDir: string,
  options: Partial<InspectServerOptions> & { readonly maxRows?: number } = {},
): Promise<FormulaHost> {
  const source = new FormulaSource(count, () => performance.now());
  const agent = createAgent(source, {
    clock: nodeClock,
    defer: (fn) => setImmediate(fn),
    ...(options.maxRows === undefined ? {} : { maxRows: options.maxRows }),
  });
  const host: FormulaHost = {
    source,
    agent,
    server: await startInspectServer({ agent, staticDir, port: 0, ...options }),
    close: async () => {
      agent.close();
      await host.server.close();
    },
  };
  return host;
}
