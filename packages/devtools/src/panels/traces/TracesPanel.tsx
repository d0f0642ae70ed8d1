/**
 * The Traces panel: what is recorded, the list of traces, and one trace in several views.
 *
 * `sel` in the address is a trace's tag, `v` the view of it (`waterfall`, `sequence`, `flame`, `table`; `compare` with the
 * trace that `with` names), `services` names services to
 * record, e.g. for a link from another panel.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { ReactElement } from "react";
import { ChannelStates, TroubleBanner, useStreamReady } from "../../widgets/ChannelStates.tsx";
import { useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { CompareView } from "./CompareView.tsx";
import { recordingOf } from "./recording.ts";
import { RecordingBar } from "./RecordingBar.tsx";
import { TraceList } from "./TraceList.tsx";
import { TraceView } from "./TraceView.tsx";
import { TraceWork } from "./work/trace-work.ts";

/** See the file's comment. */
export function TracesPanel(): ReactElement {
  const { client } = useInspector();
  const recording = recordingOf(client);
  useEffect(() => recording.view(), [recording]);
  const [work] = useState(() => new TraceWork());
  useEffect(() => () => work.close(), [work]);
  useVersion(client.traces);
  const sel = useView((v) => v.route.sel);
  const other = useView((v) => (v.route.view === "compare" ? v.route.rest["with"] : undefined));
  const ready = useStreamReady(client.traces.count);
  return (
    <section className="sk-panel sk-traces" aria-label="Traces" data-testid="panel-traces">
      <ChannelStates channel="trace" ready={ready} columns={8}>
        <RecordingBar recording={recording} />
        <TroubleBanner channel="trace" />
        {sel === undefined ? (
          <TraceList recording={recording} work={work} />
        ) : other === undefined ? (
          <TraceView key={sel} sel={sel} work={work} />
        ) : (
          <CompareView key={`${sel} ${other}`} sel={sel} other={other} work={work} />
        )}
      </ChannelStates>
    </section>
  );
}
