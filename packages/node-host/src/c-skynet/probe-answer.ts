/**
 * Reads what the probe answers; `probe.lua` says what its lines mean.
 *
 * Never throws. An answer that is not whole is none: half a table of waits would prove things that are not so.
 *
 * @module
 */
import { readAddress } from "./answers.ts";
import { PROBE_VERSION } from "./probe-chunk.ts";

/** What a task of a C Skynet waits for, as the probe tells it apart. */
export type ProbeKind = "call" | "wait" | "sleep" | "socket" | "select" | "batch";

/** One session that a task waits under. */
export interface ProbeTask {
  readonly thread: string;
  readonly session: number;
  readonly kind: ProbeKind;
  /** The service that was called; 0 where it is none or known by a global name only. */
  readonly target: number;
  /** Session and source of the request it serves; 0: it serves a message that wants no reply; -1: none. */
  readonly serving: number;
  readonly source: number;
  /** Whether it runs the service's start function. */
  readonly init: boolean;
  /** Of the request it serves; empty where that cannot be told. */
  readonly protocol: string;
  readonly command: string;
}

/** A critical section that somebody waits for, by threads. */
export interface ProbeLock {
  readonly id: string;
  readonly holder: string;
  readonly waiters: readonly string[];
  /** The thread that holds it has ended and did not give it up: those who wait, wait for ever. */
  readonly dead: boolean;
}

/** The waits of one service at one moment. */
export interface ProbeTable {
  readonly addr: number;
  /** Tasks that wait, and how many of them were told: the oldest. */
  readonly total: number;
  readonly told: number;
  /** Tables of the framework that this version of it does not have under the names the probe knows. */
  readonly missing: readonly string[];
  readonly tasks: readonly ProbeTask[];
  /** By the session of a select, the calls of which any ends it. */
  readonly any: ReadonlyMap<number, readonly number[]>;
  readonly locks: readonly ProbeLock[];
  /** Answers that response closures owe. */
  readonly owed: readonly { readonly session: number; readonly source: number }[];
  /** Of a launcher: starts under way, and the calls they answer. */
  readonly starts: readonly { readonly addr: number; readonly session: number; readonly source: number }[];
  /** Of a service manager: who waits for whose launch. */
  readonly uniques: readonly { readonly waiter: string; readonly launcher: string; readonly name: string }[];
}

const KINDS: ReadonlySet<string> = new Set<ProbeKind>(["call", "wait", "sleep", "socket", "select", "batch"]);
const number = (text: string | undefined): number => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : -1);
const word = (text: string | undefined): string => (text === undefined || text === "-" ? "" : text);
const numbers = (list: readonly string[]): readonly number[] => list.map(number).filter((n) => n >= 0);

/** The table in an answer, or in words what is wrong with it. */
export function readProbe(text: string): ProbeTable | string {
  const lines: string[][] = [];
  for (const line of text.split("\n")) {
    const [key, ...rest] = line.split("\t");
    // Whatever else was printed meanwhile has no such number.
    if (key !== undefined && /^\d{6,}$/.test(key) && Number(key) > 0 && rest.length > 0) lines[Number(key) - 1] = rest;
    if (lines.length > 1_000_000) return "the answer of the probe is out of order";
  }
  const end = lines.at(-1);
  if (end?.[0] !== "end" || number(end[1]) !== lines.length - 1 || Object.keys(lines).length !== lines.length)
    return lines.length === 0
      ? `the answer is not one of the probe: ${JSON.stringify(text.slice(0, 80))}`
      : "the answer of the probe is not whole";
  const [head, version, address, total, told, missing] = lines[0]!;
  const addr = readAddress(address);
  if (head !== "probe" || addr === undefined) return "the answer of the probe does not begin as it should";
  if (version !== String(PROBE_VERSION)) return `another version of the probe answers (${version}, not ${PROBE_VERSION})`;
  const tasks: ProbeTask[] = [];
  const any = new Map<number, readonly number[]>();
  const locks: Omit<ProbeLock, "dead">[] = [];
  const dead = new Set<string>();
  const owed: { session: number; source: number }[] = [];
  const starts: { addr: number; session: number; source: number }[] = [];
  const uniques: { waiter: string; launcher: string; name: string }[] = [];
  for (const [what, ...f] of lines.slice(1)) {
    if (what === "task") {
      const kind = f[2] ?? "";
      const session = number(f[1]);
      if (!KINDS.has(kind) || session < 0)
        return `the probe tells of a task that cannot be read: ${JSON.stringify(f.join(" ").slice(0, 80))}`;
      tasks.push({
        thread: f[0] ?? "",
        session,
        kind: kind as ProbeKind,
        target: Math.max(0, number(f[3])),
        serving: number(f[4]),
        source: number(f[5]),
        init: f[5] === "init",
        protocol: word(f[6]),
        command: word(f[7]),
      });
    } else if (what === "any") any.set(number(f[0]), numbers(f.slice(1)));
    else if (what === "lock") locks.push({ id: f[0] ?? "", holder: f[1] ?? "", waiters: f.slice(2) });
    else if (what === "dead") dead.add(f[0] ?? "");
    else if (what === "owe") owed.push({ session: number(f[0]), source: number(f[1]) });
    else if (what === "init") starts.push({ addr: number(f[0]), session: number(f[1]), source: number(f[2]) });
    else if (what === "unique") uniques.push({ waiter: f[0] ?? "", launcher: f[1] ?? "", name: word(f[2]) });
  }
  return {
    addr,
    total: number(total),
    told: number(told),
    missing: missing === undefined || missing === "-" ? [] : missing.split(","),
    tasks,
    any,
    locks: locks.map((lock) => ({ ...lock, dead: dead.has(lock.id) })),
    owed,
    starts,
    uniques,
  };
}
