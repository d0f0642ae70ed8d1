/**
 * A running snax service: takes its messages, keeps its methods and replaces them.
 *
 * The stock service `snaxd` is this for the name it is given. Source: service/snaxd.lua, lualib/snax/hotfix.lua; services.md §6.
 *
 * @module
 */
import { ret } from "../../core/api/replies.ts";
import { info_func } from "../../core/api/info.ts";
import { queue } from "../../core/api/queue.ts";
import { exit as exitService, runToEnd } from "../../core/api/services.ts";
import { awaitIfPromise } from "../../core/op.ts";
import { MultipleValues } from "../../core/reply.ts";
import type { Operation } from "../../core/operation.ts";
import { currentContext, NO_SESSION, turn } from "../../core/task.ts";
import { SkynetError } from "../../errors/error.ts";
import { FIRST_METHOD, keyOf, methodsIn, numberMethods, splitKey, SYSTEM, systemFunction } from "./define.ts";
import type { Definition, SnaxGroup } from "./define.ts";
import { Method } from "./method.ts";
import { snaxProtocol } from "./object.ts";
import { preparePatch, snaxPatches } from "./patch.ts";
import type { GivenState, Patch, Prepared } from "./patch.ts";
import { runningSnax } from "./running.ts";
import type { SnaxMethod, SnaxProfile, SnaxTable } from "./types.ts";

/** Makes the running service an instance of a snax service; call it in a file body. */
export function serveSnax(name: string, definition: Definition): void {
  const service = new SnaxService(name, definition);
  const context = currentContext("snax");
  const protocol = snaxProtocol();
  const direct = (list: unknown[], session: number): unknown => service.take(list, session);
  protocol.direct = direct;
  protocol.dispatch = (session, _source, ...list: unknown[]) => direct(list, session);
  protocol.replies = "command";
  const self = runningSnax();
  self.name = name;
  self.enableCluster = () => {
    const lua = context.protocols.own("lua");
    lua.direct = direct;
    lua.dispatch = protocol.dispatch;
    lua.replies = "command";
  };
}

class SnaxService {
  readonly #name: string;
  readonly #definition: Definition;
  /** By name: a method of each group may share one, as in Skynet. */
  readonly #figures = new Map<string, SnaxProfile>();
  /** By number. */
  readonly #methods: (Method | undefined)[] = [];
  /** What `this` is in a method: the methods of its group as they are now. */
  readonly #live: Readonly<Record<SnaxGroup, Record<string, SnaxMethod>>> = { accept: {}, response: {} };
  readonly #clock: () => number;
  readonly #patching = queue();
  #phase: "new" | "starting" | "running" | "ending" = "new";
  #exit: SnaxMethod | undefined;
  #given: GivenState | undefined;

  constructor(name: string, definition: Definition) {
    this.#name = name;
    this.#definition = definition;
    const { kernel } = currentContext("snax");
    this.#clock = () => kernel.elapsedMs();
  }

  /** One message: the number of a method and its arguments. */
  take(list: unknown[], session: number): unknown {
    const id = list[0];
    const method = typeof id === "number" ? this.#methods[id] : this.#byName(id);
    if (method === undefined) return this.#system(id, list.slice(1));
    if (this.#phase !== "running") throw new SkynetError("SNAX", "Init first");
    const task = turn.task!;
    task.command = method.name;
    if (session > 0 && method.group === "accept") {
      task.session = NO_SESSION;
      task.context.kernel.log(
        task.context.handle,
        `Maybe forgot response session ${session} : ${this.#name} accept.${method.name} was called, and methods that are posted give no reply`,
      );
    }
    return method.run(list);
  }

  #byName(key: unknown): Method | undefined {
    if (typeof key !== "string" || splitKey(key)[0] === undefined) return undefined;
    const id = this.#definition.ids.get(key);
    return id === undefined ? undefined : this.#methods[id];
  }

  #system(id: unknown, args: readonly unknown[]): unknown {
    switch (id) {
      case SYSTEM.init:
        return this.#init(args);
      case SYSTEM.exit:
        return this.#end(args);
      case SYSTEM.hotfix:
        return this.#hotfix(args[0], args.slice(1));
      case SYSTEM.profile:
        return this.#profile();
      default: {
        if (this.#phase !== "running") throw new SkynetError("SNAX", "Init first");
        const names = this.#definition.ids.names.map((name, i) => `${i + FIRST_METHOD} ${name}`).join(", ");
        throw new SkynetError(
          "SNAX",
          `snax service ${this.#name} has no method ${JSON.stringify(id) ?? "nil"}; it has: ${names || "none"}`,
        );
      }
    }
  }

  *#init(args: readonly unknown[]): Operation<void> {
    if (this.#phase !== "new") throw new SkynetError("SNAX", "Already init");
    this.#phase = "starting";
    try {
      yield* this.#begin(args);
      this.#phase = "running";
    } catch (error) {
      this.#phase = "new";
      throw error;
    }
  }

  *#begin(args: readonly unknown[]): Operation<void> {
    const definition = this.#definition;
    const made = yield* runToEnd(awaitIfPromise((definition.init as SnaxMethod)(...args)));
    let table: unknown = made;
    if (definition.methods === undefined) {
      const { state } = (made ?? {}) as SnaxTable;
      this.#given = state === undefined ? undefined : { state };
    } else {
      this.#given = { state: made };
      table = (definition.methods as (state: unknown) => unknown)(made);
    }
    table ??= {};
    const what = `snax service ${this.#name}`;
    const found = methodsIn(table, what);
    numberMethods(definition, found, what);
    this.#install({ methods: found, exit: systemFunction(table, "exit"), hotfix: undefined });
    info_func(() => this.#profile());
  }

  *#end(args: readonly unknown[]): Operation<void> {
    if (this.#phase !== "running") throw new SkynetError("SNAX", "Never init");
    yield* runToEnd(awaitIfPromise(this.#exit?.(...args)));
    this.#phase = "ending";
    ret();
    exitService();
  }

  *#hotfix(key: unknown, args: readonly unknown[]): Operation<MultipleValues> {
    let patch: Patch | undefined;
    try {
      const found = snaxPatches().get(key);
      patch = found;
      return new MultipleValues(yield* this.#patching(() => this.#apply(found, args)));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (patch !== undefined) patch.failure = error.message;
      return new MultipleValues([false, error.message]);
    }
  }

  *#apply(patch: Patch, args: readonly unknown[]): Operation<unknown[]> {
    if (this.#phase !== "running") throw new SkynetError("SNAX", "Init first");
    const prepared = preparePatch(patch, this.#name, this.#given, (key) => this.#byName(key) !== undefined);
    // First the patch's own function: methods that count on what it does to the state are not there before.
    const result = yield* runToEnd(awaitIfPromise(prepared.hotfix?.(...args)));
    patch.stayed = this.#install(prepared);
    return [true, result];
  }

  /** Puts methods in place, for the calls from now on; the names of those that it does not know and that stay. */
  #install({ methods, exit }: Prepared): string[] {
    const { ids } = this.#definition;
    const kept = new Set(this.#methods.filter((m) => m !== undefined).map(keyOf));
    for (const { group, name, func } of methods) {
      const key = `${group}.${name}`;
      kept.delete(key);
      this.#live[group][name] = func;
      const id = ids.get(key) ?? ids.add(key);
      const before = this.#methods[id];
      if (before !== undefined) before.func = func;
      else {
        const figures = this.#figures.get(name) ?? { count: 0, time: 0 };
        this.#figures.set(name, figures);
        this.#methods[id] = new Method(id, group, name, func, this.#live[group], figures, this.#clock);
      }
    }
    if (exit !== undefined) this.#exit = exit;
    return [...kept];
  }

  /** The figures of the methods that were called. */
  #profile(): Record<string, SnaxProfile> {
    return Object.fromEntries([...this.#figures].filter(([, figures]) => figures.count > 0));
  }
}
