/**
 * `snaxd`: runs a snax service, found by the name it is started with.
 *
 * Source: service/snaxd.lua; services.md §6.
 *
 * @module
 */
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { serveSnax } from "../lib/snax/service.ts";
import { snaxSources } from "../lib/snax/sources.ts";

/** File body of snaxd. */
export default function snaxd(name: unknown): unknown {
  if (typeof name !== "string" || name === "") throw new SkynetError("ARGUMENT", "snaxd needs the name of a snax service");
  const found = snaxSources().load(name);
  // The body runs once more when the definition is there.
  if (found instanceof Promise) return found.then(() => snaxd);
  serveSnax(name, found);
  skynet.start(() => undefined);
  return undefined;
}
