/**
 * Events of one host as the joined log and traces take them: moments on the shared clock, nodes by the names they have here.
 *
 * @module
 */
import type { EventView } from "../../stores/event-reader.ts";
import type { Part } from "./part.ts";

/** Recordings of one run of a host; the next host's, or run's, are numbered above. */
const RECORDINGS = 2 ** 24;

/**
 * Tells a batch as one of several hosts'.
 *
 * @param run - Number of this run of this host among all: recordings are numbered anew by each.
 */
export function joinedEvents(part: Part, run: number, view: EventView): EventView {
  if (part.alone) return view;
  const numbers = new Map(view.numbers);
  const t = numbers.get("t");
  if (t !== undefined)
    numbers.set(
      "t",
      t.map((us) => part.moment(us)),
    );
  const recording = numbers.get("recording");
  if (recording !== undefined)
    numbers.set(
      "recording",
      recording.map((r) => (r % RECORDINGS) + run * RECORDINGS),
    );
  const texts = new Map(view.texts);
  const nodes = texts.get("node");
  if (nodes !== undefined) {
    for (const node of new Set(nodes)) part.names.meet(part.place, node);
    texts.set(
      "node",
      nodes.map((node) => part.node(node)),
    );
  }
  return { ...view, t: part.moment(view.t), numbers, texts };
}
