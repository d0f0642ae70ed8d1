/**
 * What requests and answers between nodes of a cluster have in common: frames, numbers, parts.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { newBytes } from "../slab.ts";

/** Bytes of one part of a body that goes in parts; a body of at least as many does. */
export const PART = 0x8000;

const utf8 = new TextDecoder();

/** A frame with its two-byte length, of which the content is still to be written from {@link CONTENT} on. */
export function newFrame(length: number): Uint8Array {
  const frame = newBytes(length + CONTENT);
  frame[0] = length >> 8;
  frame[1] = length;
  return frame;
}

/** Where the content of a frame begins. */
export const CONTENT = 2;

/** Unsigned, little-endian. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** Unsigned, little-endian. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** UTF-8; what is none becomes U+FFFD. */
export function readText(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** Cuts a body into parts of {@link PART} bytes; the last one may be shorter. */
export function* partsOf(body: Uint8Array): Generator<readonly [part: Uint8Array, last: boolean]> {
  for (let at = 0; at < body.length; at += PART) yield [body.subarray(at, at + PART), at + PART >= body.length];
}

/** @returns the error for a packet that is none. */
export function badPacket(text: string): SkynetError {
  return new SkynetError("CLUSTER", text);
}
