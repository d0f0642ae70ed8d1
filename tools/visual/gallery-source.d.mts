import type { InspectSource } from "@skyloom/runtime/inspect";

/** The made-up host of gallery-source.mjs. */
export function gallerySource(
  count: number,
  now: () => number,
  options?: { readonly startMs?: number; readonly without?: string },
): InspectSource;
