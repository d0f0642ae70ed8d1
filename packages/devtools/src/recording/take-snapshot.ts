/**
 * Makes a recording of what a client knows now: tables as key frames, alerts, log lines, traces.
 *
 * @module
 */
import { encodeColumn, inspectLimits, logLevels, PROTOCOL_VERSION, tableChannels } from "@skyloom/runtime/inspect";
import type { AlertFrame, Column, DeltaFrame, EvFrame, KeyFrame, RowBlock, TableChannel } from "@skyloom/runtime/inspect";
import type { Client } from "../client/client.ts";
import type { LogStore } from "../stores/log-store.ts";
import type { TableStore } from "../stores/table-store.ts";
import { SKYI_VERSION } from "./skyi.ts";
import type { Recording } from "./skyi.ts";
import { Texts } from "./texts.ts";
import { traceFrames } from "./trace-frames.ts";

/** What goes into a snapshot beside the tables and alerts. */
export interface SnapshotChoice {
  readonly logs: boolean;
  readonly traces: boolean;
}

/** Repeats of log lines that are written out, beyond one each. */
const MOST_REPEATS = 100_000;

/**
 * See the file's comment. What is shown while the view is paused is what is saved.
 *
 * @param savedMs - The moment, in milliseconds since 1970.
 * @returns `undefined` when the client has never met its host.
 */
export function takeSnapshot(client: Client, choice: SnapshotChoice, savedMs: number): Recording | undefined {
  const { host, caps, epochOffsetMs, figures } = client.connection.getState();
  if (host === undefined) return undefined;
  const channels: Record<string, readonly (KeyFrame | DeltaFrame | EvFrame)[]> = {};
  for (const name of Object.keys(tableChannels) as TableChannel[]) {
    const table = client.table(name);
    if (table.ready) channels[name] = saveTable(table);
  }
  if (choice.logs && client.logs.lines.length > 0) channels["logs"] = saveLogs(client.logs);
  if (choice.traces && client.traces.count > 0) channels["trace"] = traceFrames(client.traces, client.traceNames);
  return {
    format: "skyi",
    version: SKYI_VERSION,
    protocol: PROTOCOL_VERSION,
    savedMs,
    host,
    caps,
    ...(epochOffsetMs === undefined ? {} : { epochOffsetMs }),
    ...(figures?.messagesPerSecond === undefined
      ? {}
      : {
          figures: {
            services: figures.services,
            messagesPerSecond: figures.messagesPerSecond,
            lagMs: figures.lagMs,
            agentPercent: figures.agentPercent ?? 0,
            dropped: figures.dropped,
          },
        }),
    alerts: client.alerts.standing.map((a): AlertFrame => a.frame),
    channels,
  };
}

/** Rates are made of two moments a second apart; rows whose rates are not known come with the second. */
function saveTable(table: TableStore): (KeyFrame | DeltaFrame)[] {
  const { channel, rates } = table.shape;
  const rows: number[] = [];
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) rows.push(row);
  const slots = rows.map((_, i) => i);
  const known = slots.filter((i) => rates.length > 0 && rates.every((field) => Number.isFinite(table.rate(field, rows[i]!))));
  const texts = new Texts();
  const fields = channel.fields.filter((f) => table.shape.fields.includes(f.name));
  const block = (of: readonly number[], names: readonly string[], earlier: boolean): RowBlock => {
    const columns: Record<string, Column> = {};
    for (const field of fields) {
      if (!names.includes(field.name) || of.length === 0) continue;
      const values = of.map((i) => {
        const row = rows[i]!;
        if (field.kind === "text") return texts.id(table.text(field.name, row));
        const value = table.number(field.name, row);
        return earlier && rates.includes(field.name) ? value - table.rate(field.name, row) : value;
      });
      columns[field.name] = encodeColumn(values, values.length, field.kind === "text");
    }
    return { count: of.length, slots: encodeColumn(of, of.length), columns };
  };
  const all = fields.map((f) => f.name);
  const head = { ch: channel.name as TableChannel, id: 0, rest: 0, total: Math.max(table.total, rows.length) };
  if (rates.length === 0) {
    const added = block(slots, all, false);
    return [{ type: "key", ...head, seq: 1, t: table.t, strings: texts.additions(), added }];
  }
  const first = block(known, all, true);
  const keyTexts = texts.additions();
  const early = new Set(known);
  const unknown = slots.filter((i) => !early.has(i));
  const added = block(unknown, all, false);
  const more = texts.more();
  return [
    { type: "key", ...head, seq: 1, t: table.t - 1e6, strings: keyTexts, added: first },
    {
      type: "delta",
      ...head,
      seq: 2,
      t: table.t,
      ...(more === undefined ? {} : { strings: more }),
      ...(unknown.length === 0 ? {} : { added }),
      ...(known.length === 0 ? {} : { changed: block(known, rates, false) }),
    },
  ];
}

function saveLogs(logs: LogStore): EvFrame[] {
  const texts = new Texts();
  const frames: EvFrame[] = [];
  const size = inspectLimits.eventsPerTurn;
  let repeats = MOST_REPEATS;
  const lines: LogStore["lines"][number][] = [];
  for (const line of logs.lines) {
    const times = Math.min(line.times, 1 + repeats);
    repeats -= times - 1;
    for (let i = 0; i < times; i++) lines.push(line);
  }
  for (let from = 0; from < lines.length; from += size) {
    const part = lines.slice(from, from + size);
    const column = (values: readonly number[], text = false): Column => encodeColumn(values, values.length, text);
    const columns = {
      t: column(part.map((l) => l.t)),
      addr: column(part.map((l) => l.addr)),
      node: column(
        part.map((l) => texts.id(l.node)),
        true,
      ),
      name: column(
        part.map((l) => texts.id(l.name)),
        true,
      ),
      level: column(part.map((l) => logLevels.indexOf(l.level))),
    };
    const additions = from === 0 ? texts.additions() : texts.more();
    frames.push({
      type: "ev",
      ch: "logs",
      id: 0,
      seq: frames.length + 1,
      t: part.at(-1)!.t,
      first: from,
      dropped: from === 0 ? logs.dropped + logs.forgotten : 0,
      count: part.length,
      columns,
      inline: { text: part.map((l) => l.text) },
      ...(additions === undefined ? {} : { strings: additions }),
    });
  }
  return frames;
}
