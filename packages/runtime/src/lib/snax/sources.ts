/**
 * Where a node has the definitions of its snax services, and their newest versions.
 *
 * How they are found is the host's business: `node.ts` gives the finder. Knows no running services.
 *
 * @module
 */
import { perNode } from "../../core/per-node.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { inheritIds } from "./define.ts";
import type { Definition } from "./define.ts";

/** Finds the definition of a snax service; may take time. @throws SkynetError `SERVICE_NOT_FOUND`. */
export type FindSnax = (name: string) => Definition | Promise<Definition>;

const finders = new WeakMap<Kernel, FindSnax>();

/** Tells how the services of a node find definitions. */
export function provideSnax(kernel: Kernel, find: FindSnax): void {
  finders.set(kernel, find);
}

/** The definitions of one node. */
export class SnaxSources {
  readonly #find: FindSnax;
  readonly #loaded = new Map<string, Definition>();

  constructor(find: FindSnax) {
    this.#find = find;
  }

  /** What has been loaded or can be had at once. @throws SkynetError `SERVICE_NOT_FOUND`. */
  load(name: string): Definition | Promise<Definition> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const found = this.#find(name);
    if (!(found instanceof Promise)) return this.#keep(name, found);
    return found.then((definition) => this.#loaded.get(name) ?? this.#keep(name, definition));
  }

  /** What has been loaded. */
  peek(name: string): Definition | undefined {
    return this.#loaded.get(name);
  }

  /** A newer version takes the place of what was loaded. @throws SkynetError `SNAX` when their orders contradict. */
  replace(name: string, definition: Definition): void {
    const older = this.#loaded.get(name);
    if (older !== undefined) inheritIds(older, definition, name);
    this.#loaded.set(name, definition);
  }

  #keep(name: string, definition: Definition): Definition {
    this.#loaded.set(name, definition);
    return definition;
  }
}

const byKernel = new WeakMap<Kernel, SnaxSources>();

/** The definitions of a node. */
export function sourcesOf(kernel: Kernel): SnaxSources {
  let sources = byKernel.get(kernel);
  if (sources === undefined) {
    sources = new SnaxSources(finders.get(kernel)!);
    byKernel.set(kernel, sources);
  }
  return sources;
}

/** The definitions of the running node. */
export const snaxSources: () => SnaxSources = perNode(sourcesOf);
