import { describe, expect, it } from "vitest";
import { kindOf, readHosts, readNameServer } from "./files.ts";

describe("a hosts file", () => {
  it("gives each name its addresses, by family, in lower case", () => {
    const { ipv4, ipv6 } = readHosts(
      "# comment\n127.0.0.1\tlocalhost\n::1 localhost ip6-localhost\n  10.0.0.1  Game game.lan # the game\n10.0.0.2 game ; more\r\nnonsense\nzz 1\n",
    );
    expect(Object.fromEntries(ipv4)).toEqual({ localhost: ["127.0.0.1"], game: ["10.0.0.1", "10.0.0.2"], "game.lan": ["10.0.0.1"] });
    expect(Object.fromEntries(ipv6)).toEqual({ localhost: ["::1"], "ip6-localhost": ["::1"] });
  });
});

describe("a resolver's configuration", () => {
  it("names the first server", () => {
    expect(readNameServer("search lan\n# nameserver 1.1.1.1\nnameserver 10.0.0.53 # ours\nnameserver 10.0.0.54\n")).toBe("10.0.0.53");
    expect(readNameServer("nameserver\n\nsearch lan\n")).toBeUndefined();
    expect(readNameServer("")).toBeUndefined();
  });
});

it("a text is an address of a kind, or a name", () => {
  expect(["1.2.3.4", "::1", "a.example", "12", "a1"].map(kindOf)).toEqual(["ipv4", "ipv6", "hostname", "ipv4", "hostname"]);
});
