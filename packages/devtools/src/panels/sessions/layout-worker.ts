/**
 * Lays out graphs beside the page's own thread: a request in, its layout or what went wrong out.
 *
 * @module
 */
import { layout } from "./layout.ts";
import type { Layout, LayoutRequest } from "./layout-request.ts";

/** What the worker is sent. */
export interface WorkerRequest {
  readonly id: number;
  readonly request: LayoutRequest;
}

/** What it answers. */
export type WorkerAnswer =
  | { readonly id: number; readonly layout: Layout; readonly ms: number }
  | { readonly id: number; readonly error: string };

/** As much of a worker's own scope as is used here. */
interface Scope {
  addEventListener(type: "message", listen: (event: { readonly data: WorkerRequest }) => void): void;
  postMessage(answer: WorkerAnswer): void;
}

const scope = globalThis as unknown as Scope;

scope.addEventListener("message", ({ data: { id, request } }) => {
  const from = performance.now();
  try {
    scope.postMessage({ id, layout: layout(request), ms: performance.now() - from });
  } catch (error) {
    scope.postMessage({ id, error: String(error) });
  }
});
