/**
 * `skynet.cluster.core`: the packets of a cluster as Skynet's C half gives them, for code that was written against it.
 *
 * `cluster` itself uses `codec/cluster` directly. Source: lualib-src/lua-cluster.c; api.md §15, wire.md §3.
 *
 * @module
 */
import { joined, packErrorResponse, packRequest, packResponse, packTrace, unpackRequest, unpackResponse } from "../codec/cluster/index.ts";
import { nodename } from "./cluster/node-name.ts";

/** A request: its packet, the session of the next, and the packets of its body when that goes in parts. */
export type CoreRequest = readonly [packet: Uint8Array, next: number, parts?: readonly Uint8Array[]];

/** What a packet says: address (nothing in a further part), session, body or nothing, its size, whether parts follow, whether it is a push. */
export type CoreUnpacked =
  | readonly [
      address: number | string | false,
      session: number,
      body: Uint8Array | undefined,
      size: number,
      padding?: boolean | undefined,
      push?: boolean,
    ]
  | readonly [tag: string];

function packed(address: number | string, session: number, body: Uint8Array, push: boolean): CoreRequest {
  const { packet, next, parts } = packRequest(address, session, body, push);
  return parts === undefined ? [packet, next] : [packet, next, parts];
}

function unpackrequest(packet: Uint8Array): CoreUnpacked {
  const p = unpackRequest(packet);
  switch (p.kind) {
    case "request":
      return p.push ? [p.address, p.session, p.body, p.body.length, undefined, true] : [p.address, p.session, p.body, p.body.length];
    case "begin":
      return [p.address, p.session, undefined, p.size, true, p.push];
    case "part":
      return [false, p.session, p.body, p.body.length, !p.last];
    case "trace":
      return [p.tag];
  }
}

function packresponse(session: number, ok: boolean, body: Uint8Array | string): Uint8Array | readonly Uint8Array[] {
  if (!ok) return packErrorResponse(session, body);
  const packets = packResponse(session, typeof body === "string" ? new TextEncoder().encode(body) : body);
  return packets.length === 1 ? packets[0] : packets;
}

/** An answer, `undefined` for what is none: session, whether it is good, its body or its size, whether parts follow. */
export type CoreAnswer = readonly [session: number, ok: boolean, data: Uint8Array | number, padding?: boolean];

function unpackresponse(packet: Uint8Array): CoreAnswer | undefined {
  const p = unpackResponse(packet);
  if (p === undefined) return undefined;
  if (p.kind === "begin") return [p.session, true, p.size, true];
  if (p.kind === "part" && !p.last) return [p.session, true, p.body, true];
  return [p.session, p.kind !== "error", p.body];
}

/** A body in parts: its size, then the parts. */
export type CoreParts = (number | Uint8Array)[];

function append(parts: CoreParts, body: Uint8Array | undefined, size: number): void {
  parts.push(body === undefined ? size : body.slice(0, size));
}

function concat(parts: Readonly<CoreParts>): Uint8Array | undefined {
  const [size, ...bytes] = parts;
  if (typeof size !== "number" || !bytes.every((part) => typeof part === "object")) return undefined;
  return bytes.reduce((sum, part) => sum + part.length, 0) === size ? joined(bytes, size) : undefined;
}

/** See the file's comment. Errors are SkynetError `CLUSTER`. */
export const core: {
  readonly packrequest: (address: number | string, session: number, body: Uint8Array) => CoreRequest;
  readonly packpush: (address: number | string, session: number, body: Uint8Array) => CoreRequest;
  readonly packtrace: (tag: string) => Uint8Array;
  readonly unpackrequest: (packet: Uint8Array) => CoreUnpacked;
  readonly packresponse: typeof packresponse;
  readonly unpackresponse: typeof unpackresponse;
  /** Adds a part; without a body, the size that all parts will have. */
  readonly append: typeof append;
  /** All parts in one piece; nothing when they have not the size that the first entry says. */
  readonly concat: typeof concat;
  /** Whether an address is a name given by `cluster.register`. */
  readonly isname: (address: unknown) => boolean;
  /** What this node calls itself in tags of traces. */
  readonly nodename: () => string;
} = {
  packrequest: (address, session, body) => packed(address, session, body, false),
  packpush: (address, session, body) => packed(address, session, body, true),
  packtrace: packTrace,
  unpackrequest,
  packresponse,
  unpackresponse,
  append,
  concat,
  isname: (address) => typeof address === "string" && address.startsWith("@"),
  nodename,
};
