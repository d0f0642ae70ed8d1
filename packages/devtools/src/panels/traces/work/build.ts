/**
 * The heavy steps of the Traces panel, as functions of plain data: the tree of a trace with its first layout, and exports.
 *
 * The same code runs in the worker and, for small traces and where there is no worker, in the page.
 *
 * @module
 */
import { criticalPath } from "../../../traces/critical-path.ts";
import type { CriticalPath } from "../../../traces/critical-path.ts";
import type { TraceEvents } from "../../../traces/events.ts";
import type { ExportInfo } from "../../../traces/export-info.ts";
import { exportOtlp } from "../../../traces/export-otlp.ts";
import { perfettoPieces } from "../../../traces/export-perfetto.ts";
import { layoutTrace } from "../../../traces/layout.ts";
import type { Layout } from "../../../traces/layout.ts";
import { buildTrace } from "../../../traces/model.ts";
import type { TraceModel } from "../../../traces/model.ts";

/** A trace made ready to be drawn. */
export interface Built {
  readonly model: TraceModel;
  /** With nothing folded and no filter. */
  readonly layout: Layout;
  readonly path: CriticalPath;
  /** How long it took, in milliseconds, where it was done. */
  readonly ms: number;
}

/** Formats of exports. */
export type ExportFormat = "perfetto" | "otlp";

/** What an export is made of; can be posted to a worker. */
export interface ExportJob {
  readonly format: ExportFormat;
  readonly traces: readonly { readonly tag: string; readonly events: TraceEvents }[];
  readonly hostId: string;
  readonly hostName: string;
  readonly runtime: string;
  readonly epochOffsetUs: number;
  readonly nodes: readonly string[];
  /** Names of commands and kinds of errors. */
  readonly names: readonly string[];
  /** Names of services by `node address`. */
  readonly services: ReadonlyMap<string, string>;
}

/** Makes a trace ready. */
export function build(events: TraceEvents): Built {
  const begin = performance.now();
  const model = buildTrace(events);
  const layout = layoutTrace(model);
  const path = criticalPath(model);
  return { model, layout, path, ms: performance.now() - begin };
}

/** Buffers of columns, each once, for the transfer list of `postMessage`. */
export function buffersOf(value: object, found: Set<ArrayBuffer> = new Set()): ArrayBuffer[] {
  for (const part of Object.values(value) as unknown[]) {
    if (ArrayBuffer.isView(part)) found.add(part.buffer as ArrayBuffer);
    else if (typeof part === "object" && part !== null) buffersOf(part, found);
  }
  return [...found];
}

/** Writes a file. */
export function exportFile(job: ExportJob): Blob {
  const info: ExportInfo = {
    hostId: job.hostId,
    hostName: job.hostName,
    runtime: job.runtime,
    epochOffsetUs: job.epochOffsetUs,
    nodeName: (node) => job.nodes[node] ?? `node ${node}`,
    serviceName: (addr, node) => job.services.get(`${node} ${addr}`) ?? `:${addr.toString(16).padStart(8, "0")}`,
    nameOf: (id) => job.names[id] ?? "",
  };
  const traces = job.traces.map(({ tag, events }) => ({ tag, model: buildTrace(events) }));
  const type = "application/json";
  return job.format === "perfetto"
    ? new Blob([...perfettoPieces(traces, info)], { type })
    : new Blob([JSON.stringify(exportOtlp(traces, info))], { type });
}
