/**
 * What a tab and its relay say to each other: one binary WebSocket message for each frame.
 *
 * A frame is one byte of kind, four bytes of id (big-endian, as all numbers), and what the kind brings along. Ids of connections and
 * listeners that the tab asks for are odd, those of connections the host accepted are even. Knows bytes only, no sockets.
 *
 * @module
 */
import { decodeText, encodeText } from "../codec/text.ts";
import type { SocketAddress } from "../ports/tcp.ts";

/** Version of the protocol; both sides must speak the same. */
export const RELAY_VERSION = 1;
/** The WebSocket's sub-protocol. */
export const RELAY_SUB_PROTOCOL = "skyloom-relay.1";
/** Most bytes of a stream in one frame, so that many connections share one WebSocket fairly. */
export const MAX_DATA_BYTES: number = 64 * 1024;
/** Kind and id. */
const HEAD_BYTES = 5;
/** Largest frame there is. */
export const MAX_FRAME_BYTES: number = HEAD_BYTES + MAX_DATA_BYTES;
/** Longest name of a host, of a token, or text of a failure, in bytes. */
const MAX_TEXT_BYTES = 1024;

/** The kinds of frames, as on the wire. */
const kind = {
  hello: 1,
  connect: 2,
  listen: 3,
  endOutput: 4,
  end: 5,
  destroy: 6,
  nodelay: 7,
  accept: 8,
  hold: 9,
  ready: 16,
  opened: 17,
  accepted: 18,
  listening: 19,
  ended: 20,
  failed: 21,
  closed: 22,
  data: 32,
  credit: 33,
  ping: 34,
  pong: 35,
} as const;

/** What the tab says. */
export type RelayRequest =
  /** The first frame. */
  | { readonly type: "hello"; readonly id: 0; readonly version: number; readonly token: string }
  | { readonly type: "connect"; readonly id: number; readonly host: string; readonly port: number }
  | { readonly type: "listen"; readonly id: number; readonly host: string; readonly port: number; readonly backlog: number }
  | { readonly type: "endOutput" | "end"; readonly id: number }
  /** Closes a connection at once, or a listener. */
  | { readonly type: "destroy"; readonly id: number }
  | { readonly type: "nodelay"; readonly id: number; readonly on: boolean }
  /** A listener lets connections come, or holds them back. */
  | { readonly type: "accept" | "hold"; readonly id: number };

/** What the host says. */
export type RelayReport =
  /** The token was right; so many bytes of a connection may be under way in each direction. */
  | { readonly type: "ready"; readonly id: 0; readonly windowBytes: number }
  | { readonly type: "opened"; readonly id: number; readonly local: SocketAddress; readonly remote: SocketAddress }
  | {
      readonly type: "accepted";
      readonly id: number;
      readonly listener: number;
      readonly local: SocketAddress;
      readonly remote: SocketAddress;
    }
  | { readonly type: "listening"; readonly id: number; readonly local: SocketAddress }
  | { readonly type: "ended" | "closed"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly code: string; readonly text: string };

/** What both say. */
export type RelayBoth =
  | { readonly type: "data"; readonly id: number; readonly bytes: Uint8Array }
  /** So many bytes more may be sent. */
  | { readonly type: "credit"; readonly id: number; readonly bytes: number }
  | { readonly type: "ping" | "pong"; readonly id: 0 };

/** Any frame. */
export type RelayFrame = RelayRequest | RelayReport | RelayBoth;

const names = new Map<number, RelayFrame["type"]>(Object.entries(kind).map(([name, n]) => [n, name as RelayFrame["type"]]));

/** Writes a frame. Texts that are too long are cut. */
export function encodeRelayFrame(frame: RelayFrame): Uint8Array {
  switch (frame.type) {
    case "hello":
      return new Writer(frame, 1).u8(frame.version).text(frame.token).done();
    case "connect":
      return new Writer(frame, 2).u16(frame.port).text(frame.host).done();
    case "listen":
      return new Writer(frame, 4).u16(frame.port).u16(frame.backlog).text(frame.host).done();
    case "nodelay":
      return new Writer(frame, 1).u8(frame.on ? 1 : 0).done();
    case "ready":
      return new Writer(frame, 4).u32(frame.windowBytes).done();
    case "opened":
      return new Writer(frame, 4).u16(frame.local.port).u16(frame.remote.port).text(frame.local.host).text(frame.remote.host).done();
    case "accepted":
      return new Writer(frame, 8)
        .u32(frame.listener)
        .u16(frame.local.port)
        .u16(frame.remote.port)
        .text(frame.local.host)
        .text(frame.remote.host)
        .done();
    case "listening":
      return new Writer(frame, 2).u16(frame.local.port).text(frame.local.host).done();
    case "failed":
      return new Writer(frame, 0).text(frame.code).text(frame.text).done();
    case "credit":
      return new Writer(frame, 4).u32(frame.bytes).done();
    case "data":
      return new Writer(frame, frame.bytes.length).raw(frame.bytes).done();
    default:
      return new Writer(frame, 0).done();
  }
}

/**
 * Reads a frame. The bytes of a `data` frame are a view of what was given.
 *
 * @returns the frame, or a text that says what is wrong with the bytes. Never throws.
 */
export function decodeRelayFrame(bytes: Uint8Array): RelayFrame | string {
  if (bytes.length < HEAD_BYTES) return `${bytes.length} bytes are no frame: the shortest has ${HEAD_BYTES}`;
  if (bytes.length > MAX_FRAME_BYTES) return `a frame of ${bytes.length} bytes is too long: at most ${MAX_FRAME_BYTES} are taken`;
  const type = names.get(bytes[0]!);
  if (type === undefined) return `there is no kind of frame ${bytes[0]}`;
  const reader = new Reader(bytes);
  const id = reader.u32();
  const frame = read(type, id, reader);
  if (reader.fault !== undefined) return `a ${type} frame ${reader.fault}`;
  if ((type === "hello" || type === "ready" || type === "ping" || type === "pong") !== (id === 0)) return `a ${type} frame with id ${id}`;
  return frame;
}

function read(type: RelayFrame["type"], id: number, reader: Reader): RelayFrame {
  switch (type) {
    case "hello":
      return reader.end({ type, id: 0, version: reader.u8(), token: reader.text() });
    case "connect": {
      const port = reader.u16();
      return reader.end({ type, id, port, host: reader.text() });
    }
    case "listen": {
      const port = reader.u16();
      const backlog = reader.u16();
      return reader.end({ type, id, port, backlog, host: reader.text() });
    }
    case "nodelay": {
      const on = reader.u8();
      if (on > 1) reader.fail(`says neither on nor off but ${on}`);
      return reader.end({ type, id, on: on === 1 });
    }
    case "ready":
      return reader.end({ type, id: 0, windowBytes: reader.u32() });
    case "opened":
      return reader.end({ type, id, ...reader.ends() });
    case "accepted": {
      const listener = reader.u32();
      return reader.end({ type, id, listener, ...reader.ends() });
    }
    case "listening": {
      const port = reader.u16();
      return reader.end({ type, id, local: { host: reader.text(), port } });
    }
    case "failed": {
      const code = reader.text();
      return reader.end({ type, id, code, text: reader.text() });
    }
    case "credit":
      return reader.end({ type, id, bytes: reader.u32() });
    case "data": {
      const bytes = reader.rest();
      if (bytes.length === 0) reader.fail("without a byte");
      return { type, id, bytes };
    }
    case "ping":
    case "pong":
      return reader.end({ type, id: 0 });
    default:
      return reader.end({ type, id });
  }
}

/** Fills a frame from front to back. */
class Writer {
  #bytes: Uint8Array;
  #at = HEAD_BYTES;

  /** @param size - Of what follows the head; texts make it longer. */
  constructor({ type, id }: RelayFrame, size: number) {
    this.#bytes = new Uint8Array(HEAD_BYTES + size);
    this.#bytes[0] = kind[type];
    put32(this.#bytes, 1, id);
  }

  u8(value: number): this {
    this.#bytes[this.#at++] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value: number): this {
    put32(this.#bytes, this.#at, value);
    this.#at += 4;
    return this;
  }

  /** Two bytes of length, then UTF-8. */
  text(text: string): this {
    const utf8 = encodeText(text.length > MAX_TEXT_BYTES / 4 ? cut(text) : text);
    const longer = new Uint8Array(this.#bytes.length + 2 + utf8.length);
    longer.set(this.#bytes);
    this.#bytes = longer;
    return this.u16(utf8.length).raw(utf8);
  }

  raw(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  done(): Uint8Array {
    return this.#bytes;
  }
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The longest beginning of a text that fits. */
function cut(text: string): string {
  let fits = text;
  while (encodeText(fits).length > MAX_TEXT_BYTES) fits = fits.slice(0, Math.min(fits.length - 1, MAX_TEXT_BYTES));
  return fits;
}

/** Reads a frame from front to back; the first fault stays, and what is read after it is empty. */
class Reader {
  fault: string | undefined;
  readonly #bytes: Uint8Array;
  #at = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  fail(fault: string): void {
    this.fault ??= fault;
  }

  #number(size: number): number {
    if (this.#at + size > this.#bytes.length) {
      this.fail("is cut short");
      return 0;
    }
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#bytes[this.#at++]!;
    return value;
  }

  u8(): number {
    return this.#number(1);
  }

  u16(): number {
    return this.#number(2);
  }

  u32(): number {
    return this.#number(4);
  }

  text(): string {
    const length = this.u16();
    if (this.fault !== undefined) return "";
    if (length > MAX_TEXT_BYTES) this.fail(`has a text of ${length} bytes, the limit is ${MAX_TEXT_BYTES}`);
    else if (this.#at + length > this.#bytes.length) this.fail("is cut short");
    else {
      const text = decodeText(this.#bytes, this.#at, (this.#at += length));
      if (text !== undefined) return text;
      this.fail("has a text that is not UTF-8");
    }
    return "";
  }

  /** Both addresses of a connection. */
  ends(): { local: SocketAddress; remote: SocketAddress } {
    const local = this.u16();
    const remote = this.u16();
    return { local: { host: this.text(), port: local }, remote: { host: this.text(), port: remote } };
  }

  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  /** The frame must be over here. */
  end<T extends RelayFrame>(frame: T): T {
    if (this.#at < this.#bytes.length) this.fail(`has ${this.#bytes.length - this.#at} bytes too many`);
    return frame;
  }
}
