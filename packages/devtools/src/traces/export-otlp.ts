/**
 * Traces as OpenTelemetry spans in OTLP/JSON, for any collector.
 *
 * A request is two spans, as OpenTelemetry has it: the caller's wait (client) and its handling (server) below it. A message without a reply
 * is one (consumer), a fork or timer one (internal). Nothing is sent anywhere from here.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { addressText, spanName } from "./export-info.ts";
import type { ExportInfo, ExportTrace } from "./export-info.ts";
import { endOf, startOf } from "./layout.ts";
import { ArrowKind, SpanKind, SpanState } from "./model.ts";
import type { TraceModel } from "./model.ts";

/** An attribute of OTLP. 64-bit numbers are texts there. */
export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string } | { readonly boolValue: boolean };
}

/** A span of OTLP, as far as it is written here. */
export interface OtlpSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 5 consumer. */
  readonly kind: 1 | 2 | 3 | 5;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events: readonly { readonly timeUnixNano: string; readonly name: string; readonly attributes: readonly OtlpAttribute[] }[];
  /** 0 unset, 2 error. */
  readonly status: { readonly code: 0 | 2; readonly message?: string };
}

/** What a collector's `/v1/traces` takes. */
export interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

/** Exports traces: a resource for each node. */
export function exportOtlp(traces: readonly ExportTrace[], info: ExportInfo): OtlpTraces {
  const byNode = new Map<number, OtlpSpan[]>();
  const add = (node: number, span: OtlpSpan): void => {
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [span]);
    else list.push(span);
  };
  for (const { tag, model } of traces) spansOf(model, otlpTraceId(tag, info.hostId), info, add);
  return {
    resourceSpans: Array.from(byNode, ([node, spans]) => ({
      resource: {
        attributes: [
          text("service.name", info.hostName),
          text("service.instance.id", info.hostId),
          text("skynet.node", info.nodeName(node)),
        ],
      },
      scopeSpans: [{ scope: { name: "skyloom", version: info.runtime }, spans }],
    })),
  };
}

/** The trace id of a tag at a host: the first 128 bits of SHA-256 over both. The same tag at the same host is the same trace. */
export function otlpTraceId(tag: string, hostId: string): string {
  return hex(sha256(new TextEncoder().encode(`${hostId}\n${tag}`)).subarray(0, 16));
}

const KINDS: Readonly<Record<number, OtlpSpan["kind"]>> = { [SpanKind.request]: 2, [SpanKind.send]: 5, [SpanKind.socket]: 5 };
const TYPES = ["request", "send", "fork", "timer", "socket", "unknown"];

function spansOf(m: TraceModel, traceId: string, info: ExportInfo, add: (node: number, span: OtlpSpan) => void): void {
  const prefix = traceId.slice(0, 7);
  // The client's span of a request has the number of the server's, and a bit that no other has.
  const idOf = (s: number, client: boolean): string => `${prefix}${client ? "c" : "0"}${(s + 1).toString(16).padStart(8, "0")}`;
  const nano = (us: number): string => nanoseconds(us, info.epochOffsetUs);
  const back = repliesTaken(m);
  for (let s = 0; s < m.spans; s++) {
    const parent = m.parent[s]!;
    const called = m.kind[s] === SpanKind.request && parent >= 0;
    const from = startOf(m, s);
    const to = Math.max(from, endOf(m, s));
    const node = m.node[s]!;
    const failed = m.state[s] === SpanState.failed;
    const status = failed ? { code: 2 as const, message: info.nameOf(m.error[s]!) } : { code: 0 as const };
    const name = spanName(m, s, info);
    const attributes = [
      text("skynet.address", addressText(m.addr[s]!)),
      text("skynet.type", TYPES[m.kind[s]!] ?? "unknown"),
      whole("skynet.session", m.session[s]!),
      ...(Number.isNaN(m.ended[s]!) ? [{ key: "skynet.open", value: { boolValue: true } }] : []),
    ];
    const messaging = [
      text("messaging.system", "skynet"),
      text("messaging.destination.name", info.serviceName(m.addr[s]!, node)),
      whole("messaging.message.body.size", m.size[s]!),
    ];
    const began = m.began[s]!;
    const wait = Number.isNaN(began) ? to - from : began - from;
    if (called)
      add(m.node[parent]!, {
        traceId,
        spanId: idOf(s, true),
        parentSpanId: idOf(parent, false),
        name,
        kind: 3,
        startTimeUnixNano: nano(from),
        endTimeUnixNano: nano(Math.max(from, back.get(s) ?? to)),
        attributes: [text("skynet.address", addressText(m.addr[parent]!)), whole("skynet.session", m.session[s]!), ...messaging],
        events: [],
        status,
      });
    const above = called ? idOf(s, true) : parent >= 0 ? idOf(parent, false) : undefined;
    add(node, {
      traceId,
      spanId: idOf(s, false),
      ...(above === undefined ? {} : { parentSpanId: above }),
      name,
      kind: KINDS[m.kind[s]!] ?? 1,
      startTimeUnixNano: nano(from),
      endTimeUnixNano: nano(to),
      attributes: [...attributes, ...messaging],
      events: wait > 0 ? [{ timeUnixNano: nano(from), name: "queue", attributes: [whole("skynet.queue.us", Math.round(wait))] }] : [],
      status,
    });
  }
}

/** When the reply of a span was taken. */
function repliesTaken(m: TraceModel): Map<number, number> {
  const taken = new Map<number, number>();
  const { arrows } = m;
  for (let a = 0; a < arrows.count; a++)
    if ((arrows.kind[a] === ArrowKind.reply || arrows.kind[a] === ArrowKind.error) && !Number.isNaN(arrows.taken[a]!))
      taken.set(arrows.span[a]!, arrows.taken[a]!);
  return taken;
}

/** Exact to the nanosecond as far as the host's clock is. */
function nanoseconds(us: number, offsetUs: number): string {
  const whole = Math.floor(us);
  const rest = Math.round((us - whole) * 1000);
  const offset = Math.floor(offsetUs);
  const sum = (BigInt(whole) + BigInt(offset)) * 1000n + BigInt(rest) + BigInt(Math.round((offsetUs - offset) * 1000));
  return (sum < 0n ? 0n : sum).toString();
}

function text(key: string, value: string): OtlpAttribute {
  return { key, value: { stringValue: value } };
}

function whole(key: string, value: number): OtlpAttribute {
  return { key, value: { intValue: String(value) } };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
