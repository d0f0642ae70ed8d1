/**
 * What waits in a mailbox: who sent it, of which type, which commands, and the first messages, each without
 * its payload unless that is asked for; and the same of what
 * has come in since somebody looks.
 *
 * @module
 */
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { bytes, count } from "../../widgets/format.ts";
import { usePayload } from "../../widgets/Payload.tsx";
import { SmallTable } from "../../widgets/SmallTable.tsx";
import { CountedFor, RankingTable } from "../../widgets/Traffic.tsx";
import type { Counted, RankedRow, Ranking } from "../../widgets/Traffic.tsx";

interface Flow extends Counted {
  readonly received: number;
  readonly senders: Ranking;
  readonly types: Ranking;
  readonly commands: Ranking;
}

interface Detail {
  /** Absent where the host does not count. */
  readonly flow?: Flow;
  readonly mqlen: number;
  readonly counted: number;
  readonly senders: readonly { readonly addr: number; readonly name: string; readonly count: number }[];
  readonly types: readonly { readonly name: string; readonly count: number }[];
  readonly commands: readonly { readonly name: string; readonly count: number }[];
  readonly first: readonly {
    /** Names it while it waits; absent where the host shows no payloads. */
    readonly nr?: number;
    readonly type: string;
    readonly from: number;
    readonly fromName: string;
    readonly session: number;
    readonly size: number;
    readonly command: string;
  }[];
}

/** See the file's comment. Asked for anew whenever `stamp` changes; `alive` is false for a service that has ended. */
export function MailboxContents(props: {
  readonly addr: number;
  readonly node: string;
  readonly alive: boolean;
  readonly stamp: number;
}): ReactElement {
  const detail = useAnswer<Detail>(props.alive ? "mailbox" : undefined, props.alive ? [props.addr, props.node] : [], props.stamp);
  if (!props.alive) return <p className="sk-dim">The service has ended, and its mailbox with it.</p>;
  return (
    <Answer of={detail}>
      {(d) => (
        <>
          {d.mqlen === 0 ? <p className="sk-dim">Nothing waits.</p> : <Waiting of={d} addr={props.addr} node={props.node} />}
          {d.flow === undefined ? null : <Incoming flow={d.flow} />}
        </>
      )}
    </Answer>
  );
}

function Waiting({ of: d, addr, node }: { readonly of: Detail; readonly addr: number; readonly node: string }): ReactElement {
  const payload = usePayload("payload.queued", addr, node);
  return (
    <>
      <h3 className="sk-drawer-section">Waiting now</h3>
      {d.counted < d.mqlen ? <p className="sk-dim">Counted over the first {count(d.counted)} messages.</p> : null}
      <SmallTable
        caption="By sender"
        head={["sender", "messages"]}
        rows={d.senders.map((s) => [`${formatAddress(s.addr)} ${s.name}`, count(s.count)])}
      />
      <SmallTable caption="By type" head={["type", "messages"]} rows={d.types.map((s) => [s.name, count(s.count)])} />
      {d.commands.length === 0 ? null : (
        <SmallTable caption="By command" head={["command", "messages"]} rows={d.commands.map((s) => [s.name, count(s.count)])} />
      )}
      <h4 className="sk-message-title">First in the queue</h4>
      <ol className="sk-message-list" aria-label="First in the queue">
        {d.first.map((m, i) => (
          <li key={m.nr ?? i}>
            <span className="sk-mono">{[m.type, m.command].filter(Boolean).join(":")}</span>
            <span>
              from {formatAddress(m.from)} {m.fromName}
            </span>
            {m.session === 0 ? null : <span className="sk-figures sk-dim">session {m.session}</span>}
            {m.size === 0 ? null : <span className="sk-figures sk-dim">{bytes(m.size)}</span>}
            {m.nr === undefined ? null : payload.button(m.nr)}
          </li>
        ))}
      </ol>
    </>
  );
}

/** What has come in, waiting or not. */
function Incoming({ flow }: { readonly flow: Flow }): ReactElement {
  const { received, senders, types, commands } = flow;
  const from = ({ addr = 0, name }: RankedRow): string => `${formatAddress(addr)} ${name}`;
  return (
    <section aria-label="Coming in" data-testid="mailbox-flow">
      <h3 className="sk-drawer-section">Coming in</h3>
      <CountedFor of={flow} what="messages" />
      <RankingTable of={senders} counted={flow} caption="By sender" thing="sender" all={received} show={from} />
      <RankingTable of={types} counted={flow} caption="By type" thing="type" all={received} />
      {commands.top.length === 0 ? null : <RankingTable of={commands} counted={flow} caption="By command" thing="command" all={received} />}
    </section>
  );
}
