/**
 * Stable objects for frozen tables: what `skynet.sharetable` gives out.
 *
 * Only the table itself is seen through such an object; the tables within are those that everybody shares, and belong to their version.
 * Knows no services.
 *
 * @module
 */
import { kindOf } from "../codec/plain.ts";
import { SkynetError } from "../errors/error.ts";
import { surfaceOf, type Surface } from "./view-surface.ts";

const refused = { record: "the field", array: "the element", map: "the key" };

/** Shows one table after another. */
export class TableView<T extends object = object> {
  readonly #surface: Surface;

  /** @param target - Frozen: a record, an array or a Map. */
  constructor(target: T) {
    const surface = surfaceOf(target, (key) => {
      const what = `${refused[surface.kind]} ${String(key)}`;
      throw new SkynetError("ARGUMENT", `Error newindex: ${what} of a shared table cannot be written by those who read it`);
    })!;
    this.#surface = surface;
  }

  /** The object to read. */
  get view(): T {
    return this.#surface.view as T;
  }

  /** Shows another version from now on. @returns false when it is of another kind (record, array, Map) and this view stays what it is. */
  turnTo(target: T): boolean {
    if (kindOf(target) !== this.#surface.kind) return false;
    this.#surface.show(target);
    return true;
  }
}
