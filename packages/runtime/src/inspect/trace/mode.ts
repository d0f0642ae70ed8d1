/**
 * What is traced: the modes a person can choose, checked, and the choice of roots in each.
 *
 * Knows nothing of tasks and events. The choice among roots is even and unpredictable, yet the same in every run: no clock, no chance.
 *
 * @module
 */

/** What is traced. The decision is made where a chain of messages begins, and holds for all that follows from it. */
export type TraceMode =
  /** Everything. Costs most. */
  | { readonly kind: "all" }
  /** One chain in `n`. */
  | { readonly kind: "sample"; readonly n: number }
  /** What reaches one of these services (handles). */
  | { readonly kind: "services"; readonly services: readonly number[] }
  /** What has a command that matches: `*` stands for any text, `?` for one character, `|` parts alternatives. */
  | { readonly kind: "commands"; readonly pattern: string }
  /** The next message without a trace that reaches this service (a handle), with this command where one is given; then nothing more. */
  | { readonly kind: "next"; readonly service: number; readonly command?: string };

const isHandle = (h: unknown): h is number => typeof h === "number" && Number.isInteger(h) && h > 0 && h <= 0xffff_ffff;

const MOST_SERVICES = 10_000;
const MOST_PATTERN = 200;

/**
 * Reads a mode from what a client sent.
 *
 * @throws TypeError naming what is wrong with it.
 */
export function readMode(value: unknown): TraceMode {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  switch (given["kind"]) {
    case "all":
      return { kind: "all" };
    case "sample": {
      const { n } = given;
      if (typeof n !== "number" || !Number.isInteger(n) || n < 1 || n > 1_000_000)
        throw new TypeError(`trace mode "sample" needs n, a whole number from 1 to 1000000, not ${String(n)}`);
      return { kind: "sample", n };
    }
    case "services": {
      const { services } = given;
      if (!Array.isArray(services) || services.length === 0 || services.length > MOST_SERVICES || !services.every(isHandle))
        throw new TypeError(`trace mode "services" needs services, a list of 1 to ${MOST_SERVICES} handles`);
      return { kind: "services", services: services as number[] };
    }
    case "commands": {
      const { pattern } = given;
      if (typeof pattern !== "string" || pattern === "" || pattern.length > MOST_PATTERN)
        throw new TypeError(`trace mode "commands" needs pattern, a text of 1 to ${MOST_PATTERN} characters`);
      return { kind: "commands", pattern };
    }
    case "next": {
      const { service, command } = given;
      if (!isHandle(service)) throw new TypeError(`trace mode "next" needs service, a handle, not ${String(service)}`);
      if (command === undefined) return { kind: "next", service };
      if (typeof command !== "string" || command === "" || command.length > MOST_PATTERN)
        throw new TypeError(`the command of trace mode "next" is a text of 1 to ${MOST_PATTERN} characters`);
      return { kind: "next", service, command };
    }
    default:
      throw new TypeError(
        `a trace mode has a kind: "all", "sample", "services", "commands" or "next", not ${JSON.stringify(given["kind"]) ?? "nothing"}`,
      );
  }
}

/** The test a pattern stands for. Its time is at most the product of the two lengths, whatever they hold. */
export function commandTest(pattern: string): (command: string) => boolean {
  const ways = pattern.split("|").map((p) => p.trim());
  return (command) => ways.some((way) => matches(way, command));
}

/** Wildcards; goes back to the last star at most. */
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Chooses one candidate in `n`: evenly in the mean, with gaps that follow no pattern of the messages. */
export class Lottery {
  readonly #n: number;
  #state = 0x9e3779b9;

  constructor(n: number) {
    this.#n = n;
  }

  /** How many candidates on the next one is that is chosen: from 1 to 2n − 1. */
  gap(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return 1 + (((x >>> 0) % (2 * this.#n - 1)) | 0);
  }
}
