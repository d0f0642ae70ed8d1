/**
 * Serves the built inspector from a folder, and nothing outside it.
 *
 * Knows nothing of the inspector's protocol.
 *
 * @module
 */
import { createReadStream, realpathSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
};

/** Sent with everything: the page works isolated, runs only its own scripts, and cannot be framed. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  // `ws:` because the page may look at other hosts as well (`c=ws://…`).
  "Content-Security-Policy":
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** Answers one HTTP request. */
export type StaticHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Makes the handler for a folder.
 *
 * @param folder - Where `index.html` lies; `undefined` answers everything with a text that says that there is no page.
 */
export function staticFiles(folder: string | undefined): StaticHandler {
  const root = folder === undefined ? undefined : realOrUndefined(folder);
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return text(response, 405, `${request.method ?? "?"} is not possible here; the inspector's page is read with GET`, {
        Allow: "GET, HEAD",
      });
    if (root === undefined)
      return text(
        response,
        404,
        folder === undefined
          ? "This host serves no inspector page, only the endpoint /inspect for one that is open elsewhere."
          : `There is no built inspector in ${folder}. Build it with "npm run build".`,
      );
    const path = localPath(root, request.url ?? "/");
    if (path === undefined) return text(response, 404, "There is no such file.");
    const size = statSync(path).size;
    response.writeHead(200, {
      ...securityHeaders,
      "Content-Type": types[extname(path).toLowerCase()] ?? "application/octet-stream",
      "Content-Length": size,
      // The build puts a hash into the names under assets/.
      "Cache-Control": path.startsWith(join(root, "assets") + sep) ? "public, max-age=31536000, immutable" : "no-cache",
    });
    if (request.method === "HEAD") return void response.end();
    createReadStream(path)
      .on("error", () => response.destroy())
      .pipe(response);
  };
}

/** The file a URL names: below the root also after `..`, escapes and links are resolved; never a hidden one. */
function localPath(root: string, url: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(url.replace(/[?#].*$/s, ""));
  } catch {
    return undefined;
  }
  if (!name.startsWith("/") || name.includes("\0") || name.includes("\\")) return undefined;
  if (name.split("/").some((part) => part.startsWith("."))) return undefined;
  const path = realOrUndefined(join(root, name.endsWith("/") ? `${name}index.html` : name));
  return path !== undefined && path.startsWith(root + sep) && statSync(path).isFile() ? path : undefined;
}

function realOrUndefined(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Answers with one line of text. */
export function text(response: ServerResponse, status: number, line: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...securityHeaders, ...headers, "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${line}\n`);
}
