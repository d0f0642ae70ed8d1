/**
 * State that a library keeps once per node, shared by its services.
 *
 * @module
 */
import type { Kernel } from "../kernel/kernel.ts";
import { currentContext } from "./task.ts";

/** Makes a function that gives the running node's own value, made when it is first asked for. */
export function perNode<T>(make: (kernel: Kernel) => T): () => T {
  const values = new WeakMap<Kernel, { readonly value: T }>();
  return () => {
    const { kernel } = currentContext("perNode");
    let entry = values.get(kernel);
    if (entry === undefined) {
      entry = { value: make(kernel) };
      values.set(kernel, entry);
    }
    return entry.value;
  };
}
