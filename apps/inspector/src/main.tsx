/**
 * The inspector's page: token, connection, route, and the component that does the rest.
 *
 * @module
 */
import { createViewStore, Inspector, joinHosts, parseRoute } from "@skyloom/devtools";
import type { JoinedHosts } from "@skyloom/devtools";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@skyloom/devtools/style.css";
import "./page.css";
import { bindView, storedPreferences } from "./bind.ts";
import { readConnections } from "./addresses.ts";
import { clientFor, hasPageHost } from "./connect.ts";
import type { Connected } from "./connect.ts";
import { PageConnections } from "./connections.ts";
import { ChooseFile, Refusal } from "./pages.tsx";
import { takeToken } from "./token.ts";

takeToken();
const view = createViewStore(parseRoute(location.hash), storedPreferences());
bindView(view);
const root = createRoot(document.getElementById("root")!);

/** The hosts that are looked at, by key. */
let open: ReadonlyMap<string, Connected> = new Map();
let joined: JoinedHosts | undefined;
let clients = 0;
let connections: PageConnections;

/** Shows hosts in place of those before; hosts that stay keep their connections. */
function show(next: ReadonlyMap<string, Connected>): void {
  joined?.release();
  for (const [key, { client }] of open) if (next.get(key)?.client !== client) client.close();
  open = next;
  const client = (joined = joinHosts([...open].map(([key, { client: host }]) => ({ key, client: host }))));
  client.connection.subscribe(({ host }) => {
    document.title = `${host?.name ?? client.title} · Skyloom inspector`;
  });
  client.connect();
  for (const key of open.keys()) if (/^wss?:/.test(key)) rememberWhenLive(key);
  root.render(
    <StrictMode>
      <Inspector key={++clients} client={client} view={view} connections={connections} />
    </StrictMode>,
  );
}

function rememberWhenLive(key: string): void {
  const { connection } = open.get(key)!.client;
  if (connection.getState().phase === "live") return;
  const stop = connection.subscribe(({ phase }) => {
    if (phase !== "live") return;
    stop();
    connections.remember(key);
  });
}

/** Looks at the hosts of these keys. @param again - One that is to be dialled anew. */
async function join(keys: readonly string[], again?: string): Promise<void> {
  try {
    const next = new Map<string, Connected>();
    for (const key of keys) {
      const known = key === again ? undefined : open.get(key);
      const connected = known ?? (await clientFor(key));
      if (connected === undefined) {
        if (keys.length > 1) throw new Error("A snapshot is looked at alone: open it without other hosts (c=file).");
        root.render(<ChooseFile theme={view.getState().theme} connections={connections} />);
        return;
      }
      next.set(key, connected);
    }
    show(next);
  } catch (error) {
    root.render(<Refusal theme={view.getState().theme} text={error instanceof Error ? error.message : String(error)} />);
  }
}

const keys = readConnections(view.getState().route.rest["c"]);
connections = new PageConnections({
  view,
  keys,
  page: hasPageHost,
  ownTab: () => [...open.values()].find((o) => o.announced !== undefined)?.announced,
  show: (client) => show(new Map([["file", { client }]])),
  join: (list, again) => void join(list, again),
});
await join(keys);
