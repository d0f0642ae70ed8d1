/**
 * How the imports of service code are answered: this project's own modules from the running program, other packages from disk by their
 * address, everything else bundled.
 *
 * Source: design D21, D22.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { SHARED_MODULES, sharedModule } from "./realm-modules.ts";

const OURS = "skyloom";
/** Marks a request that this plugin makes itself. */
const ASKED = Symbol("asked");
/** Stands for `import.meta.url` in bundled code; each module that uses it declares its own. */
export const FILE_URL = "__skyloom_file_url";
/** What Node cannot import by itself and therefore is bundled wherever it lies. */
const BUNDLED: ReadonlySet<string> = new Set([".ts", ".mts", ".cts", ".tsx", ".jsx", ".json"]);

/** Makes the plugin for one bundle. */
export function resolvePlugin(): Plugin {
  return {
    name: "skyloom",
    setup(build) {
      build.onResolve({ filter: /^@skyloom\// }, (args) => ({ path: args.path, namespace: OURS, sideEffects: false }));
      build.onLoad({ filter: /.*/, namespace: OURS }, async ({ path }) => {
        const contents = await sharedModule(path);
        if (contents !== undefined) return { contents, loader: "js" };
        return { errors: [{ text: `there is no module ${path}; service code can import ${SHARED_MODULES.join(", ")}` }] };
      });
      build.onResolve({ filter: /^[^./]/ }, (args) => resolvePackage(build, args));
      build.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: "file" }, ({ path }) => ownUrl(path));
    },
  };
}

async function resolvePackage(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  if (args.kind === "entry-point" || args.pluginData === ASKED) return undefined;
  if (isBuiltin(args.path)) return { path: args.path, external: true };
  const { importer, resolveDir, kind } = args;
  const found = await build.resolve(args.path, { importer, resolveDir, kind, pluginData: ASKED });
  if (found.errors.length > 0) {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(args.path)![0];
    return {
      errors: [
        {
          text: `cannot find ${JSON.stringify(args.path)}: install it with npm install ${name}, or write a relative path that begins with ./`,
        },
      ],
    };
  }
  if (found.external || BUNDLED.has(extname(found.path)) || args.path.startsWith("#")) return found;
  return { path: kind.startsWith("require") ? found.path : pathToFileURL(found.path).href, external: true };
}

/** Code that asks where it lies is told the place of its source, not of the bundle. */
function ownUrl(path: string): { contents: string; loader: "ts" | "js"; resolveDir: string } | undefined {
  const text = readFileSync(path, "utf8");
  if (!text.includes("import.meta.url")) return undefined;
  const declared = `const ${FILE_URL} = ${JSON.stringify(pathToFileURL(path).href)};`;
  const hashbang = /^#!.*/.exec(text)?.[0].length ?? 0;
  return { contents: declared + text.slice(hashbang), loader: path.endsWith("ts") ? "ts" : "js", resolveDir: dirname(path) };
}
