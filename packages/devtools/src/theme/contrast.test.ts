/** Contrast of every theme, computed from its tokens: what is drawn on a canvas has no element that an audit could look at (inspector.md §14.1). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");

/** The tokens of a theme that are colours. */
function tokensOf(theme: string): ReadonlyMap<string, string> {
  const block = new RegExp(`\\.sk-root\\[data-theme="${theme}"\\]\\s*\\{([^}]*)\\}`).exec(css);
  if (block === null) throw new Error(`no theme ${theme} in tokens.css`);
  return new Map([...block[1]!.matchAll(/--sk-([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]));
}

/** Relative luminance, as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const grounds = ["bg0", "bg1", "bg2"];
const texts = ["text", "text2", "accent", "ok", "warn", "err", "dead", "idle", "sim"];

/** Pairs of a theme that fall short, with their ratio. */
function tooLow(theme: string, inks: readonly string[], on: readonly string[], least: number): string[] {
  const tokens = tokensOf(theme);
  return inks.flatMap((ink) =>
    on.flatMap((ground) => {
      const ratio = contrast(tokens.get(ink)!, tokens.get(ground)!);
      return ratio < least ? [`${ink} on ${ground}: ${ratio.toFixed(2)}`] : [];
    }),
  );
}

it("contrast is computed as WCAG says", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
  expect(contrast("#777777", "#ffffff")).toBeLessThan(4.5);
});

describe.each(["dark", "light", "contrast"])("the theme %s", (theme) => {
  it("has all its colours", () => {
    for (const name of [...grounds, ...texts, "line", "hair", "on-accent", "selected", "err-wash", "warn-wash"])
      expect([name, tokensOf(theme).get(name)]).toEqual([name, expect.stringMatching(/^#/)]);
  });

  it("text has at least 4.5:1 on every ground", () => {
    expect(tooLow(theme, texts, grounds, 4.5)).toEqual([]);
    expect(tooLow(theme, ["on-accent"], ["accent"], 4.5)).toEqual([]);
  });

  it("text in a selected row has at least 4.5:1, marks and what is idle 3:1", () => {
    expect(tooLow(theme, ["text", "text2"], ["selected"], 4.5)).toEqual([]);
    expect(tooLow(theme, texts, ["selected"], 3)).toEqual([]);
  });

  it("text in banners has at least 4.5:1", () => {
    expect(tooLow(theme, ["text", "text2", "err"], ["err-wash"], 4.5)).toEqual([]);
    expect(tooLow(theme, ["text", "text2", "warn"], ["warn-wash"], 4.5)).toEqual([]);
  });

  it("lines that mean something have at least 3:1", () => {
    expect(tooLow(theme, ["line"], grounds, 3)).toEqual([]);
  });
});

it("the system's theme is the light one where the machine wants that", () => {
  const system = /@media \(prefers-color-scheme: light\) \{\s*\.sk-root\[data-theme="system"\] \{([^}]*)\}/.exec(css)![1]!;
  const light = /\.sk-root\[data-theme="light"\]\s*\{([^}]*)\}/.exec(css)![1]!;
  const lines = (text: string): string[] =>
    text
      .split("\n")
      .map((l) => l.trim())
      .filter(Boolean);
  expect(lines(system)).toEqual(lines(light));
});

describe("colours of the series, which bars and lines are drawn in", () => {
  const traces = readFileSync(new URL("traces.css", import.meta.url), "utf8");
  const series = (block: string): string[] => [...block.matchAll(/--sk-series-\d:\s*(#[0-9a-f]{6});/g)].map((m) => m[1]!);
  const light = series(/\.sk-root\[data-theme="light"\] \.sk-traces\s*\{([^}]*)\}/.exec(traces)![1]!);
  const dark = series(/\{([^}]*--sk-series-1[^}]*)\}/.exec(traces)![1]!);

  it.each([
    ["dark", dark],
    ["contrast", dark],
    ["light", light],
  ] as const)("have at least 3:1 in the theme %s, and are eight", (theme, colours) => {
    expect(colours).toHaveLength(8);
    expect(new Set(colours).size).toBe(8);
    const tokens = tokensOf(theme);
    expect(colours.flatMap((c) => grounds.filter((g) => contrast(c, tokens.get(g)!) < 3).map((g) => `${c} on ${g}`))).toEqual([]);
  });
});
