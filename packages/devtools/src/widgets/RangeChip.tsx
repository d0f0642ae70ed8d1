/**
 * Says that a list shows only what lies within the range of time that was chosen, and takes that back.
 *
 * @module
 */
import type { ReactElement } from "react";
import { hostTime } from "./host-time.ts";
import { useConnection, useInspector } from "./hooks.ts";
import { goLive, useTimeRange } from "./plot/use-plot.ts";

/** See the file's comment; nothing while no range is chosen. */
export function RangeChip(): ReactElement | null {
  const { client, view } = useInspector();
  const range = useTimeRange();
  const time = hostTime(useConnection);
  if (range.kind === "live") return null;
  return (
    <button
      type="button"
      className="sk-chip"
      aria-pressed="true"
      data-testid="range-chip"
      title="Only what lies within this range of time is shown. Click to show all of it again, live."
      onClick={() => goLive(client, view)}
    >
      <span className="sk-hidden">only </span>
      {time(range.from).replace(/\.\d+$/, "")}–{time(range.to).replace(/\.\d+$/, "")} <span aria-hidden="true">✕</span>
    </button>
  );
}
