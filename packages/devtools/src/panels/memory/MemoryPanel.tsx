/**
 * The Memory panel: the process, and what each service is known to hold.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { ReactElement } from "react";
import { ActionButton } from "../../widgets/ActionButton.tsx";
import { bytes, UNKNOWN } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion } from "../../widgets/hooks.ts";
import { TablePanel } from "../../widgets/table/TablePanel.tsx";
import { TimePlot } from "../../widgets/plot/TimePlot.tsx";
import { Tile, Tiles } from "../../widgets/Tiles.tsx";
import { change, memoryView } from "./columns.tsx";
import { MemoryHistory } from "./history.ts";

/** See the file's comment. */
export function MemoryPanel(): ReactElement {
  const { client } = useInspector();
  const table = client.table("memory");
  const [{ history, meaning }] = useState(() => {
    const made = new MemoryHistory();
    return { history: made, meaning: memoryView(made) };
  });
  const [baseline, setBaseline] = useState<{ readonly sum: number; readonly at: string }>();
  useEffect(() => {
    history.take(table);
    return table.subscribe(() => history.take(table));
  }, [table, history]);
  const sum = (): number => {
    let all = 0;
    for (let row = 0; row < table.high; row++) if (table.status[row] === 1) all += table.number("mem", row);
    return all;
  };
  return (
    <TablePanel
      channel="memory"
      meaning={meaning}
      example="mem>1M is:growing"
      empty={{ title: "No services", text: "Nothing is running on this host." }}
      tools={
        <>
          {/* Which process is meant is clear with one host only; the console of several asks for a node. */}
          {(client.hosts?.list.length ?? 1) === 1 ? (
            <ActionButton
              command="dumpheap"
              args={[]}
              title="Writes what the JavaScript heap holds into a file on the host. The node stands still meanwhile, for seconds when the heap is large, and needs about as much memory again"
            >
              Write heap snapshot
            </ActionButton>
          ) : null}
          <button
            type="button"
            className="sk-button"
            data-testid="action-baseline"
            title="Remembers what all services hold now, to compare with later"
            onClick={() => setBaseline(baseline === undefined ? { sum: sum(), at: new Date().toLocaleTimeString() } : undefined)}
          >
            {baseline === undefined ? "Mark baseline" : "Clear baseline"}
          </button>
        </>
      }
      above={<ProcessTiles sum={sum} baseline={baseline} />}
    />
  );
}

function ProcessTiles(props: {
  readonly sum: () => number;
  readonly baseline: { readonly sum: number; readonly at: string } | undefined;
}): ReactElement {
  const { client } = useInspector();
  useEffect(() => client.watch("overview"), [client]);
  const overview = client.table("overview");
  useVersion(overview);
  useVersion(client.table("memory"));
  const mode = useConnection((c) => c.host?.mode);
  // The figures are the process's, the same in each node's row.
  const row = overview.ready ? [...overview.status].indexOf(1) : -1;
  const process = (field: string): number => (row < 0 ? NaN : overview.number(field, row));
  const known = (n: number): string => (n >= 0 ? bytes(n) : UNKNOWN);
  const now = props.sum();
  const plot = (name: "heap" | "rss" | "external", title: string): ReactElement => (
    <TimePlot
      series={client.history.series(name)}
      title={title}
      show={bytes}
      label={`${title} over the range of time: now ${known(process(name))}`}
      testId={`plot-${name}`}
    />
  );
  return (
    <Tiles label="Memory of the process">
      <Tile name="Heap used" value={known(process("heap"))} note={process("heapLimit") > 0 ? `of ${bytes(process("heapLimit"))}` : ""}>
        {plot("heap", "Heap used")}
      </Tile>
      <Tile
        name="Process (RSS)"
        value={known(process("rss"))}
        note={process("rss") < 0 && mode === "browser" ? "a page cannot see it" : ""}
      >
        {process("rss") >= 0 ? plot("rss", "Process (RSS)") : null}
      </Tile>
      <Tile name="Buffers" value={known(process("external"))} note="outside the heap">
        {plot("external", "Buffers")}
      </Tile>
      <Tile
        name="Services, sum"
        value={`≈ ${bytes(now)}`}
        note={props.baseline === undefined ? "accounting: a lower bound" : `${change(now - props.baseline.sum)} since ${props.baseline.at}`}
      />
    </Tiles>
  );
}
