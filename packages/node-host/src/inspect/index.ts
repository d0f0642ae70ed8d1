/**
 * The inspector's endpoint for Node hosts.
 *
 * @module
 */
export { DEFAULT_INSPECT_PORT, startInspectServer } from "./server.ts";
export type { InspectServer, InspectServerOptions } from "./server.ts";
