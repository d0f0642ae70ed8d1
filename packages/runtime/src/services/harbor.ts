/**
 * The native harbor service of a node without harbor network: gives global names their handles.
 *
 * Source: service-src/service_harbor.c; services.md §2.
 *
 * @module
 */
import type { ServiceKind } from "../kernel/kernel.ts";
import { PTYPE_HARBOR } from "../kernel/message.ts";

/** The kind `harbor`; it understands `N name`, with the handle as the message's source. */
export const harborKind: ServiceKind = (_service, kernel) => ({
  callback(type, _session, source, body) {
    if (type === PTYPE_HARBOR && typeof body === "string" && body.startsWith("N ")) kernel.globals.define(body.slice(2), source);
  },
});
