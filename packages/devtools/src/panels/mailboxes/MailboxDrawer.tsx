/**
 * The figures of one mailbox, and what waits in it.
 *
 * @module
 */
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { Drawer, Fact, Facts, useSelectedRow } from "../../widgets/Drawer.tsx";
import { count, decimal, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { useInspector } from "../../widgets/hooks.ts";
import { oldestUs } from "./columns.tsx";
import { useEnd } from "../services/use-end.ts";
import { MailboxContents } from "./MailboxContents.tsx";

/** See the file's comment. */
export function MailboxDrawer({ onClose }: { readonly onClose: () => void }): ReactElement | null {
  const { client } = useInspector();
  const table = client.table("mailboxes");
  const selected = useSelectedRow(table);
  const end = useEnd(selected);
  const alive = selected.row >= 0 && !selected.ended;
  if (selected.id === undefined) return null;
  const { row } = selected;
  return (
    <Drawer
      title={row < 0 ? selected.id : table.text("name", row)}
      subtitle={row < 0 ? undefined : formatAddress(table.number("addr", row))}
      thing="mailbox"
      selected={selected}
      end={end}
      onClose={onClose}
    >
      {row < 0 ? null : (
        <>
          <Facts>
            <Fact name="Waiting">{count(table.number("mqlen", row))}</Fact>
            <Fact name="In per second">{decimal(table.rate("in", row))}</Fact>
            <Fact name="Out per second">{decimal(table.rate("out", row))}</Fact>
            <Fact name="Oldest">{Number.isNaN(oldestUs(table, row)) ? UNKNOWN : `≥ ${milliseconds(oldestUs(table, row) / 1000)}`}</Fact>
          </Facts>
          <MailboxContents addr={table.number("addr", row)} node={table.text("node", row)} alive={alive} stamp={table.t} />
        </>
      )}
    </Drawer>
  );
}
