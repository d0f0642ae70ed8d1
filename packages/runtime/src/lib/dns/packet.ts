/**
 * DNS packets: the one question this project asks, and what an answer says to it.
 *
 * The format itself is the packet library's business. This file decides what of an answer is believed: only addresses whose owner is the
 * name that was asked, or a name that its aliases lead to. Knows no sockets and no time.
 *
 * @module
 */
import { decode, encode } from "@leichtgewicht/dns-packet";
import type { Answer } from "@leichtgewicht/dns-packet";
import { addressBytes } from "../../kernel/socket/index.ts";

/** The kinds of addresses there are records of. */
export type AddressType = "A" | "AAAA";

/** What a server said. */
export interface Reply {
  readonly id: number;
  /** What the server says it answers; the name in lower case. */
  readonly name: string;
  readonly type: string;
  /** The answer was cut off: the whole of it is to be had over TCP. */
  readonly truncated: boolean;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL` … */
  readonly code: string;
  /** IPv6 in full, as Skynet prints it: `2001:db8:0:0:0:0:0:1`. */
  readonly addresses: readonly string[];
  /** Seconds for which the addresses may be kept. */
  readonly ttl: number;
}

const RECURSION_DESIRED = 0x100;
/** Seconds; larger values are not taken for serious (RFC 2181 §8). */
const MOST_TTL = 0x7fffffff;

/** A question for the addresses of a name. @param name - Checked before: labels of 1 to 63 bytes. */
export function queryPacket(id: number, name: string, type: AddressType): Uint8Array {
  return encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ name, type, class: "IN" }] });
}

/** Reads an answer. @returns a text that says what is wrong with bytes that are none. */
export function readReply(bytes: Uint8Array): Reply | string {
  let packet;
  try {
    packet = decode(bytes);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { questions = [], answers = [] } = packet;
  if (packet.type !== "response") return "it is a question";
  const [question] = questions;
  if (question === undefined || questions.length > 1) return `it answers ${questions.length} questions`;
  const name = question.name.toLowerCase();
  return {
    id: packet.id ?? 0,
    name,
    type: question.type,
    truncated: packet.flag_tc === true,
    code: (packet as { readonly rcode?: string }).rcode ?? "NOERROR",
    ...addressesOf(name, question.type, answers),
  };
}

/** The addresses of a name, also by way of its aliases, in whatever order the records stand. */
function addressesOf(name: string, type: string, answers: readonly Answer[]): { addresses: string[]; ttl: number } {
  const names = new Set([name]);
  let ttl = MOST_TTL;
  // Each round follows one more alias at least, or is the last.
  for (let known = 0; known < names.size;) {
    known = names.size;
    for (const record of answers) {
      if (record.type !== "CNAME" || !isOf(record, names)) continue;
      const alias = (record.data as string).toLowerCase();
      if (!names.has(alias)) ttl = Math.min(ttl, ttlOf(record));
      names.add(alias);
    }
  }
  const addresses: string[] = [];
  for (const record of answers) {
    if (record.type !== type || !isOf(record, names)) continue;
    const bytes = addressBytes(record.data as string);
    if (bytes?.length !== (type === "A" ? 4 : 16)) continue;
    addresses.push(type === "A" ? bytes.join(".") : groups(bytes));
    ttl = Math.min(ttl, ttlOf(record));
  }
  return { addresses, ttl: addresses.length === 0 ? 0 : ttl };
}

function isOf(record: Answer, names: ReadonlySet<string>): boolean {
  return (record as { readonly class?: string }).class === "IN" && names.has(record.name.toLowerCase());
}

function ttlOf(record: Answer): number {
  const { ttl = 0 } = record as { readonly ttl?: number };
  return ttl >= 0 && ttl <= MOST_TTL ? ttl : 0;
}

function groups(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16)).join(":");
}
