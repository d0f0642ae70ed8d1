/**
 * The worker of the Traces panel: builds large traces and writes exports, so that the page goes on.
 *
 * @module
 */
import { buffersOf, build, exportFile } from "./build.ts";
import type { Done, Task } from "./messages.ts";

/** What is used of a worker's global scope. */
interface Scope {
  onmessage: ((event: { readonly data: Task }) => void) | null;
  postMessage(message: Done, transfer?: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as Scope;
scope.onmessage = ({ data: task }) => {
  try {
    if (task.kind === "build") {
      const built = build(task.events);
      scope.postMessage({ id: task.id, built }, buffersOf(built));
    } else scope.postMessage({ id: task.id, file: exportFile(task.job) });
  } catch (error) {
    scope.postMessage({ id: task.id, error: error instanceof Error ? error.message : String(error) });
  }
};
