/**
 * Saves traces as a file for other programs, and says first what will be in it.
 *
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { Client } from "../../client/client.ts";
import type { TraceRow } from "../../traces/trace-row.ts";
import { download, fileName } from "../../widgets/download.ts";
import { bytes, count } from "../../widgets/format.ts";
import { useConnection, useInspector } from "../../widgets/hooks.ts";
import type { ExportFormat, ExportJob } from "./work/build.ts";
import type { TraceWork } from "./work/trace-work.ts";

/** Traces in one file; more are asked to be filtered. */
const MOST_TRACES = 2_000;
/** Names that the dialog lists. */
const MOST_NAMES = 200;

const formats: readonly { readonly format: ExportFormat; readonly title: string; readonly note: string }[] = [
  { format: "perfetto", title: "Chrome trace-event JSON", note: "opens in Perfetto and in Chrome" },
  { format: "otlp", title: "OTLP/JSON", note: "OpenTelemetry spans, for any collector" },
];

/** The button, and the dialog it opens. */
export function ExportButton(props: {
  readonly traces: readonly TraceRow[];
  readonly what: string;
  readonly work: TraceWork;
}): ReactElement {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="sk-button"
        data-testid="action-trace-export"
        disabled={props.traces.length === 0}
        onClick={() => setOpen(true)}
      >
        Export …
      </button>
      {open ? (
        <Dialog
          {...props}
          close={() => {
            setOpen(false);
            button.current?.focus();
          }}
        />
      ) : null}
    </>
  );
}

function Dialog(props: {
  readonly traces: readonly TraceRow[];
  readonly what: string;
  readonly work: TraceWork;
  readonly close: () => void;
}): ReactElement {
  const { client } = useInspector();
  const { work, what, close } = props;
  const host = useConnection((c) => c.host);
  const offset = useConnection((c) => c.epochOffsetMs);
  const dialog = useRef<HTMLDialogElement>(null);
  const first = useRef<HTMLInputElement>(null);
  const [format, setFormat] = useState<ExportFormat>("perfetto");
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const alive = useRef(true);
  // What was shown when the dialog opened, whatever comes since.
  const [traces] = useState(() => props.traces.slice(0, MOST_TRACES));
  const parts = useMemo(() => partsOf(client, traces), [client, traces]);
  useEffect(() => {
    alive.current = true;
    dialog.current?.showModal();
    first.current?.focus();
    return () => {
      alive.current = false;
    };
  }, []);

  const save = (): void => {
    setBusy(true);
    setSaid("Writing the file …");
    const { events, services, names } = parts;
    const job: ExportJob = {
      format,
      traces: events(),
      hostId: host?.id ?? "",
      hostName: host?.name ?? client.title,
      runtime: host?.runtime ?? "",
      epochOffsetUs: (offset ?? 0) * 1000,
      nodes: client.traceNames.nodes,
      names,
      services,
    };
    work.export(job).then(
      (file) => {
        if (!alive.current) return;
        setBusy(false);
        setSaid(`Saved, ${bytes(file.size)}.`);
        download(fileName(job.hostName, format === "otlp" ? `${what}-otlp` : what, "json"), file.type, file);
      },
      (error: unknown) => {
        if (!alive.current) return;
        setBusy(false);
        setSaid(`The file could not be written: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  };
  const left = [...new Set(parts.services.values())].sort();
  return (
    <dialog
      ref={dialog}
      className="sk-dialog sk-trace-export"
      aria-labelledby="sk-trace-export-title"
      data-testid="export-dialog"
      onCancel={(e) => {
        e.preventDefault();
        close();
      }}
      onKeyDown={(e) => e.stopPropagation()}
    >
      <h2 id="sk-trace-export-title">Export {traces.length === 1 ? `trace ${traces[0]!.tag}` : `${count(traces.length)} traces`}</h2>
      {props.traces.length > MOST_TRACES ? (
        <p className="sk-tone-warn">
          ▲ The first {count(MOST_TRACES)} of {count(props.traces.length)} that are shown. Filter the list to choose others.
        </p>
      ) : null}
      <fieldset className="sk-trace-formats">
        <legend>Format</legend>
        {formats.map(({ format: value, title, note }, i) => (
          <label key={value} className="sk-trace-format">
            <input
              ref={i === 0 ? first : undefined}
              type="radio"
              name="sk-trace-format"
              value={value}
              data-testid={`export-${value}`}
              checked={format === value}
              onChange={() => setFormat(value)}
            />
            <span>
              <strong>{title}</strong> <span className="sk-dim">{note}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div data-testid="export-leaves">
        <p>The file will hold:</p>
        <ul>
          <li>the host’s name {host === undefined ? "" : `“${host.name}”`}, its id and version, and the names of its nodes</li>
          <li>
            {count(left.length)} names of services with their addresses, {count(parts.commands.length)} names of commands and kinds of
            errors
          </li>
          <li>{count(parts.count)} events: times, sizes, session numbers, who sent to whom</li>
        </ul>
        <p>It holds no message content: arguments and replies are not recorded.</p>
        <details>
          <summary>All names</summary>
          <p className="sk-mono sk-trace-names">
            {[...left, ...parts.commands].slice(0, MOST_NAMES).join(", ")}
            {left.length + parts.commands.length > MOST_NAMES ? " …" : ""}
          </p>
        </details>
      </div>
      <p className="sk-dim" role="status" data-testid="export-said">
        {said}
      </p>
      <div className="sk-dialog-actions">
        <button type="button" className="sk-button" onClick={close}>
          Close
        </button>
        <button type="button" className="sk-button sk-primary" data-testid="export-save" disabled={busy} onClick={save}>
          Save
        </button>
      </div>
    </dialog>
  );
}

/** What the traces are made of. */
function partsOf(
  client: Client,
  rows: readonly TraceRow[],
): {
  readonly count: number;
  readonly services: ReadonlyMap<string, string>;
  readonly commands: readonly string[];
  readonly names: readonly string[];
  /** Fresh copies, for a worker to take. */
  readonly events: () => ExportJob["traces"];
} {
  const services = new Map<string, string>();
  const used = new Set<number>();
  let all = 0;
  for (const { id } of rows) {
    const events = client.traces.eventsOf(id);
    all += events.count;
    for (let i = 0; i < events.count; i++) {
      used.add(events.cmdId[i]!);
      for (const addr of [events.src[i]!, events.dst[i]!]) {
        const key = `${events.node[i]!} ${addr}`;
        if (services.has(key)) continue;
        // Without its arguments, which may be anything.
        const [name] = client.traceNames.serviceName(events.node[i]!, addr).split(" ", 1);
        if (name !== undefined && name !== "") services.set(key, name);
      }
    }
  }
  // Names of other traces stay here.
  const names = client.traces.names.map((name, id) => (used.has(id) ? name : ""));
  return {
    count: all,
    services,
    names,
    commands: names.filter((n) => n !== "").sort(),
    events: () => rows.map(({ id, tag }) => ({ tag, events: client.traces.eventsOf(id) })),
  };
}
