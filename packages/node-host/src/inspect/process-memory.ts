/**
 * Memory of this process, for the inspector.
 *
 * @module
 */
import { getHeapStatistics } from "node:v8";
import type { ProcessMemory } from "@skyloom/runtime/inspect";

/** See the file's comment. Takes about 30 µs. */
export function processMemory(): ProcessMemory {
  const { heapUsed, rss, external } = process.memoryUsage();
  return { heap: heapUsed, heapLimit: getHeapStatistics().heap_size_limit, rss, external };
}
