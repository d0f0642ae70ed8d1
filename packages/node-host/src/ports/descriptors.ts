/**
 * Descriptors of this process as connections: standard input, pipes and sockets that a parent process handed over, terminals, files.
 *
 * Closing one leaves standard input and files open for whoever opened them; pipes, sockets and terminals are Node's once it reads them, and
 * are closed. Knows nothing of ids and owners.
 *
 * @module
 */
import { createReadStream, fstatSync, ReadStream as FileInput } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { isatty, ReadStream as TerminalInput } from "node:tty";
import type { DescriptorPort, SocketEvents, SocketFailure, SocketLink } from "@skyloom/runtime/ports";
import { failureOf } from "./failures.ts";

/** Makes the {@link DescriptorPort} of this process. */
export function nodeDescriptors(): DescriptorPort {
  return {
    adopt(fd, events) {
      try {
        const [input, output] = streamsOf(fd);
        return new DescriptorLink(input, output, events);
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

/** What to read from, and what to write to where that is possible. @throws Error with the system's code. */
function streamsOf(fd: number): readonly [input: Readable, output: Writable | undefined] {
  if (!Number.isInteger(fd) || fd < 0) throw Object.assign(new Error(`descriptor ${fd}`), { code: "EBADF" });
  const stat = fstatSync(fd);
  if (stat.isDirectory()) throw Object.assign(new Error(`descriptor ${fd}`), { code: "EISDIR" });
  // Node keeps one stream for standard input; a second one on the same descriptor would take bytes away from it.
  if (fd === 0) return [process.stdin, undefined];
  if (isatty(fd)) return [new TerminalInput(fd), undefined];
  if (stat.isFIFO() || stat.isSocket()) {
    const socket = new Socket({ fd, readable: true, writable: stat.isSocket(), allowHalfOpen: true });
    return [socket, stat.isSocket() ? socket : undefined];
  }
  return [createReadStream("", { fd, autoClose: false }), undefined];
}

class DescriptorLink implements SocketLink {
  readonly local = undefined;
  readonly remote = undefined;
  readonly #input: Readable;
  readonly #output: Writable | undefined;
  readonly #events: SocketEvents;
  #paused = true;
  #draining = false;
  #failure: SocketFailure | undefined;
  #over = false;

  constructor(input: Readable, output: Writable | undefined, events: SocketEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    input.pause();
    input.on("data", this.#onData);
    input.on("end", this.#onEnd);
    input.on("error", this.#onError);
    if (input.readableEnded) setImmediate(this.#onEnd);
  }

  get queued(): number {
    return this.#over ? 0 : (this.#output?.writableLength ?? 0);
  }

  attach(): void {
    throw new TypeError("a descriptor is attached from the start");
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#over || chunks.every((chunk) => chunk.length === 0)) return;
    const output = this.#output;
    if (output === undefined) return this.#fail(failureOf(Object.assign(new Error(), { code: "EBADF" })));
    for (const chunk of chunks) output.write(chunk, this.#onSent);
    if (output.writableLength > 0) this.#draining = true;
  }

  pause(): void {
    this.#paused = true;
    if (!this.#over) this.#input.pause();
  }

  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#input.resume();
  }

  nodelay(): void {
    // There is nothing that waits to fill a packet.
  }

  endOutput(): void {
    // Both directions of a descriptor end together.
  }

  end(): void {
    if (this.#over) return;
    if (this.queued === 0) this.destroy();
    else this.#output!.write("", () => this.destroy());
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#input.pause();
    this.#input.off("data", this.#onData);
    this.#input.off("end", this.#onEnd);
    // What still fails is nobody's business any more, and must not end the process.
    this.#input.off("error", this.#onError).on("error", () => undefined);
    if (this.#input === process.stdin) (this.#input as Partial<Socket>).unref?.();
    // Destroying the stream of a file closes the descriptor, whatever it was made with.
    else if (!(this.#input instanceof FileInput)) this.#input.destroy();
    setImmediate(() => {
      if (this.#failure !== undefined) this.#events.failed(this.#failure);
      this.#events.closed();
    });
  }

  #fail(failure: SocketFailure): void {
    this.#failure = failure;
    this.destroy();
  }

  readonly #onData = (bytes: Uint8Array): void => this.#events.data(new Uint8Array(bytes));

  readonly #onEnd = (): void => {
    if (!this.#over) this.#events.ended();
  };

  readonly #onError = (error: Error): void => this.#fail(failureOf(error));

  readonly #onSent = (): void => {
    if (!this.#draining || this.#over || this.queued > 0) return;
    this.#draining = false;
    this.#events.drained();
  };
}
