/**
 * What page and worker say to each other.
 *
 * @module
 */
import type { TraceEvents } from "../../../traces/events.ts";
import type { Built, ExportJob } from "./build.ts";

/** To the worker. */
export type Task =
  | { readonly id: number; readonly kind: "build"; readonly events: TraceEvents }
  | { readonly id: number; readonly kind: "export"; readonly job: ExportJob };

/** From the worker. */
export type Done =
  | { readonly id: number; readonly built: Built }
  | { readonly id: number; readonly file: Blob }
  | { readonly id: number; readonly error: string };
