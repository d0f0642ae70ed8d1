/**
 * What a snax service knows of itself while it runs: its name, and how to let cluster calls in.
 *
 * @module
 */
import { perService } from "../../core/per-service.ts";

/** Set by snaxd. */
export interface RunningSnax {
  name: string | undefined;
  /** Lets "lua" messages reach the methods. */
  enableCluster: (() => void) | undefined;
}

/** Of the running service. */
export const runningSnax: () => RunningSnax = perService(() => ({ name: undefined, enableCluster: undefined }));
