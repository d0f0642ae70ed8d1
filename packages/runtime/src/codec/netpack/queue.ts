/**
 * The queue of a gate: socket events of all its connections in, whole frames and connection events out.
 *
 * Order and kinds are those of Skynet's netpack: a chunk that is exactly the end of one frame is reported at once, anything more goes
 * through the queue. Knows the shape of socket events, no sockets. Source of the behaviour: lualib-src/lua-netpack.c; api.md §14.
 *
 * @module
 */
import { FrameSplitter } from "./frame.ts";

/**
 * What a socket reports: 1 data (size, bytes), 2 connected or listening (port, address), 3 closed, 4 accepted (the new connection's id, its
 * address; `id` is the listener's), 5 error (text), 6 a datagram, 7 warning (KiB of output waiting).
 */
export type SocketEvent = readonly [
  type: 1 | 2 | 3 | 4 | 5 | 6 | 7,
  id: number,
  ud: number,
  data: Uint8Array | string | undefined,
  address?: Uint8Array,
];

/** What {@link NetpackQueue.filter} makes of an event. */
export type NetpackEvent =
  | readonly [kind: "data", fd: number, frame: Uint8Array]
  | readonly [kind: "more"]
  | readonly [kind: "error", fd: number, message: string]
  | readonly [kind: "open", fd: number, address: string]
  | readonly [kind: "close", fd: number]
  | readonly [kind: "warning", fd: number, kib: number]
  | readonly [kind: "init", fd: number, address: string, port: number];

const more: NetpackEvent = ["more"];
/** Taken slots at the front of the queue that are worth moving the rest for. */
const COMPACT = 1024;

/** Frames in the order they came, and the unfinished ones of each connection. */
export class NetpackQueue {
  readonly #partial: Map<number, FrameSplitter> = new Map();
  #fds: number[] = [];
  #frames: Uint8Array[] = [];
  #head = 0;
  /** A splitter with nothing in it, for connections that have nothing unfinished: nearly all, nearly always. */
  #idle = new FrameSplitter();

  /** Frames waiting for {@link pop}. */
  get length(): number {
    return this.#frames.length - this.#head;
  }

  /** Connections of which part of a frame is held. */
  get unfinished(): number {
    return this.#partial.size;
  }

  /**
   * Takes a socket event.
   *
   * @param event - The bytes of a data event belong to the queue from now on; frames may be views of them.
   * @returns `data` with the frame when the chunk completed exactly one; `more` when it held more than that, and the frames are in the queue;
   * the other kinds as they are; `undefined` when the chunk completed no frame, or the event has no meaning here (a datagram).
   * After `close` and `error` an unfinished frame of that connection is gone; finished ones stay in the queue.
   */
  filter(event: SocketEvent): NetpackEvent | undefined {
    const id = event[1];
    const data = event[3];
    switch (event[0]) {
      case 1:
        return typeof data === "object" ? this.#data(id, data) : undefined;
      case 2:
        return ["init", id, textOf(data), event[2]];
      case 3:
        this.#partial.delete(id);
        return ["close", id];
      case 4:
        return ["open", event[2], textOf(data)];
      case 5:
        this.#partial.delete(id);
        return ["error", id, textOf(data)];
      case 7:
        return ["warning", id, event[2]];
      default:
        return undefined;
    }
  }

  /** The oldest frame in the queue with its connection, or `undefined`. */
  pop(): readonly [fd: number, frame: Uint8Array] | undefined {
    const head = this.#head;
    if (head === this.#frames.length) return undefined;
    const popped = [this.#fds[head]!, this.#frames[head]!] as const;
    this.#head = head + 1;
    if (this.#head === this.#frames.length) {
      this.#fds = [];
      this.#frames = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT && this.#head * 2 >= this.#frames.length) {
      this.#fds = this.#fds.slice(this.#head);
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return popped;
  }

  /** Drops all frames, finished and unfinished. */
  clear(): void {
    this.#partial.clear();
    this.#fds = [];
    this.#frames = [];
    this.#head = 0;
  }

  #data(fd: number, chunk: Uint8Array): NetpackEvent | undefined {
    const known = this.#partial.size === 0 ? undefined : this.#partial.get(fd);
    const splitter = known ?? this.#idle;
    const frames = splitter.feed(chunk);
    const pending = splitter.pending;
    if (pending !== (known !== undefined)) {
      if (pending) {
        this.#partial.set(fd, splitter);
        this.#idle = new FrameSplitter();
      } else {
        this.#partial.delete(fd);
      }
    }
    if (frames.length === 0) return undefined;
    if (frames.length === 1 && !pending) return ["data", fd, frames[0]!];
    for (const frame of frames) {
      this.#fds.push(fd);
      this.#frames.push(frame);
    }
    return more;
  }
}

function textOf(data: Uint8Array | string | undefined): string {
  return typeof data === "string" ? data : "";
}
