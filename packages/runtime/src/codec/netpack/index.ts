/**
 * Frames with a 2-byte length, and the queue gates read them from.
 *
 * @module
 */
export { FrameSplitter, MAX_FRAME, packFrame } from "./frame.ts";
export { NetpackQueue, type NetpackEvent, type SocketEvent } from "./queue.ts";
