/** DNS packets: what of an answer is believed, and that no bytes do harm. */
import { encode } from "@leichtgewicht/dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, hex, vectorCases } from "../../../test/vectors.ts";
import { queryPacket, readReply } from "./packet.ts";
import type { Reply } from "./packet.ts";

interface Case {
  readonly query: { readonly str: string };
  readonly ipv6: boolean;
  readonly result?: readonly unknown[];
  readonly frames: readonly { readonly dir: string; readonly bytes: string }[];
}

const text = (of: string): string => Buffer.from(of, "hex").toString("latin1");
const record = (name: string, type: "A" | "AAAA" | "CNAME", data: string, ttl = 60) => ({ name, type, class: "IN", ttl, data }) as const;

/** An answer with these records, as a server would send it. */
function answer(name: string, answers: readonly object[], extra: object = {}): Uint8Array {
  return encode({
    type: "response",
    id: 1,
    flags: 0x180,
    questions: [{ name, type: "A", class: "IN" }],
    answers: answers as never,
    ...extra,
  });
}

const read = (bytes: Uint8Array): Reply => {
  const reply = readReply(bytes);
  if (typeof reply === "string") throw new Error(reply);
  return reply;
};

describe("packets as Skynet sends and takes them", () => {
  const cases = vectorCases<Case>("dns.json").filter((c) => c.frames.length > 0);
  it.each(cases.map((c) => [text(c.query.str), c] as const))("%s", (name, { ipv6, frames, result }) => {
    const [query, reply] = frames;
    expect(hex(queryPacket(Number.parseInt(query!.bytes.slice(0, 4), 16), name.toLowerCase(), ipv6 ? "AAAA" : "A"))).toBe(query!.bytes);
    const { addresses } = read(fromHex(reply!.bytes));
    const list = (result?.[1] as { table: [unknown, { str: string }][] } | undefined)?.table.map(([, v]) => text(v.str)) ?? [];
    expect(addresses).toEqual(list);
  });
});

describe("an answer", () => {
  it("is followed along its aliases, in whatever order its records stand", () => {
    const records = [record("b", "A", "1.1.1.1", 50), record("a", "CNAME", "b", 40), record("start", "CNAME", "a", 90)];
    for (const order of [records, records.toReversed()])
      expect(read(answer("start", order))).toMatchObject({ addresses: ["1.1.1.1"], ttl: 40 });
    const circle = [record("start", "CNAME", "a"), record("a", "CNAME", "start")];
    expect(read(answer("start", circle)).addresses).toEqual([]);
  });

  it("is not believed in what it says of names that nobody asked for", () => {
    const lie = [record("bank.example", "A", "6.6.6.6"), record("start", "A", "1.1.1.1"), record("other", "CNAME", "start")];
    expect(read(answer("start", lie)).addresses).toEqual(["1.1.1.1"]);
    expect(read(answer("start", [record("start", "AAAA", "::6")])).addresses).toEqual([]);
    expect(read(answer("start", [{ ...record("start", "A", "1.1.1.1"), class: "CH" }])).addresses).toEqual([]);
  });

  it("of 0 seconds may not be kept, and one of impossible times neither", () => {
    expect(read(answer("start", [record("start", "A", "1.1.1.1", 0)])).ttl).toBe(0);
    expect(read(answer("start", [record("start", "A", "1.1.1.1", 0xffffffff)])).ttl).toBe(0);
  });

  it("is told from a question, and from one to several questions", () => {
    expect(readReply(queryPacket(1, "a", "A"))).toBe("it is a question");
    const question = { name: "a", type: "A" } as const;
    expect(readReply(encode({ type: "response", id: 1, questions: [question, question] }))).toBe("it answers 2 questions");
  });

  it("of any bytes is read or refused: it never throws, hangs or grows", () => {
    const whole = answer("start.example", [record("start.example", "CNAME", "b.example"), record("b.example", "A", "1.2.3.4")]);
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(whole.length))
      .map(([changes, length]) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const reply = readReply(bytes);
        if (typeof reply !== "string") expect(reply.addresses.every((a) => /^[\da-f.:]+$/.test(a))).toBe(true);
        else expect(reply).not.toBe("");
      }),
      { numRuns: 3000 },
    );
    // A name that points to itself, and one that points forward.
    const loop = whole.slice();
    loop.set([0xc0, 12], 12);
    expect(readReply(loop)).toBeTypeOf("string");
  });
});
