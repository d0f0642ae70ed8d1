/**
 * Everything known about the selected service, also when it has ended: figures, tasks, mailbox, calls, peers, messages, and what it says of itself.
 *
 * @module
 */
import { ServiceFlag } from "@skyloom/runtime/inspect";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { CommandButton } from "../../widgets/CommandButton.tsx";
import { copyAndSay, linkTo } from "../../widgets/copy.ts";
import { Drawer, useSelectedRow } from "../../widgets/Drawer.tsx";
import { DrawerTabs } from "../../widgets/DrawerTabs.tsx";
import { useInspector } from "../../widgets/hooks.ts";
import { MailboxContents } from "../mailboxes/MailboxContents.tsx";
import { CallsTab } from "./CallsTab.tsx";
import { InfoTab } from "./InfoTab.tsx";
import { MessagesTab } from "./MessagesTab.tsx";
import { PeersTab } from "./PeersTab.tsx";
import { SourceTab } from "./SourceTab.tsx";
import { SummaryTab } from "./SummaryTab.tsx";
import { TasksTab } from "./TasksTab.tsx";
import { useEnd } from "./use-end.ts";

/** A service as its tabs name it. */
export interface Shown {
  readonly addr: number;
  readonly node: string;
  /** It has not ended. */
  readonly alive: boolean;
  /** Changes with each sample: what is asked of the host is asked anew. */
  readonly stamp: number;
}

/** See the file's comment. */
export function ServiceDrawer({ onClose }: { readonly onClose: () => void }): ReactElement | null {
  const { client } = useInspector();
  const table = client.table("services");
  const selected = useSelectedRow(table);
  const end = useEnd(selected);
  const { id, row, ended } = selected;
  if (id === undefined) return null;
  const known = row >= 0;
  const of: Shown = {
    addr: known ? table.number("addr", row) : 0,
    node: known ? table.text("node", row) : "",
    alive: known && !ended,
    stamp: table.t,
  };
  return (
    <Drawer
      title={known ? table.text("name", row) : id}
      subtitle={known ? formatAddress(of.addr) + (table.manyNodes ? ` @ ${of.node}` : "") : undefined}
      thing="service"
      selected={selected}
      end={end}
      onClose={onClose}
    >
      {known ? (
        <>
          <Actions of={of} traced={(table.number("flags", row) & ServiceFlag.traced) !== 0} />
          <DrawerTabs
            tabs={[
              { name: "summary", title: "Summary", content: () => <SummaryTab table={table} row={row} ended={ended} /> },
              { name: "tasks", title: "Tasks", content: () => <TasksTab of={of} /> },
              { name: "mailbox", title: "Mailbox", content: () => <MailboxContents {...of} /> },
              { name: "calls", title: "Calls", content: () => <CallsTab of={of} /> },
              { name: "peers", title: "Peers", content: () => <PeersTab key={id} of={of} /> },
              { name: "messages", title: "Messages", content: () => <MessagesTab key={id} of={of} /> },
              { name: "info", title: "Info", content: () => <InfoTab key={id} of={of} /> },
              { name: "source", title: "Source", content: () => <SourceTab of={of} /> },
            ]}
          />
        </>
      ) : null}
    </Drawer>
  );
}

/** What can be done with it. */
function Actions({ of, traced }: { readonly of: Shown; readonly traced: boolean }): ReactElement {
  const { view } = useInspector();
  const words = [formatAddress(of.addr)];
  const link = (
    <button
      type="button"
      className="sk-button"
      data-testid="action-copy-link"
      onClick={() => copyAndSay(view, linkTo(view.getState().route), "The link was")}
    >
      Copy link
    </button>
  );
  if (!of.alive) return <div className="sk-actions">{link}</div>;
  return (
    <div className="sk-actions" role="group" aria-label="Actions">
      <CommandButton title="Ping" command="ping" words={words} node={of.node} />
      <CommandButton title={traced ? "End trace" : "Trace"} command="trace" words={[...words, traced ? "off" : "on"]} node={of.node} />
      {link}
      <CommandButton title="Exit" command="exit" words={words} node={of.node} />
      <CommandButton title="Kill" command="kill" words={words} node={of.node} />
    </div>
  );
}
