/**
 * The Sockets panel: every listener and connection of the host.
 *
 * @module
 */
import type { ReactElement } from "react";
import { TablePanel } from "../../widgets/table/TablePanel.tsx";
import { socketsView } from "./columns.tsx";

/** See the file's comment. */
export function SocketsPanel(): ReactElement {
  return (
    <TablePanel
      channel="sockets"
      meaning={socketsView}
      example="owner:gate wbuffer>64K"
      empty={{
        title: "No sockets",
        text: "No service of this host listens or is connected. A socket appears here when a service opens or accepts one.",
      }}
    />
  );
}
