/**
 * Where a datagram came from, as services get it and hand it back: a few opaque bytes. And internet addresses as text and as bytes.
 *
 * Source: socket_server.c (gen_udp_address), lua-socket.c (udp_address); layout in wire.md §15.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { SocketAddress } from "../../ports/tcp.ts";

/** First byte of an opaque address, and its length. */
const IPV4 = 1;
const IPV4_LENGTH = 1 + 2 + 4;
const IPV6 = 2;
const IPV6_LENGTH = 1 + 2 + 16;

/** The bytes of a literal address: 4, 16, or `undefined` when it is none. A zone (`%eth0`) is left out. */
export function addressBytes(host: string): Uint8Array | undefined {
  return host.includes(":") ? ipv6Bytes(host.replace(/%.*$/, "")) : ipv4Bytes(host);
}

/** How the C library prints the bytes of an address. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : ipv6Text(bytes);
}

/**
 * Writes an address as the opaque bytes that come with a datagram.
 *
 * @returns `undefined` when the host is no literal address or the port is none.
 */
export function packAddress({ host, port }: SocketAddress): Uint8Array | undefined {
  const bytes = addressBytes(host);
  if (bytes === undefined || !Number.isInteger(port) || port < 0 || port > 65535) return undefined;
  const packed = new Uint8Array(3 + bytes.length);
  packed[0] = bytes.length === 4 ? IPV4 : IPV6;
  packed[1] = port >> 8;
  packed[2] = port & 255;
  packed.set(bytes, 3);
  return packed;
}

/**
 * Reads what {@link packAddress} wrote, here or in Skynet.
 *
 * @throws SkynetError `ARGUMENT` `Invalid udp address` saying what is wrong with it.
 */
export function unpackAddress(packed: Uint8Array): SocketAddress {
  const [kind] = packed;
  if (!(kind === IPV4 && packed.length === IPV4_LENGTH) && !(kind === IPV6 && packed.length === IPV6_LENGTH))
    throw new SkynetError(
      "ARGUMENT",
      `Invalid udp address: ${packed.length} bytes${kind === undefined ? "" : ` that begin with ${kind}`}; IPv4 has ${IPV4_LENGTH} and begins with ${IPV4}, IPv6 has ${IPV6_LENGTH} and begins with ${IPV6}`,
    );
  return { host: addressText(packed.subarray(3)), port: packed[1]! * 256 + packed[2]! };
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  let words = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const tail = ipv4Bytes(dotted[2]!);
    if (tail === undefined) return undefined;
    words = `${dotted[1]}${(tail[0]! * 256 + tail[1]!).toString(16)}:${(tail[2]! * 256 + tail[3]!).toString(16)}`;
  }
  const halves = words.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head!.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head!, ...Array<string>(missing).fill("0"), ...tail];
  if (!all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return Uint8Array.from(
    all.flatMap((word) => {
      const n = parseInt(word, 16);
      return [n >> 8, n & 255];
    }),
  );
}

function ipv6Text(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => bytes[i * 2]! * 256 + bytes[i * 2 + 1]!);
  let from = 0;
  let most = 0;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && words[i + n] === 0) n++;
    if (n > most) [from, most] = [i, n];
  }
  const hex = (list: readonly number[]): string => list.map((w) => w.toString(16)).join(":");
  if (most < 2) return hex(words);
  // Addresses that carry an IPv4 address show it as one.
  if (from === 0 && (most === 6 || (most === 5 && words[5] === 0xffff)))
    return `::${most === 5 ? "ffff:" : ""}${bytes.subarray(12).join(".")}`;
  return `${hex(words.slice(0, from))}::${hex(words.slice(from + most))}`;
}
