/**
 * The top bar: what is looked at, how the connection stands, and how the inspector should look.
 *
 * @module
 */
import type { ReactElement } from "react";
import { useConnection, useHosts, useInspector } from "../widgets/hooks.ts";
import { ConnectionChip } from "./ConnectionChip.tsx";
import { LiveButton } from "./LiveButton.tsx";
import { NodePicker } from "./NodePicker.tsx";
import { Settings } from "./Settings.tsx";
import { commandKey } from "./shortcuts.ts";

/** Which of several hosts are production. */
function ProdNames(): ReactElement | null {
  const hosts = useHosts()?.list ?? [];
  const names = hosts.filter((h) => h.client.connection.getState().host?.label === "prod").map((h) => h.label);
  if (hosts.length < 2 || names.length === 0) return null;
  return (
    <span className="sk-prod-names" data-testid="prod-hosts">
      {names.join(", ")}
    </span>
  );
}

/** See the file's comment. */
export function TopBar(): ReactElement {
  const { view } = useInspector();
  const prod = useConnection((c) => c.host?.label === "prod");
  return (
    <header className={prod ? "sk-top is-prod" : "sk-top"}>
      <span className="sk-brand">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 1.500 14 5v6l-6 3.500L2 11V5zM2 5l6 3.500L14 5M8 8.500v6" />
        </svg>
        Skyloom <span className="sk-brand-part">inspector</span>
      </span>
      <ConnectionChip />
      {prod ? <strong className="sk-prod">PROD</strong> : null}
      <ProdNames />
      <NodePicker />
      <span className="sk-spring" />
      <LiveButton />
      <button
        type="button"
        className="sk-button sk-search"
        data-testid="action-palette"
        title="Search panels, services and actions"
        onClick={() => view.setState({ overlay: "palette" })}
      >
        <span className="sk-search-text">Search …</span>
        <kbd className="sk-key">{commandKey} K</kbd>
      </button>
      <Settings />
      <button
        type="button"
        className="sk-icon-button"
        aria-label="Shortcuts"
        title="Shortcuts (?)"
        data-testid="action-help"
        onClick={() => view.setState({ overlay: "help" })}
      >
        ?
      </button>
    </header>
  );
}
