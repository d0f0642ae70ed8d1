/**
 * `skynet.manager`: `skynet` with the functions that manage services. Here it always has them; this module is for the habit.
 *
 * @module
 */
export { skynet, skynet as manager } from "../core/skynet.ts";
