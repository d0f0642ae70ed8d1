/**
 * `@skyloom/runtime/inspect`: the inspector's protocol, and the agent that speaks it for a runtime.
 *
 * @module
 */
export { createAgent } from "./agent.ts";
export type { Agent, AgentOptions } from "./agent.ts";
export { ColumnKind, decodeColumn, encodeColumn, TEXT_COLUMN } from "./columns.ts";
export type { AgentAccess, AgentConnection, AgentLink } from "./connection.ts";
export type * from "./frames.ts";
export { PROTOCOL_VERSION, SUB_PROTOCOL } from "./frames.ts";
export { limits as inspectLimits } from "./limits.ts";
export { checkMessagePack } from "./message-pack.ts";
export { emptySample, ServiceFlag, servicesChannel, serviceStates } from "./services-channel.ts";
export type { ChannelInfo, FieldInfo, ServiceSample, ServiceState } from "./services-channel.ts";
export type { HostTotals, InspectSource, ServiceWalk } from "./source.ts";
export { nodeSource } from "./node-source.ts";
export type { InspectedNodes } from "./node-source.ts";
export { emptyTraceColumns, readTraceMode, RING_EVENTS, TraceKind, TraceRecorder } from "./trace/index.ts";
export type { RecordedNode, TextTag, TraceBatch, TraceColumns, TraceCursor, TraceMode } from "./trace/index.ts";
