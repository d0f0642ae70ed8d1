/**
 * `sprotoloader`: compiled schemas in 16 slots that all services of a node share.
 *
 * {@link createSprotoLoader} knows neither nodes nor files; {@link sprotoloader} is the one of the running node.
 *
 * @module
 */
import { parseSchema, readBundle } from "../codec/sproto/index.ts";
import { perNode } from "../core/per-node.ts";
import { SkynetError } from "../errors/error.ts";
import { Sproto, sproto, type SprotoSchema, type SprotoTypes, type TypedSproto } from "./sproto.ts";

/** How many slots a node has. */
export const SPROTO_SLOTS = 16;

/** The slots of one node. */
export class SprotoSlots {
  readonly #slots: (SprotoSchema | undefined)[] = [];

  /** Puts a schema into a slot; the last one wins, and objects made from an earlier one keep it. @throws as {@link get} for the index. */
  set(index: number, schema: SprotoSchema): void {
    this.#slots[checked(index)] = schema;
  }

  /** @throws {@link SkynetError} `SPROTO`: no such slot, or `nil sproto at index N` for an empty one. */
  get(index: number): SprotoSchema {
    const schema = this.#slots[checked(index)];
    if (schema === undefined) throw new SkynetError("SPROTO", `nil sproto at index ${index}: register or save a schema there first`);
    return schema;
  }
}

function checked(index: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= SPROTO_SLOTS)
    throw new SkynetError("SPROTO", `Invalid global slot index ${index}: slots are 0 to ${SPROTO_SLOTS - 1}`);
  return index;
}

/** Skynet's `sprotoloader` module. */
export interface SprotoLoader {
  /** Parses a schema file into a slot, default 0. @throws `SPROTO`: `Can't open sproto file`, or what the parser says. */
  register(filename: string, index?: number): void;
  /** Puts a compiled schema into a slot, default 0. */
  save(bundle: Uint8Array, index?: number): void;
  /** An object for the schema in a slot, default 0; typed with the types that `skyloom sproto types` writes. */
  load(index?: number): Sproto;
  load<T extends SprotoTypes>(index?: number): TypedSproto<T>;
}

/** The slots of the node whose service is running. */
export const nodeSlots: () => SprotoSlots = perNode(() => new SprotoSlots());

const here = perNode((kernel) =>
  createSprotoLoader(nodeSlots(), (path) => {
    const { files } = kernel.ports;
    if (files !== undefined) return files.readText(path);
    throw new SkynetError(
      "SPROTO",
      `Can't open sproto file "${path}": this host has no files; compile the text with sprotoparser.parse and give that to sprotoloader.save`,
    );
  }),
);

/**
 * Skynet's `sprotoloader`: the slots of the node whose service is running.
 *
 * @example
 * ```ts
 * import { sprotoloader } from "@skyloom/runtime/sprotoloader";
 * import { sprotoparser } from "@skyloom/runtime/sprotoparser";
 *
 * sprotoloader.save(sprotoparser.parse(".package { type 0 : integer }"), 1); // once, in a service that stays
 * const host = sprotoloader.load(1).host("package");   // in every agent
 * ```
 */
export const sprotoloader: SprotoLoader = {
  register: (filename, index) => here().register(filename, index),
  save: (bundle, index) => here().save(bundle, index),
  load: (index?: number): never => here().load(index) as never,
};

/**
 * The loader of one node.
 *
 * @param slots - The node's slots.
 * @param readText - The node's files: the text of a file, or `undefined` when there is none.
 */
export function createSprotoLoader(slots: SprotoSlots, readText: (path: string) => string | undefined): SprotoLoader {
  return {
    register(filename, index = 0) {
      checked(index);
      const text = readText(filename);
      if (text === undefined) throw new SkynetError("SPROTO", `Can't open sproto file "${filename}"`);
      slots.set(index, readBundle(parseSchema(text, filename)));
    },
    save(bundle, index = 0) {
      slots.set(index, readBundle(bundle));
    },
    load: (index = 0): never => sproto.sharenew(slots.get(index)) as never,
  };
}
