/**
 * The inspector's page: token, connection, route, and the component that does the rest.
 *
 * @module
 */
import { createViewStore, Inspector, parseRoute } from "@skyloom/devtools";
import type { Client } from "@skyloom/devtools";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@skyloom/devtools/style.css";
import "./page.css";
import { bindView, storedPreferences } from "./bind.ts";
import { clientFor, hasPageHost } from "./connect.ts";
import { PageConnections } from "./connections.ts";
import { ChooseFile, Refusal } from "./pages.tsx";
import { takeToken } from "./token.ts";

takeToken();
const view = createViewStore(parseRoute(location.hash), storedPreferences());
bindView(view);
const root = createRoot(document.getElementById("root")!);
const c = view.getState().route.rest["c"];

let shown: Client | undefined;
let clients = 0;

/** Shows a client in place of the one before. */
function show(client: Client, connections: PageConnections): void {
  shown?.close();
  shown = client;
  client.connection.subscribe(({ host }) => {
    document.title = `${host?.name ?? client.title} · Skyloom inspector`;
  });
  client.connect();
  root.render(
    <StrictMode>
      <Inspector key={++clients} client={client} view={view} connections={connections} />
    </StrictMode>,
  );
}

try {
  const connected = await clientFor(c);
  const connections: PageConnections = new PageConnections({
    view,
    current: c,
    page: hasPageHost,
    ownTab: connected?.announced,
    show: (client) => show(client, connections),
  });
  if (connected === undefined) root.render(<ChooseFile theme={view.getState().theme} connections={connections} />);
  else {
    const { client } = connected;
    const stop = client.connection.subscribe(({ phase }) => {
      if (phase !== "live") return;
      stop();
      if (c !== undefined && /^wss?:/.test(c)) connections.remember(c);
    });
    show(client, connections);
  }
} catch (error) {
  root.render(<Refusal theme={view.getState().theme} text={error instanceof Error ? error.message : String(error)} />);
}
