/**
 * From the parameter `c` of the address to a client: which host, over which link.
 *
 * @module
 */
import { createClient, pageDial, tabDial, webSocketDial } from "@skyloom/devtools";
import type { HostClient } from "@skyloom/devtools";
import type { Agent } from "@skyloom/runtime/inspect";
import { titleOf } from "./addresses.ts";
import { tokenFor } from "./token.ts";

/** A runtime inside this page. `page-host.ts` beside this file, where a build has one, exports a function of this type as `startPageHost`. */
export type StartPageHost = () => Promise<PageHost>;

/** What a page host gives. */
export interface PageHost {
  readonly agent: Agent;
  readonly title: string;
  /** Name under which other tabs find it, if they can. */
  readonly announced?: string;
}

/** The page host's module, when this build has one; loaded only when it is asked for. */
const pageHosts = import.meta.glob<{ readonly startPageHost: StartPageHost }>("./page-host.ts");

/** Whether this build can run nodes in the page. */
export const hasPageHost: boolean = Object.keys(pageHosts).length > 0;

/** A client, and under which name its nodes are known to other tabs, where they are in this page. */
export interface Connected {
  readonly client: HostClient;
  readonly announced?: string;
}

/** The nodes of this page, once they run: leaving them and coming back starts no others. */
let pageHost: Promise<PageHost> | undefined;

/**
 * Makes the client for one host of `c`: empty = the host that served this page; `ws://…`, `wss://…` = that host; `page` = a runtime in this page;
 * `tab:<name>` = one in another tab; `file` = a snapshot, which the user has to choose first.
 *
 * @returns `undefined` for `file`.
 * @throws Error with a text for people, when `c` is none of these.
 */
export async function clientFor(c: string): Promise<Connected | undefined> {
  if (c === "file") return undefined;
  if (c === "page") {
    const load = pageHosts["./page-host.ts"];
    if (load === undefined) throw new Error("This build of the inspector has no runtime of its own (c=page). Open it from a host instead.");
    pageHost ??= load().then((module) => module.startPageHost());
    const { agent, title, announced } = await pageHost;
    return { client: createClient({ dial: pageDial(agent), title }), ...(announced === undefined ? {} : { announced }) };
  }
  if (/^tab:./.test(c)) return { client: createClient({ dial: tabDial(c.slice(4)), title: c.slice(4) }) };
  const url = c !== "" ? c : `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/inspect`;
  if (!/^wss?:\/\/./.test(url))
    throw new Error(
      `The address names the connection “${url.slice(0, 200)}”. It can be c=ws://host:port/inspect, c=wss://…, c=page, c=tab:<name> or c=file. Several go with commas between; c=own is the host that served this page.`,
    );
  const token = tokenFor(c);
  const client = createClient({
    dial: webSocketDial(url),
    title: titleOf(url),
    ...(token === undefined ? {} : { token }),
  });
  return { client };
}
