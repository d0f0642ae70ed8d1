/**
 * A link to an agent in the same page: frames are handed over as they are, one microtask later, so that both ends see the order of a real link.
 *
 * @module
 */
import type { Agent, AgentAccess } from "@skyloom/runtime/inspect";
import type { Dial } from "./link.ts";

/**
 * Dials an agent in this page.
 *
 * @param access - What the agent grants; default: what it grants to links without a token.
 */
export function pageDial(agent: Agent, access: AgentAccess = {}): Dial {
  return (events) => {
    let over = false;
    const later = (fn: () => void): void =>
      void Promise.resolve().then(() => {
        if (!over) fn();
      });
    const connection = agent.connect(
      {
        send: (frame) => later(() => events.frame(frame)),
        queued: () => 0,
        close: (reason) =>
          later(() => {
            over = true;
            events.closed({ reason });
          }),
      },
      access,
    );
    later(() => events.opened());
    return {
      send: (frame) => later(() => connection.receive(frame)),
      close: () => {
        over = true;
        connection.closed();
      },
    };
  };
}
