/**
 * crypt and md5 against what the real program gave, and against random bytes.
 */
import { createCipheriv, createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineService } from "../index.ts";
import { SkynetError } from "../errors/error.ts";
import { testNode } from "../testing/index.ts";
import { hex, fromHex, vectorCases } from "../../test/vectors.ts";
import { crypt } from "./crypt.ts";
import { md5 } from "./md5.ts";

interface Case {
  readonly op: string;
  readonly args: readonly { readonly str?: string; readonly rep?: readonly [string, number]; readonly int?: string }[];
  readonly result?: string;
  readonly error?: string;
  readonly note?: string;
}

const bytesOf = (value: unknown): Uint8Array => (typeof value === "string" ? new TextEncoder().encode(value) : (value as Uint8Array));
const functions = { ...crypt, sum: md5.sum, sumhexa: md5.sumhexa, hmacmd5: md5.hmacmd5 } as unknown as Record<
  string,
  (...args: unknown[]) => unknown
>;

// The real program takes `g` for a digit of value 16; ours refuses it (docs/differences.md).
const cases = vectorCases<Case>("crypt.json").filter((c) => !(c.op === "hexdecode" && c.args[0]!.str === "6767"));

describe.each([...new Set(cases.map((c) => c.op))])("crypt vectors: %s", (op) => {
  it.each(cases.filter((c) => c.op === op).map((c) => [c.note ?? JSON.stringify(c.args).slice(0, 60), c] as const))("%s", (_name, c) => {
    const args = c.args.map((a) => (a.int !== undefined ? Number(a.int) : fromHex(a.str ?? a.rep![0].repeat(a.rep![1]))));
    const run = (): unknown => functions[op]!(...args);
    if (c.error !== undefined) expect(run).toThrow(c.error);
    else expect(hex(bytesOf(run()))).toBe(c.result);
  });
});

const bytes = fc.uint8Array({ maxLength: 300 });
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
const nonzero = eight.filter((b) => b.some((x) => x !== 0));

/** Runs it: its value, or that it refused; anything else fails. */
function orRefused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof SkynetError && error.code === "ARGUMENT") return undefined;
    throw error;
  }
}

describe("crypt with random bytes", () => {
  it("hexencode and hexdecode, base64encode and base64decode are each other's opposite, and what everybody else's are", () =>
    fc.assert(
      fc.property(bytes, (b) => {
        expect(crypt.hexencode(b)).toBe(Buffer.from(b).toString("hex"));
        expect(crypt.hexdecode(crypt.hexencode(b))).toEqual(b);
        expect(crypt.base64encode(b)).toBe(Buffer.from(b).toString("base64"));
        expect(crypt.base64decode(crypt.base64encode(b))).toEqual(b);
        expect(crypt.base64decode(crypt.base64encode(b).replace(/=+$/, ""))).toEqual(b);
      }),
    ));

  it("decoders of anything give bytes or refuse", () =>
    fc.assert(
      fc.property(
        fc.oneof(bytes, fc.string(), fc.stringMatching(/^[A-Za-z0-9+/=\n]*$/)),
        eight,
        fc.integer({ min: -1, max: 3 }),
        (b, key, mode) => {
          const hexed = orRefused(() => crypt.hexdecode(b));
          if (hexed !== undefined) expect(bytesOf(crypt.hexencode(hexed))).toEqual(bytesOf(b));
          orRefused(() => crypt.base64decode(b));
          orRefused(() => crypt.desdecode(key, b, mode));
          orRefused(() => md5.decrypt(b, key));
        },
      ),
    ));

  it.each(Object.entries(crypt.padding))("desencode and desdecode go back and forth with padding %s", (_name, mode) =>
    fc.assert(
      fc.property(eight, bytes, (key, b) => {
        const secret = crypt.desencode(key, b, mode);
        expect(secret.length).toBe((b.length + 8) & ~7);
        expect(crypt.desdecode(key, secret, mode)).toEqual(b);
      }),
    ),
  );

  it("desencode is DES as OpenSSL has it", () =>
    fc.assert(
      fc.property(eight, bytes, (key, b) => {
        // Three times the same key is plain DES, which OpenSSL no longer offers.
        const cipher = createCipheriv("des-ede3-ecb", Buffer.concat([key, key, key]), null);
        const theirs = Buffer.concat([cipher.update(b), cipher.final()]);
        expect(hex(crypt.desencode(key, b, crypt.padding.pkcs7))).toBe(theirs.toString("hex"));
      }),
    ));

  it("dhexchange and dhsecret: both sides get the same secret", () =>
    fc.assert(
      fc.property(nonzero, nonzero, (a, b) => {
        expect(crypt.dhsecret(crypt.dhexchange(a), b)).toEqual(crypt.dhsecret(crypt.dhexchange(b), a));
      }),
    ));

  it("hmac64_md5 is the folded MD5 of both, three times over; hmac_hash is hmac64 of hashkey", () =>
    fc.assert(
      fc.property(eight, eight, bytes, (x, y, b) => {
        const sum = md5.sum(Uint8Array.of(...x, ...y, ...x, ...y, ...x, ...y));
        expect(crypt.hmac64_md5(x, y)).toEqual(crypt.xor_str(sum.slice(0, 8), sum.slice(8)));
        expect(crypt.hmac_hash(x, b)).toEqual(crypt.hmac64(crypt.hashkey(b), x));
      }),
    ));

  it("sha1, hmac_sha1, md5hash, md5.sum, md5.sumhexa, md5.hmacmd5 are what everybody else's are", () =>
    fc.assert(
      fc.property(bytes, bytes, (k, b) => {
        expect(hex(crypt.sha1(b))).toBe(createHash("sha1").update(b).digest("hex"));
        expect(hex(crypt.hmac_sha1(k, b))).toBe(createHmac("sha1", k).update(b).digest("hex"));
        expect(hex(crypt.md5hash(b))).toBe(createHash("md5").update(b).digest("hex"));
        expect(md5.sumhexa(b)).toBe(hex(md5.sum(b)));
        expect(md5.hmacmd5(b, k)).toBe(createHmac("md5", k).update(b).digest("hex"));
      }),
    ));

  it("xor_str twice with one key gives the text back", () =>
    fc.assert(
      fc.property(
        bytes,
        bytes.filter((k) => k.length > 0),
        (b, k) => {
          expect(crypt.xor_str(crypt.xor_str(b, k), k)).toEqual(b);
        },
      ),
    ));

  it("hexdecode refuses the letter g, which Skynet takes for 16", () => {
    expect(() => crypt.hexdecode("gg")).toThrow("Invalid hex text");
  });

  it("text stands for its UTF-8 bytes", () => {
    expect(crypt.sha1("héllo")).toEqual(crypt.sha1(new TextEncoder().encode("héllo")));
    expect(crypt.hexencode("é")).toBe("c3a9");
  });
});

describe("crypt.randomkey", () => {
  const user = defineService(() => ({ key: () => crypt.randomkey() }));

  it("gives 8 bytes of the node's host: the same for one seed, others for another", async () => {
    const keys = [];
    for (const seed of [1, 1, 2]) {
      const t = await testNode({ seed, services: { user } });
      keys.push(hex(await t.call<Uint8Array>(await t.newservice("user"), "lua", "key")));
      await t.stop();
    }
    expect(keys[0]).toHaveLength(16);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("is never all zero", () => {
    expect(crypt.randomkey((b) => b.fill(0))).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  });

  it("says where it can be used", () => {
    expect(() => crypt.randomkey()).toThrow(/outside of a service/);
  });
});

describe("md5.exor, md5.crypt and md5.decrypt", () => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);

  it("give what Lua's module gives", () => {
    expect(hex(md5.crypt("hello world, this is longer than a block", "key", "seed"))).toBe(
      "0473656564c78025b74eeaf25687f4eaabf911327da70e275df479b8e80e93b267a33bb20dde4f20bc7702bb4a",
    );
    expect(hex(md5.crypt("", "key", ""))).toBe("00");
    expect(hex(md5.crypt("0123456789abcdef", "", "0123456789abcdef"))).toBe(
      "103031323334353637383961626364656670039dbe55366714a8573982047069a3",
    );
    expect(hex(md5.exor("abc", "xyz"))).toBe("191b19");
  });

  it("go back and forth", () =>
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 256 }), fc.uint8Array({ maxLength: 16 }), (b, k, seed) => {
        expect(md5.decrypt(md5.crypt(b, k, seed), k)).toEqual(b);
      }),
    ));

  it("refuse what cannot be", () => {
    expect(() => md5.exor("a", "bc")).toThrow("lengths must be equal");
    expect(() => md5.crypt("a", "k".repeat(257), "")).toThrow("key too long (> 256)");
    expect(() => md5.crypt("a", "k", "k".repeat(17))).toThrow("seed too long (> 16)");
    for (const bad of ["", "\x05abc", "\x11".padEnd(40, "x")]) expect(() => md5.decrypt(text(bad), "k")).toThrow("invalid cyphered string");
  });
});
