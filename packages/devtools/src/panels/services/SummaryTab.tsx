/**
 * The figures of a service, with the last five minutes of those that move.
 *
 * @module
 */
import { ServiceFlag } from "@skyloom/runtime/inspect";
import { useRef } from "react";
import type { ReactElement } from "react";
import type { TableStore } from "../../stores/table-store.ts";
import { Fact, Facts } from "../../widgets/Drawer.tsx";
import { age, bytes, count, decimal, milliseconds, UNKNOWN } from "../../widgets/format.ts";
import { TimePlot } from "../../widgets/plot/TimePlot.tsx";
import { StateMark } from "../../widgets/StateMark.tsx";
import { cpuText, upSeconds } from "./columns.tsx";
import { RowHistory } from "./row-history.ts";
import type { Line } from "./row-history.ts";

const DEAD = 8;

/** See the file's comment. */
export function SummaryTab(props: { readonly table: TableStore; readonly row: number; readonly ended: boolean }): ReactElement {
  const { table, row, ended } = props;
  const kept = useRef<RowHistory>(undefined);
  const id = table.id(row);
  if (kept.current?.id !== id) kept.current = new RowHistory(id);
  const history = kept.current;
  history.take(table, row);

  const flag = (bit: number): boolean => (table.number("flags", row) & bit) !== 0;
  const about = (text: string, on: boolean): string => (on && text !== UNKNOWN ? `≈ ${text}` : text);
  const cpu = cpuText(table, row);
  const oldest = table.number("oldestUs", row);
  const memory = flag(ServiceFlag.memUnknown) ? UNKNOWN : about(bytes(table.number("mem", row)), flag(ServiceFlag.memEstimated));
  return (
    <>
      <div className="sk-plots">
        <Plot history={history} line="mqlen" name="Messages waiting" value={count(table.number("mqlen", row))} />
        <Plot history={history} line="rate" name="Messages/s" value={ended ? UNKNOWN : decimal(table.rate("msg", row))} />
        <Plot
          history={history}
          line="cpu"
          name="CPU share"
          value={ended || cpu === UNKNOWN ? UNKNOWN : about(`${cpu} %`, flag(ServiceFlag.cpuEstimated))}
        />
        <Plot history={history} line="mem" name="Memory" value={memory} />
      </div>
      <Facts>
        <Fact name="State">
          <StateMark state={ended ? DEAD : table.number("state", row)} />
        </Fact>
        <Fact name="Type">
          {table.text("type", row)}
          {flag(ServiceFlag.system) ? " (system)" : ""}
        </Fact>
        <Fact name="Node">{table.text("node", row)}</Fact>
        <Fact name="Tasks">{count(table.number("task", row))}</Fact>
        <Fact name="Oldest request it waits for">{oldest === 0 ? "none" : milliseconds(oldest / 1000)}</Fact>
        <Fact name="Messages handled">{count(table.number("msg", row))}</Fact>
        <Fact name="CPU time">
          {flag(ServiceFlag.cpuUnknown)
            ? UNKNOWN
            : about(`${(table.number("cpuUs", row) / 1e6).toFixed(3)} s`, flag(ServiceFlag.cpuEstimated))}
        </Fact>
        <Fact name="Handler errors">{table.number("err", row) < 0 ? UNKNOWN : count(table.number("err", row))}</Fact>
        <Fact name="Up">{ended ? UNKNOWN : age(upSeconds(table, row))}</Fact>
        <Fact name="Trace">{flag(ServiceFlag.traced) ? "on" : "off"}</Fact>
        <Fact name="Message log">{flag(ServiceFlag.logged) ? "on" : "off"}</Fact>
      </Facts>
    </>
  );
}

function Plot(props: { readonly history: RowHistory; readonly line: Line; readonly name: string; readonly value: string }): ReactElement {
  const { name, value } = props;
  const values = props.history.lines[props.line];
  const known = values.filter((v) => Number.isFinite(v));
  const show = props.line === "mem" ? bytes : props.line === "mqlen" ? count : decimal;
  const most = known.length === 0 ? UNKNOWN : show(Math.max(...known));
  return (
    <div className="sk-plot" data-testid={`plot-${props.line}`}>
      <span className="sk-plot-name">{name}</span>
      <span className="sk-plot-value">{value}</span>
      <TimePlot
        series={props.history.series(props.line)}
        title={name}
        show={show}
        label={`${name}: now ${value}, at most ${most} since these details are open`}
      />
      <span className="sk-plot-most">most {most}</span>
    </div>
  );
}
