/**
 * Who a service gets messages from, and whom it sends to: counted while this is open.
 *
 * @module
 */
import type { ReactElement } from "react";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { ServiceLink } from "../../widgets/ServiceLink.tsx";
import { CountedFor, RankingTable } from "../../widgets/Traffic.tsx";
import type { Counted, RankedRow, Ranking } from "../../widgets/Traffic.tsx";
import type { Shown } from "./ServiceDrawer.tsx";

interface Peers extends Counted {
  readonly received: number;
  readonly sent: number;
  readonly senders: Ranking;
  readonly receivers: Ranking;
}

/** See the file's comment. */
export function PeersTab({ of }: { readonly of: Shown }): ReactElement {
  const asked = useAnswer<Peers>(of.alive ? "peers" : undefined, of.alive ? [of.addr, of.node] : [], of.stamp);
  if (!of.alive) return <p className="sk-dim">The service has ended: it gets and sends nothing any more.</p>;
  const link = ({ addr = 0, name }: RankedRow): ReactElement =>
    // The system and the host itself are no services.
    name === "system" || name === "host" ? (
      <span>{name === "system" ? "system (timers, sockets)" : "host"}</span>
    ) : (
      <ServiceLink addr={addr} name={name} node={of.node} />
    );
  return (
    <Answer of={asked}>
      {(peers) => (
        <>
          <CountedFor of={peers} what="messages" />
          <RankingTable of={peers.senders} counted={peers} caption="Gets from" thing="sender" all={peers.received} show={link} />
          <RankingTable of={peers.receivers} counted={peers} caption="Sends to" thing="receiver" all={peers.sent} show={link} />
          <p className="sk-dim">
            Requests, sends and answers alike. What goes to another node is sent to the service that carries it there.
          </p>
        </>
      )}
    </Answer>
  );
}
