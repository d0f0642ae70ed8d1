/**
 * Heap snapshots of this process, which Chrome's developer tools open.
 *
 * @module
 */
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { writeHeapSnapshot } from "node:v8";
import type { HeapPort } from "@skyloom/runtime/ports";

/** The heap of this process. */
export function nodeHeap(): HeapPort {
  let count = 0;
  return {
    snapshot(folder) {
      // V8 would end the process for a folder that is not there, after seconds of work.
      accessSync(folder, constants.W_OK);
      const time = new Date().toISOString().replaceAll(/[-:]|\.\d+Z/g, "");
      const path = writeHeapSnapshot(join(folder, `heap-${time}-${process.pid}-${++count}.heapsnapshot`));
      return { path, bytes: statSync(path).size };
    },
  };
}
