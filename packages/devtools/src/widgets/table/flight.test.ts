/** When a table is taken to fly on a machine that cannot keep up. */
import { expect, it } from "vitest";
import { Flight } from "./flight.ts";

/** Scrolls for some frames; answers with what the last said. */
function scroll(flight: Flight, from: number, frames: number, ms: number, rows: number): { at: number; flying: boolean; first: number } {
  let [at, row, flying, first] = [from, 0, false, -1];
  for (let i = 0; i < frames; i++) {
    flying = flight.moved((at += ms), (row += rows));
    if (flying && first < 0) first = i;
  }
  return { at, flying, first };
}

it("frames that are in time never make a flight, however fast; nor does slow reading on a slow machine", () => {
  expect(scroll(new Flight(), 0, 500, 16.7, 50).flying).toBe(false);
  expect(scroll(new Flight(), 0, 500, 40, 2).flying).toBe(false);
});

it("three late frames of fast scrolling make one; the next begins at once, for a minute", () => {
  const flight = new Flight();
  const { at, first } = scroll(flight, 0, 20, 33, 5);
  expect(first).toBe(3);
  flight.landed();
  // In time, because rows are light.
  const next = scroll(flight, at + 30_000, 20, 16.7, 5);
  expect(next.first).toBe(1);
  flight.landed();
  expect(scroll(flight, next.at + 61_000, 20, 16.7, 5).flying).toBe(false);
});

it("a pause of the hand is no late frame", () => {
  const flight = new Flight();
  for (let i = 0; i < 10; i++) expect(scroll(flight, i * 1000, 3, 16, 5).flying).toBe(false);
});
