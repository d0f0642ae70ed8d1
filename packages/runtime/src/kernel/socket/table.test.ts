import { describe, expect, it } from "vitest";
import { parseAddress } from "./address.ts";
import { MAX_SOCKETS, SocketTable } from "./table.ts";

describe("socket ids", () => {
  it("begin at 1 and are not used again while others can be had (semantics §21)", () => {
    const table = new SocketTable();
    const ids: number[] = [];
    for (let i = 0; i < 200_000; i++) {
      const id = table.reserve();
      table.set({ id });
      ids.push(id);
      if (i >= 10) table.delete(table.get(ids[i - 10]!)!);
    }
    expect(ids[0]).toBe(1);
    expect(new Set(ids).size).toBe(200_000);
    expect(table.size).toBe(10);
  });

  it("an id whose slot is taken by a living socket is skipped", () => {
    const table = new SocketTable();
    const first = table.reserve();
    table.set({ id: first });
    let id = first;
    while (id < MAX_SOCKETS) id = table.reserve();
    expect(table.reserve()).toBe(MAX_SOCKETS + first + 1);
    expect(table.get(MAX_SOCKETS + first)).toBe(undefined);
  });

  it("all slots taken: no id; one freed: one id", () => {
    const table = new SocketTable();
    for (let i = 0; i < MAX_SOCKETS; i++) table.set({ id: table.reserve() });
    expect(table.reserve()).toBe(0);
    table.delete(table.get(77)!);
    expect(table.reserve()).toBe(MAX_SOCKETS + 77);
    expect([...table].length).toBe(MAX_SOCKETS - 1);
  });

  it("stay positive integers when they wrap", () => {
    const table = new SocketTable(0x7ffffffe);
    expect([table.reserve(), table.reserve(), table.reserve()]).toEqual([0x7fffffff, 1, 2]);
  });
});

describe("socket addresses", () => {
  it("a port inside the text, IPv6 in brackets, or a port beside it (api §8)", () => {
    expect(parseAddress("127.0.0.1:8888")).toEqual({ host: "127.0.0.1", port: 8888 });
    expect(parseAddress("[::1]:80")).toEqual({ host: "::1", port: 80 });
    expect(parseAddress("::1", 80)).toEqual({ host: "::1", port: 80 });
    expect(parseAddress(":80")).toEqual({ host: "", port: 80 });
  });

  it("say what is wrong", () => {
    for (const bad of ["localhost", "[::1]", "[::1", ""]) expect(() => parseAddress(bad)).toThrow(`Invalid address ${bad}.`);
    for (const bad of ["a:b", "a:", "a:70000", "::1", "[::1]:x"])
      expect(() => parseAddress(bad)).toThrow(`Invalid port in address ${bad}.`);
  });
});
