/**
 * The columns of the memory list.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { bytes, count, UNKNOWN } from "../../widgets/format.ts";
import { addressColumn, isChanged, nameColumn, nodeColumn } from "../../widgets/table/cells.tsx";
import type { Column, TableView } from "../../widgets/table/column.ts";
import type { MemoryHistory } from "./history.ts";

const size = (n: number): string => `≈ ${bytes(n)}`;

/** A change in bytes with its sign. */
export function change(n: number): string {
  return Number.isNaN(n) ? UNKNOWN : `${n < 0 ? "−" : "+"}${bytes(Math.abs(n))}`;
}

const figure = (key: string, title: string, hint: string, field: string, optional = false): Column => ({
  key,
  title,
  hint,
  width: "78px",
  numeric: true,
  total: "sum",
  unit: "B",
  estimated: () => true,
  optional,
  value: (t, r) => t.number(field, r),
  cell: (t, r) => size(t.number(field, r)),
});

const counted = (key: string, hint: string): Column => ({
  key,
  title: key,
  hint,
  width: "62px",
  numeric: true,
  total: "sum",
  value: (t, r) => (t.number(key, r) < 0 ? NaN : t.number(key, r)),
  cell: (t, r) => (t.number(key, r) < 0 ? UNKNOWN : count(t.number(key, r))),
});

/** The list, with growth from what the client remembers. */
export function memoryView(history: MemoryHistory): TableView {
  const grown = (seconds: number) => (t: TableStore, r: number) => history.change(t.id(r), seconds);
  const growth = (t: TableStore, r: number): number => history.slope(t.id(r))?.perMinute ?? NaN;
  const delta = (key: string, title: string, hint: string, seconds: number): Column => ({
    key,
    title,
    hint,
    width: "82px",
    numeric: true,
    total: "sum",
    figure: change,
    unit: "B",
    value: grown(seconds),
    cell: (t, r) => change(grown(seconds)(t, r)),
  });
  return {
    name: "memory",
    title: "Memory",
    things: "services",
    search: (t, r) => `${t.text("name", r)} ${formatAddress(t.number("addr", r))}`,
    sort: [{ column: "mem", descending: true }],
    chips: [{ flag: "system", label: "Hide system", hint: "Hides the framework's own services" }],
    flags: {
      system: (t, r) => t.number("system", r) !== 0,
      growing: (t, r) => growth(t, r) > 0,
      limited: (t, r) => t.number("limit", r) > 0,
      changed: isChanged,
    },
    columns: [
      addressColumn("addr", "Handle of the service"),
      nameColumn("name", "Registered name, else the launch line"),
      {
        key: "type",
        title: "type",
        hint: "First word of the launch line",
        width: "110px",
        numeric: false,
        optional: true,
        steady: true,
        value: (t, r) => t.text("type", r),
      },
      nodeColumn,
      figure("mem", "mem", "Everything known of: a lower bound", "mem"),
      delta("minute", "Δ 1 min", "Change within the last minute", 60),
      delta("ten", "Δ 10 min", "Change within the last ten minutes, or since the panel was opened", 600),
      {
        key: "growth",
        title: "growth/min",
        hint: "Slope over the last ten samples, from five samples on; with how well a line fits them",
        width: "116px",
        numeric: true,
        total: "sum",
        figure: change,
        unit: "B",
        value: growth,
        cell: (t, r) => {
          const slope = history.slope(t.id(r));
          if (slope === undefined) return UNKNOWN;
          if (slope.perMinute === 0) return "+0 B";
          return (
            <span className={slope.perMinute > 0 && slope.fit > 0.9 ? "sk-tone-warn" : ""} title={`fit ${(slope.fit * 100).toFixed(0)} %`}>
              {change(slope.perMinute)} <span className="sk-dim">{(slope.fit * 100).toFixed(0)}&thinsp;%</span>
            </span>
          );
        },
      },
      figure("mailbox", "mailbox", "Bodies of the messages that wait", "mailboxBytes"),
      figure("sockets", "sockets", "Written to its sockets and not yet sent", "socketBytes"),
      counted("tasks", "Suspended tasks"),
      counted("timers", "Timeouts under way"),
      {
        ...figure("limit", "limit", "Memory limit of the service; empty when it has none", "limit", true),
        cell: (t, r) => (t.number("limit", r) === 0 ? "" : bytes(t.number("limit", r))),
      },
    ],
  };
}
