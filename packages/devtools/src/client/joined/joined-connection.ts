/**
 * Several connections as one: live while one of them is, so that a host that is slow, gone or refuses does not hide the others. What is wrong
 * with a single host is told beside it, by the list of hosts.
 *
 * @module
 */
import type { ChannelName, CommandInfo, HostInfo, Scope } from "@skyloom/runtime/inspect";
import { initialConnection } from "../connection.ts";
import type { ConnectionPhase, ConnectionView, HostFigures, Trouble } from "../connection.ts";
import type { Part } from "./part.ts";

/** From what is best to what is worst; the best of all is the whole's. */
const order: readonly ConnectionPhase[] = ["live", "stale", "connecting", "reconnecting", "idle", "closed"];

/** What changes seldom: made anew only when a host says something else, so that components can tell by identity. */
type Lasting = Pick<ConnectionView, "phase" | "trouble" | "host" | "caps" | "scopes" | "protocol" | "commands" | "troubles">;

/** See the file's comment. */
export class JoinedConnection {
  readonly #parts: readonly Part[];
  readonly #wallMs: number;
  #made: readonly unknown[] = [];
  #lasting: Lasting = initialConnection;

  /** @param wallMs - Milliseconds since 1970 when the client's clock stood at 0. */
  constructor(parts: readonly Part[], wallMs: number) {
    this.#parts = parts;
    this.#wallMs = wallMs;
  }

  /** How the connections stand now. */
  view(): ConnectionView {
    const views = this.#parts.map((p) => p.client.connection.getState());
    const [first] = views;
    if (views.length === 1) return first!;
    const of = views.flatMap((v, i) => [v.phase, v.trouble, v.host, v.caps, v.scopes, v.commands, v.troubles, this.#parts[i]!.label]);
    if (of.length !== this.#made.length || of.some((value, i) => value !== this.#made[i])) {
      this.#made = of;
      this.#lasting = join(this.#parts, views);
    }
    const up = views.filter(isUp);
    const heard = views.flatMap((v) => v.heardAt ?? []);
    const retries = views.flatMap((v) => v.retryAt ?? []);
    const trips = up.flatMap((v) => v.rttMs ?? []);
    return {
      ...this.#lasting,
      retryAt: retries.length === 0 ? undefined : Math.min(...retries),
      heardAt: heard.length === 0 ? undefined : Math.max(...heard),
      figures: figuresOf(up.flatMap((v) => v.figures ?? [])),
      // Moments are told on the wall clock of this page, in microseconds since 1970.
      clockOffsetMs: up.some((v) => v.clockOffsetMs !== undefined) ? this.#wallMs : undefined,
      epochOffsetMs: 0,
      rttMs: trips.length === 0 ? undefined : Math.max(...trips),
    };
  }
}

const isUp = (v: ConnectionView): boolean => v.phase === "live" || v.phase === "stale";

function join(parts: readonly Part[], views: readonly ConnectionView[]): Lasting {
  const phase = order.find((name) => views.some((v) => v.phase === name)) ?? "closed";
  const met = views.filter((v) => v.host !== undefined);
  // What a lost host offered says nothing of what can be done now, unless nothing can.
  const up = met.filter(isUp);
  const speaking = up.length > 0 ? up : met;
  const commands = new Map<string, CommandInfo>();
  // A command that one host has is not taken away by another that has not.
  for (const v of speaking)
    for (const c of v.commands) if (commands.get(c.name)?.unavailable !== undefined || !commands.has(c.name)) commands.set(c.name, c);
  const caps: Record<string, true | string> = {};
  for (const v of speaking) for (const [name, offered] of Object.entries(v.caps)) if (caps[name] !== true) caps[name] = offered;
  const versions = met.flatMap((v) => v.protocol ?? []);
  return {
    phase,
    trouble: troubleOf(parts, phase),
    host: met.length === 0 ? undefined : hostOf(parts),
    caps,
    scopes: [...new Set(speaking.flatMap((v): readonly Scope[] => v.scopes))],
    protocol: versions.length === 0 ? undefined : Math.min(...versions),
    commands: [...commands.values()],
    troubles: troublesOf(speaking),
  };
}

function hostOf(parts: readonly Part[]): HostInfo {
  const met = parts.flatMap((p) => {
    const { host } = p.client.connection.getState();
    return host === undefined ? [] : [{ host, label: p.label }];
  });
  const same = <T>(values: readonly T[]): T | undefined => (new Set(values).size === 1 ? values[0] : undefined);
  return {
    id: met.map((m) => m.host.id).join(" "),
    name: parts.map((p) => p.label).join(" + "),
    mode: same(met.map((m) => m.host.mode)) ?? "node",
    runtime: [...new Set(met.map((m) => m.host.runtime))].join(", "),
    startMs: Math.min(...met.map((m) => m.host.startMs)),
    ...(met.some((m) => m.host.label === "prod") ? { label: "prod" } : {}),
  };
}

function figuresOf(all: readonly HostFigures[]): HostFigures | undefined {
  if (all.length === 0) return undefined;
  const sum = (of: (f: HostFigures) => number | undefined): number | undefined => {
    const known = all.flatMap((f) => of(f) ?? []);
    return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
  };
  return {
    services: sum((f) => f.services)!,
    messagesPerSecond: sum((f) => f.messagesPerSecond),
    lagMs: Math.max(...all.map((f) => f.lagMs)),
    agentPercent: sum((f) => f.agentPercent),
    skipped: sum((f) => f.skipped)!,
    dropped: sum((f) => f.dropped)!,
  };
}

function troubleOf(parts: readonly Part[], phase: ConnectionPhase): Trouble | undefined {
  if (phase === "live") return undefined;
  const found = parts.flatMap((p) => {
    const { trouble } = p.client.connection.getState();
    return trouble === undefined ? [] : [{ code: trouble.code, msg: `${p.label}: ${trouble.msg}` }];
  });
  const [one] = found;
  return one === undefined ? undefined : { code: one.code, msg: found.map((t) => t.msg).join("; ") };
}

/** A channel is in trouble when it is at every host that offers it. */
function troublesOf(views: readonly ConnectionView[]): ConnectionView["troubles"] {
  const troubles: Partial<Record<ChannelName, Trouble>> = {};
  for (const [name, trouble] of Object.entries(views[0]?.troubles ?? {}) as [ChannelName, Trouble][])
    if (views.every((v) => v.troubles[name] !== undefined || v.caps[name] !== true)) troubles[name] = trouble;
  return troubles;
}
