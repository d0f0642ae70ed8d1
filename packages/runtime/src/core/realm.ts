/**
 * The guard against a second copy of the runtime in one realm: services of one copy could not find the running task of the other.
 *
 * A copy claims the realm when it is first used, never while its module loads: bundlers drop what a module does on its own.
 * Source: design D22.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { callSite } from "./site.ts";

/** Who the realm belongs to. */
interface Claim {
  readonly copy: object;
  /** Where the copy was first used. */
  readonly site: string;
}

const SLOT: unique symbol = Symbol.for("skyloom.realm") as never;

/** Stands for this copy of the module. */
const copy: object = {};

/**
 * Claims the realm for this copy of the runtime; `createNode` and `defineService` call it.
 *
 * @throws SkynetError `SECOND_COPY` when another copy was used before.
 */
export function claimRealm(): void {
  const realm = globalThis as { [SLOT]?: Claim };
  const owner = realm[SLOT];
  if (owner?.copy === copy) return;
  if (owner === undefined) {
    realm[SLOT] = { copy, site: callSite() };
    return;
  }
  throw new SkynetError(
    "SECOND_COPY",
    `a second copy of @skyloom/runtime is used at ${callSite()}; the first one was used at ${owner.site}. ` +
      "Services and nodes of one program must share one copy: see npm ls @skyloom/runtime, then npm dedupe, and bundle it only once",
  );
}
