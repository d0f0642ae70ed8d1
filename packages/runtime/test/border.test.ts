/** `border: "always"` (design D10): every whole-node test once more with each message encoded, and what the encoding changes. */
import { describe, expect, it, vi } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNodeOptions } from "@skyloom/runtime/testing";

vi.mock("@skyloom/runtime/testing", async (original) => {
  const real = await original<typeof import("@skyloom/runtime/testing")>();
  return { ...real, testNode: (options: TestNodeOptions = {}) => real.testNode({ border: "always", ...options }) };
});

describe("the whole-node tests with every message encoded", async () => {
  await import("./replies.test.ts");
  await import("./tasks.test.ts");
  await import("./lifecycle.test.ts");
  await import("./breaking.test.ts");
  await import("./strange-errors.test.ts");
  await import("./core-api.test.ts");
  await import("./manager.test.ts");
  await import("./trace.test.ts");
  await import("./watchdog.test.ts");
  await import("./gate.test.ts");
});

describe('border: "always"', () => {
  const echo = defineService(() => ({
    echo: (...args: unknown[]) => skynet.values(...args),
    later: (x: unknown) => void skynet.response()(true, x),
  }));
  const through = async (value: unknown, options: TestNodeOptions = {}) => {
    const t = await testNode({ services: { echo }, ...options });
    try {
      return await t.call(await t.newservice("echo"), "lua", "echo", value);
    } finally {
      await t.stop();
    }
  };

  it("null arrives as nothing, an empty table as a list, mixed keys as a Map, unreadable text as bytes", async () => {
    expect(await through(null)).toBeUndefined();
    expect(await through({})).toEqual([]);
    expect(
      await through(
        new Map<unknown, unknown>([
          ["a", 1],
          [7, 2],
        ]),
      ),
    ).toEqual(
      new Map<unknown, unknown>([
        ["a", 1],
        [7, 2],
      ]),
    );
    expect(await through(new Uint8Array([0xff, 0xfe]))).toEqual(new Uint8Array([0xff, 0xfe]));
    expect(await through(new Uint8Array([104, 105]))).toBe("hi");
    expect(await through(2n ** 60n)).toBe(2n ** 60n);
  });

  it("without it the same values are copied as they are", async () => {
    const plain = { border: undefined } as unknown as TestNodeOptions;
    expect(await through(null, plain)).toBeNull();
    expect(await through({}, plain)).toEqual({});
    expect(await through(new Uint8Array([104, 105]), plain)).toEqual(new Uint8Array([104, 105]));
  });

  it("mailboxes hold bytes: requests, replies, detached replies and debug requests", async () => {
    const bodies: unknown[] = [];
    const spy = () => {
      skynet.filter(
        (type, session, source, body) => {
          if (type === skynet.PTYPE_LUA || type === skynet.PTYPE_DEBUG || (type === skynet.PTYPE_RESPONSE && source !== 0))
            bodies.push(body);
          return [type, session, source, body];
        },
        () => undefined,
      );
      skynet.dispatch("lua", function* (_s, _f, to: number) {
        yield* skynet.call(to, "lua", "echo", 1);
        yield* skynet.call(to, "lua", "later", 1);
        skynet.ret();
      });
    };
    const t = await testNode({ services: { echo, spy } });
    const [to, s] = [await t.newservice("echo"), await t.newservice("spy")];
    await t.call(s, "lua", to);
    await t.call(s, "debug", "PING");
    expect(bodies.length).toBe(4);
    expect(bodies.every((b) => b instanceof Uint8Array)).toBe(true);
    await t.stop();
  });
});
