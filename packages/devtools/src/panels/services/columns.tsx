/**
 * The columns of the services list: what each shows, how wide it is, how it sorts.
 *
 * @module
 */
import { ServiceFlag, serviceStates } from "@skyloom/runtime/inspect";
import { formatAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { age, bytes, count, decimal, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { StateMark } from "../../widgets/StateMark.tsx";
import { addressColumn, flagged, isChanged, nameColumn, nodeColumn, SLOW_US } from "../../widgets/table/cells.tsx";
import type { TableView } from "../../widgets/table/column.ts";

/** Number of the state that a row has when its service is gone. */
const DEAD = 8;

const has = flagged("flags");

/** `≈` before what is estimated. */
const estimated = (text: string, on: boolean): string => (on && text !== UNKNOWN ? `≈ ${text}` : text);

/** How bad a state is, so that sorting by it brings trouble to one end: indexed like `serviceStates`. */
const severity = [5, 0, 2, 1, 6, 7, 8, 4, 3];

/** Number of the state, also of a service that has ended. */
const stateOf = (t: TableStore, r: number): number => (t.status[r] === 2 ? DEAD : t.number("state", r));

/** Share of one core in percent; NaN while it is not known. */
export function cpuPercent(t: TableStore, r: number): number {
  return has(t, r, ServiceFlag.cpuUnknown) ? NaN : t.rate("cpuUs", r) / 1e4;
}

/** CPU share of a row as text. */
export function cpuText(t: TableStore, r: number): string {
  return decimal(cpuPercent(t, r));
}

/** How long a service has been up, in seconds at the time of the last sample; NaN when that is not known. */
export function upSeconds(t: TableStore, r: number): number {
  const startUs = t.number("startUs", r);
  return startUs < 0 ? NaN : (t.at(r) - startUs) / 1e6;
}

/** See the file's comment. */
export const servicesView: TableView = {
  name: "services",
  title: "Services",
  things: "services",
  search: (t, r) => `${t.text("name", r)} ${formatAddress(t.number("addr", r))}`,
  chips: [{ flag: "system", label: "Hide system", hint: "Hides the framework's own services" }],
  slow: "Only those that wait for a reply for more than 1 s",
  flags: {
    system: (t, r) => has(t, r, ServiceFlag.system),
    traced: (t, r) => has(t, r, ServiceFlag.traced),
    logged: (t, r) => has(t, r, ServiceFlag.logged),
    error: (t, r) => t.number("err", r) > 0,
    slow: (t, r) => t.number("oldestUs", r) > SLOW_US,
    changed: isChanged,
    gone: (t, r) => t.status[r] === 2,
    ...Object.fromEntries(serviceStates.map((word, i) => [word, (t: TableStore, r: number) => stateOf(t, r) === i])),
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
    {
      key: "state",
      title: "state",
      hint: "What it is doing; sorts by how much attention it needs",
      width: "104px",
      numeric: false,
      value: (t, r) => serviceStates[stateOf(t, r)] ?? "",
      rank: (t, r) => severity[t.number("state", r)] ?? 0,
      cell: (t, r) => <StateMark state={stateOf(t, r)} />,
    },
    {
      key: "mqlen",
      title: "mqlen",
      hint: "Messages waiting in its mailbox",
      width: "66px",
      numeric: true,
      total: "sum",
      value: (t, r) => t.number("mqlen", r),
      cell: (t, r) => count(t.number("mqlen", r)),
    },
    {
      key: "task",
      title: "task",
      hint: "Suspended and running tasks",
      width: "60px",
      numeric: true,
      total: "sum",
      value: (t, r) => t.number("task", r),
      cell: (t, r) => count(t.number("task", r)),
    },
    {
      key: "msg",
      title: "msg/s",
      hint: "Messages handled per second",
      width: "80px",
      numeric: true,
      total: "sum",
      figure: decimal,
      aliases: ["rate"],
      value: (t, r) => t.rate("msg", r),
      cell: (t, r) => decimal(t.rate("msg", r)),
    },
    {
      key: "cpu",
      title: "cpu %",
      hint: "Share of one core spent in its handlers",
      width: "70px",
      numeric: true,
      total: "sum",
      estimated: (t, r) => t.rate("cpuUs", r) !== 0 && has(t, r, ServiceFlag.cpuEstimated),
      unit: "%",
      value: cpuPercent,
      cell: (t, r) => (t.rate("cpuUs", r) === 0 ? cpuText(t, r) : estimated(cpuText(t, r), has(t, r, ServiceFlag.cpuEstimated))),
    },
    {
      key: "mem",
      title: "mem",
      hint: "Memory; ≈ where it is estimated",
      width: "84px",
      numeric: true,
      total: "sum",
      estimated: (t, r) => has(t, r, ServiceFlag.memEstimated),
      unit: "B",
      value: (t, r) => (has(t, r, ServiceFlag.memUnknown) ? NaN : t.number("mem", r)),
      cell: (t, r) =>
        has(t, r, ServiceFlag.memUnknown) ? UNKNOWN : estimated(bytes(t.number("mem", r)), has(t, r, ServiceFlag.memEstimated)),
    },
    {
      key: "oldest",
      title: "oldest",
      hint: "Age of the oldest request it waits for",
      width: "68px",
      numeric: true,
      total: "max",
      unit: "us",
      aliases: ["age"],
      value: (t, r) => (t.number("oldestUs", r) === 0 ? NaN : t.number("oldestUs", r)),
      cell: (t, r) => (t.number("oldestUs", r) === 0 ? UNKNOWN : milliseconds(t.number("oldestUs", r) / 1000)),
    },
    {
      key: "err",
      title: "err",
      hint: "Handler errors since it started",
      width: "48px",
      numeric: true,
      total: "sum",
      value: (t, r) => (t.number("err", r) < 0 ? NaN : t.number("err", r)),
      cell: (t, r) => {
        const errors = t.number("err", r);
        if (errors < 0) return UNKNOWN;
        return errors > 0 ? <span className="sk-tone-err">{count(errors)}</span> : "0";
      },
    },
    {
      key: "messages",
      title: "messages",
      hint: "Messages handled since it started",
      width: "92px",
      numeric: true,
      total: "sum",
      optional: true,
      value: (t, r) => t.number("msg", r),
      cell: (t, r) => count(t.number("msg", r)),
    },
    {
      key: "up",
      title: "up",
      hint: "Time since it was launched",
      width: "60px",
      numeric: true,
      total: "max",
      figure: age,
      unit: "s",
      steady: true,
      value: upSeconds,
      cell: (t, r) => age(upSeconds(t, r)),
    },
  ],
};
