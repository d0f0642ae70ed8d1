/**
 * The last messages of a service, recorded while that is switched on for it.
 *
 * @module
 */
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { CommandButton } from "../../widgets/CommandButton.tsx";
import { bytes, count } from "../../widgets/format.ts";
import { usePayload } from "../../widgets/Payload.tsx";
import { ServiceLink } from "../../widgets/ServiceLink.tsx";
import type { Shown } from "./ServiceDrawer.tsx";

interface Recorded {
  readonly on: true;
  /** What messages carry is kept from now on. */
  readonly previews: boolean;
  /** Messages recorded in all. */
  readonly count: number;
  readonly messages: readonly {
    readonly nr: number;
    readonly epochMs: number;
    readonly out: boolean;
    readonly type: string;
    readonly peer: number;
    readonly peerName: string;
    readonly session: number;
    readonly command: string;
    readonly size: number;
    /** Its payload can be shown. */
    readonly kept: boolean;
  }[];
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hour12: false,
});

/** See the file's comment. */
export function MessagesTab({ of }: { readonly of: Shown }): ReactElement {
  const { addr, node, alive, stamp } = of;
  const asked = useAnswer<Recorded | { readonly on: false }>(alive ? "messages" : undefined, alive ? [addr, node] : [], stamp);
  const payload = usePayload("payload.recorded", addr, node);
  if (!alive) return <p className="sk-dim">The service has ended, and the recording of its messages with it.</p>;
  const words = [formatAddress(addr)];
  return (
    <Answer of={asked}>
      {(answer) =>
        answer.on ? (
          <>
            <div className="sk-actions" role="group" aria-label="Recording">
              <CommandButton title="Stop recording" command="messages.record" words={[...words, "off"]} node={node} />
              <CommandButton
                title={answer.previews ? "Keep no payloads" : "Keep payloads"}
                command="payload.keep"
                words={[...words, answer.previews ? "off" : "on"]}
                node={node}
              />
            </div>
            <p className="sk-dim" data-testid="messages-note">
              {count(answer.count)} recorded, the last {count(answer.messages.length)} kept, newest first.
              {answer.previews ? " The first 256 characters of what each carries are kept with it, at about a microsecond a message." : ""}
            </p>
            {answer.messages.length === 0 ? (
              <p className="sk-dim">Nothing came or went since recording began.</p>
            ) : (
              <ol className="sk-message-list" aria-label="Messages, newest first">
                {answer.messages.map((m) => (
                  <li key={m.nr}>
                    <span className="sk-figures sk-dim">{clock.format(m.epochMs)}</span>
                    <span className="sk-message-way">{m.out ? "→ sent" : "← got"}</span>
                    <span className="sk-mono">{[m.type, m.command].filter(Boolean).join(":")}</span>
                    {m.peer === 0 || m.peerName === "host" ? (
                      <span>{m.peerName}</span>
                    ) : (
                      <ServiceLink addr={m.peer} name={m.peerName} node={node} />
                    )}
                    {m.session === 0 ? null : <span className="sk-figures sk-dim">session {m.session}</span>}
                    {m.size === 0 ? null : <span className="sk-figures sk-dim">{bytes(m.size)}</span>}
                    {m.kept ? payload.button(m.nr) : null}
                  </li>
                ))}
              </ol>
            )}
          </>
        ) : (
          <div className="sk-messages-off" data-testid="messages-off">
            <p>Recording is off.</p>
            <p className="sk-dim">
              While it is on, the host keeps time, type, command, peer, session and size of the last 200 messages of this service. That
              costs well under a microsecond for each of its messages, and a look at a table for each message of the others on its node. It
              ends when it is switched off, when the service ends, and when the last page that looks at the host is closed.
            </p>
            <div className="sk-actions">
              <CommandButton title="Record messages" command="messages.record" words={[...words, "on"]} node={node} />
            </div>
          </div>
        )
      }
    </Answer>
  );
}
