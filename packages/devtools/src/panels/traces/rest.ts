/**
 * Parameters of the address that only this panel knows.
 *
 * @module
 */
import { navigate } from "../../stores/view.ts";
import type { View, ViewStore } from "../../stores/view.ts";
import type { Route } from "../../stores/route.ts";

/** Parameters that belong to the list (beside `r`, which belongs to everything), and those that belong to one trace. */
export const listParameters = ["d"] as const;
export const traceParameters = ["span", "w", "gaps", "critical", "with"] as const;

/** Sets or removes parameters. */
export function setRest(
  view: ViewStore,
  values: Readonly<Record<string, string | undefined>>,
  step: View["step"],
  more: Partial<Route> = {},
): void {
  const rest = { ...view.getState().route.rest };
  for (const [name, value] of Object.entries(values))
    if (value === undefined) delete rest[name];
    else rest[name] = value;
  navigate(view, { ...more, rest }, step);
}

/** Reads `from..to`, two numbers with the smaller first; `undefined` for anything else. */
export function readRange(text: string | undefined): readonly [from: number, to: number] | undefined {
  const match = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(text ?? "");
  if (match === null) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2])];
  return from <= to ? [from, to] : undefined;
}

/** Writes what {@link readRange} reads. */
export function writeRange(from: number, to: number): string {
  return `${Math.round(from)}..${Math.round(to)}`;
}
