/**
 * Carries the inspector's frames over one WebSocket as MessagePack.
 *
 * Knows nothing of what frames mean. Bytes from the other side are looked over before anything is decoded.
 *
 * @module
 */
import { checkMessagePack } from "@skyloom/runtime/inspect";
import type { Agent, AgentAccess } from "@skyloom/runtime/inspect";
import { Packr } from "msgpackr";
import type { WebSocket } from "ws";

/** Largest frame a client may send, in bytes (INS-CON-4). */
export const MAX_INBOUND_BYTES = 1_048_576;

/** `ws` itself ends a connection beyond this, without a text; between the two limits the client is told why. */
export const HARD_INBOUND_BYTES: number = 2 * MAX_INBOUND_BYTES;

// What is undefined is nil: peers refuse the extension that would stand for it.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/** Encodes a frame. */
export function encodeFrame(frame: object): Uint8Array {
  return packr.pack(frame);
}

/**
 * Joins a socket and an agent until one of them ends.
 *
 * @param log - Gets one line when the client was sent away, or sent something wrong.
 */
export function linkSocket(socket: WebSocket, agent: Agent, access: AgentAccess, log: (line: string) => void): void {
  const who = access.peer ?? "a client";
  const connection = agent.connect(
    {
      send: (frame) => socket.send(encodeFrame(frame)),
      queued: () => socket.bufferedAmount,
      close: (reason) => {
        log(`inspector: ${who} was sent away: ${reason}`);
        socket.close(1008, cutReason(reason));
        // The other side may never answer the close.
        setTimeout(() => socket.terminate(), 1000).unref();
      },
    },
    access,
  );
  socket.on("message", (data, isBinary) => {
    if (!isBinary) return connection.garbage("text came where MessagePack bytes are expected");
    const bytes = data as Buffer;
    if (bytes.length > MAX_INBOUND_BYTES) return connection.garbage(`it has ${bytes.length} bytes, the limit is ${MAX_INBOUND_BYTES}`);
    const fault = checkMessagePack(bytes);
    if (fault !== undefined) return connection.garbage(`it is not MessagePack: ${fault}`);
    let frame: unknown;
    try {
      frame = packr.unpack(bytes);
    } catch (error) {
      return connection.garbage(`it is not MessagePack: ${error instanceof Error ? error.message : String(error)}`);
    }
    connection.receive(frame);
  });
  socket.on("error", (error) => log(`inspector: ${who} broke the WebSocket protocol: ${error.message}`));
  socket.on("close", () => connection.closed());
}

/** A close reason may have 123 bytes. */
export function cutReason(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= 123 ? text : `${bytes.subarray(0, 117).toString().replace(/�+$/, "")}…`;
}
