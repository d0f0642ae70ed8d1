/**
 * All shortcuts, as the help lists them.
 *
 * @module
 */
import { panels } from "../panels/registry.ts";

/** One shortcut. */
export interface Shortcut {
  /** Keys to press, each a key cap; a list of lists for those that mean the same. */
  readonly keys: readonly (readonly string[])[];
  readonly does: string;
  /** It acts by a character alone: off when the user has switched such keys off. */
  readonly single: boolean;
}

/** Shortcuts that belong together. */
export interface ShortcutGroup {
  readonly title: string;
  readonly list: readonly Shortcut[];
}

const key = (does: string, ...keys: string[]): Shortcut => ({
  does,
  keys: keys.map((k) => [k]),
  single: keys.every((k) => k.length === 1),
});
const keys = (does: string, ...sequences: string[][]): Shortcut => ({ does, keys: sequences, single: true });

/** Written as on the keyboard in front of the user. */
export const commandKey: string = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl";

/** See the file's comment. */
export const shortcuts: readonly ShortcutGroup[] = [
  {
    title: "Everywhere",
    list: [
      { does: "Command palette", keys: [[commandKey, "K"]], single: false },
      key("This list", "?"),
      { does: "Pause the view, or go on", keys: [["Space"]], single: true },
      key("To the filter", "/"),
      key("Close details, then clear the filter", "Esc"),
      key("Copy a link to what is on the screen", "y"),
    ],
  },
  {
    title: "Rows",
    list: [
      keys("Next row, previous row", ["j"], ["k"]),
      key("Move by rows", "↓", "↑"),
      key("Move by pages, to the ends", "PgDn", "PgUp", "Home", "End"),
      key("Move by columns", "←", "→"),
      {
        does: "Make the column narrower, wider",
        keys: [
          ["Shift", "←"],
          ["Shift", "→"],
        ],
        single: false,
      },
      key("Open details", "Enter"),
      key("Previous tab, next tab of the details", "[", "]"),
      key("Sort by the column", "s"),
      key("Filter by the cell’s value", "f"),
      keys("Exclude the cell’s value", ["Shift", "f"]),
      key("Keep the row when it ends, or no longer", "x"),
      keys("Keep none of the rows any longer", ["Shift", "x"]),
      key("What can be done with the row", "."),
      keys("Copy the row as JSON", ["Shift", "y"]),
      key("Open a group, close it", "→", "←"),
      key("Open all groups, or close them", "*"),
    ],
  },
  {
    title: "Plots (with the focus in one)",
    list: [
      keys("Move the crosshair; with Shift in tens", ["a"], ["d"]),
      keys("Zoom in, out, back to the last minutes", ["+"], ["-"], ["0"]),
      key("Show the plot as a table", "T"),
      key("End the range of time: live again", "Esc"),
    ],
  },
  {
    title: "Panels",
    list: panels.map((p) => keys(p.title, ["g", p.key])),
  },
];
