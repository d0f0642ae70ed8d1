/**
 * The heap of the host's JavaScript engine.
 *
 * @module
 */

/** Writes what the engine's heap holds. */
export interface HeapPort {
  /**
   * Writes a heap snapshot into a folder, under a name of its own. Nothing else runs in this thread meanwhile, which takes seconds for a
   * large heap, and about as much memory again.
   *
   * @throws Error when the file cannot be written.
   */
  snapshot(folder: string): HeapSnapshot;
}

/** What was written. */
export interface HeapSnapshot {
  readonly path: string;
  readonly bytes: number;
}
