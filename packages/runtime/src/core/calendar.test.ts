import fc from "fast-check";
import { expect, it } from "vitest";
import { ctimeText, logStamp } from "./calendar.ts";

const names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");

it("writes any moment as the engine's own calendar has it", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 4e12 }), (ms) => {
      const d = new Date(ms);
      const time = d.toISOString().slice(11, 19);
      const day = String(d.getUTCDate()).padStart(2);
      expect(ctimeText(ms)).toBe(`${names[d.getUTCDay()]} ${months[d.getUTCMonth()]} ${day} ${time} ${d.getUTCFullYear()}`);
      const hundredths = two(Math.floor(d.getUTCMilliseconds() / 10));
      expect(logStamp(ms)).toBe(
        `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${two(d.getUTCFullYear() % 100)} ${time}.${hundredths}`,
      );
    }),
  );
});
