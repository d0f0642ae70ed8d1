/**
 * Traces in the inspector: the store of events, the tree of one trace, what the views show of it, and exports.
 *
 * All but the store is pure and works on columns: in a worker, post `store.eventsOf(id)` with `eventBuffers` as the transfer list, and do
 * `buildTrace`, `layoutTrace` and the exports there.
 *
 * @module
 */
export { criticalPath } from "./critical-path.ts";
export type { CriticalPath } from "./critical-path.ts";
export { EVENT_COLUMNS, emptyEvents, eventBuffers } from "./events.ts";
export type { TraceEvents } from "./events.ts";
export { exportOtlp, otlpTraceId } from "./export-otlp.ts";
export type { OtlpAttribute, OtlpSpan, OtlpTraces } from "./export-otlp.ts";
export type { ExportInfo, ExportTrace } from "./export-info.ts";
export { exportPerfetto, perfettoEvents, perfettoPieces } from "./export-perfetto.ts";
export type { PerfettoEvent } from "./export-perfetto.ts";
export { endOf, JOIN_ABOVE, layoutTrace, matchSpans, RowFlag, startOf } from "./layout.ts";
export type { Layout, LayoutWish } from "./layout.ts";
export { ArrowKind, buildTrace, PartKind, SpanFlag, SpanKind, SpanState } from "./model.ts";
export type { Arrows, Parts, TraceModel } from "./model.ts";
export { TraceReader } from "./read-events.ts";
export { MOST_ARROWS, sequenceOf } from "./sequence.ts";
export type { Sequence, SequenceWish } from "./sequence.ts";
export { busyStretches, timeScale } from "./time-scale.ts";
export type { TimeScale } from "./time-scale.ts";
export type { TraceRow } from "./trace-row.ts";
export { TraceStore } from "./trace-store.ts";
export type { EventBatch, TraceLimits } from "./trace-store.ts";
