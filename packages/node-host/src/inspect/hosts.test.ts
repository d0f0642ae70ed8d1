import { describe, expect, it } from "vitest";
import { hostRules, isLoopback, urlHost } from "./hosts.ts";

describe("who may talk to the endpoint (INS-CON-3)", () => {
  it("bound to this machine: only its own addresses and localhost, never a name that merely looks like one", () => {
    const rules = hostRules("127.0.0.1", []);
    for (const host of ["127.0.0.1:7400", "localhost:7400", "LOCALHOST", "[::1]:7400", "127.0.0.2"])
      expect([host, rules.host(host)]).toEqual([host, true]);
    for (const host of [
      undefined,
      "",
      "evil.example:7400",
      "127.evil.example:7400",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "192.0.2.7:7400",
      "[2001:db8::1]:7400",
    ])
      expect([host, rules.host(host)]).toEqual([host, false]);
  });

  it("bound to all addresses: any address written as a number, still no name that was not configured", () => {
    const rules = hostRules("0.0.0.0", ["https://inspect.example.com/"]);
    for (const host of ["192.0.2.7:7400", "[2001:db8::1]:7400", "localhost:7400", "inspect.example.com"])
      expect([host, rules.host(host)]).toEqual([host, true]);
    for (const host of ["evil.example:7400", "127.evil.example", "other.example.com"])
      expect([host, rules.host(host)]).toEqual([host, false]);
  });

  it("a page may connect to the host that served it, or from a configured origin; nothing else", () => {
    const rules = hostRules("127.0.0.1", ["https://inspect.example.com/"]);
    const own = "127.0.0.1:7400";
    expect(rules.origin(`http://${own}`, own)).toBe(true);
    expect(rules.origin("HTTPS://Inspect.Example.com", own)).toBe(true);
    for (const origin of [
      "null",
      "",
      "http://127.0.0.1:7401",
      `https://${own}`,
      "http://evil.example",
      "https://inspect.example.com.evil.example",
    ])
      expect([origin, rules.origin(origin, own)]).toEqual([origin, false]);
    expect(rules.origin("http://evil.example:7400", "evil.example:7400")).toBe(false);
    expect(rules.origin(`http://${own}`, undefined)).toBe(false);
  });

  it("a program without an origin may connect on this machine only", () => {
    expect(hostRules("127.0.0.1", []).origin(undefined, "127.0.0.1:7400")).toBe(true);
    expect(hostRules("0.0.0.0", []).origin(undefined, "192.0.2.7:7400")).toBe(false);
  });

  it("addresses go into a URL as URLs want them", () => {
    expect([urlHost("127.0.0.1"), urlHost("::1"), urlHost("localhost")]).toEqual(["127.0.0.1", "[::1]", "localhost"]);
    expect(["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "0.0.0.0", "192.0.2.7"].map(isLoopback)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
