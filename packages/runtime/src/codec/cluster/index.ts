/**
 * Packets between the nodes of a cluster.
 *
 * @module
 */
export { joined, LargeBodies } from "./large.ts";
export { packRequest, packTrace, unpackRequest, type PackedRequest, type RequestPacket } from "./request.ts";
export { packErrorResponse, packResponse, unpackResponse, type ResponsePacket } from "./response.ts";
