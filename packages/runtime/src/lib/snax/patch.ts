/**
 * Patches for running snax services: what may be one, and what it becomes in an instance.
 *
 * Functions cannot be sent, so a patch waits in a table of the node while its key travels. Knows no messages.
 * Source: lualib/snax/hotfix.lua; api.md §5.
 *
 * @module
 */
import { perNode } from "../../core/per-node.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { SkynetError } from "../../errors/error.ts";
import { isSnaxDefinition, keyOf, methodsIn, systemFunction } from "./define.ts";
import type { Definition, FoundMethod } from "./define.ts";
import type { SnaxMethod, SnaxTable } from "./types.ts";

/**
 * What `snax.hotfix` takes: a table of functions, a function that makes one for the service's state, a newer definition of the service
 * (made with `methods`), or a module that exports one of them as default, under the service's name, or as its only snax definition.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the patch names the type of the state it patches; nothing can check it here
export type SnaxPatch = SnaxTable | ((state: any) => SnaxTable) | object;

/** A patch on its way. */
export interface Patch {
  readonly from: unknown;
  /** Methods that the instance has not are added instead of refused: the whole source is there, not a part. */
  readonly grows: boolean;
  /** What became of it: the methods that the patch has not and that stay, or why nothing was replaced. */
  stayed?: readonly string[];
  failure?: string;
}

/** What a patch is for one instance. */
export interface Prepared {
  readonly methods: readonly FoundMethod[];
  readonly exit: SnaxMethod | undefined;
  readonly hotfix: SnaxMethod | undefined;
}

class Patches {
  readonly #waiting = new Map<string, Patch>();
  readonly #node: string;
  #last = 0;

  /** @param node - No other node's: a key that came through a cluster must not stand for a patch of this one. */
  constructor(node: string) {
    this.#node = node;
  }

  keep(patch: Patch): string {
    const key = `patch-${this.#node}-${++this.#last}`;
    this.#waiting.set(key, patch);
    return key;
  }

  /** @throws SkynetError `SNAX` for a key that stands for nothing: it came from another node, or was used up. */
  get(key: unknown): Patch {
    const found = typeof key === "string" ? this.#waiting.get(key) : undefined;
    if (found !== undefined) return found;
    throw new SkynetError(
      "SNAX",
      "there is no such patch on this node: functions cannot be sent to another one, and source text is not compiled here. Hot-fix the service from a service of its own node",
    );
  }

  drop(key: string): void {
    this.#waiting.delete(key);
  }
}

const byKernel = new WeakMap<Kernel, Patches>();

/** The patches under way on a node. */
export function patchesOf(kernel: Kernel): Patches {
  let patches = byKernel.get(kernel);
  if (patches === undefined) {
    const bytes = new Uint8Array(8);
    kernel.ports.random(bytes);
    patches = new Patches(Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
    byKernel.set(kernel, patches);
  }
  return patches;
}

/** The patches under way on the running node. */
export const snaxPatches: () => Patches = perNode(patchesOf);

/** The state of an instance, when it gives it to its patches. */
export interface GivenState {
  readonly state: unknown;
}

/**
 * Makes a patch ready for an instance. Changes nothing.
 *
 * @param given - The state of the instance; absent when that lies in the variables of its init function.
 * @param has - Whether the instance has a method, as `group.name`.
 * @throws SkynetError `SNAX`: no patch at all, or `Patch mismatch group.name`.
 */
export function preparePatch(patch: Patch, type: string, given: GivenState | undefined, has: (key: string) => boolean): Prepared {
  const source = sourceOf(patch.from, type);
  const wantsState = isSnaxDefinition(source) || (typeof source === "function" && source.length > 0);
  if (wantsState && (given === undefined || (isSnaxDefinition(source) && source.methods === undefined)))
    throw new SkynetError(
      "SNAX",
      `snax service ${type} keeps its state in the variables of its init function, which new methods cannot reach: give snax.define the state and { methods: (state) => … } apart`,
    );
  const make = isSnaxDefinition(source) ? source.methods : source;
  const table = typeof make === "function" ? (make as (state: unknown) => unknown)(given?.state) : make;
  const methods = methodsIn(table, "the patch");
  if (!patch.grows) for (const method of methods) if (!has(keyOf(method))) throw new SkynetError("SNAX", `Patch mismatch ${keyOf(method)}`);
  return { methods, exit: systemFunction(table, "exit"), hotfix: systemFunction(table, "hotfix") };
}

/** The definition, function or table that a patch, perhaps a module, stands for. */
function sourceOf(from: unknown, type: string): unknown {
  if (typeof from === "string" || from instanceof Uint8Array)
    throw new SkynetError(
      "SNAX",
      "source text is not compiled here: give snax.hotfix a table of functions, a function (state) => table, or a module; skyloom start --watch does it from the file",
    );
  if (isSnaxDefinition(from) || typeof from === "function") return from;
  if (typeof from !== "object" || from === null) throw new SkynetError("SNAX", `a patch must be a table of functions, not ${String(from)}`);
  return (
    exportedDefinition(from as Readonly<Record<string, unknown>>, type) ?? modulePatch(from as Readonly<Record<string, unknown>>) ?? from
  );
}

/** The snax definition a module exports: as default, under the service's name, or the only one. */
export function exportedDefinition(module: Readonly<Record<string, unknown>>, type: string): Definition | undefined {
  const last = type.split("/").at(-1)!;
  for (const key of ["default", last]) {
    const found = Object.hasOwn(module, key) ? module[key] : undefined;
    if (isSnaxDefinition(found)) return found;
  }
  const all = [...new Set(Object.values(module).filter(isSnaxDefinition))];
  return all.length === 1 ? all[0] : undefined;
}

/** A module whose default export is a table or a function. */
function modulePatch(module: Readonly<Record<string, unknown>>): unknown {
  const found = Object.hasOwn(module, "default") ? module["default"] : undefined;
  return typeof found === "function" || (typeof found === "object" && found !== null) ? found : undefined;
}
