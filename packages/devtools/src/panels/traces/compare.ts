/**
 * Two traces side by side: spans that were reached the same way are summed up in each, and what one has more of is the difference.
 *
 * Ways are told by names of services and commands, not by addresses and numbers, so that traces of two runs, or of two agents of one kind,
 * match. Pure, and without recursion.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import { SpanState } from "../../traces/model.ts";
import type { TraceModel } from "../../traces/model.ts";
import { duration } from "./format.ts";
import type { RowColumn, RowView } from "./row-view.ts";
import { partsUs, queueUs, spanText, totalUs } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";

/** What one trace spent on one way; times in microseconds. */
export interface Sums {
  count: number;
  errors: number;
  /** Running, without what it caused elsewhere. */
  self: number;
  /** In mailboxes. */
  queue: number;
  /** From the mailbox to the end, waiting included. */
  total: number;
  /** The first of its spans; −1 where there is none. */
  first: number;
}

/** A way through the services, and what both traces spent on it. */
export interface ComparedRow {
  /** Parted by ` › `, the root first. */
  readonly path: string;
  readonly a: Sums;
  readonly b: Sums;
}

/** What is compared. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
}

const none = (): Sums => ({ count: 0, errors: 0, self: 0, queue: 0, total: 0, first: -1 });

/** Ways that are told apart, and how deep; what is reached by further ones counts where it came from. */
const MOST_WAYS = 20_000;
const MOST_DEEP = 40;

/** Compares two traces: rows in the order in which the ways were first gone, those of `a` first. */
export function compareTraces(a: SpanSource, b: SpanSource): Comparison {
  const ways: { readonly path: string; readonly next: Map<string, number>; readonly a: Sums; readonly b: Sums }[] = [];
  const roots = new Map<string, number>();
  for (const [source, side] of [
    [a, "a"],
    [b, "b"],
  ] as const) {
    const m: TraceModel = source.model;
    const wayOf = new Uint32Array(m.spans);
    // A parent has a smaller number than its children: one pass finds all ways.
    for (let s = 0; s < m.spans; s++) {
      const parent = m.parent[s]!;
      const above = parent < 0 ? undefined : ways[wayOf[parent]!]!;
      const among = above?.next ?? roots;
      const name = spanText(source, s);
      let way = among.get(name);
      if (way === undefined) {
        if (parent >= 0 && (ways.length >= MOST_WAYS || m.depth[s]! >= MOST_DEEP)) way = wayOf[parent]!;
        else {
          way = ways.length;
          among.set(name, way);
          ways.push({ path: above === undefined ? name : `${above.path} › ${name}`, next: new Map(), a: none(), b: none() });
        }
      }
      wayOf[s] = way;
      const sums = ways[way]![side];
      if (sums.count++ === 0) sums.first = s;
      if (m.state[s] === SpanState.failed) sums.errors++;
      sums.self += partsUs(m, s);
      sums.queue += queueUs(m, s);
      sums.total += totalUs(m, s);
    }
  }
  return { rows: ways };
}

/** A difference with its sign: `+1.20 ms`. */
export function signed(us: number): string {
  return us > 0 ? `+${duration(us)}` : duration(us);
}

function measure(key: "count" | "self" | "queue" | "total", title: string, hint: string, width: string): RowColumn<Comparison> {
  const text = (n: number): string => (key === "count" ? String(n) : duration(n));
  return {
    key,
    title,
    hint: `${hint}, in A and in B; sorts and filters by the difference, B less A`,
    numeric: true,
    ...(key === "count" ? {} : { unit: "us" as const }),
    width,
    value: ({ rows }, i) => rows[i]!.b[key] - rows[i]!.a[key],
    cell: ({ rows }, i) => {
      const { a, b } = rows[i]!;
      return `${a.count === 0 ? "–" : text(a[key])} → ${b.count === 0 ? "–" : text(b[key])}`;
    },
  };
}

/** The comparison as a list; the filter language speaks of it in these names. */
export const compareView: RowView<Comparison> = {
  name: "compare",
  title: "Compared",
  things: "ways",
  id: (_, i) => String(i + 1),
  search: ({ rows }, i) => rows[i]!.path,
  flags: {
    added: ({ rows }, i) => rows[i]!.a.count === 0,
    gone: ({ rows }, i) => rows[i]!.b.count === 0,
    slower: ({ rows }, i) => rows[i]!.b.total > rows[i]!.a.total,
    faster: ({ rows }, i) => rows[i]!.b.total < rows[i]!.a.total,
    error: ({ rows }, i) => rows[i]!.a.errors + rows[i]!.b.errors > 0,
  },
  columns: [
    {
      key: "path",
      title: "Way",
      hint: "Which service and command was reached, and by which",
      numeric: false,
      width: "minmax(200px, 2fr)",
      value: ({ rows }, i) => rows[i]!.path,
    },
    measure("count", "Count", "Messages handled", "96px"),
    measure("self", "Self", "Time run itself", "156px"),
    measure("queue", "Queue", "Time in the mailbox", "156px"),
    measure("total", "Total", "From the mailbox to the end, waiting included", "156px"),
    {
      key: "difference",
      title: "Difference",
      hint: "Of the totals: what B took more than A; sorted by its size, whichever way",
      aliases: ["diff"],
      numeric: true,
      unit: "us",
      width: "116px",
      value: ({ rows }, i) => Math.abs(rows[i]!.b.total - rows[i]!.a.total),
      cell: ({ rows }, i) => {
        const { a, b } = rows[i]!;
        const by = b.total - a.total;
        const word = a.count === 0 ? "only in B" : b.count === 0 ? "only in A" : "";
        return `${by > 0 ? "▲ " : by < 0 ? "▼ " : ""}${signed(by)}${word === "" ? "" : ` (${word})`}`;
      },
    },
  ],
};

/** What a trace is called above the list: its tag, and what it began with. */
export const traceTitle = (tag: string, command: string, addr: number): string =>
  `${tag} ${command === "" ? formatAddress(addr) : command}`;
