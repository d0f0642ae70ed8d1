/**
 * Finds where an answer of the console ends, in whatever pieces it comes.
 *
 * Knows nothing of connections and of what answers mean.
 *
 * @module
 */

const DONE = "<CMD OK>";
const FAILED = "<CMD Error>";

/** An answer that has come to its end. */
export interface WholeAnswer {
  /** Whether it ended in `<CMD OK>`. */
  readonly ok: boolean;
  /** The lines before that, each with its line end. */
  readonly text: string;
}

/** Takes one answer after the other. */
export class AnswerReader {
  #parts: string[] = [];
  #length = 0;
  /** The line that has not ended yet, as far as it matters for finding the end. */
  #tail = "";

  /** Characters of the answer so far. */
  get length(): number {
    return this.#length;
  }

  /** What came so far belongs to no answer. */
  reset(): void {
    this.#parts = [];
    this.#length = 0;
    this.#tail = "";
  }

  /** Takes a piece. @returns the answer if this ends it; what comes behind the end in the same piece belongs to nobody. */
  take(text: string): WholeAnswer | undefined {
    // The end may be cut in two by the network: the line that has not ended is looked at again with what follows.
    const open = this.#tail.length;
    const search = this.#tail + text;
    const end = /(?<=^|\n)<CMD (OK|Error)>\r?\n/.exec(search);
    this.#parts.push(text);
    this.#length += text.length;
    if (end === null) {
      const from = search.lastIndexOf("\n") + 1;
      // Only a whole line can end an answer; of a longer one nothing needs to be kept but that it began.
      this.#tail = search.length - from > FAILED.length + 2 ? "\0" : search.slice(from);
      return undefined;
    }
    const answer = this.#parts.join("");
    const length = answer.length - text.length - open + end.index;
    this.reset();
    return { ok: end[0].startsWith(DONE), text: answer.slice(0, Math.max(0, length)) };
  }
}
