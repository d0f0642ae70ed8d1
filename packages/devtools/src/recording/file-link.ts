/**
 * A recording as a host: a link that answers a client as an agent would, out of a file. Everything can be read and nothing asked or done.
 *
 * @module
 */
import { PROTOCOL_VERSION } from "@skyloom/runtime/inspect";
import type { AgentFrame, ChannelName, ClientFrame, HostInfo } from "@skyloom/runtime/inspect";
import type { Dial } from "../client/link.ts";
import type { Recording } from "./skyi.ts";

/** Why a channel is not here, where the host itself had no reason. */
const NOT_SAVED = "This snapshot does not have it: nobody looked at it when the snapshot was made.";

/** Dials a recording. */
export function fileDial(recording: Recording): Dial {
  return (events) => {
    let over = false;
    const told = new Set<ChannelName>();
    const later = (fn: () => void): void =>
      void Promise.resolve().then(() => {
        if (!over) fn();
      });
    const send = (frame: AgentFrame): void => events.frame(frame);
    later(() => events.opened());
    return {
      send: (frame) => later(() => answer(recording, frame, told, send)),
      close: () => {
        over = true;
      },
    };
  };
}

function answer(recording: Recording, frame: ClientFrame, told: Set<ChannelName>, send: (frame: AgentFrame) => void): void {
  switch (frame.type) {
    case "hello":
    case "auth":
      return welcome(recording, send);
    case "ping":
      return send({ type: "pong", t0: frame.t0, t1: frame.t0 * 1000 });
    case "get":
      return send({ type: "res", rid: frame.rid, ok: false, code: "UNAVAILABLE", msg: "a snapshot can only be looked at, not asked" });
    case "do":
      return send({ type: "done", rid: frame.rid, ok: false, code: "UNAVAILABLE", msg: "nothing can be done to a snapshot", us: 0 });
    case "sub": {
      const channel = frame.ch as ChannelName;
      const frames = Object.hasOwn(recording.channels, channel) ? (recording.channels[channel] ?? []) : [];
      for (const [i, saved] of frames.entries()) {
        // A stream is told once: whoever follows it again has its events already.
        if (saved.type === "ev" && told.has(channel)) continue;
        send({ ...saved, ch: channel, id: frame.id, seq: i + 1 } as AgentFrame);
      }
      told.add(channel);
      return;
    }
    case "unsub":
      return;
  }
}

function welcome(recording: Recording, send: (frame: AgentFrame) => void): void {
  const { host, figures, epochOffsetMs } = recording;
  const { label: _label, ...unlabelled } = host;
  const shown: HostInfo = { ...unlabelled, mode: "file" };
  const here = Object.fromEntries(Object.keys(recording.channels).map((name) => [name, true as const]));
  const missing = Object.fromEntries(Object.entries(recording.caps).map(([name, why]) => [name, why === true ? NOT_SAVED : why]));
  send({
    type: "hello",
    v: PROTOCOL_VERSION,
    host: shown,
    caps: { ...missing, ...here },
    scopes: ["read"],
    // Without it moments cannot be told as times of day, and the client shows them as they are.
    ...(epochOffsetMs === undefined ? {} : { clock: { monoUs: 0, epochMs: epochOffsetMs } }),
  } as AgentFrame);
  for (const alert of recording.alerts) send(alert);
  if (figures === undefined) return;
  // Two moments a second apart, of which the client makes the rate.
  for (const second of [0, 1])
    send({
      type: "stat",
      t: second * 1e6,
      services: figures.services,
      messages: figures.messagesPerSecond * second,
      lagUs: figures.lagMs * 1000,
      costUs: figures.agentPercent * 1e4 * second,
      skipped: 0,
      dropped: figures.dropped,
      bytes: 0,
    });
}
