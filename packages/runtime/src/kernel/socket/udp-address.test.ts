import { isIP, SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SkynetError } from "../../errors/error.ts";
import { addressBytes, addressText, packAddress, unpackAddress } from "./udp-address.ts";

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("hex");

describe("opaque UDP addresses (wire §15)", () => {
  it("is a byte for the family, the port big-endian, and 4 or 16 bytes", () => {
    expect(hex(packAddress({ host: "127.0.0.1", port: 8765 }))).toBe("01223d7f000001");
    expect(hex(packAddress({ host: "::1", port: 258 }))).toBe(`020102${"00".repeat(15)}01`);
    expect(unpackAddress(Buffer.from("01223d7f000001", "hex"))).toEqual({ host: "127.0.0.1", port: 8765 });
  });

  it("prints IPv6 as the C library does", () => {
    const shown = (text: string): string | undefined => {
      const bytes = addressBytes(text);
      return bytes && addressText(bytes);
    };
    expect(shown("0:0:0:0:0:0:0:0")).toBe("::");
    expect(shown("::1")).toBe("::1");
    expect(shown("1::")).toBe("1::");
    expect(shown("2001:DB8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1");
    expect(shown("1:0:2:3:4:5:6:7")).toBe("1:0:2:3:4:5:6:7");
    expect(shown("fe80::1%eth0")).toBe("fe80::1");
    expect(shown("::ffff:1.2.3.4")).toBe("::ffff:1.2.3.4");
    expect(shown("::1.2.3.4")).toBe("::1.2.3.4");
  });

  it("takes what Node takes for an address, and nothing else", () => {
    const near = fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcdefg:.")), maxLength: 24 });
    const text = fc.oneof(near, fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(text, (host) => {
        if (host.includes("%")) return;
        // Leading zeros in IPv4 mean octal to some: Node refuses them, the C library does not agree with itself.
        if (/(^|[.:])0\d/.test(host) && !host.includes("::") && host.includes(".")) return;
        expect(addressBytes(host)?.length ?? 0).toBe({ 0: 0, 4: 4, 6: 16 }[isIP(host)]);
      }),
      { numRuns: 2000 },
    );
  });

  it("comes back as it went, for every address and port", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 65535 }), (host, port) => {
        const packed = packAddress({ host, port })!;
        const back = unpackAddress(packed);
        expect(packAddress(back)).toEqual(packed);
        const family = isIP(host) === 6 ? "ipv6" : "ipv4";
        expect(new SocketAddress({ address: back.host, port, family }).address).toBe(
          new SocketAddress({ address: host, port, family }).address,
        );
      }),
    );
  });

  it("any other bytes are an Invalid udp address, and nothing else happens", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        const fits = (bytes[0] === 1 && bytes.length === 7) || (bytes[0] === 2 && bytes.length === 19);
        try {
          const { host, port } = unpackAddress(bytes);
          expect([fits, isIP(host) > 0, port >= 0 && port < 65536]).toEqual([true, true, true]);
        } catch (error) {
          expect(fits).toBe(false);
          expect(error).toBeInstanceOf(SkynetError);
          expect((error as Error).message).toMatch(/^Invalid udp address: \d+ bytes/);
        }
      }),
    );
    expect(packAddress({ host: "localhost", port: 1 })).toBe(undefined);
    expect(packAddress({ host: "1.2.3.4", port: 65536 })).toBe(undefined);
  });
});
