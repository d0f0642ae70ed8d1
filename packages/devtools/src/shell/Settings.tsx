/**
 * How the inspector looks and what it may do, in a popup of the top bar. Remembered on this machine.
 *
 * @module
 */
import type { ReactElement } from "react";
import { setReadOnlyHosts } from "../stores/view.ts";
import type { Density, Theme } from "../stores/view.ts";
import { hostNames, useConnection, useInspector, useView } from "../widgets/hooks.ts";
import { Popup } from "../widgets/Popup.tsx";

/** Names of the themes. */
export const themes: readonly (readonly [Theme, string])[] = [
  ["system", "System"],
  ["dark", "Dark"],
  ["light", "Light"],
  ["contrast", "High contrast"],
];

/** Names of the row heights. */
export const densities: readonly (readonly [Density, string])[] = [
  ["compact", "Compact"],
  ["default", "Default"],
  ["comfortable", "Comfortable"],
];

/** See the file's comment. */
export function Settings(): ReactElement {
  const { client, view } = useInspector();
  const theme = useView((v) => v.theme);
  const density = useView((v) => v.density);
  const singleKeys = useView((v) => v.singleKeys);
  const timeStrip = useView((v) => v.timeStrip);
  const host = useConnection((c) => c.host?.name);
  const names = hostNames(client);
  const readOnly = useView((v) => names.length > 0 && names.every((name) => v.readOnlyHosts.includes(name)));
  const granted = useConnection((c) => c.scopes.some((s) => s !== "read"));
  return (
    <Popup label="Settings" testId="settings">
      <div className="sk-settings">
        <label className="sk-setting">
          <span>Theme</span>
          <select
            className="sk-select"
            data-testid="theme"
            value={theme}
            onChange={(e) => view.setState({ theme: e.target.value as Theme })}
          >
            {themes.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="sk-setting">
          <span>Rows</span>
          <select
            className="sk-select"
            data-testid="density"
            value={density}
            onChange={(e) => view.setState({ density: e.target.value as Density })}
          >
            {densities.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="sk-setting">
          <span>Single keys act</span>
          <input
            type="checkbox"
            data-testid="single-keys"
            checked={singleKeys}
            onChange={(e) => view.setState({ singleKeys: e.target.checked })}
          />
        </label>
        <label className="sk-setting">
          <span>Time strip</span>
          <input
            type="checkbox"
            data-testid="time-strip-on"
            checked={timeStrip}
            onChange={(e) => view.setState({ timeStrip: e.target.checked })}
          />
        </label>
        <label className="sk-setting">
          <span>Read-only on {names.length > 1 ? "these hosts" : "this host"}</span>
          <input
            type="checkbox"
            data-testid="read-only"
            checked={readOnly}
            disabled={host === undefined}
            onChange={(e) => setReadOnlyHosts(view, names, e.target.checked)}
          />
        </label>
        <p className="sk-setting-note">
          {granted
            ? "Read-only hides nothing; it refuses every command that changes something. Remembered for this host."
            : "This connection may only read anyway."}
        </p>
        <button type="button" className="sk-button" onClick={() => view.setState({ overlay: "help" })}>
          All shortcuts <kbd className="sk-key">?</kbd>
        </button>
      </div>
    </Popup>
  );
}
