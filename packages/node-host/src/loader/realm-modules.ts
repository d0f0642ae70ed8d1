/**
 * The modules of this project that service code gets from the running program instead of loading them again.
 *
 * A service may be bundled into a file anywhere on the disk; were its `@skyloom/runtime` loaded from there, it would be a second runtime
 * that knows nothing of the running tasks. So each namespace a service asks for is put into one slot of the realm, and the bundle reads
 * it from there. A new entry point needs one line in the table here. Source: design D22.
 *
 * @module
 */

/** The slot of the realm: specifier → namespace. */
const SLOT = "skyloom.modules";

type Namespace = Readonly<Record<string, unknown>>;

/** Every entry point services can import in Node. */
const entries: Readonly<Record<string, () => Promise<Namespace>>> = {
  "@skyloom/runtime": () => import("@skyloom/runtime"),
  "@skyloom/runtime/bson": () => import("@skyloom/runtime/bson"),
  "@skyloom/runtime/cluster": () => import("@skyloom/runtime/cluster"),
  "@skyloom/runtime/cluster-core": () => import("@skyloom/runtime/cluster-core"),
  "@skyloom/runtime/coroutine": () => import("@skyloom/runtime/coroutine"),
  "@skyloom/runtime/crypt": () => import("@skyloom/runtime/crypt"),
  "@skyloom/runtime/datacenter": () => import("@skyloom/runtime/datacenter"),
  "@skyloom/runtime/datasheet": () => import("@skyloom/runtime/datasheet"),
  "@skyloom/runtime/debug": () => import("@skyloom/runtime/debug"),
  "@skyloom/runtime/dns": () => import("@skyloom/runtime/dns"),
  "@skyloom/runtime/gateserver": () => import("@skyloom/runtime/gateserver"),
  "@skyloom/runtime/http": () => import("@skyloom/runtime/http"),
  "@skyloom/runtime/httpc": () => import("@skyloom/runtime/httpc"),
  "@skyloom/runtime/httpd": () => import("@skyloom/runtime/httpd"),
  "@skyloom/runtime/inspect": () => import("@skyloom/runtime/inspect"),
  "@skyloom/runtime/loginserver": () => import("@skyloom/runtime/loginserver"),
  "@skyloom/runtime/manager": () => import("@skyloom/runtime/manager"),
  "@skyloom/runtime/md5": () => import("@skyloom/runtime/md5"),
  "@skyloom/runtime/memory": () => import("@skyloom/runtime/memory"),
  "@skyloom/runtime/mqueue": () => import("@skyloom/runtime/mqueue"),
  "@skyloom/runtime/msgserver": () => import("@skyloom/runtime/msgserver"),
  "@skyloom/runtime/multicast": () => import("@skyloom/runtime/multicast"),
  "@skyloom/runtime/netpack": () => import("@skyloom/runtime/netpack"),
  "@skyloom/runtime/ports": () => import("@skyloom/runtime/ports"),
  "@skyloom/runtime/profile": () => import("@skyloom/runtime/profile"),
  "@skyloom/runtime/queue": () => import("@skyloom/runtime/queue"),
  "@skyloom/runtime/relay": () => import("@skyloom/runtime/relay"),
  "@skyloom/runtime/require": () => import("@skyloom/runtime/require"),
  "@skyloom/runtime/service": () => import("@skyloom/runtime/service"),
  "@skyloom/runtime/sharedata": () => import("@skyloom/runtime/sharedata"),
  "@skyloom/runtime/sharemap": () => import("@skyloom/runtime/sharemap"),
  "@skyloom/runtime/sharetable": () => import("@skyloom/runtime/sharetable"),
  "@skyloom/runtime/snax": () => import("@skyloom/runtime/snax"),
  "@skyloom/runtime/socket": () => import("@skyloom/runtime/socket"),
  "@skyloom/runtime/socket_proxy": () => import("@skyloom/runtime/socket_proxy"),
  "@skyloom/runtime/socketchannel": () => import("@skyloom/runtime/socketchannel"),
  "@skyloom/runtime/socketdriver": () => import("@skyloom/runtime/socketdriver"),
  "@skyloom/runtime/sockethelper": () => import("@skyloom/runtime/sockethelper"),
  "@skyloom/runtime/socketserver": () => import("@skyloom/runtime/socketserver"),
  "@skyloom/runtime/sproto": () => import("@skyloom/runtime/sproto"),
  "@skyloom/runtime/sproto-core": () => import("@skyloom/runtime/sproto-core"),
  "@skyloom/runtime/sprotoloader": () => import("@skyloom/runtime/sprotoloader"),
  "@skyloom/runtime/sprotoparser": () => import("@skyloom/runtime/sprotoparser"),
  "@skyloom/runtime/stm": () => import("@skyloom/runtime/stm"),
  "@skyloom/runtime/stock": () => import("@skyloom/runtime/stock"),
  "@skyloom/runtime/testing": () => import("@skyloom/runtime/testing"),
  "@skyloom/runtime/tlshelper": () => import("@skyloom/runtime/tlshelper"),
  "@skyloom/runtime/url": () => import("@skyloom/runtime/url"),
  "@skyloom/runtime/websocket": () => import("@skyloom/runtime/websocket"),
  "@skyloom/node-host": () => import("../index.ts"),
};

/** What services can import, for texts and tests. */
export const SHARED_MODULES: readonly string[] = Object.keys(entries);

/**
 * Puts a module into the realm's slot and says what it exports.
 *
 * @returns the source of a module that re-exports all of it from the slot; `undefined` for a name that is not in the table.
 */
export async function sharedModule(specifier: string): Promise<string | undefined> {
  const load = Object.hasOwn(entries, specifier) ? entries[specifier] : undefined;
  if (load === undefined) return undefined;
  const realm = globalThis as { [slot: symbol]: Record<string, Namespace> | undefined };
  const slot = (realm[Symbol.for(SLOT)] ??= {});
  const namespace = (slot[specifier] ??= await load());
  const names = Object.keys(namespace);
  return [
    `const m = globalThis[Symbol.for(${JSON.stringify(SLOT)})][${JSON.stringify(specifier)}];`,
    ...names.map((name, i) => `const e${i} = m[${JSON.stringify(name)}];`),
    `export { ${names.map((name, i) => `e${i} as ${JSON.stringify(name)}`).join(", ")} };`,
  ].join("\n");
}
