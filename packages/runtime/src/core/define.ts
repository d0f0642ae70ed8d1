/**
 * Services written as a function that returns their commands: `defineService`.
 *
 * Source: style.md §2, design D3, D21.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { error } from "./api/info.ts";
import { start, runToEnd } from "./api/services.ts";
import { killthread, timeout, wait, wakeup } from "./api/tasks.ts";
import { WaitReason } from "./op.ts";
import type { Op } from "./op.ts";
import type { Operation, Suspension } from "./operation.ts";
import { inspectValue } from "./inspect-value.ts";
import { claimRealm } from "./realm.ts";
import { callSite } from "./site.ts";
import { currentContext, currentTask } from "./task.ts";
import type { Task } from "./task.ts";
import type { ServiceDefinition } from "./types.ts";
import { describeWait } from "./waits.ts";
import { handleText } from "../kernel/handles.ts";

const DEFINITION: unique symbol = Symbol("skyloom.service");

interface Definition extends ServiceDefinition<unknown, readonly unknown[]> {
  readonly [DEFINITION]: true;
  readonly site: string;
  readonly split: ServiceHandover<never, unknown> | undefined;
}

/** How the state of a running service is handed to newer code: the second argument of {@link defineService}. */
export interface ServiceHandover<S, C> {
  /** Makes the commands for the state that the start function gave. Runs again when the code is replaced; must do nothing else. */
  readonly commands: (state: S) => C;
  /** Makes the state of this version from that of the version before. Default: the same state. */
  readonly handover?: (state: S) => S;
}

/** After a message has waited so long (centiseconds) for a start function, it is said. */
const PATIENCE = 500;

/**
 * Defines a service by its start function: plain or a generator, it gets the start arguments and returns the "lua" commands. It runs
 * once for each instance, so its variables are the instance's state.
 *
 * Messages that come before it has returned wait. What a command returns is its reply; one that returns `undefined` replies with
 * nothing, so that its callers go on all the same. Commands are looked up among own properties only.
 *
 * With a second argument the start function gives the state instead, and `commands` the commands for it: such a service can be given newer
 * code while it runs (`skyloom start --watch`). Commands under way end in the old code, and so do its forks and timers.
 *
 * @param start - `(…args) => commands`; may suspend.
 * @param handover - State and commands apart.
 * @returns the definition: export it as default.
 *
 * @example
 * ```ts
 * export interface Counter { get(): number; add(by: number): number }
 * export default defineService<Counter, [start: number]>((start) => {
 *   let n = start;
 *   return { get: () => n, add: (by) => (n += by) };
 * });
 *
 * export const replaceable = defineService((n: number) => ({ n }), {
 *   commands: (state) => ({ get: () => state.n, add: (by: number) => (state.n += by) }),
 * });
 * ```
 */
export function defineService<A extends readonly unknown[], S, C extends object>(
  begin: (...args: A) => S,
  handover: ServiceHandover<CommandsIn<S>, C>,
): ServiceDefinition<C, A>;
export function defineService<
  C = never,
  A extends readonly unknown[] = [],
  R = [C] extends [never] ? unknown : CommandTable<C> | Operation<CommandTable<C>>,
>(begin: (...args: A) => R): ServiceDefinition<[C] extends [never] ? CommandsIn<R> : C, A>;
export function defineService(begin: (...args: never) => unknown, handover?: unknown): unknown {
  claimRealm();
  return { [DEFINITION]: true, start: begin, site: callSite(), split: handover };
}

/** The commands a start function returns, at once or at its end. */
export type CommandsIn<R> = R extends Iterator<Suspension, infer T, never> ? T : R extends Operation<infer T> ? T : R;

/** The commands of `C` as a service may write them: each returns its value or an operation that gives it. */
export type CommandTable<C> = {
  // oxlint-disable-next-line typescript/no-explicit-any -- matches any command to take it apart; nothing is called through it
  readonly [K in keyof C]: C[K] extends (...args: infer P) => infer R
    ? (...args: P) => R | Operation<R> | PromiseLike<R>
    : C[K] extends (...args: any[]) => unknown
      ? C[K]
      : never;
};

/** Is it what {@link defineService} makes? */
export function isDefinition(value: unknown): value is Definition {
  return typeof value === "object" && value !== null && (value as Partial<Definition>)[DEFINITION] === true;
}

/** The file body of a definition: runs in the load phase of one instance. */
export function runDefinition(definition: Definition, args: readonly unknown[]): void {
  const context = currentContext("defineService");
  const protocol = context.protocols.own("lua");
  let waiting = 0;
  const line: object[] = [];
  /** Set when the first message has to wait. */
  let watchdog: Task | undefined;
  let table: Readonly<Record<string, unknown>> | undefined;
  protocol.site = definition.site;
  protocol.replies = "command";

  function run(list: unknown[]): unknown {
    const command = list[0];
    const handler = typeof command === "string" && Object.hasOwn(table!, command) ? table![command] : undefined;
    if (typeof handler !== "function") {
      const known = Object.keys(table!).filter((k) => typeof table![k] === "function");
      throw new SkynetError("ARGUMENT", `unknown command "${inspectValue(command)}"; this service has: ${known.join(", ") || "none"}`);
    }
    currentTask("command").command = command as string;
    switch (list.length) {
      case 1:
        return handler.call(table) as unknown;
      case 2:
        return handler.call(table, list[1]) as unknown;
      case 3:
        return handler.call(table, list[1], list[2]) as unknown;
      default:
        return handler.apply(table, list.slice(1)) as unknown;
    }
  }

  /** Says, once, that messages have been waiting for the start function, and what that waits for. */
  function complain(): void {
    if (table !== undefined || waiting === 0 || context.starter === undefined) return;
    const messages = waiting === 1 ? "1 message waits" : `${waiting} messages wait`;
    error(
      `${handleText(context.handle)} watchdog: ${messages} for its start function, which waits for ${describeWait(context, context.starter)}`,
    );
  }

  function* whenReady(list: unknown[]): Operation<unknown> {
    waiting++;
    watchdog ??= timeout(PATIENCE, complain);
    const token = {};
    line.push(token);
    const op = wait(token) as unknown as Op;
    op.reason = WaitReason.start;
    op.holder = () => context.starter;
    yield* op;
    waiting--;
    return yield* runToEnd(run(list));
  }

  protocol.direct = (list) => (table === undefined ? whenReady(list) : run(list));
  protocol.dispatch = (_session, _source, ...list: unknown[]) => protocol.direct!(list, _session, _source);

  start(function* () {
    const returned = yield* runToEnd(definition.start(...args));
    const { split } = definition;
    if (split === undefined) table = checkTable(definition, returned);
    else {
      table = checkTable(definition, split.commands(returned as never));
      let state = returned;
      context.rare.takeOver = (code) => {
        if (!isDefinition(code) || code.split === undefined)
          throw new SkynetError(
            "ARGUMENT",
            "the newer code has no commands apart from its state: see the second argument of defineService",
          );
        const next = code.split.handover === undefined ? state : code.split.handover(state as never);
        table = checkTable(code, code.split.commands(next as never));
        state = next;
        protocol.site = code.site;
      };
    }
    for (const token of line) wakeup(token);
    if (watchdog !== undefined) killthread(watchdog);
  });
}

function checkTable(definition: Definition, table: unknown): Readonly<Record<string, unknown>> {
  if (table !== undefined && (typeof table !== "object" || table === null))
    throw new SkynetError(
      "ARGUMENT",
      `the function given to defineService (${definition.site}) must return its commands as an object, not ${typeof table}`,
    );
  return (table ?? {}) as Readonly<Record<string, unknown>>;
}
