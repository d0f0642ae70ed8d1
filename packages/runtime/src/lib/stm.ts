/**
 * `skynet.stm`: cells of bytes with one writer and many readers in other services, without messages.
 *
 * Source: lualib-src/lua-stm.c; api.md §12.
 *
 * @module
 */
import { tobytes } from "../codec/convert.ts";
import { perNode } from "../core/per-node.ts";
import { SkynetError } from "../errors/error.ts";

type Bytes = Uint8Array | string;

interface Cell {
  /** Never changed, only replaced. */
  bytes: Uint8Array;
}

/** Replaces what a cell holds. */
export interface StmWriter {
  (bytes: Bytes): void;
}

/** Stands for a cell on its way to a reader; may be sent. Good for one {@link stm.newcopy}. */
export type StmCopy = number;

/** What a reader found: nothing new, or the values its function made of the newest bytes. */
export type StmRead<R extends readonly unknown[]> = readonly [changed: false] | readonly [changed: true, ...values: R];

/** Reads a cell, when it has changed since this reader's last look. The bytes must not be changed. */
export interface StmReader {
  <R extends readonly unknown[], A extends readonly unknown[]>(unpack: (bytes: Uint8Array, ...more: A) => R, ...more: A): StmRead<R>;
}

const node = perNode(() => ({ copies: new Map<StmCopy, Cell>(), last: 0 }));
const cells = new WeakMap<StmWriter, Cell>();

/**
 * Makes a cell.
 *
 * @returns its writer.
 *
 * @example
 * ```ts
 * import { stm } from "@skyloom/runtime/stm";
 *
 * const writer = stm.new(skynet.pack(1));
 * const reader = stm.newcopy(stm.copy(writer)); // the copy may be sent to another service
 * const [changed, value] = reader(skynet.unpack); // true, 1
 * writer(skynet.pack(2));
 * ```
 */
function newWriter(bytes: Bytes): StmWriter {
  const cell: Cell = { bytes: tobytes(bytes).slice() };
  const writer: StmWriter = (next) => void (cell.bytes = tobytes(next).slice());
  cells.set(writer, cell);
  return writer;
}

/** A handle for one reader. @throws SkynetError `ARGUMENT` for what is no writer. */
function copy(writer: StmWriter): StmCopy {
  const cell = cells.get(writer);
  if (cell === undefined) throw new SkynetError("ARGUMENT", "stm.copy needs a writer made by stm.new");
  const { copies } = node();
  const id = ++node().last;
  copies.set(id, cell);
  return id;
}

/** The reader for a handle. @throws SkynetError `ARGUMENT` for a handle of another node, or one that was used. */
function newcopy(from: StmCopy): StmReader {
  const { copies } = node();
  const cell = copies.get(from);
  if (cell === undefined)
    throw new SkynetError("ARGUMENT", `stm.newcopy: ${from} is no copy of a cell of this node, or one that was used already`);
  copies.delete(from);
  let last: Uint8Array | undefined;
  return (unpack, ...more) => {
    const { bytes } = cell;
    if (bytes === last) return [false];
    last = bytes;
    return [true, ...unpack(bytes, ...more)];
  };
}

/** The functions of `skynet.stm`. */
export const stm: { readonly new: typeof newWriter; readonly copy: typeof copy; readonly newcopy: typeof newcopy } = {
  new: newWriter,
  copy,
  newcopy,
};
