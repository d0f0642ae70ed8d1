/**
 * `@skyloom/runtime`: Skynet's API for services, and the node that runs them.
 *
 * @module
 */
export { skynet } from "./core/skynet.ts";
export type { Skynet } from "./core/skynet.ts";
export { defineService } from "./core/define.ts";
export type { ServiceHandover } from "./core/define.ts";
export { perService } from "./core/per-service.ts";
export { CallError, ExitSignal } from "./core/failures.ts";
export { SkynetError } from "./errors/error.ts";
export type { SkynetErrorCode } from "./errors/error.ts";
export type { Operation, Suspension } from "./core/operation.ts";
export type { Task } from "./core/task.ts";
export type { Responder, MultipleValues } from "./core/reply.ts";
export type { CriticalSection } from "./core/api/queue.ts";
export type { BatchReplies, BatchReply, BatchRequest } from "./core/api/request.ts";
export type { Dispatch, ProtocolClass } from "./core/protocol.ts";
// A star, so that `declare module "@skyloom/runtime" { interface Services … }` reaches the interface.
export type * from "./core/types.ts";
export type { Body, Foreign, Values } from "./kernel/message.ts";
export { createNode } from "./node.ts";
export type { NodeConfig, NodeOptions, SkynetNode } from "./node.ts";
export { reloadService } from "./reload.ts";
export type { Reloaded } from "./reload.ts";
export type { Ports } from "./ports/index.ts";
export { DEFAULT_LUASERVICE, STOCK_SERVICES } from "./services/find.ts";
