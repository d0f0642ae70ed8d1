/**
 * `@skyloom/runtime/inspect`: the inspector's protocol, and the agent that speaks it for a runtime.
 *
 * @module
 */
export { announceAgent, DISCOVERY_CHANNEL, HEARTBEAT_MS } from "./announce.ts";
export type { AnnounceOptions, Channel, DiscoveryMessage } from "./announce.ts";
export { createAgent } from "./agent/agent.ts";
export type { Agent, AgentOptions } from "./agent/agent.ts";
export { ColumnKind, decodeColumn, encodeColumn, TEXT_COLUMN } from "./agent/columns.ts";
export type { AgentAccess, AgentConnection, AgentLink } from "./agent/connection.ts";
export { limits as inspectLimits } from "./agent/limits.ts";
export { checkMessagePack } from "./agent/message-pack.ts";
export type { EventInfo, FieldInfo, TableInfo } from "./channels/channel.ts";
export { eventChannels, tableChannels } from "./channels/index.ts";
export { logLevels } from "./channels/logs.ts";
export type { LogLevel } from "./channels/logs.ts";
export type { MailboxSample } from "./channels/mailboxes.ts";
export type { MemorySample } from "./channels/memory.ts";
export type { OverviewSample } from "./channels/overview.ts";
export { emptySample, ServiceFlag, servicesChannel, serviceStates } from "./channels/services.ts";
export type { ServiceSample, ServiceState } from "./channels/services.ts";
export { callStates } from "./channels/sessions.ts";
export type { CallState, SessionSample } from "./channels/sessions.ts";
export { SocketFlag } from "./channels/sockets.ts";
export type { SocketSample } from "./channels/sockets.ts";
export { timerKinds } from "./channels/timers.ts";
export type { TimerKind, TimerSample } from "./channels/timers.ts";
export { edgeKinds } from "./channels/waits.ts";
export type { EdgeKind, WaitSample } from "./channels/waits.ts";
export type * from "./frames.ts";
export { PROTOCOL_VERSION, SUB_PROTOCOL } from "./frames.ts";
export type { InspectedNodes, ProcessMemory } from "./node/hosts.ts";
export { nodeSource } from "./node/node-source.ts";
export type { EndAnswer } from "./node/questions.ts";
export type { NodeSourceOptions } from "./node/node-source.ts";
export { Waits } from "./node/waits.ts";
export type { Alert, Caller, EventBatch, EventFeed, HostCommand, HostTotals, InspectSource, RowWalk } from "./source.ts";
export { linkPort } from "./port-link.ts";
export type { PortAnswer, PortLike, PortRequest } from "./port-link.ts";
export * from "./waits/index.ts";
export { emptyTraceColumns, readTraceMode, RING_EVENTS, TraceKind, TraceRecorder } from "./trace/index.ts";
export type { RecordedNode, TextTag, TraceBatch, TraceColumns, TraceCursor, TraceMode } from "./trace/index.ts";
