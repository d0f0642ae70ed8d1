/**
 * Finding the definitions of snax services: what was given to `createNode`, then files.
 *
 * Source: lualib/snax/interface.lua; api.md §5, design D21.
 *
 * @module
 */
import { turn } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import { isSnaxDefinition } from "../lib/snax/define.ts";
import type { Definition } from "../lib/snax/define.ts";
import { exportedDefinition } from "../lib/snax/patch.ts";
import type { FindSnax } from "../lib/snax/sources.ts";
import type { ModuleExports, Ports } from "../ports/index.ts";
import { serviceName, splitPatterns } from "./find.ts";
import type { ServiceSource, ServiceSources } from "./find.ts";

/**
 * Makes the finder of a node.
 *
 * @param path - The patterns of the configuration's key `snax`, or of `luaservice` where that is not set.
 */
export function snaxFinder(ports: Ports, given: ServiceSources, path: string): FindSnax {
  const byName = new Map<string, ServiceSource>();
  for (const [key, source] of Object.entries(given)) byName.set(serviceName(key), source);
  const patterns = splitPatterns(path);
  return (name) => {
    const source = byName.get(name);
    if (source !== undefined) return definitionOf(name, source);
    const found = ports.modules?.find(name, patterns);
    if (found !== undefined && "load" in found) {
      const module = found.load();
      return module instanceof Promise ? module.then((m) => exported(name, m, found.path)) : exported(name, module, found.path);
    }
    const tried = found === undefined ? "this host loads no files" : `tried: ${found.tried.join(", ")}`;
    throw new SkynetError(
      "SERVICE_NOT_FOUND",
      `snax service "${name}" was not found; given: ${[...byName.keys()].sort().join(", ") || "none"}; ${tried}`,
    );
  };
}

function definitionOf(name: string, source: ServiceSource): Definition | Promise<Definition> {
  const where = "the services given to createNode";
  if (isSnaxDefinition(source)) return source;
  if (typeof source !== "function") return exported(name, source as ModuleExports, where);
  const made = outsideOfServices(source as () => unknown);
  if (made instanceof Promise) return made.then((module: unknown) => exported(name, module as ModuleExports, where));
  throw new SkynetError("SERVICE_NOT_FOUND", `"${name}" (${where}) is no snax service: export what snax.define(…) makes`);
}

/** A function may import a module, or be the file body of a plain service: that must not do anything to the service which asks. */
function outsideOfServices(source: () => unknown): unknown {
  const { context, task } = turn;
  turn.context = undefined;
  turn.task = undefined;
  try {
    return source();
  } catch {
    return undefined;
  } finally {
    turn.context = context;
    turn.task = task;
  }
}

function exported(name: string, module: ModuleExports, where: string): Definition {
  const found = exportedDefinition(module, name);
  if (found !== undefined) return found;
  throw new SkynetError(
    "SERVICE_NOT_FOUND",
    `"${name}" (${where}) exports no snax.define(…), as default or under its name; it exports: ${Object.keys(module).join(", ") || "nothing"}`,
  );
}
