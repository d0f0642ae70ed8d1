/** What a scenario is: a few services, and a function that sets them going. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";

/** What an inspector should say about it: the kind of its alert, or nothing. */
export type Expected = "deadlock" | "stuck-call" | "lost-reply" | "overload" | "silent";

/** What a scenario begins with. */
export interface Stage {
  /** Starts one of the scenario's services. */
  readonly spawn: (name: string, ...args: unknown[]) => Operation<number>;
  /** Which run this is, from 1; for names that must be new each time. */
  readonly run: number;
}

/** A situation that can be started and stopped as often as one likes. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What happens, in one sentence. */
  readonly what: string;
  readonly expect: Expected;
  /** Its services. Their names are its own: stopping ends every service of these names. */
  readonly services: Readonly<Record<string, object>>;
  /** Sets it going, and returns when all its services have been started. */
  start(stage: Stage): Operation<void>;
}

/** Commands by name; each answers itself, or not. */
export type Commands = Readonly<Record<string, (...args: never[]) => unknown>>;

/** A file body in the long form, where a handler that forgets to answer really leaves its caller waiting. */
export function commands(table: Commands): void {
  skynet.dispatch("lua", (_session: number, _source: number, command: string, ...args: unknown[]) => table[command]!(...(args as never[])));
}
