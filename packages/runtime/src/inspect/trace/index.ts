/**
 * Recording of traces: which messages are followed, and what happened to them, as columns of numbers.
 *
 * @module
 */
export { TraceKind } from "../../core/probe.ts";
export { readMode as readTraceMode } from "./mode.ts";
export type { TraceMode } from "./mode.ts";
export { TraceRecorder } from "./recorder.ts";
export type { RecordedNode, TraceBatch, TraceCursor } from "./recorder.ts";
export type { TextTag } from "./recording.ts";
export { emptyColumns as emptyTraceColumns, RING_EVENTS } from "./ring.ts";
export type { TraceColumns } from "./ring.ts";
