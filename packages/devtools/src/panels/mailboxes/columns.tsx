/**
 * The columns of the mailboxes list.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { bytes, count, decimal, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { addressColumn, isChanged, nameColumn, nodeColumn, SLOW_US } from "../../widgets/table/cells.tsx";
import type { TableView } from "../../widgets/table/column.ts";

/** A backlog that Skynet's log warns of; it warns again at each doubling. */
export const OVERLOAD = 1024;

/** How long the oldest message has waited at least, in microseconds; NaN when none waits. */
export function oldestUs(t: TableStore, r: number): number {
  const since = t.number("oldestSinceUs", r);
  return since < 0 ? NaN : Math.max(0, t.at(r) - since);
}

/** Seconds until the mailbox is empty at this pace; NaN when it is empty, Infinity when it grows. */
export function drainSeconds(t: TableStore, r: number): number {
  const waiting = t.number("mqlen", r);
  if (waiting === 0) return NaN;
  const pace = t.rate("out", r) - t.rate("in", r);
  return pace > 0 ? waiting / pace : Number.isNaN(pace) ? NaN : Infinity;
}

/** The next backlog at which the log warns. */
export function nextThreshold(mqlen: number): number {
  let at = OVERLOAD;
  while (mqlen >= at) at *= 2;
  return at;
}

function Threshold({ mqlen }: { readonly mqlen: number }): React.ReactElement {
  const next = nextThreshold(mqlen);
  const low = next === OVERLOAD ? 0 : next / 2;
  const part = (mqlen - low) / (next - low);
  return (
    <span className="sk-bar" title={`${count(mqlen)} of ${count(next)}, where the log warns next`}>
      <span className={mqlen >= OVERLOAD ? "sk-bar-fill is-warn" : "sk-bar-fill"} style={{ width: `${Math.round(part * 100)}%` }} />
    </span>
  );
}

/** See the file's comment. */
export const mailboxesView: TableView = {
  name: "mailboxes",
  title: "Mailboxes",
  things: "mailboxes",
  search: (t, r) => `${t.text("name", r)} ${formatAddress(t.number("addr", r))}`,
  sort: [{ column: "mqlen", descending: true }],
  chips: [
    { flag: "system", label: "Hide system", hint: "Hides the framework's own services" },
    { flag: "empty", label: "Hide empty", hint: "Hides mailboxes in which nothing waits and nothing moves" },
  ],
  slow: "Only those whose oldest message has waited for more than 1 s",
  flags: {
    system: (t, r) => t.number("system", r) !== 0,
    empty: (t, r) => t.number("mqlen", r) === 0 && t.number("mqmax", r) === 0 && !(t.rate("in", r) > 0),
    overload: (t, r) => t.number("mqlen", r) >= OVERLOAD,
    slow: (t, r) => oldestUs(t, r) > SLOW_US,
    changed: isChanged,
    growing: (t, r) => t.rate("in", r) > t.rate("out", r) && t.number("mqlen", r) > 0,
  },
  columns: [
    addressColumn("addr", "Handle of the service"),
    nameColumn("name", "Registered name, else the launch line"),
    {
      key: "service",
      title: "type of service",
      hint: "First word of the service's launch line",
      width: "110px",
      numeric: false,
      optional: true,
      steady: true,
      value: (t, r) => t.text("type", r),
    },
    nodeColumn,
    {
      key: "mqlen",
      title: "mqlen",
      hint: "Messages waiting now",
      width: "84px",
      numeric: true,
      total: "sum",
      value: (t, r) => t.number("mqlen", r),
      cell: (t, r) => count(t.number("mqlen", r)),
    },
    {
      key: "max",
      title: "max",
      hint: "Most messages that waited since the last sample",
      width: "84px",
      numeric: true,
      total: "max",
      value: (t, r) => t.number("mqmax", r),
      cell: (t, r) => count(t.number("mqmax", r)),
    },
    {
      key: "threshold",
      title: "threshold",
      hint: "How near the next warning of the log is: 1,024 and each doubling",
      width: "96px",
      numeric: false,
      value: (t, r) => String(nextThreshold(t.number("mqlen", r))),
      rank: (t, r) => t.number("mqlen", r) / nextThreshold(t.number("mqlen", r)),
      cell: (t, r) => <Threshold mqlen={t.number("mqlen", r)} />,
    },
    {
      key: "in",
      title: "in/s",
      hint: "Messages that come in per second",
      width: "84px",
      numeric: true,
      total: "sum",
      figure: decimal,
      value: (t, r) => t.rate("in", r),
      cell: (t, r) => decimal(t.rate("in", r)),
    },
    {
      key: "out",
      title: "out/s",
      hint: "Messages that are taken out per second",
      width: "84px",
      numeric: true,
      total: "sum",
      figure: decimal,
      value: (t, r) => t.rate("out", r),
      cell: (t, r) => decimal(t.rate("out", r)),
    },
    {
      key: "drain",
      title: "drain",
      hint: "Time until it is empty at this pace; ∞ while it grows",
      width: "76px",
      numeric: true,
      total: "max",
      figure: (s) => (s === Infinity ? "∞" : milliseconds(s * 1000)),
      unit: "s",
      value: drainSeconds,
      cell: (t, r) => {
        const s = drainSeconds(t, r);
        return s === Infinity ? <span className="sk-tone-warn">∞</span> : Number.isNaN(s) ? UNKNOWN : milliseconds(s * 1000);
      },
    },
    {
      key: "oldest",
      title: "oldest",
      hint: "How long the oldest message has waited at least: counted from the first sample that saw it",
      width: "84px",
      numeric: true,
      total: "max",
      figure: (us) => `≥ ${milliseconds(us / 1000)}`,
      unit: "us",
      aliases: ["age"],
      value: oldestUs,
      cell: (t, r) => {
        const us = oldestUs(t, r);
        return Number.isNaN(us) ? UNKNOWN : `≥ ${milliseconds(us / 1000)}`;
      },
    },
    {
      key: "sender",
      title: "top sender",
      hint: "Who sent most of the messages that wait, looking at the first 256 of them; not who sends most: see Peers of the service",
      width: "minmax(110px, 0.6fr)",
      numeric: false,
      value: (t, r) => t.text("topSenderName", r),
    },
    {
      key: "type",
      title: "top type",
      hint: "The type that most of them have",
      width: "80px",
      numeric: false,
      value: (t, r) => t.text("topType", r),
    },
    {
      key: "bytes",
      title: "bytes",
      hint: "Bytes of the waiting messages, where they are encoded; values within a node count as 0",
      width: "76px",
      numeric: true,
      total: "sum",
      unit: "B",
      optional: true,
      value: (t, r) => t.number("bytes", r),
      cell: (t, r) => bytes(t.number("bytes", r)),
    },
  ],
};
