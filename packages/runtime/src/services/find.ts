/**
 * Finding the code of a service: what was given to `createNode`, then files, then the stock services.
 *
 * Source: lualib/loader.lua; design D21.
 *
 * @module
 */
import { isDefinition } from "../core/define.ts";
import type { FindService, ServiceBody } from "../core/snlua.ts";
import { SkynetError } from "../errors/error.ts";
import { isSnaxDefinition } from "../lib/snax/define.ts";
import type { ModuleExports, Ports } from "../ports/index.ts";
import bootstrap from "./bootstrap.ts";
import cdummy from "./cdummy.ts";
import datacenterd from "./datacenterd.ts";
import launcher from "./launcher.ts";
import service_cell from "./service_cell.ts";
import service_mgr from "./service_mgr.ts";
import service_provider from "./service_provider.ts";

/** A service given as an object: a definition, a file body, a module with one of them, or a function that imports a module. */
export type ServiceSource = object | ((...args: never) => unknown);

/** Services by name; names may also be paths, as `import.meta.glob` gives them. */
export type ServiceSources = Readonly<Record<string, ServiceSource>>;

/** Where services lie when the configuration does not say. */
export const DEFAULT_LUASERVICE = "./service/?.ts;./service/?.js;./service/?/main.ts";

/** What every node starts with. */
const stock: ServiceSources = {
  bootstrap,
  cdummy,
  datacenterd,
  launcher,
  service_cell,
  service_mgr,
  service_provider,
};

/** What a node may never need: the host brings it when it is asked for, so that nobody's start waits for it. */
const more: readonly string[] = [
  "clusteragent",
  "clusterd",
  "clusterproxy",
  "clustersender",
  "console",
  "debug_console",
  "gate",
  "inspectd",
  "multicastd",
  "package",
  "sharedatad",
  "snaxd",
  "socket_proxyd",
  "wsgate",
];

/** Names of the services that need no file. */
export const STOCK_SERVICES: readonly string[] = [...Object.keys(stock), ...more].sort();

/** Makes the finder of a node. */
export function serviceFinder(ports: Ports, given: ServiceSources, luaservice: string): FindService {
  const byName = new Map<string, ServiceSource>();
  for (const [key, source] of Object.entries(given)) byName.set(serviceName(key), source);
  const patterns = splitPatterns(luaservice);

  const bodies = new Map<string, ServiceBody>();

  return (name) => {
    const known = bodies.get(name);
    if (known !== undefined) return known;
    const source = byName.get(name);
    if (source !== undefined) {
      const body = bodyOf(name, source, "the services given to createNode");
      bodies.set(name, body);
      return body;
    }
    const found = ports.modules?.find(name, patterns);
    if (found !== undefined && "load" in found) {
      const module = found.load();
      return module instanceof Promise ? module.then((m) => bodyOf(name, m, found.path)) : bodyOf(name, module, found.path);
    }
    if (Object.hasOwn(stock, name)) return stock[name]!;
    const brought = more.includes(name) ? ports.stock?.() : undefined;
    if (brought !== undefined) return brought instanceof Promise ? brought.then((services) => services[name]!) : brought[name]!;
    const names = [...byName.keys()].sort().join(", ") || "none";
    const files = found === undefined ? "this host loads no files" : `tried: ${found.tried.join(", ")}`;
    const tried = more.includes(name) ? `${files}; its ports bring no stock services (Ports.stock)` : files;
    throw new SkynetError("SERVICE_NOT_FOUND", `service "${name}" was not found; given: ${names}; ${tried}`);
  };
}

/** The patterns of a search path. */
export function splitPatterns(path: string): string[] {
  return path
    .split(";")
    .map((p) => p.trim())
    .filter((p) => p !== "");
}

/** `./service/game/room.ts` and `game/room` are the same name; a folder's `main` is the folder. */
export function serviceName(key: string): string {
  if (!/[\\/.]/.test(key)) return key;
  return key
    .replace(/^.*?\bservices?\//, "")
    .replace(/^\.\//, "")
    .replace(/\.[cm]?[jt]sx?$/, "")
    .replace(/\/main$/, "");
}

/** The body a source stands for. */
function bodyOf(name: string, source: ServiceSource, where: string): ServiceBody {
  if (typeof source === "function") return lazily(name, source as (...args: unknown[]) => unknown, where);
  if (isDefinition(source)) return source;
  return exportOf(name, source as ModuleExports, where);
}

/** The default export, else the one named like the service. @throws SkynetError `SERVICE_NOT_FOUND` listing what there is. */
export function exportOf(name: string, module: ModuleExports, where: string): ServiceBody {
  const last = name.split("/").at(-1)!;
  for (const key of ["default", last]) {
    const found = Object.hasOwn(module, key) ? module[key] : undefined;
    if (typeof found === "function" || isDefinition(found)) return found as ServiceBody;
  }
  if (isSnaxDefinition(module) || ["default", last].some((key) => Object.hasOwn(module, key) && isSnaxDefinition(module[key])))
    throw new SkynetError(
      "SERVICE_NOT_FOUND",
      `"${name}" (${where}) is a snax service: start it with snax.newservice(${JSON.stringify(name)})`,
    );
  throw new SkynetError(
    "SERVICE_NOT_FOUND",
    `service "${name}" (${where}) has no default export that is a function or a defineService(…), and none named "${last}"; it exports: ${Object.keys(module).join(", ") || "nothing"}`,
  );
}

/** A function may be a file body or may import a module: one that gives a promise is the latter. */
function lazily(name: string, source: (...args: unknown[]) => unknown, where: string): ServiceBody {
  return (...args: unknown[]) => {
    const result = source(...args);
    if (!(result instanceof Promise)) return result;
    return result.then((module: unknown) => {
      if (typeof module === "object" && module !== null && !isDefinition(module)) return exportOf(name, module as ModuleExports, where);
      throw new SkynetError(
        "ARGUMENT",
        `the file body of service "${name}" is async; it must be a plain function. Do what suspends in skynet.start(function* () { … }), or use defineService`,
      );
    });
  };
}
