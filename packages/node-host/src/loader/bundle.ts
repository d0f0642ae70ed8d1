/**
 * Makes one importable file of a TypeScript or JavaScript file and the local files it imports.
 *
 * Knows how to bundle; where the result lies and who imports it is not its business. Source: design D21, D22; toolchain: esbuild.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { loadError, messageText } from "./load-error.ts";
import { FILE_URL, resolvePlugin } from "./resolve-plugin.ts";

/** A bundled file. */
export interface Bundle {
  /** An ES module with its source map inside. */
  readonly code: string;
  /** Absolute paths of the local files it was made of. */
  readonly inputs: readonly string[];
  /** Names the file exports. */
  readonly exports: readonly string[];
  /** What the bundler finds suspicious, each with its place. */
  readonly warnings: readonly string[];
}

/**
 * Bundles a file.
 *
 * @param path - Absolute path of the file.
 * @param folder - Where the result will lie: its source map points from there.
 * @throws {@link LoadError} with file, line and column of each fault.
 */
export async function bundle(path: string, folder: string): Promise<Bundle> {
  // A `require` for CommonJS helpers, resolved from the file.
  const banner = /\.[cm]?js$/.test(path)
    ? `import { createRequire as __skyloom_require } from "node:module"; const require = __skyloom_require(${JSON.stringify(pathToFileURL(path).href)});`
    : "";
  try {
    const result = await build({
      entryPoints: [path],
      outfile: resolve(folder, "bundle.mjs"),
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: [],
      sourcemap: "inline",
      sourcesContent: true,
      legalComments: "none",
      charset: "utf8",
      logLevel: "silent",
      banner: { js: banner },
      define: { "import.meta.url": FILE_URL },
      plugins: [resolvePlugin()],
    });
    const [output] = Object.values(result.metafile.outputs);
    return {
      code: result.outputFiles[0]!.text,
      inputs: Object.keys(result.metafile.inputs)
        .filter((input) => !/^[a-z]+:/.test(input))
        .map((input) => resolve(input)),
      exports: output!.exports,
      warnings: result.warnings.map(messageText),
    };
  } catch (error) {
    throw loadError(error);
  }
}
