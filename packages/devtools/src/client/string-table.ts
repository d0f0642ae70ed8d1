/**
 * The client's side of a connection's string table: what the agent says once and then only names by number.
 *
 * @module
 */

/** Texts by id. One for each connection, shared by everything that is read from it. */
export class StringTable {
  #strings: string[] = [];

  /** The text with that id. */
  get(id: number): string | undefined {
    return this.#strings[id];
  }

  /** Takes the texts that came with a frame. @returns what is wrong with them, if anything. */
  add(additions: unknown): string | undefined {
    if (additions === undefined) return undefined;
    const { first, values } = (additions ?? {}) as { first?: unknown; values?: unknown };
    if (!Array.isArray(values) || !values.every((v) => typeof v === "string")) return "its texts are no list of texts";
    if (typeof first !== "number") return "its texts do not say where they begin";
    if (first === 0) this.#strings = [];
    if (first !== this.#strings.length) return `its texts begin at ${first} where ${this.#strings.length} are known`;
    for (const value of values) this.#strings.push(value);
    return undefined;
  }

  /** Forgets everything: another connection begins. */
  clear(): void {
    this.#strings = [];
  }
}
