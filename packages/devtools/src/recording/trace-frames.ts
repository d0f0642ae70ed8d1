/**
 * Recorded traces as frames of the `trace` channel again, so that a file is read like a host.
 *
 * @module
 */
import { encodeColumn, inspectLimits } from "@skyloom/runtime/inspect";
import type { Column, EvFrame } from "@skyloom/runtime/inspect";
import type { TraceEvents } from "../traces/events.ts";
import type { TraceReader } from "../traces/read-events.ts";
import type { TraceRow } from "../traces/trace-row.ts";
import type { TraceStore } from "../traces/trace-store.ts";
import { skyiLimits } from "./skyi.ts";
import { Texts } from "./texts.ts";

/** What a trace is called on its way: a recording of the host and a number in it, and a tag where the number does not say it all. */
interface Name {
  readonly recording: number;
  readonly trace: number;
  readonly tag: string;
}

/** See the file's comment. The newest traces come first into the file when there are more than fit. */
export function traceFrames(store: TraceStore, names: TraceReader): EvFrame[] {
  const used = new Set<string>();
  const events: { readonly of: TraceEvents; readonly i: number; readonly name: Name }[] = [];
  const room = (skyiLimits.frames - 1) * inspectLimits.eventsPerTurn;
  for (const row of store.rows().toReversed()) {
    const of = store.eventsOf(row.id);
    if (events.length + of.count > room) break;
    const name = nameOf(row, used);
    for (let i = 0; i < of.count; i++) events.push({ of, i, name });
  }
  events.sort((a, b) => a.of.seq[a.i]! - b.of.seq[b.i]!);
  // Within one recording of the host the batches must be whole: the reader takes each recording's run as one.
  const texts = new Texts();
  const frames: EvFrame[] = [];
  const tagged = new Set<Name>();
  for (let from = 0; from < events.length; from += inspectLimits.eventsPerTurn) {
    const part = events.slice(from, from + inspectLimits.eventsPerTurn);
    const number = (value: (e: (typeof part)[number]) => number): Column => encodeColumn(part.map(value), part.length);
    const text = (value: (e: (typeof part)[number]) => string): Column =>
      encodeColumn(
        part.map((e) => texts.id(value(e))),
        part.length,
        true,
      );
    const columns = {
      recording: number((e) => e.name.recording),
      t: number((e) => e.of.t[e.i]!),
      kind: number((e) => e.of.kind[e.i]!),
      src: number((e) => e.of.src[e.i]!),
      dst: number((e) => e.of.dst[e.i]!),
      session: number((e) => e.of.session[e.i]!),
      task: number((e) => e.of.task[e.i]!),
      size: number((e) => e.of.size[e.i]!),
      trace: number((e) => e.name.trace),
      parent: number((e) => e.of.parent[e.i]!),
      wait: number((e) => e.of.wait[e.i]!),
      command: text((e) => store.names[e.of.cmdId[e.i]!] ?? ""),
      tag: text((e) => (tagged.has(e.name) ? "" : (tagged.add(e.name), e.name.tag))),
      node: text((e) => names.nodes[e.of.node[e.i]!] ?? ""),
      name: text((e) => names.serviceName(e.of.node[e.i]!, e.of.dst[e.i]!)),
    };
    const additions = from === 0 ? texts.additions() : texts.more();
    frames.push({
      type: "ev",
      ch: "trace",
      id: 0,
      seq: frames.length + 1,
      t: part.at(-1)!.of.t[part.at(-1)!.i]!,
      first: from,
      dropped: from === 0 ? store.dropped : 0,
      leftOut: from === 0 ? store.leftOut : 0,
      count: part.length,
      columns,
      ...(additions === undefined ? {} : { strings: additions }),
    });
  }
  return frames;
}

/** `:0100000a-7` is trace 7 of a recording; two recordings may both have one, and then they stay two here. */
function nameOf(row: TraceRow, used: Set<string>): Name {
  const plain = /^:[0-9a-f]{8}-(\d+)$/.exec(row.tag);
  const trace = plain === null || row.sampledBy === "skynet.trace" ? row.id + 0x4000_0000 : Number(plain[1]);
  let recording = 1;
  while (used.has(`${recording} ${trace}`)) recording++;
  used.add(`${recording} ${trace}`);
  return { recording, trace, tag: plain === null || row.sampledBy === "skynet.trace" ? row.tag : "" };
}
