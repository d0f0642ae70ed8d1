/** What the words of the flag grant. */
import { expect, it } from "vitest";
import { readScopes } from "./inspector-options.ts";

it("a scope brings those below it; payload is brought by none, and stands beside one", () => {
  expect(readScopes("read")).toEqual(["read"]);
  expect(readScopes("danger")).toEqual(["read", "operate", "danger"]);
  expect(readScopes("operate,payload")).toEqual(["read", "operate", "payload"]);
  expect(readScopes("payload, danger")).toEqual(["read", "operate", "danger", "payload"]);
  expect(readScopes("payload")).toEqual(["read", "payload"]);
  for (const wrong of ["", "all", "read,operate", "operate,payloads", ","])
    expect(() => readScopes(wrong), wrong).toThrow(/--inspect-scope is read/);
  expect(() => readScopes("x", "--scope")).toThrow(/^--scope is/);
});
