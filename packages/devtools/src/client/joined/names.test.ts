import { expect, it } from "vitest";
import { NodeNames, shortTitles } from "./names.ts";

it("tells connections apart by as little of their addresses as will do", () => {
  expect(shortTitles(["127.0.0.1:7400"])).toEqual([""]);
  expect(shortTitles(["127.0.0.1:7400", "127.0.0.1:7401"])).toEqual([":7400", ":7401"]);
  expect(shortTitles(["gs1.example.com:7400", "gs2.example.com:7400"])).toEqual(["@gs1", "@gs2"]);
  expect(shortTitles(["a.x.com:7400", "a.y.com:7400"])).toEqual(["@a.x.com", "@a.y.com"]);
  expect(shortTitles(["10.0.0.1:7400", "10.0.0.2:7400"])).toEqual(["@10.0.0.1", "@10.0.0.2"]);
  expect(shortTitles(["10.0.0.1:1", "10.0.0.1:2", "10.0.0.2:1"])).toEqual(["@10.0.0.1:1", "@10.0.0.1:2", "@10.0.0.2:1"]);
  expect(shortTitles(["127.0.0.1:7400", "this tab"])).toEqual([":7400", "@this-tab"]);
  expect(shortTitles(["x", "x"])).toEqual(["@x", "@x-2"]);
});

it("gives nodes their own names, and their host's address only where two are called the same", () => {
  const names = new NodeNames(["127.0.0.1:7400", "127.0.0.1:7401"]);
  expect(names.meet(0, "game")).toBe(true);
  expect(names.meet(0, "game")).toBe(false);
  names.meet(1, "db");
  expect(names.all.map((n) => n.label)).toEqual(["db", "game"]);
  names.meet(1, "game");
  expect(names.all.map((n) => n.label)).toEqual(["db", "game:7400", "game:7401"]);
  expect(names.resolve("game:7401")[0]).toMatchObject({ part: 1, node: "game" });
  // The name it had before a namesake came goes on meaning it.
  expect(names.resolve("game")[0]).toMatchObject({ part: 0, node: "game" });
  expect(names.resolve("nobody")).toEqual([]);
});

it("finds a node by a link that was written where it had a namesake", () => {
  const names = new NodeNames(["127.0.0.1:7400", "127.0.0.1:7401"]);
  names.meet(1, "game");
  expect(names.label(1, "game")).toBe("game");
  expect(names.resolve("game:7401")).toMatchObject([{ part: 1, node: "game" }]);
  expect(names.resolve("game:7400")).toEqual([]);
});
