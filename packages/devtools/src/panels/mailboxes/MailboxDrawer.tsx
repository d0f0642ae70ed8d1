/**
 * What waits in one mailbox: who sent it, of which type, which commands, and the first messages without their payload.
 *
 * @module
 */
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { Drawer, Fact, Facts, useSelectedRow } from "../../widgets/Drawer.tsx";
import { bytes, count, decimal, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { useInspector } from "../../widgets/hooks.ts";
import { SmallTable } from "../../widgets/SmallTable.tsx";
import { oldestUs } from "./columns.tsx";

interface Detail {
  readonly mqlen: number;
  readonly counted: number;
  readonly senders: readonly { readonly addr: number; readonly name: string; readonly count: number }[];
  readonly types: readonly { readonly name: string; readonly count: number }[];
  readonly commands: readonly { readonly name: string; readonly count: number }[];
  readonly first: readonly {
    readonly type: string;
    readonly from: number;
    readonly fromName: string;
    readonly session: number;
    readonly size: number;
    readonly command: string;
  }[];
}

/** See the file's comment. */
export function MailboxDrawer({ onClose }: { readonly onClose: () => void }): ReactElement | null {
  const { client } = useInspector();
  const table = client.table("mailboxes");
  const selected = useSelectedRow(table);
  const alive = selected.row >= 0 && !selected.ended;
  const detail = useAnswer<Detail>(
    alive ? "mailbox" : undefined,
    alive ? [table.number("addr", selected.row), table.text("node", selected.row)] : [],
    table.t,
  );
  if (selected.id === undefined) return null;
  const { row } = selected;
  return (
    <Drawer
      title={row < 0 ? selected.id : table.text("name", row)}
      subtitle={row < 0 ? undefined : formatAddress(table.number("addr", row))}
      thing="mailbox"
      selected={selected}
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
          <Answer of={detail}>
            {(d) =>
              d.mqlen === 0 ? (
                <p className="sk-dim">Nothing waits.</p>
              ) : (
                <>
                  {d.counted < d.mqlen ? <p className="sk-dim">Counted over the first {count(d.counted)} messages.</p> : null}
                  <SmallTable
                    caption="By sender"
                    head={["sender", "messages"]}
                    rows={d.senders.map((s) => [`${formatAddress(s.addr)} ${s.name}`, count(s.count)])}
                  />
                  <SmallTable caption="By type" head={["type", "messages"]} rows={d.types.map((s) => [s.name, count(s.count)])} />
                  {d.commands.length === 0 ? null : (
                    <SmallTable
                      caption="By command"
                      head={["command", "messages"]}
                      rows={d.commands.map((s) => [s.name, count(s.count)])}
                    />
                  )}
                  <SmallTable
                    caption="First in the queue"
                    head={["type", "command", "from", "session", "size"]}
                    rows={d.first.map((m) => [
                      m.type,
                      m.command,
                      `${formatAddress(m.from)} ${m.fromName}`,
                      String(m.session),
                      m.size === 0 ? "" : bytes(m.size),
                    ])}
                  />
                </>
              )
            }
          </Answer>
        </>
      )}
    </Drawer>
  );
}
