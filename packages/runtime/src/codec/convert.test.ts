import { describe, expect, it } from "vitest";
import { SkynetError } from "../errors/error.ts";
import { tobytes, tolist, tomap, torecord, totext } from "./convert.ts";
import { float } from "./float.ts";

describe("reading a value as the kind the program expects (design D10)", () => {
  it("tobytes and totext take text, bytes and numbers", () => {
    expect(tobytes("é")).toEqual(new Uint8Array([0xc3, 0xa9]));
    expect(tobytes(12)).toEqual(new Uint8Array([0x31, 0x32]));
    expect(totext(new Uint8Array([0xc3, 0xa9]))).toBe("é");
    expect(totext(new Uint8Array([0x61, 0xff]))).toBe("a\ufffd");
    expect(totext(2n ** 60n)).toBe("1152921504606846976");
    expect(() => totext({})).toThrow(SkynetError);
    expect(() => tobytes(null)).toThrow("tobytes: a string is needed, not null");
  });

  it("tolist, tomap and torecord give the same whether ids have gaps or not", () => {
    const gaps = new Map<unknown, unknown>([
      [1, "a"],
      [2, "b"],
      [9, "z"],
    ]);
    expect(tolist(["a", "b"])).toEqual(["a", "b"]);
    expect(tolist(gaps)).toEqual(["a", "b"]);
    expect(tolist({ a: 1 })).toEqual([]);
    expect(tomap(["a", undefined, "c"])).toEqual(
      new Map([
        [1, "a"],
        [3, "c"],
      ]),
    );
    expect(tomap({ k: 1 })).toEqual(new Map([["k", 1]]));
    expect(tomap(gaps)).toBe(gaps);
    expect(torecord([])).toEqual({});
    expect(torecord(gaps)).toEqual({ "1": "a", "2": "b", "9": "z" });
    expect(
      torecord(
        new Map<unknown, unknown>([
          [true, 1],
          [new Uint8Array([0x6b]), 2],
        ]),
      ),
    ).toEqual({ true: 1, k: 2 });
    expect(
      Object.keys(
        torecord(
          new Map([
            ["__proto__", 1],
            [2, 2],
          ] as [unknown, unknown][]),
        ),
      ),
    ).toEqual(["2", "__proto__"]);
    for (const bad of ["text", 1, undefined, null, new Uint8Array(1)])
      for (const read of [tolist, tomap, torecord]) expect(() => read(bad)).toThrow(SkynetError);
  });

  it("float() counts as its number and takes nothing else", () => {
    expect(Number(float(2)) + 1).toBe(3);
    expect(JSON.stringify([float(2)])).toBe("[2]");
    expect(() => float("2" as unknown as number)).toThrow(TypeError);
  });
});
