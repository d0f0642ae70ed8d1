/**
 * Records the trace of the next call like the one that is shown, and leads to it when it is there.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { useConnection, useInspector, useVersion } from "../../widgets/hooks.ts";
import { traceKey } from "../traces/list-view.tsx";
import { NEXT_CALL, recordingOf } from "../traces/recording.ts";
import { RouteLink } from "./links.tsx";

/** See the file's comment. `command` is absent where calls of this kind have none. */
export function NextCall(props: { readonly addr: number; readonly node: string; readonly command?: string }): ReactElement {
  const { addr, node, command } = props;
  const { client, commands } = useInspector();
  const recording = recordingOf(client);
  useVersion(recording);
  useVersion(client.traces);
  useVersion(commands);
  useConnection((c) => c.phase);
  /** The newest trace there was when recording began. */
  const [after, setAfter] = useState<number>();
  const [trouble, setTrouble] = useState<string>();
  const { mode } = recording;
  const waiting = mode?.kind === "next" && mode.service === addr && mode.command === command;
  // While it waits the host is asked whether it still records.
  useEffect(() => (waiting ? recording.view() : undefined), [recording, waiting]);
  const list = after === undefined ? [] : client.traces.rows();
  const found = list.find((row) => row.id > after! && row.sampledBy === NEXT_CALL);
  const permission = commands.permission("trace.next", node);
  const begin = async (): Promise<void> => {
    setTrouble(undefined);
    setAfter(Math.max(-1, ...client.traces.rows().map((row) => row.id)));
    const words = command === undefined ? [formatAddress(addr)] : [formatAddress(addr), command];
    const why = await recording.next(commands, words, node);
    if (why === undefined) return;
    setTrouble(why);
    setAfter(undefined);
  };
  return (
    <>
      {waiting && found === undefined ? (
        <>
          <span className="sk-dim" role="status" data-testid="next-call-waiting">
            Waiting for the next call{command === undefined ? "" : ` of ${command}`} …
          </span>
          <button type="button" className="sk-button" data-testid="action-next-call-stop" onClick={() => void recording.stop(commands)}>
            Stop waiting
          </button>
        </>
      ) : (
        <button
          type="button"
          className="sk-button"
          data-testid="action-trace-next"
          disabled={!permission.may || recording.busy}
          title={permission.may ? permission.info.help : permission.why}
          onClick={() => void begin()}
        >
          Record trace of next call
        </button>
      )}
      {found === undefined ? null : (
        <RouteLink to={{ panel: "traces", view: "waterfall", sel: traceKey(list, found) }}>Show its trace {found.tag}</RouteLink>
      )}
      {trouble === undefined ? null : (
        <span className="sk-tone-warn" role="alert" data-testid="next-call-trouble">
          {trouble}
        </span>
      )}
    </>
  );
}
