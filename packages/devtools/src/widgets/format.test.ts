import { describe, expect, it } from "vitest";
import { age, bytes, count, decimal, milliseconds, roundRate, taskNumber } from "./format.ts";

it("figures have separators, units and at most three significant digits where a unit is chosen (inspector.md §14.3)", () => {
  expect([count(12480), count(0), count(NaN)]).toEqual(["12,480", "0", "–"]);
  expect([decimal(812.44), decimal(1234.5), decimal(NaN)]).toEqual(["812.4", "1,234.5", "–"]);
  expect([roundRate(0.43), roundRate(12479.8)]).toEqual(["0.4", "12,480"]);
  expect([bytes(0), bytes(1023), bytes(1024), bytes(186_368), bytes(1_310_720), bytes(5 * 2 ** 30), bytes(-1)]).toEqual([
    "0 B",
    "1,023 B",
    "1.00 K",
    "182 K",
    "1.25 M",
    "5.00 G",
    "–",
  ]);
  expect(bytes(1023 * 1024)).toBe("1.00 M");
  expect([age(0), age(59.9), age(192), age(18_240), age(200_000), age(-1)]).toEqual(["0 s", "59 s", "3m12", "5h04", "2d07", "–"]);
  expect([milliseconds(0.44), milliseconds(48.3), milliseconds(1204)]).toEqual(["0.4 ms", "48 ms", "1.20 s"]);
});

describe("taskNumber", () => {
  it("is a number of this runtime, and a thread of a C Skynet, on whichever node", () => {
    expect([0, 42, 4_294_967_295].map(taskNumber)).toEqual(["0", "42", "4294967295"]);
    expect([0x7f51780d4058, 2 * 2 ** 48 + 0x7f51780d4058].map(taskNumber)).toEqual(["0x7f51780d4058", "0x7f51780d4058"]);
  });
});
