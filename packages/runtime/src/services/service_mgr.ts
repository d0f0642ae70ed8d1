/**
 * `.service`: unique services, one per name.
 *
 * Source: service/service_mgr.lua; semantics.md §16, services.md §1.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { WaitReason } from "../core/op.ts";
import type { Op } from "../core/op.ts";
import { skynet } from "../core/skynet.ts";
import type { Operation } from "../core/operation.ts";
import type { Task } from "../core/task.ts";
import { snax } from "../lib/snax.ts";

interface Waiter {
  readonly task: Task;
  readonly session: number | undefined;
  readonly source: number | undefined;
}

/** A name somebody asked for: being launched, waited for, or both. */
interface Pending {
  launch: Waiter | undefined;
  readonly waiters: Waiter[];
}

/** Handle, text of the failure, or still pending. */
type Entry = number | string | Pending;

/** File body of service_mgr. */
export default function service_mgr(): void {
  const entries = new Map<string, Entry>();
  const reporters = new Set<number>();

  function here(): Waiter {
    const [session, source] = skynet.context();
    return { task: skynet.running(), session, source };
  }

  /** The handle behind a name; launches when nobody has and `launch` is given, else waits. */
  function* waitFor(name: string, launch?: () => Operation<number | undefined>): Operation<number> {
    let entry = entries.get(name);
    if (typeof entry === "number") return entry;
    if (typeof entry === "string") throw new SkynetError("CALL_FAILED", entry);
    if (entry === undefined) {
      entry = { launch: undefined, waiters: [] };
      entries.set(name, entry);
    }
    if (entry.launch === undefined && launch !== undefined) {
      entry.launch = here();
      let outcome: number | string;
      try {
        outcome = (yield* launch()) ?? `unique service ${name} ended itself while it started`;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        outcome = explain(name, error);
      }
      entries.set(name, outcome);
      for (const waiter of entry.waiters) skynet.wakeup(waiter.task);
      if (typeof outcome === "string") throw new SkynetError("CALL_FAILED", outcome);
      return outcome;
    }
    entry.waiters.push(here());
    const wait = skynet.wait();
    const op = wait as unknown as Op;
    const pending = entry;
    op.reason = `${WaitReason.unique} ${name}`;
    op.holder = () => pending.launch?.task;
    yield* wait;
    const outcome = entries.get(name);
    if (typeof outcome === "number") return outcome;
    throw new SkynetError("CALL_FAILED", typeof outcome === "string" ? outcome : `unique service ${name} is still pending`);
  }

  function launch(name: string, args: readonly unknown[]): Operation<number | undefined> {
    return name === "snaxd" ? snax.rawnewservice(String(args[0]), ...args.slice(1)) : skynet.newservice(name, ...args);
  }

  function key(name: string, first: unknown): string {
    return realName(name) === "snaxd" ? `${name}.${String(first)}` : name;
  }

  const commands: Record<string, (...args: never[]) => Operation<unknown>> = {
    *LAUNCH(name: string, ...args: unknown[]) {
      return yield* waitFor(key(name, args[0]), () => launch(realName(name), args));
    },
    *QUERY(name: string, first: unknown) {
      return yield* waitFor(key(name, first));
    },
    *GLAUNCH(name: string, ...args: unknown[]) {
      return yield* commands["LAUNCH"]!(...([`@${name}`, ...args] as never[]));
    },
    *GQUERY(name: string, ...args: unknown[]) {
      return yield* commands["QUERY"]!(...([`@${name}`, ...args] as never[]));
    },
    *LIST() {
      const result: Record<string, string> = {};
      for (const reporter of reporters) {
        const [harbor] = skynet.harbor(reporter);
        const list = yield* skynet.call<Record<string, string>>(reporter, "lua", "LIST");
        for (const [name, text] of Object.entries(list)) result[`${name}@${harbor}`] = text;
      }
      for (const [name, entry] of entries)
        result[name] =
          typeof entry === "number" ? skynet.address(entry) : typeof entry === "string" ? `Error: ${entry}` : yield* pendingText(entry);
      return result;
    },
    *REPORT(manager: number) {
      reporters.add(manager);
    },
  };

  function* pendingText(entry: Pending): Operation<string> {
    const lines: string[] = [];
    if (entry.launch !== undefined) {
      const launching = yield* skynet.call<number | undefined>(".launcher", "lua", "QUERY", skynet.task(entry.launch.task));
      if (launching !== undefined) {
        lines.push(`Init as ${skynet.address(launching)}`, String(yield* skynet.call(launching, "debug", "TASK", "init")));
        lines.push(`Launching from ${skynet.address(entry.launch.source)}`, yield* taskText(entry.launch));
      }
    }
    if (entry.waiters.length > 0) lines.push("Querying:");
    for (const waiter of entry.waiters) lines.push(`${skynet.address(waiter.source)} ${yield* taskText(waiter)}`);
    return lines.join("\n");
  }

  function* taskText(waiter: Waiter): Operation<string> {
    return waiter.source === undefined ? "" : String(yield* skynet.call(waiter.source, "debug", "TASK", waiter.session));
  }

  skynet.start(() => {
    skynet.dispatch("lua", function* (_session: number, _source: number, command: string, ...args: unknown[]): Operation<void> {
      const handler = Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (handler === undefined) {
        skynet.retpack(undefined, `Invalid command ${command}`);
        return;
      }
      try {
        skynet.retpack(yield* handler(...(args as never[])));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        skynet.retpack(undefined, error.message);
      }
    });
    const other = skynet.localname(".service");
    if (other !== undefined) {
      skynet.error(".service is already register by ", skynet.address(other));
      skynet.exit();
    }
    skynet.register(".service");
    skynet.register("SERVICE");
  });
}

function realName(name: string): string {
  return name.startsWith("@") ? name.slice(1) : name;
}

function explain(name: string, error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `unique service ${name} could not be started: ${error.message}${cause}`;
}
