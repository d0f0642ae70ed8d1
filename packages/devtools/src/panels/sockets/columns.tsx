/**
 * The columns of the sockets list, after `netstat`.
 *
 * @module
 */
import { SocketFlag } from "@skyloom/runtime/inspect";
import type { TableStore } from "../../stores/table-store.ts";
import { bytes, count, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { flagged, isChanged, nameColumn, nodeColumn } from "../../widgets/table/cells.tsx";
import type { Column, TableView } from "../../widgets/table/column.ts";
import { formatAddress } from "../../stores/channels.ts";

/** Above so much unsent output Skynet's log warns. */
const WARNING_BYTES = 1 << 20;

const has = flagged("flags");

const isStream = (t: TableStore, r: number): boolean => t.text("type", r) !== "LISTEN";

const amount = (key: string, title: string, hint: string, value: (t: TableStore, r: number) => number): Column => ({
  key,
  title,
  hint,
  width: "80px",
  numeric: true,
  total: "sum",
  partial: true,
  unit: "B",
  value: (t, r) => (isStream(t, r) ? value(t, r) : NaN),
  cell: (t, r) => (isStream(t, r) ? bytes(value(t, r)) : ""),
});

const ageOf = (key: string, title: string, hint: string, field: string): Column => {
  const us = (t: TableStore, r: number): number => (t.number(field, r) < 0 ? NaN : Math.max(0, t.at(r) - t.number(field, r)));
  return {
    key,
    title,
    hint,
    width: "80px",
    numeric: true,
    total: "max",
    unit: "us",
    value: us,
    cell: (t, r) => (Number.isNaN(us(t, r)) ? UNKNOWN : milliseconds(us(t, r) / 1000)),
  };
};

/** See the file's comment. */
export const socketsView: TableView = {
  name: "sockets",
  title: "Sockets",
  things: "sockets",
  search: (t, r) =>
    `${t.text("ownerName", r)} ${t.text("peer", r)} ${t.text("local", r)} ${formatAddress(t.number("owner", r))} ${t.number("id", r)}`,
  flags: {
    listening: (t, r) => t.text("type", r) === "LISTEN",
    closing: (t, r) => t.text("type", r) === "CLOSING",
    changed: isChanged,
    reading: (t, r) => has(t, r, SocketFlag.reading),
    writing: (t, r) => has(t, r, SocketFlag.writing),
    paused: (t, r) => isStream(t, r) && !has(t, r, SocketFlag.reading),
    warned: (t, r) => t.number("wbuffer", r) >= WARNING_BYTES,
  },
  columns: [
    {
      key: "id",
      title: "id",
      hint: "Socket id",
      width: "64px",
      numeric: true,
      steady: true,
      value: (t, r) => t.number("id", r),
    },
    nodeColumn,
    { key: "type", title: "type", hint: "As netstat says", width: "84px", numeric: false, value: (t, r) => t.text("type", r) },
    nameColumn("ownerName", "Service that owns it", "owner", "owner"),
    {
      key: "local",
      title: "local",
      hint: "Address it listens on",
      width: "minmax(130px, 0.6fr)",
      numeric: false,
      steady: true,
      value: (t, r) => t.text("local", r),
    },
    {
      key: "peer",
      title: "peer",
      hint: "Address of the other end",
      width: "minmax(130px, 0.6fr)",
      numeric: false,
      steady: true,
      value: (t, r) => t.text("peer", r),
    },
    amount("read", "read", "Bytes read since it was opened", (t, r) => t.number("read", r)),
    amount("write", "write", "Bytes written since it was opened", (t, r) => t.number("write", r)),
    amount("readRate", "read/s", "Bytes read per second", (t, r) => t.rate("read", r)),
    amount("writeRate", "write/s", "Bytes written per second", (t, r) => t.rate("write", r)),
    ageOf("rtime", "rtime", "Time since bytes last came", "rtimeUs"),
    ageOf("wtime", "wtime", "Time since bytes last went", "wtimeUs"),
    {
      key: "wbuffer",
      title: "wbuffer",
      hint: "Bytes that wait to be sent; the log warns above 1 MiB and each doubling",
      width: "104px",
      numeric: true,
      total: "sum",
      unit: "B",
      value: (t, r) => t.number("wbuffer", r),
      cell: (t, r) => {
        const waiting = t.number("wbuffer", r);
        if (!isStream(t, r)) return "";
        if (waiting === 0) return "0 B";
        const part = Math.min(1, waiting / WARNING_BYTES);
        return (
          <span className="sk-with-bar">
            <span className="sk-bar">
              <span className={part === 1 ? "sk-bar-fill is-warn" : "sk-bar-fill"} style={{ width: `${Math.ceil(part * 100)}%` }} />
            </span>
            {bytes(waiting)}
          </span>
        );
      },
    },
    {
      key: "reading",
      title: "reading",
      hint: "Whether it takes bytes from the peer; a paused one holds the peer back",
      width: "72px",
      numeric: false,
      optional: true,
      value: (t, r) => (isStream(t, r) ? (has(t, r, SocketFlag.reading) ? "yes" : "paused") : ""),
    },
    {
      key: "accept",
      title: "accepted",
      hint: "Connections a listener has accepted",
      width: "80px",
      numeric: true,
      total: "sum",
      partial: true,
      optional: true,
      value: (t, r) => (isStream(t, r) ? NaN : t.number("accepted", r)),
      cell: (t, r) => (isStream(t, r) ? "" : count(t.number("accepted", r))),
    },
  ],
};
