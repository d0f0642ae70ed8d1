/**
 * The inspector's page: token, connection, route, and the component that does the rest.
 *
 * @module
 */
import { createViewStore, Inspector, parseRoute } from "@skyloom/devtools";
import { StrictMode } from "react";
import type { ReactElement } from "react";
import { createRoot } from "react-dom/client";
import "@skyloom/devtools/style.css";
import "./page.css";
import { bindView, storedPreferences } from "./bind.ts";
import { clientFor } from "./connect.ts";
import { takeToken } from "./token.ts";

takeToken();
const view = createViewStore(parseRoute(location.hash), storedPreferences());
bindView(view);
const root = createRoot(document.getElementById("root")!);

try {
  const client = await clientFor(view.getState().route.rest["c"]);
  client.connection.subscribe(({ host }) => {
    document.title = `${host?.name ?? client.title} · Skyloom inspector`;
  });
  client.connect();
  root.render(
    <StrictMode>
      <Inspector client={client} view={view} />
    </StrictMode>,
  );
} catch (error) {
  root.render(<Refusal text={error instanceof Error ? error.message : String(error)} />);
}

/** Shown when there is nothing to connect to. */
function Refusal({ text }: { readonly text: string }): ReactElement {
  return (
    <main className="sk-root" data-theme={view.getState().theme}>
      <div className="sk-page" data-testid="state-error">
        <h1 className="sk-page-title sk-page-err">Nothing to inspect</h1>
        <div className="sk-page-text">
          <p>{text}</p>
        </div>
      </div>
    </main>
  );
}
