/**
 * What the command line says of the inspector and the metrics; loads neither.
 *
 * @module
 */
import type { Scope } from "@skyloom/runtime/inspect";
import type { Address } from "./address.ts";
import { CommandError } from "./command-error.ts";

/** What the command line says of it. */
export interface InspectorOptions {
  readonly address: Address;
  /** What the token grants. */
  readonly scopes: readonly Scope[];
  /** `prod` marks a production host. */
  readonly label: string | undefined;
  /** Origins of pages that may connect, besides its own. Default: none. */
  readonly origins?: readonly string[];
}

/**
 * From a flag to what the token grants: each scope brings those below it. `payload`, the right to see what messages carry, comes with none of
 * them and stands beside one, as in `operate,payload`; alone it brings `read`.
 *
 * @throws CommandError
 */
export function readScopes(text: string, flag: string = "--inspect-scope"): readonly Scope[] {
  const order: readonly Scope[] = ["read", "operate", "danger"];
  const words = text.split(",").map((word) => word.trim());
  const payload = words.includes("payload");
  const others = words.filter((word) => word !== "payload");
  const [level = "read"] = others;
  const at = order.indexOf(level as Scope);
  if (at < 0 || others.length > 1)
    throw new CommandError(`${flag} is ${order.join(", ")}, and payload beside one of them (operate,payload), not ${JSON.stringify(text)}`);
  return payload ? [...order.slice(0, at + 1), "payload"] : order.slice(0, at + 1);
}

/** From the flag `--inspect-origin` or another: pages of other hosts, parted by commas. @throws CommandError */
export function readOrigins(text: string, flag: string = "--inspect-origin"): readonly string[] {
  const origins = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const wrong = origins.find((origin) => !/^https?:\/\/[^/?#\s]+\/?$/.test(origin));
  if (wrong !== undefined)
    throw new CommandError(`${flag} takes addresses of pages such as http://127.0.0.1:7400, not ${JSON.stringify(wrong)}`);
  return origins;
}

/** The environment variable with a token of the operator's own, which an address open to the network needs. */
export const TOKEN_VARIABLE = "SKYLOOM_INSPECT_TOKEN";

/** The same for the metrics. */
export const METRICS_TOKEN_VARIABLE = "SKYLOOM_METRICS_TOKEN";
