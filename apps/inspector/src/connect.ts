/**
 * From the parameter `c` of the address to a client: which host, over which link.
 *
 * @module
 */
import { createClient, pageDial, webSocketDial } from "@skyloom/devtools";
import type { Client } from "@skyloom/devtools";
import type { Agent } from "@skyloom/runtime/inspect";
import { tokenFor } from "./token.ts";

/** A runtime inside this page. `page-host.ts` beside this file, where a build has one, exports a function of this type as `startPageHost`. */
export type StartPageHost = () => Promise<{ readonly agent: Agent; readonly title: string }>;

/** The page host's module, when this build has one; loaded only when it is asked for. */
const pageHosts = import.meta.glob<{ readonly startPageHost: StartPageHost }>("./page-host.ts");

/**
 * Makes the client for `c`: nothing = the host that served this page; `ws://…`, `wss://…` = that host; `page` = a runtime in this page.
 *
 * @throws Error with a text for people, when `c` is none of these.
 */
export async function clientFor(c: string | undefined): Promise<Client> {
  if (c === "page") {
    const load = pageHosts["./page-host.ts"];
    if (load === undefined) throw new Error("This build of the inspector has no runtime of its own (c=page). Open it from a host instead.");
    const { agent, title } = await (await load()).startPageHost();
    return createClient({ dial: pageDial(agent), title });
  }
  const url = c ?? `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/inspect`;
  if (!/^wss?:\/\/./.test(url))
    throw new Error(`The address names the connection “${url.slice(0, 200)}”. It can be c=ws://host:port/inspect, c=wss://… or c=page.`);
  const token = tokenFor(c);
  return createClient({
    dial: webSocketDial(url),
    title: url.replace(/^wss?:\/\//, "").replace(/\/inspect$/, ""),
    ...(token === undefined ? {} : { token }),
  });
}
