/**
 * The choice of nodes as the address has it: `nodes=alpha,beta`; absent for all.
 *
 * @module
 */
import { navigate } from "./view.ts";
import type { ViewStore } from "./view.ts";

/** Reads the parameter. */
export function pickedNodes(nodes: string | undefined): readonly string[] {
  return [...new Set((nodes ?? "").split(",").filter(Boolean))];
}

/** Shows only these nodes from now on; none of them: all. A place to come back to. */
export function pickNodes(view: ViewStore, labels: readonly string[]): void {
  const { nodes: _old, ...rest } = view.getState().route.rest;
  navigate(view, { rest: labels.length === 0 ? rest : { ...rest, nodes: labels.join(",") } }, "push");
}
