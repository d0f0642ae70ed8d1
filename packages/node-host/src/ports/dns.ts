/**
 * The system's resolver: files, DNS and whatever else the system is set up to ask.
 *
 * @module
 */
import { lookup } from "node:dns";
import type { DnsPort } from "@skyloom/runtime/ports";
import { failureOf } from "./failures.ts";

/** Makes the {@link DnsPort} of this process. */
export function nodeDns(): DnsPort {
  return {
    resolve: (host, done) =>
      lookup(host, { all: true, verbatim: true }, (error, found) => {
        // Node says ENOTFOUND where the C library says EAI_NONAME; the texts are the same.
        if (error !== null) done(failureOf(error));
        else if (found.length === 0) done(failureOf(Object.assign(new Error(), { code: "EAI_NODATA" })));
        else done(found.map((entry) => entry.address));
      }),
  };
}
