/** A page of its own, built by Vite and served to the browser: for tests of the inspector inside other people's pages. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** A page that is served until it is closed. */
export interface BuiltPage {
  readonly url: string;
  close(): void;
}

/** Builds a folder of the repository that has an `index.html` and a Vite configuration. */
export async function buildPage(folder: string): Promise<BuiltPage> {
  const out = mkdtempSync(join(tmpdir(), "skyloom-page-"));
  await promisify(execFile)(
    process.execPath,
    [join(root, "node_modules/vite/bin/vite.js"), "build", "--outDir", out, "--emptyOutDir", "--logLevel", "warn"],
    { cwd: join(root, folder), env: { ...process.env, NODE_ENV: "production" } },
  );
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    try {
      const file = readFileSync(join(out, path === "/" ? "index.html" : path));
      response.writeHead(200, { "content-type": types[extname(path === "/" ? ".html" : path)] ?? "text/html" }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      rmSync(out, { recursive: true, force: true });
    },
  };
}
