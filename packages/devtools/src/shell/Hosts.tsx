/**
 * The hosts that are looked at together: each with its state, rights and what can be done about it; and the way to add one.
 *
 * @module
 */
import { useState } from "react";
import type { ReactElement } from "react";
import type { Host } from "../stores/host-list.ts";
import { useHosts, useInspector, useVersion } from "../widgets/hooks.ts";
import type { Connections } from "../widgets/hooks.ts";
import { HostMark, HostTrouble, useHost } from "../widgets/HostStates.tsx";

/** What a connection may do, in a word. */
export function rightsOf(scopes: readonly string[]): string {
  return scopes.includes("danger") ? "full access" : scopes.includes("operate") ? "operate" : "read-only";
}

/** See the file's comment. */
export function HostRows({ of }: { readonly of: Connections | undefined }): ReactElement | null {
  const hosts = useHosts();
  if (hosts === undefined) return null;
  return (
    <section aria-label="Hosts">
      <h3>Hosts</h3>
      <ul className="sk-host-list">
        {hosts.list.map((host) => (
          <HostRow key={host.key} host={host} of={of} many={hosts.list.length > 1} />
        ))}
      </ul>
    </section>
  );
}

function HostRow({ host, of, many }: { readonly host: Host; readonly of: Connections | undefined; readonly many: boolean }): ReactElement {
  const { commands } = useInspector();
  useVersion(commands);
  const phase = useHost(host, (c) => c.phase);
  const scopes = useHost(host, (c) => c.scopes);
  const met = useHost(host, (c) => c.host);
  const asksToken = useHost(host, (c) => c.trouble?.code === "AUTH" || c.trouble?.code === "AUTH_REQUIRED");
  return (
    <li className="sk-host" data-testid={`host-${host.label}`} data-phase={phase}>
      <div className="sk-host-head">
        <HostMark host={host} />
        <strong>{host.label}</strong>
        {met?.label === "prod" ? <strong className="sk-prod">PROD</strong> : null}
        <span className="sk-dim">{host.client.title}</span>
        <span className="sk-spring" />
        {phase === "live" || phase === "stale" ? (
          <span className="sk-dim">{rightsOf(scopes)}</span>
        ) : (
          <button type="button" className="sk-button" disabled={phase === "connecting"} onClick={() => host.client.retry()}>
            Reconnect
          </button>
        )}
        {many && of?.remove !== undefined ? (
          <button
            type="button"
            className="sk-button"
            data-testid={`remove-${host.label}`}
            title={`Looks at ${host.label} no longer; the others stay`}
            onClick={() => of.remove?.(host.key)}
          >
            Remove
          </button>
        ) : null}
      </div>
      <div className="sk-host-line sk-dim">
        <HostTrouble host={host} />
      </div>
      {asksToken && of?.add !== undefined ? <Token host={host} of={of} /> : null}
    </li>
  );
}

/** Where a host asks for a token. */
function Token({ host, of }: { readonly host: Host; readonly of: Connections }): ReactElement {
  const [token, setToken] = useState("");
  return (
    <form
      className="sk-dbgcmd sk-conn-url"
      onSubmit={(e) => {
        e.preventDefault();
        if (token.trim() !== "") of.add?.(host.key, token.trim());
      }}
    >
      <input
        className="sk-input"
        type="password"
        aria-label={`Token of ${host.label}`}
        data-testid={`token-${host.label}`}
        placeholder="the part after #k= that the host printed"
        autoComplete="off"
        value={token}
        onChange={(e) => setToken(e.target.value)}
      />
      <button type="submit" className="sk-button" disabled={token.trim() === ""}>
        Use
      </button>
    </form>
  );
}

/** An address by hand: instead of what is looked at, or beside it. */
export function AddressForm({ of }: { readonly of: Connections }): ReactElement {
  const [url, setUrl] = useState("");
  const [token, setToken] = useState("");
  const sound = /^wss?:\/\/.+/.test(url.trim());
  const why = sound ? undefined : "An address begins with ws:// or wss://";
  return (
    <form
      className="sk-conn-form"
      onSubmit={(e) => {
        e.preventDefault();
        if (sound) of.choose(url.trim(), token.trim());
      }}
    >
      <input
        className="sk-input"
        aria-label="Address of a host"
        data-testid="connect-url"
        placeholder="ws://host:7400/inspect"
        spellCheck={false}
        autoComplete="off"
        value={url}
        onChange={(e) => setUrl(e.target.value)}
      />
      <input
        className="sk-input"
        type="password"
        aria-label="Its token, if it asks for one"
        data-testid="connect-token"
        placeholder="token, if it asks for one"
        autoComplete="off"
        value={token}
        onChange={(e) => setToken(e.target.value)}
      />
      <button type="submit" className="sk-button" disabled={!sound} title={why ?? "Looks at this host instead"}>
        Connect
      </button>
      {of.add === undefined ? null : (
        <button
          type="button"
          className={sound ? "sk-button sk-primary" : "sk-button"}
          data-testid="add-host"
          disabled={!sound}
          title={why ?? "Looks at this host beside what is looked at now"}
          onClick={() => of.add?.(url.trim(), token.trim())}
        >
          Add
        </button>
      )}
    </form>
  );
}
