/**
 * Protocols of a service: how messages of one type are packed, unpacked and dispatched.
 *
 * Source: lualib/skynet.lua (register_protocol); api.md §2, design D5.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { PTYPE_LUA } from "../kernel/message.ts";
import type { Body } from "../kernel/message.ts";
import { copyValues, isolate } from "../codec/copy.ts";
import { pack as packSeri, unpack as unpackSeri } from "../codec/luaseri/index.ts";

/** Handles one message: gets the session, the sender and what unpack gave. What it returns is the reply when that is still owed. */
// oxlint-disable-next-line typescript/no-explicit-any -- a handler names the types of the arguments its callers send; nothing can check them here
export type Dispatch = (session: number, source: number, ...args: any[]) => unknown;

/** What `skynet.register_protocol` takes. */
export interface ProtocolClass {
  readonly name: string;
  /** 0 to 255. */
  readonly id: number;
  /** Turns arguments into a message: bytes, text, or a list of values that is copied. Absent: the values themselves, copied. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as for Dispatch
  readonly pack?: ((...args: any[]) => Uint8Array | string | readonly unknown[] | undefined) | undefined;
  /** Turns a message into the list of arguments; anything but an array is one argument. */
  readonly unpack?: ((body: Body) => unknown) | undefined;
  readonly dispatch?: Dispatch | undefined;
  /** Every request traced (`true`), none (`false`), or those asked for. */
  readonly trace?: boolean | undefined;
}

/** A registered protocol. */
export class Protocol {
  readonly name: string;
  readonly id: number;
  /** Packs and unpacks as "lua" does: values are copied, bytes are lua-seri. */
  readonly native: boolean;
  /** Native messages are encoded although they stay on the node, as at a border. */
  readonly border: boolean;
  dispatch: Dispatch | undefined;
  trace: boolean | undefined;
  /** Where dispatch was set, for log lines. */
  site: string | undefined = undefined;
  /** Takes the arguments as the list they are; used instead of `dispatch` when there. */
  direct: ((args: unknown[], session: number, source: number) => unknown) | undefined = undefined;
  /** What becomes of the value a handler returns: a command always replies, a request when it is not `undefined`. */
  replies: "request" | "command" = "request";
  /** What people call the first argument of a call when that is a number. */
  nameOf: ((first: number, target: number) => string | undefined) | undefined = undefined;
  readonly #pack: ProtocolClass["pack"];
  readonly #unpack: ProtocolClass["unpack"];

  constructor(from: ProtocolClass, native: boolean, border = false) {
    this.name = from.name;
    this.id = from.id;
    this.native = native;
    this.border = border;
    this.dispatch = from.dispatch;
    this.trace = from.trace;
    this.#pack = from.pack;
    this.#unpack = from.unpack;
  }

  clone(): Protocol {
    const copy = new Protocol(
      { name: this.name, id: this.id, pack: this.#pack, unpack: this.#unpack, dispatch: this.dispatch, trace: this.trace },
      this.native,
      this.border,
    );
    copy.site = this.site;
    return copy;
  }

  /** Can replies to calls of this type be unpacked? */
  get readable(): boolean {
    return this.native || this.#unpack !== undefined;
  }

  /** The message body for some arguments; the list is given up. */
  packArgs(args: unknown[]): Body {
    if (this.native) return this.border ? packSeri(args) : (isolate(args) as unknown as Body);
    if (this.#pack === undefined)
      throw new SkynetError(
        "UNKNOWN_TYPE",
        `protocol "${this.name}" has no pack function: give one to skynet.register_protocol, or send packed data with rawsend or rawcall`,
      );
    const packed = this.#pack(...args);
    return Array.isArray(packed) ? (copyValues(packed) as unknown as Body) : (packed as Uint8Array | string | undefined);
  }

  /** The arguments a message body holds. */
  unpackBody(body: Body): unknown[] {
    if (this.native) return unpackValues(body);
    if (this.#unpack === undefined) return body === undefined ? [] : [body];
    const unpacked = this.#unpack(body);
    return Array.isArray(unpacked) ? (unpacked as unknown[]) : [unpacked];
  }
}

/** Values of a message as "lua" reads it. */
export function unpackValues(body: Body): unknown[] {
  if (Array.isArray(body)) return body as unknown[];
  if (body === undefined || body === "") return [];
  if (body instanceof Uint8Array) return unpackSeri(body);
  if (typeof body === "string") return [body];
  throw new SkynetError("PACK", "this message holds memory of another realm; only a service of that realm can unpack it");
}

/** Protocols of one service: those every service has, shared until it changes one, and its own. */
export class Protocols {
  readonly #shared: readonly Protocol[];
  #own: Protocol[] | undefined = undefined;
  /** The protocol "lua", which nearly every message has. */
  lua: Protocol;

  /** @param shared - What every service has; the one with id 10 must be there. */
  constructor(shared: readonly Protocol[]) {
    this.#shared = shared;
    this.lua = shared.find((p) => p.id === PTYPE_LUA)!;
  }

  byName(name: string): Protocol | undefined {
    if (name === "lua") return this.lua;
    return this.#own?.find((p) => p.name === name) ?? this.#shared.find((p) => p.name === name);
  }

  byId(id: number): Protocol | undefined {
    if (id === PTYPE_LUA) return this.lua;
    return this.#own?.find((p) => p.id === id) ?? this.#shared.find((p) => p.id === id);
  }

  /** The protocol of that name, this service's own copy of it: for changing it. */
  own(name: string): Protocol {
    const found = this.require(name);
    if (!this.#shared.includes(found)) return found;
    const copy = found.clone();
    if (copy.id === PTYPE_LUA) this.lua = copy;
    else this.#own = [...(this.#own ?? []), copy];
    return copy;
  }

  /** Adds a protocol. @throws SkynetError `PROTOCOL_TAKEN` or `ARGUMENT`. */
  add(from: ProtocolClass, native: boolean): Protocol {
    const { name, id } = from;
    if (typeof name !== "string") throw new SkynetError("ARGUMENT", `a protocol's name must be text, not ${typeof name}`);
    if (!Number.isInteger(id) || id < 0 || id > 255)
      throw new SkynetError("ARGUMENT", `protocol "${name}": id must be a whole number from 0 to 255, not ${String(id)}`);
    const taken = this.byName(name) ?? this.byId(id);
    if (taken !== undefined)
      throw new SkynetError(
        "PROTOCOL_TAKEN",
        `protocol "${name}" (id ${id}) collides with "${taken.name}" (id ${taken.id}), which this service has already`,
      );
    const made = new Protocol(from, native, this.lua.border);
    this.#own = [...(this.#own ?? []), made];
    return made;
  }

  /** The protocol of that name. @throws SkynetError `UNKNOWN_TYPE`. */
  require(name: string): Protocol {
    const found = this.byName(name);
    if (found !== undefined) return found;
    const known = [...this.#shared, ...(this.#own ?? [])].map((p) => p.name);
    throw new SkynetError(
      "UNKNOWN_TYPE",
      `message type "${name}" is not registered in this service; it has: ${[...new Set(known)].join(", ")}. skynet.register_protocol adds one`,
    );
  }
}
