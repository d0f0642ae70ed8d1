import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowList } from "./allow.ts";

describe("what a relay allows", () => {
  const allowed = allowList(
    ["127.0.0.1:6379", "Game.example.com:7000-7010", "*.example.org:443", "10.1.0.0/16:*", "[::1]:80", "[fd00::]/8:90", "127.0.0.1:0"],
    "test",
  );

  it.each<[string, number]>([
    ["127.0.0.1", 6379],
    ["127.0.0.1", 0],
    ["game.EXAMPLE.com", 7000],
    ["game.example.com", 7010],
    ["a.example.org", 443],
    ["a.b.example.org", 443],
    ["10.1.255.255", 1],
    ["::1", 80],
    ["0:0:0:0:0:0:0:1", 80],
    ["fd12:3456::1", 90],
  ])("%s:%i is in the list", (host, port) => {
    expect(allowed(host, port)).toBe(true);
  });

  it.each<[string, number]>([
    ["127.0.0.1", 6380],
    ["localhost", 6379],
    ["127.0.0.2", 6379],
    // Other spellings of 127.0.0.1 that a resolver may take.
    ["127.1", 6379],
    ["0x7f.0.0.1", 6379],
    ["2130706433", 6379],
    ["0177.0.0.1", 6379],
    ["127.0.0.1.", 6379],
    ["127.0.0.1 ", 6379],
    ["127.0.0.1\0.example.org", 443],
    ["game.example.com", 7011],
    ["xgame.example.com", 7000],
    ["game.example.com.evil.net", 7000],
    ["example.org", 443],
    ["evil-example.org", 443],
    [".example.org", 443],
    ["10.1.1.1", 0],
    ["10.2.0.0", 80],
    ["::1", 81],
    ["fe80::1%eth0", 90],
    ["", 6379],
    ["*", 6379],
  ])("%s:%i is not", (host, port) => {
    expect(allowed(host, port)).toBe(false);
  });

  it("an empty list allows nothing, and * everything but a free port", () => {
    expect(allowList([], "test")("127.0.0.1", 80)).toBe(false);
    const all = allowList(["*:*"], "test");
    expect([all("any.host", 1), all("::1", 65_535), all("127.0.0.1", 0)]).toEqual([true, true, false]);
  });

  it.each([
    "",
    "127.0.0.1",
    ":80",
    "a:b",
    "a:80-70",
    "a:70000",
    "a:1-70000",
    "10.0.0.0/33:80",
    "name/8:80",
    "[name]:80",
    "::1:80",
    "[::1]/129:80",
    "a b:80",
    "127.1:80",
    "*.:80",
  ])("%j is no entry, and the text says what one looks like", (text) => {
    expect(() => allowList([text], "--allow")).toThrow(/^--allow: ".*" is no entry: .*; expected e\.g\. 127\.0\.0\.1:8888/);
  });

  it("no list of addresses takes a name, whatever it looks like", () => {
    const addresses = allowList(["0.0.0.0/0:80"], "test");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (host) => {
        if (!/^\d+\.\d+\.\d+\.\d+$/.test(host) && !host.includes(":")) expect(addresses(host, 80)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
