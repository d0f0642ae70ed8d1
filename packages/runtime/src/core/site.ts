/**
 * Source places for people: which line of user code called into the runtime.
 *
 * @module
 */

const OWN =
  /[\\/](?:runtime|@skyloom[\\/]runtime)[\\/](?:src|dist)[\\/](?:core|lib|kernel)[\\/]|^\s*at (?:new )?(?:ServiceContext|Kernel)\b/;

/** The caller's stack without the runtime's own frames, as text; empty where the host has none. */
export function userStack(): string {
  return (new Error("").stack ?? "")
    .split("\n")
    .slice(1)
    .filter((line) => !OWN.test(line))
    .join("\n");
}

const sites = new WeakMap<object, Map<string, string>>();

/** The registration places of a service type, by what was registered: found once for all instances, as looking for them is slow. */
export function sitesOf(code: object): Map<string, string> {
  let map = sites.get(code);
  if (map === undefined) {
    map = new Map();
    sites.set(code, map);
  }
  return map;
}

/** {@link callSite} of a registration, remembered per service type. */
export function registrationSite(known: Map<string, string> | undefined, what: string): string {
  let site = known?.get(what);
  if (site === undefined) {
    site = callSite();
    known?.set(what, site);
  }
  return site;
}

/** `folder/file.ts:12` of the user code that called; `?` where the host has no stacks. */
export function callSite(): string {
  const line = userStack().split("\n")[0] ?? "";
  const at = /\(?((?:[a-z-]+:\/\/)?[^\s()]+?):(\d+)(?::\d+)?\)?$/.exec(line);
  if (at === null) return "?";
  const path = at[1]!.replace(/^[a-z-]+:\/\//, "").replace(/\?.*$/, "");
  return `${path.split(/[\\/]/).slice(-2).join("/")}:${at[2]}`;
}
