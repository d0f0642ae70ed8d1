/**
 * Everything known about the selected service, also when it has ended.
 *
 * @module
 */
import { ServiceFlag } from "@skyloom/runtime/inspect";
import { useEffect } from "react";
import type { ReactElement, ReactNode } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { navigate } from "../../stores/view.ts";
import { age, bytes, count, decimal, UNKNOWN } from "../../widgets/format.ts";
import { useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { StateMark } from "../../widgets/StateMark.tsx";
import { cpuText, upSeconds } from "./columns.tsx";

const DEAD = 8;

/** One figure and its name. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="sk-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** See the file's comment. */
export function ServiceDrawer({ onClose }: { readonly onClose: () => void }): ReactElement | null {
  const { client, view } = useInspector();
  const table = client.table("services");
  useVersion(table);
  const sel = useView((v) => v.route.sel);
  const row = sel === undefined ? -1 : table.find(sel);
  useEffect(() => {
    table.pin(row);
    return () => table.pin(-1);
  }, [table, row]);
  if (sel === undefined || !table.ready) return null;
  const flag = (bit: number): boolean => (table.number("flags", row) & bit) !== 0;
  const about = (text: string, on: boolean): string => (on && text !== UNKNOWN ? `≈ ${text}` : text);
  const ended = row >= 0 && table.status[row] === 2;
  return (
    <aside className="sk-drawer" aria-label={`Service ${sel}`} data-testid="drawer">
      <header className="sk-drawer-head">
        <div className="sk-drawer-title">
          <h2 title={row < 0 ? sel : table.text("name", row)}>{row < 0 ? sel : table.text("name", row)}</h2>
          {row < 0 ? null : <span className="sk-mono sk-dim">{formatAddress(table.number("addr", row))}</span>}
        </div>
        <button type="button" className="sk-icon-button" aria-label="Close details" title="Close (Esc)" onClick={onClose}>
          ✕
        </button>
      </header>
      {row < 0 || ended ? (
        <p className="sk-gone" data-testid="state-gone">
          {ended ? "This service has ended. These are its last values." : `There is no service ${sel} on this host any more.`}
          {row < 0 ? (
            <button
              type="button"
              className="sk-button"
              onClick={() => {
                navigate(view, { sel: undefined }, "replace");
                onClose();
              }}
            >
              Forget it
            </button>
          ) : null}
        </p>
      ) : null}
      {row < 0 ? null : (
        <dl className="sk-facts">
          <Fact name="State">
            <StateMark state={ended ? DEAD : table.number("state", row)} />
          </Fact>
          <Fact name="Type">
            {table.text("type", row)}
            {flag(ServiceFlag.system) ? " (system)" : ""}
          </Fact>
          <Fact name="Node">{table.text("node", row)}</Fact>
          <Fact name="Messages waiting">{count(table.number("mqlen", row))}</Fact>
          <Fact name="Tasks">{count(table.number("task", row))}</Fact>
          <Fact name="Messages handled">{count(table.number("msg", row))}</Fact>
          <Fact name="Messages per second">{ended ? UNKNOWN : decimal(table.rate("msg", row))}</Fact>
          <Fact name="CPU time">
            {flag(ServiceFlag.cpuUnknown)
              ? UNKNOWN
              : about(`${(table.number("cpuUs", row) / 1e6).toFixed(3)} s`, flag(ServiceFlag.cpuEstimated))}
          </Fact>
          <Fact name="CPU share">
            {ended || cpuText(table, row) === UNKNOWN ? UNKNOWN : about(`${cpuText(table, row)} %`, flag(ServiceFlag.cpuEstimated))}
          </Fact>
          <Fact name="Memory">
            {flag(ServiceFlag.memUnknown) ? UNKNOWN : about(bytes(table.number("mem", row)), flag(ServiceFlag.memEstimated))}
          </Fact>
          <Fact name="Handler errors">{count(table.number("err", row))}</Fact>
          <Fact name="Up">{ended ? UNKNOWN : age(upSeconds(table, row))}</Fact>
          <Fact name="Trace">{flag(ServiceFlag.traced) ? "on" : "off"}</Fact>
          <Fact name="Message log">{flag(ServiceFlag.logged) ? "on" : "off"}</Fact>
        </dl>
      )}
    </aside>
  );
}
