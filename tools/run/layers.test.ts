/**
 * The folders of the runtime are layers: imports go down only, and the portable ones use nothing that a simulation could not replay.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const runtime = join(root, "packages/runtime/src");

/** Each layer of the runtime and the layers it may import. `api` is the set of files that lie beside the folders: the public entry points. */
const may: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  ports: [],
  codec: ["errors"],
  kernel: ["errors", "ports"],
  simnet: ["ports"],
  relay: ["ports", "codec"],
  core: ["errors", "ports", "kernel", "codec"],
  lib: ["errors", "ports", "kernel", "core", "codec"],
  services: ["errors", "ports", "kernel", "core", "codec", "lib"],
  inspect: ["errors", "ports", "kernel", "core"],
  api: ["errors", "ports", "kernel", "core", "codec", "lib", "services", "inspect"],
  browser: ["api", "ports", "simnet", "relay"],
  testing: ["api", "ports", "simnet"],
};

/** Packages a workspace may import besides those its own manifest names: none of ours that lie above it. */
const above: Readonly<Record<string, readonly string[]>> = {
  "packages/runtime": ["@skyloom/node-host", "@skyloom/devtools", "@skyloom/inspector"],
  "packages/node-host": ["@skyloom/devtools", "@skyloom/inspector"],
  "packages/devtools": ["@skyloom/node-host", "@skyloom/inspector"],
};

const banned = [
  [/\bnew Date\b|\bDate\.(now|UTC|parse)\b/, "Date"],
  [/\bMath\.random\b/, "Math.random"],
  [/\bimport\(/, "import("],
  [/\bWeakRef\b|\bFinalizationRegistry\b/, "WeakRef"],
  [/\bAtomics\.wait\b/, "Atomics.wait"],
  [/\bcrypto\./, "crypto"],
  [/\bqueueMicrotask\b/, "queueMicrotask"],
] as const;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function sources(dir: string): SourceFile[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && /\.tsx?$/.test(e.name) && !/\.test(-d)?\.tsx?$|\.d\.ts$/.test(e.name))
    .map((e) => {
      const path = join(e.parentPath, e.name);
      const text = withoutComments(readFileSync(path, "utf8"));
      const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((m) => m[1]!);
      return { path, text, imports };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const layerOf = (path: string): string => {
  const parts = relative(runtime, path).split("/");
  return parts.length > 1 ? parts[0]! : "api";
};

const files = sources(runtime);

describe("layers of the runtime", () => {
  it("every folder is a known layer", () => {
    expect([...new Set(files.map((f) => layerOf(f.path)))].filter((l) => !(l in may))).toEqual([]);
  });

  it("imports go down only", () => {
    const bad: string[] = [];
    for (const f of files) {
      const from = layerOf(f.path);
      for (const spec of f.imports) {
        if (!spec.startsWith(".")) continue;
        const to = layerOf(resolve(dirname(f.path), spec));
        if (to !== from && !may[from]!.includes(to)) bad.push(`${relative(root, f.path)} (${from}) imports ${spec} (${to})`);
      }
    }
    expect(bad).toEqual([]);
  });

  it("files inside a layer do not import each other in a circle", () => {
    const graph = new Map(
      files.map((f) => [
        f.path,
        f.imports
          .filter((s) => s.startsWith("."))
          .map((s) => resolve(dirname(f.path), s))
          .filter((p) => layerOf(p) === layerOf(f.path)),
      ]),
    );
    // A type-only import makes no circle at run time; those are removed by the compiler and told apart by their keyword.
    for (const f of files) {
      const typeOnly = new Set(
        [...f.text.matchAll(/\b(?:import|export)\s+type\s+[^;]*?from\s*["']([^"']+)["']/g)].map((m) => resolve(dirname(f.path), m[1]!)),
      );
      const valued = new Set(
        [...f.text.matchAll(/\b(?:import|export)\s+(?!type\b)[^;]*?from\s*["']([^"']+)["']/g)].map((m) => resolve(dirname(f.path), m[1]!)),
      );
      graph.set(
        f.path,
        graph.get(f.path)!.filter((p) => valued.has(p) || !typeOnly.has(p)),
      );
    }
    const circles: string[] = [];
    const state = new Map<string, "open" | "done">();
    const walk = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === "done") return;
      if (state.get(path) === "open") {
        circles.push([...trail.slice(trail.indexOf(path)), path].map((p) => relative(runtime, p)).join(" -> "));
        return;
      }
      state.set(path, "open");
      for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
      state.set(path, "done");
    };
    for (const path of graph.keys()) walk(path, []);
    expect(circles).toEqual([]);
  });

  it("portable folders use nothing that a simulation cannot replay", () => {
    const bad: string[] = [];
    for (const f of files) {
      if (layerOf(f.path) === "browser") continue;
      for (const [pattern, name] of banned) if (pattern.test(f.text)) bad.push(`${relative(root, f.path)} uses ${name}`);
    }
    expect(bad).toEqual([]);
  });

  it("the runtime imports no Node module", () => {
    const bad = files.flatMap((f) => f.imports.filter((s) => s.startsWith("node:")).map((s) => `${relative(root, f.path)} imports ${s}`));
    expect(bad).toEqual([]);
  });
});

describe("layers of the packages", () => {
  for (const [pkg, forbidden] of Object.entries(above)) {
    it(`${pkg} imports nothing from above and reaches into no other package`, () => {
      const bad: string[] = [];
      for (const f of sources(join(root, pkg, "src")))
        for (const spec of f.imports) {
          if (forbidden.some((p) => spec === p || spec.startsWith(`${p}/`))) bad.push(`${relative(root, f.path)} imports ${spec}`);
          if (spec.startsWith(".") && !resolve(dirname(f.path), spec).startsWith(join(root, pkg)))
            bad.push(`${relative(root, f.path)} imports ${spec}`);
        }
      expect(bad).toEqual([]);
    });
  }
});

describe("what a start loads", () => {
  /** Files that are loaded with one, and the packages they name: imports of values only, none that wait until they are asked for. */
  function loadedWith(entry: string, seen = new Map<string, readonly string[]>()): Map<string, readonly string[]> {
    if (seen.has(entry)) return seen;
    const text = withoutComments(readFileSync(entry, "utf8"));
    const specs = [...text.matchAll(/^\s*(?:import|export)\s+(?!type\b)(?:[^;"']*?\bfrom\s*)?["']([^"']+)["']/gm)].map((m) => m[1]!);
    seen.set(entry, specs);
    for (const spec of specs) if (spec.startsWith(".")) loadedWith(resolve(dirname(entry), spec), seen);
    return seen;
  }
  const host = join(root, "packages/node-host/src");

  it.each(["index.ts", "cli/main.ts"])("a node without inspector and metrics pays for neither (%s)", (entry) => {
    const loaded = loadedWith(join(host, entry));
    expect(loaded.size).toBeGreaterThan(20);
    const bad = [...loaded].flatMap(([path, specs]) =>
      specs
        .filter((s) => /^(?:@skyloom\/runtime\/inspect|ws|msgpackr|prom-client|esbuild)$/.test(s) || s.includes("c-skynet"))
        .map((s) => `${relative(root, path)} loads ${s}`),
    );
    expect(bad).toEqual([]);
  });
});
