/**
 * The Mailboxes panel: where messages wait, how fast they come and go, and what is inside.
 *
 * @module
 */
import type { ReactElement } from "react";
import { TablePanel } from "../../widgets/table/TablePanel.tsx";
import { mailboxesView } from "./columns.tsx";
import { HeatStrip } from "./HeatStrip.tsx";
import { MailboxDrawer } from "./MailboxDrawer.tsx";

/** See the file's comment. */
export function MailboxesPanel(): ReactElement {
  return (
    <TablePanel
      channel="mailboxes"
      meaning={mailboxesView}
      example="mqlen>100 is:growing"
      empty={{ title: "No mailboxes", text: "Nothing is running on this host." }}
      above={<HeatStrip />}
      drawer={(close) => <MailboxDrawer onClose={close} />}
    />
  );
}
