/**
 * Who waits for whom: pending calls, deadlocks and alerts of a host.
 *
 * @module
 */
export { alertLimits } from "./alerts.ts";
export type { AlertKind, AlertLimits, AlertRecord } from "./alerts.ts";
export { kernelWaits } from "./collect.ts";
export { findKnots, Need } from "./detect.ts";
export type { WaitsFor } from "./detect.ts";
export { CallRecord, WaitRecord, WaitSnapshot } from "./model.ts";
export type { Watched, WatchedContext, WatchedKernel, WatchedOp, WatchedTask, WaitKind, WaitNode, WaitSource } from "./model.ts";
export { taskText } from "./names.ts";
export { reportText } from "./report.ts";
export type { Deadlock, DeadlockTask, ReportOptions } from "./report.ts";
export { UNKNOWN } from "./rows.ts";
export type { CallRow, WaitEdge } from "./rows.ts";
export { createWatch } from "./watch-host.ts";
export type { SweepOptions, SweepResult, WaitWatch, WatchOptions } from "./watch-host.ts";
