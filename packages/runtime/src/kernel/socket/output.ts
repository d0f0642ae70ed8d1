/**
 * What waits to be sent on one socket: two lists, high before low, and a packet that was begun before both.
 *
 * Knows bytes only; when and where they go is the server's business.
 * Source: socket_server.c (send_buffer and its comment); rules in semantics.md §21.
 *
 * @module
 */

/** First in, first out, without moving what is left at each step. */
class Lane {
  #items: Uint8Array[] = [];
  #head = 0;

  get empty(): boolean {
    return this.#head === this.#items.length;
  }

  push(item: Uint8Array): void {
    this.#items.push(item);
  }

  shift(): Uint8Array {
    const item = this.#items[this.#head]!;
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** The output of one socket. */
export class OutputQueue {
  /** Bytes waiting, both lists. */
  bytes = 0;
  readonly #high: Lane = new Lane();
  #low: Lane | undefined;
  /** What is left of a packet of which a part was taken: it goes first, whichever list it came from. */
  #begun: Uint8Array | undefined;

  /**
   * Adds a packet.
   *
   * @param low - Behind everything of high priority. When nothing waits, high and low are the same, as in Skynet.
   */
  push(packet: Uint8Array, low: boolean): void {
    if (low && this.bytes > 0) (this.#low ??= new Lane()).push(packet);
    else this.#high.push(packet);
    this.bytes += packet.length;
  }

  /**
   * Moves at most `limit` bytes to the end of `into`, in the order they must be sent.
   *
   * @returns how many bytes.
   */
  take(limit: number, into: Uint8Array[]): number {
    let space = limit;
    while (this.bytes > 0 && space > 0) {
      const packet = this.#next();
      if (packet.length > space) {
        into.push(packet.subarray(0, space));
        this.#begun = packet.subarray(space);
        this.bytes -= space;
        space = 0;
      } else {
        into.push(packet);
        this.bytes -= packet.length;
        space -= packet.length;
      }
    }
    return limit - space;
  }

  #next(): Uint8Array {
    const begun = this.#begun;
    if (begun !== undefined) {
      this.#begun = undefined;
      return begun;
    }
    return this.#high.empty ? this.#low!.shift() : this.#high.shift();
  }
}
