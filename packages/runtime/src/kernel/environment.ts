/**
 * The environment of a node: text values, each set once.
 *
 * Source: skynet-src/skynet_env.c; api.md §2 getenv and setenv.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";

/** Keys and values of one node. */
export class Environment {
  readonly #values = new Map<string, string>();

  constructor(values: Readonly<Record<string, unknown>>) {
    for (const [key, value] of Object.entries(values)) if (value !== undefined) this.#values.set(key, envText(value));
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  /**
   * Sets a new key.
   *
   * @throws SkynetError `ENV_EXISTS` when it is set already, `ARGUMENT` when the key contains a blank.
   */
  set(key: string, value: unknown): void {
    if (this.#values.has(key)) throw new SkynetError("ENV_EXISTS", `Can't setenv exist key : ${key}`);
    if (/\s/.test(key)) throw new SkynetError("ARGUMENT", `environment key "${key}" contains a blank`);
    this.#values.set(key, envText(value));
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}

function envText(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new SkynetError(
    "ARGUMENT",
    `an environment value must be text, a number or a boolean, not ${value === null ? "null" : typeof value}`,
  );
}
