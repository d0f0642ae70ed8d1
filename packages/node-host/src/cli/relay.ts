/**
 * `skyloom relay`: lends the TCP of this machine to browser tabs, until a signal ends it.
 *
 * @module
 */
import { startRelay } from "../relay/index.ts";
import type { Address } from "./address.ts";
import { CommandError } from "./command-error.ts";

/** The environment variable with a token of the operator's own, which an address open to the network needs. */
export const RELAY_TOKEN_VARIABLE = "SKYLOOM_RELAY_TOKEN";

/** The flags. */
export interface RelayFlags {
  readonly address: Address;
  /** Lists with commas. */
  readonly allow: string;
  readonly listen: string;
  readonly origins: readonly string[];
  readonly maxConnections: number | undefined;
  readonly idleSeconds: number | undefined;
}

/** Runs the relay; 0 once SIGINT or SIGTERM has ended it. @throws CommandError or SkynetError when it cannot start. */
export async function relay(flags: RelayFlags): Promise<number> {
  const [allow, listen] = [list(flags.allow), list(flags.listen)];
  if (allow.length + listen.length === 0)
    throw new CommandError(
      "a relay that allows nothing is of no use: say what tabs may connect to (--allow 127.0.0.1:6379) or where they may listen (--listen 127.0.0.1:8888)",
    );
  const token = process.env[RELAY_TOKEN_VARIABLE];
  const server = await startRelay({
    address: flags.address.host,
    port: flags.address.port,
    allow,
    listen,
    origins: flags.origins,
    ...(flags.maxConnections === undefined ? {} : { maxConnections: flags.maxConnections }),
    ...(flags.idleSeconds === undefined ? {} : { idleSeconds: flags.idleSeconds }),
    ...(token === undefined || token === "" ? {} : { token }),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  process.stdout.write(`relay: ${server.url}\n`);
  await ended;
  await server.close();
  return 0;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}
