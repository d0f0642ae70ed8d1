import { describe, expect, it } from "vitest";
import { difference, grid, limits } from "./compare.mjs";

const cells = grid.width * grid.height;
const flat = (brightness: number): number[] => Array.from({ length: cells }, () => brightness);

describe("two pictures, shrunk", () => {
  it("are alike when nothing differs, or everything a little", () => {
    expect(difference(flat(20), flat(20))).toEqual({ mean: 0, largest: 0, fault: undefined });
    expect(difference(flat(20), flat(20 + limits.mean)).fault).toBeUndefined();
  });

  it("differ when all of it is another shade: another theme", () => {
    expect(difference(flat(20), flat(25)).fault).toBe("the mean difference is 5.0, more than 4");
  });

  it("differ when one place is quite another: a button that is gone, a box where none was", () => {
    const other = flat(20);
    other[3 * grid.width + 5] = 120;
    expect(difference(flat(20), other).fault).toBe("cell 5,3 differs by 100, more than 90");
    other[3 * grid.width + 5] = 20 + limits.largest;
    expect(difference(flat(20), other).fault).toBeUndefined();
  });

  it("are not compared when one of them is no grid", () => {
    expect(() => difference(flat(1), [1, 2])).toThrow(`a grid has ${cells} cells, not ${cells} and 2`);
  });
});
