/**
 * A link to an agent behind a message port: in a worker, in another frame, in another tab.
 *
 * @module
 */
import type { PortAnswer, PortLike, PortRequest } from "@skyloom/runtime/inspect";
import type { Dial } from "./link.ts";

/**
 * Dials the agent that {@link linkPort} has put at the other end. The port stays open when the link ends, so that it can be dialled again.
 *
 * @param port - Owned by the caller, who closes it.
 *
 * @example The page of a node that runs in a worker
 * ```ts
 * import { createClient, portDial } from "@skyloom/devtools";
 *
 * const worker = new Worker("node.js", { type: "module" });
 * const { port1, port2 } = new MessageChannel();
 * worker.postMessage({ inspect: port2 }, [port2]);
 * const client = createClient({ dial: portDial(port1), title: "worker" });
 * ```
 */
export function portDial(port: PortLike): Dial {
  let links = 0;
  return (events) => {
    const id = ++links;
    let over = false;
    const say = (request: PortRequest): void => port.postMessage(request);
    const listen = ({ data }: { readonly data: unknown }): void => {
      if (over || typeof data !== "object" || data === null || !("inspect" in data)) return;
      const answer = data as PortAnswer;
      // Of an earlier link.
      if (answer.id !== id) return;
      if (answer.inspect === "agent") {
        say({ inspect: "taken", bytes: answer.bytes });
        events.frame(answer.frame);
      } else if (answer.inspect === "closed") {
        end();
        events.closed({ reason: typeof answer.reason === "string" ? answer.reason : "" });
      }
    };
    const end = (): void => {
      over = true;
      port.removeEventListener("message", listen);
    };
    port.addEventListener("message", listen);
    port.start?.();
    void Promise.resolve().then(() => {
      if (over) return;
      say({ inspect: "open", id });
      events.opened();
    });
    return {
      send: (frame) => {
        if (!over) say({ inspect: "frame", frame });
      },
      close: () => {
        if (over) return;
        end();
        say({ inspect: "close" });
      },
    };
  };
}
