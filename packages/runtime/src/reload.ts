/**
 * Giving newer code to the services of a running node.
 *
 * Knows snax services, and services whose state and commands are apart; knows no files: who watches them gives the module.
 *
 * @module
 */
import { ServiceContext } from "./core/context.ts";
import { isDefinition } from "./core/define.ts";
import { turn } from "./core/task.ts";
import { SYSTEM } from "./lib/snax/define.ts";
import type { Definition } from "./lib/snax/define.ts";
import { exportedDefinition, patchesOf } from "./lib/snax/patch.ts";
import type { Patch } from "./lib/snax/patch.ts";
import { sourcesOf } from "./lib/snax/sources.ts";
import type { SkynetNode } from "./node.ts";
import type { ModuleExports } from "./ports/index.ts";
import { exportOf } from "./services/find.ts";

/** What became of the running instances of a service. */
export interface Reloaded {
  /** Handles of those that run the newer code, with their state. */
  readonly replaced: readonly number[];
  /** Methods that the newer code has no more; the instances keep them. */
  readonly stayed: readonly string[];
  /** Those that go on with the old code, and why. */
  readonly old: readonly { readonly handle: number; readonly reason: string }[];
}

/** Why a service cannot take newer code. */
const APART =
  "its state lies in the variables of its start function: keep state and commands apart, as the second argument of defineService does";

/**
 * Gives newer code to the running instances of a service; those that are started from now on are the host's business for a plain service, and
 * take it for a snax service.
 *
 * An instance changes as a whole or not at all. Calls that are under way end in the old code.
 *
 * @param name - The service's name, as it was started.
 * @param module - What the newer file exports.
 * @throws SkynetError `SERVICE_NOT_FOUND` when the module has no such service, `SNAX` when it changes the order of a snax service's methods:
 * nothing was replaced then.
 *
 * @example
 * ```ts
 * import { reloadService } from "@skyloom/runtime";
 *
 * // Where a bundler gives newer modules to a page: import.meta.hot.accept("./counter.ts", (newer) => reloadService(node, "counter", newer)).
 * const { replaced, old } = await reloadService(node, "counter", { default: counter });
 * ```
 */
export async function reloadService(node: SkynetNode, name: string, module: ModuleExports): Promise<Reloaded> {
  const definition = exportedDefinition(module, name);
  return definition === undefined ? reloadPlain(node, name, module) : reloadSnax(node, name, definition);
}

function instances({ kernel }: SkynetNode, ...words: readonly string[]): ServiceContext[] {
  return kernel
    .services()
    .filter((service) => service.kind === "snlua" && words.every((word, i) => service.args.split(" ")[i] === word))
    .map((service) => service.body)
    .filter((body) => body instanceof ServiceContext);
}

async function reloadSnax(node: SkynetNode, name: string, definition: Definition): Promise<Reloaded> {
  sourcesOf(node.kernel).replace(name, definition);
  const patches = patchesOf(node.kernel);
  const replaced: number[] = [];
  const stayed = new Set<string>();
  const old: { handle: number; reason: string }[] = [];
  await Promise.all(
    instances(node, "snaxd", name).map(async ({ handle }) => {
      const patch: Patch = { from: definition, grows: true };
      const key = patches.keep(patch);
      try {
        await node.call(handle, "snax", SYSTEM.hotfix, key);
      } catch (error) {
        patch.failure ??= (error as Error).message;
      }
      patches.drop(key);
      if (patch.failure !== undefined) old.push({ handle, reason: patch.failure });
      else {
        replaced.push(handle);
        for (const method of patch.stayed ?? []) stayed.add(method);
      }
    }),
  );
  return { replaced, stayed: [...stayed], old };
}

function reloadPlain(node: SkynetNode, name: string, module: ModuleExports): Reloaded {
  const code = exportOf(name, module, "the newer file");
  const replaced: number[] = [];
  const old: { handle: number; reason: string }[] = [];
  for (const context of instances(node, name)) {
    const { handle } = context;
    try {
      const takeOver = context.rare.takeOver;
      if (takeOver === undefined)
        old.push({ handle, reason: isDefinition(code) ? APART : "it is a file body, whose code and state are one" });
      else {
        inside(context, () => takeOver(code));
        replaced.push(handle);
      }
    } catch (error) {
      old.push({ handle, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { replaced, stayed: [], old };
}

/** Runs a function as part of a service, so that what it asks of the runtime is asked by the service. */
function inside(context: ServiceContext, func: () => void): void {
  context.kernel.enter(() => {
    const { context: outerContext, task } = turn;
    turn.context = context;
    turn.task = undefined;
    try {
      func();
    } finally {
      turn.context = outerContext;
      turn.task = task;
    }
  });
}
