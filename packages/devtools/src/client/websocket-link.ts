/**
 * A link over a WebSocket, with MessagePack.
 *
 * @module
 */
import { checkMessagePack, SUB_PROTOCOL } from "@skyloom/runtime/inspect";
import { Packr } from "msgpackr";
import type { Dial } from "./link.ts";

const packr = new Packr({ useRecords: false });

/**
 * Dials a WebSocket.
 *
 * @param url - `ws://…` or `wss://…`. Never put a token into it.
 */
export function webSocketDial(url: string): Dial {
  return (events) => {
    let over = false;
    let opened = false;
    let socket: WebSocket | undefined;
    const end = (reason: string): void => {
      if (over) return;
      over = true;
      events.closed({ reason });
    };
    try {
      socket = new WebSocket(url, SUB_PROTOCOL);
    } catch (error) {
      // Told later, as every other failure is.
      setTimeout(() => end(`${url} cannot be opened: ${error instanceof Error ? error.message : String(error)}`), 0);
      return { send: () => {}, close: () => (over = true) };
    }
    const ws = socket;
    ws.binaryType = "arraybuffer";
    ws.onopen = () => {
      opened = true;
      if (!over) events.opened();
    };
    ws.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (over) return;
      if (!(data instanceof ArrayBuffer)) return events.garbage("text came where MessagePack bytes are expected");
      const bytes = new Uint8Array(data);
      const fault = checkMessagePack(bytes);
      if (fault !== undefined) return events.garbage(fault);
      let value: unknown;
      try {
        value = packr.unpack(bytes);
      } catch (error) {
        return events.garbage(error instanceof Error ? error.message : String(error));
      }
      events.frame(value);
    };
    ws.onclose = (event) =>
      end(
        event.reason !== ""
          ? event.reason
          : event.code === 1009
            ? "the host refused a frame that was too big"
            : opened
              ? "the connection was lost"
              : `nobody answers at ${url}, or the host there refuses this page`,
      );
    return {
      send: (frame) => {
        if (ws.readyState === WebSocket.OPEN) ws.send(packr.pack(frame) as Uint8Array<ArrayBuffer>);
      },
      close: () => {
        over = true;
        ws.close();
      },
    };
  };
}
