/** Packets of a cluster: as the real program makes and reads them, and what comes of bytes that are none. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, shownHex, vectorBytes, vectorCases, vectorValue, wantedHex } from "../../../test/vectors.ts";
import type { VectorBytes, VectorValue } from "../../../test/vectors.ts";
import { SkynetError } from "../../errors/error.ts";
import { core } from "../../lib/cluster-core.ts";
import type { CoreParts, CoreRequest } from "../../lib/cluster-core.ts";
import { LargeBodies, packErrorResponse, packRequest, packResponse, unpackRequest, unpackResponse } from "./index.ts";

interface Case {
  readonly op: "packrequest" | "packpush" | "packtrace" | "unpackrequest" | "packresponse" | "unpackresponse" | "concat" | "isname";
  readonly addr?: VectorValue;
  readonly session?: number;
  readonly msg?: VectorValue;
  readonly ok?: boolean;
  readonly tag?: VectorValue;
  readonly name?: string;
  readonly bytes?: VectorBytes;
  readonly result?: VectorBytes | boolean | null;
  readonly parts?: readonly VectorBytes[] | VectorValue;
  readonly next_session?: number;
  readonly returns?: readonly (VectorValue | { readonly msg: VectorValue })[];
  readonly error?: string;
}

const raw = { int: Number, float: (v: number) => v, str: (b: Uint8Array) => b };
const utf8 = new TextDecoder();
const addressOf = (value: VectorValue): number | string => {
  const address = vectorValue(value, raw);
  return address instanceof Uint8Array ? utf8.decode(address) : (address as number);
};
const bytesOf = (value: VectorValue): Uint8Array => vectorValue(value, raw) as Uint8Array;
const cases = vectorCases<Case>("cluster_codec.json").map((c, i) => [`${i} ${c.op}`, c] as const);
const of = (...ops: Case["op"][]): (readonly [string, Case])[] => cases.filter(([, c]) => ops.includes(c.op));

describe("cluster core equals the real program (wire.md §3)", () => {
  it("packrequest, packpush", () => {
    for (const [name, c] of of("packrequest", "packpush")) {
      const pack = (): CoreRequest => core[c.op as "packpush"](addressOf(c.addr!), c.session!, bytesOf(c.msg!));
      if (c.error !== undefined) {
        expect(pack, name).toThrow(c.error.slice(0, 60));
        continue;
      }
      const [packet, next, parts] = pack();
      expect(shownHex(packet), name).toBe(wantedHex(c.result as VectorBytes));
      expect(next, name).toBe(c.next_session);
      expect(parts?.map(shownHex), name).toEqual((c.parts as VectorBytes[] | undefined)?.map(wantedHex));
    }
  });

  it("packtrace", () => {
    for (const [name, c] of of("packtrace")) {
      const pack = (): Uint8Array => core.packtrace(utf8.decode(bytesOf(c.tag!)));
      if (c.error === undefined) expect(shownHex(pack()), name).toBe(wantedHex(c.result as VectorBytes));
      else expect(pack, name).toThrow(c.error);
    }
  });

  it("packresponse", () => {
    for (const [name, c] of of("packresponse")) {
      const made = core.packresponse(c.session!, c.ok!, bytesOf(c.msg!));
      if (made instanceof Uint8Array) expect(shownHex(made), name).toBe(wantedHex(c.result as VectorBytes));
      else expect(made.map(shownHex), name).toEqual((c.parts as VectorBytes[]).map(wantedHex));
    }
  });

  it("unpackrequest, unpackresponse", () => {
    const encode = (value: unknown): unknown => (typeof value === "string" ? new TextEncoder().encode(value) : value);
    for (const [name, c] of of("unpackrequest", "unpackresponse")) {
      const unpack = (): readonly unknown[] => core[c.op as "unpackrequest"](vectorBytes(c.bytes!)) ?? [];
      if (c.error !== undefined) {
        expect(unpack, name).toThrow(c.error);
        expect(unpack, name).toThrow(SkynetError);
        continue;
      }
      const wanted = c.returns!.map((value) => vectorValue("msg" in value ? value.msg : value, raw));
      expect(unpack().map(encode).map(canonical), name).toEqual(wanted.map(canonical));
    }
  });

  it("append, concat, isname", () => {
    for (const [name, c] of of("concat")) {
      const entries = [...(vectorValue(c.parts as VectorValue, raw) as Map<number, number | Uint8Array> | CoreParts).values()];
      const parts: CoreParts = [];
      for (const part of entries) {
        if (typeof part === "number") core.append(parts, undefined, part);
        else core.append(parts, part, part.length);
      }
      const whole = core.concat(parts);
      expect(whole === undefined ? null : shownHex(whole), name).toEqual(c.result);
    }
    for (const [name, c] of of("isname")) expect(core.isname(c.name), name).toBe(c.result ?? false);
    expect(core.isname(5)).toBe(false);
  });
});

describe("a cluster's packets", () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 32_760, max: 70_000 }).map((n) => new Uint8Array(n).fill(7)),
  );
  const address = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.string({ minLength: 1, maxLength: 60 }));

  it("a request that is packed is read again, in any number of parts", () =>
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 0x7fffffff }), body, fc.boolean(), (to, session, bytes, push) => {
        const { packet, parts } = packRequest(to, session, bytes, push);
        const large = new LargeBodies<{ address: number | string; push: boolean }>(1 << 20);
        let got: unknown;
        for (const frame of [packet, ...(parts ?? [])]) {
          expect(frame[0]! * 256 + frame[1]!).toBe(frame.length - 2);
          const p = unpackRequest(frame.subarray(2));
          if (p.kind === "request") got = { address: p.address, push: p.push, body: p.body };
          else if (p.kind === "begin") large.begin(p.session, p.size, { address: p.address, push: p.push });
          else if (p.kind === "part") {
            const whole = large.add(p.session, p.body, p.last);
            if (whole !== undefined) got = { ...whole.about, body: whole.body };
          }
        }
        const wellFormed = typeof to === "string" ? utf8.decode(new TextEncoder().encode(to)) : to;
        expect({ ...(got as object), body: undefined }).toEqual({ address: wellFormed, push, body: undefined });
        expect(Buffer.compare((got as { body: Uint8Array }).body, bytes)).toBe(0);
        expect(large.count).toBe(0);
      }),
    ));

  it("an answer that is packed is read again", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), body, (session, bytes) => {
        const large = new LargeBodies<undefined>(1 << 20);
        let got: Uint8Array | undefined;
        for (const frame of packResponse(session, bytes)) {
          const p = unpackResponse(frame.subarray(2))!;
          expect(p.session).toBe(session);
          if (p.kind === "begin") large.begin(session, p.size, undefined);
          else if (p.kind === "part") got = large.add(session, p.body, p.last)?.body;
          else got = p.body;
        }
        expect(Buffer.compare(got!, bytes)).toBe(0);
        expect(unpackResponse(packErrorResponse(session, "no").subarray(2))).toMatchObject({ kind: "error", session });
      }),
    ));

  it("any other bytes are refused with a CLUSTER error, or are no answer; nothing else happens", () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0x00, 0x01, 0x41, 0x02, 0x03, 0x04, 0x80, 0x81, 0xc1),
        (noise, kind) => {
          for (const bytes of [noise, Uint8Array.of(kind, ...noise)]) {
            try {
              unpackRequest(bytes);
            } catch (error) {
              expect(error).toMatchObject({ code: "CLUSTER" });
            }
            unpackResponse(bytes);
          }
        },
      ),
    ));

  it("bodies in parts never take more than they may, whatever is announced and sent", () => {
    const most = 4096;
    const step = fc.tuple(fc.constantFrom("begin", "part", "last"), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const large = new LargeBodies<number>(most);
        const sizes = new Map<number, number>();
        for (const [what, session, n] of steps) {
          if (what === "begin") {
            large.begin(session, n, n);
            sizes.set(session, n);
            continue;
          }
          const whole = large.add(session, new Uint8Array(n), what === "last");
          if (what === "part") expect(whole).toBeUndefined();
          else {
            expect(whole!.about).toBe(sizes.get(session));
            if (whole!.body !== undefined) expect(whole!.body.length).toBe(sizes.get(session));
            sizes.delete(session);
          }
          expect(large.count).toBe(sizes.size);
        }
      }),
    );
    const flooded = new LargeBodies<undefined>(most);
    let fits = 0;
    while (flooded.begin(fits, 1, undefined)) fits++;
    expect(fits).toBeLessThanOrEqual(most / 256 + 1);
    const tooLarge = new LargeBodies<string>(most);
    expect(tooLarge.begin(1, most + 1, "kept")).toBe(true);
    expect(tooLarge.add(1, new Uint8Array(most + 1), true)).toEqual({ about: "kept", body: undefined });
  });
});
