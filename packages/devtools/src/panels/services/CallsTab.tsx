/**
 * The pending calls of a service: those it waits for, and those that wait for it.
 *
 * @module
 */
import { useEffect } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { homeRoute } from "../../stores/route.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { navigate } from "../../stores/view.ts";
import { useReady } from "../../widgets/ChannelStates.tsx";
import { count, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion } from "../../widgets/hooks.ts";
import { ServiceLink } from "../../widgets/ServiceLink.tsx";
import { SmallTable } from "../../widgets/SmallTable.tsx";
import type { Shown } from "./ServiceDrawer.tsx";

/** Calls of each direction that are shown. */
const MOST = 100;

/** See the file's comment. */
export function CallsTab({ of }: { readonly of: Shown }): ReactElement {
  const { client, view } = useInspector();
  const table = client.table("sessions");
  useEffect(() => client.watch("sessions"), [client]);
  useVersion(table);
  const ready = useReady(table);
  const offered = useConnection((c) => c.caps["sessions"]);
  if (offered !== true) return <p className="sk-dim">{offered ?? "This host does not tell its pending calls."}</p>;
  if (!ready) return <p className="sk-dim">Asking the host …</p>;
  const [out, into] = [rows(table, "from", of), rows(table, "to", of)];
  const list = (caption: string, found: readonly number[], other: "from" | "to"): ReactElement =>
    found.length === 0 ? (
      <p className="sk-dim">{caption}: none.</p>
    ) : (
      <SmallTable
        caption={found.length > MOST ? `${caption}: ${count(found.length)}, the longest ${MOST}` : `${caption}: ${count(found.length)}`}
        head={[other === "to" ? "to" : "from", "command", "state", "for"]}
        rows={found
          .slice(0, MOST)
          .map((row) => [
            <ServiceLink
              key="who"
              addr={table.number(other, row)}
              name={table.text(other === "to" ? "toName" : "fromName", row)}
              node={table.text("node", row)}
            />,
            [table.text("type", row), table.text("command", row)].filter(Boolean).join(":"),
            table.word("state", row),
            table.number("sentUs", row) < 0 ? UNKNOWN : milliseconds(Math.max(0, table.at(row) - table.number("sentUs", row)) / 1000),
          ])}
      />
    );
  return (
    <>
      {list("It waits for", out, "to")}
      {list("Waiting for it", into, "from")}
      <p>
        <button
          type="button"
          className="sk-link"
          onClick={() =>
            navigate(
              view,
              { ...homeRoute, rest: view.getState().route.rest, panel: "sessions", view: "list", q: formatAddress(of.addr) },
              "push",
            )
          }
        >
          All of them in Sessions
        </button>
      </p>
    </>
  );
}

/** Calls on one side of which the service stands, the oldest first. */
function rows(table: TableStore, side: "from" | "to", of: Shown): number[] {
  const found: number[] = [];
  for (let row = 0; row < table.high; row++)
    if (table.status[row] === 1 && table.number(side, row) === of.addr && table.text("node", row) === of.node) found.push(row);
  return found.toSorted((a, b) => table.number("sentUs", a) - table.number("sentUs", b));
}
