/**
 * What is recorded, and how to change it: off, one chain in N, all, some services, some commands.
 *
 * @module
 */
import type { TraceMode } from "@skyloom/runtime/inspect";
import { useEffect, useId, useState } from "react";
import type { FormEvent, ReactElement } from "react";
import { count } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { describeMode } from "./recording.ts";
import type { Recording } from "./recording.ts";
import { readServices, serviceChoices } from "./service-names.ts";

/** One chain in so many, unless the user says otherwise. */
const SAMPLE = 64;
/** Names offered for a choice. */
const MOST_CHOICES = 500;

/** What can be chosen here; the next call of something is asked for where that call is shown. */
type Kind = Exclude<TraceMode["kind"], "next">;

/** See the file's comment. */
export function RecordingBar({ recording }: { readonly recording: Recording }): ReactElement {
  const { client, commands } = useInspector();
  useVersion(recording);
  useVersion(commands);
  useVersion(client.traces);
  // The permission depends on the connection as well.
  const live = useConnection((c) => c.phase === "live");
  useConnection((c) => c.commands);
  const asked = useView((v) => v.route.rest["services"]);
  const [kind, setKind] = useState<Kind>(asked === undefined ? "sample" : "services");
  const [n, setN] = useState(String(SAMPLE));
  const [services, setServices] = useState(asked ?? "");
  const [pattern, setPattern] = useState("");
  const table = client.table("services");
  useEffect(() => (kind === "services" ? client.watch("services") : undefined), [client, kind]);
  const ids = { fault: useId(), list: useId() };
  const [fault, setFault] = useState<string>();
  // What was recorded when the host was last heard of may be over.
  const mode = live ? recording.mode : undefined;
  const known = live && recording.known;
  const permission = commands.permission("trace.start");
  const may = permission.may && !recording.busy;
  const why = permission.may ? undefined : permission.why;

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = read();
    setFault(typeof wanted === "string" ? wanted : undefined);
    if (typeof wanted === "string" || !may) return;
    void recording.start(commands, wanted, wanted.kind === "services" ? readServices(services, table).nodes : undefined);
  };
  const read = (): TraceMode | string => {
    switch (kind) {
      case "all":
        return { kind };
      case "sample": {
        const value = Number(n);
        return Number.isInteger(value) && value >= 1 && value <= 1_000_000
          ? { kind, n: value }
          : "Write a whole number from 1 to 1,000,000: one chain of messages in so many is recorded.";
      }
      case "services": {
        const { handles, unknown } = readServices(services, table);
        if (unknown.length > 0 && !table.ready) return "The list of services has not come yet: try again in a moment, or write addresses.";
        if (unknown.length > 0) return `There is no service ${unknown.slice(0, 3).join(", ")}. Write names or addresses such as :0000000c.`;
        return handles.length === 0 ? "Write the names or addresses of the services to record." : { kind, services: handles };
      }
      case "commands":
        return pattern.trim() === "" ? "Write a command, e.g. login or get*|set*." : { kind, pattern: pattern.trim().slice(0, 200) };
    }
  };

  return (
    <>
      <form className="sk-toolbar sk-trace-record" aria-label="Recording of traces" onSubmit={submit}>
        <span className="sk-trace-state" role="status" data-testid="trace-state" data-mode={mode?.kind ?? (known ? "off" : "")}>
          {mode === undefined ? (
            <>
              <span className="sk-tone-idle" aria-hidden="true">
                ○
              </span>{" "}
              {known ? "Not recording" : live ? "Recording: not known yet" : "Recording: not known without the host"}
            </>
          ) : (
            <>
              <span className="sk-tone-err" aria-hidden="true">
                ●
              </span>{" "}
              Recording {describeMode(mode)}
              {recording.mine ? "" : ", begun elsewhere"}
            </>
          )}
        </span>
        <label className="sk-choice">
          <span>Record</span>
          <select
            className="sk-select"
            data-testid="trace-kind"
            value={kind}
            onChange={(e) => {
              setKind(e.target.value as Kind);
              setFault(undefined);
            }}
          >
            <option value="sample">one chain in N</option>
            <option value="all">all messages</option>
            <option value="services">services</option>
            <option value="commands">commands</option>
          </select>
        </label>
        {kind === "sample" ? (
          <label className="sk-choice">
            <span>N</span>
            <input
              className="sk-input sk-trace-n"
              data-testid="trace-n"
              aria-label="One chain in so many"
              inputMode="numeric"
              value={n}
              aria-invalid={fault !== undefined}
              aria-describedby={fault === undefined ? undefined : ids.fault}
              onChange={(e) => setN(e.target.value)}
            />
          </label>
        ) : null}
        {kind === "services" ? (
          <>
            <input
              className="sk-input sk-trace-text"
              data-testid="trace-services"
              aria-label="Services to record: names or addresses"
              placeholder="gate .launcher :0000000c"
              list={ids.list}
              spellCheck={false}
              autoComplete="off"
              value={services}
              aria-invalid={fault !== undefined}
              aria-describedby={fault === undefined ? undefined : ids.fault}
              onChange={(e) => setServices(e.target.value)}
            />
            <Choices id={ids.list} />
          </>
        ) : null}
        {kind === "commands" ? (
          <input
            className="sk-input sk-trace-text"
            data-testid="trace-pattern"
            aria-label="Commands to record: * stands for any text, ? for one character, | parts alternatives"
            placeholder="login or get*|set*"
            spellCheck={false}
            autoComplete="off"
            value={pattern}
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : ids.fault}
            onChange={(e) => setPattern(e.target.value)}
          />
        ) : null}
        <button
          type="submit"
          className={mode === undefined && may ? "sk-button sk-primary" : "sk-button"}
          data-testid="action-trace-start"
          disabled={!may}
          title={why}
        >
          {mode === undefined ? "Start" : "Change"}
        </button>
        {mode === undefined ? null : (
          <button
            type="button"
            className={may ? "sk-button sk-primary" : "sk-button"}
            data-testid="action-trace-stop"
            disabled={!may}
            title={why ?? "Ends the recording for everybody who looks at this host"}
            onClick={() => void recording.stop(commands)}
          >
            Stop
          </button>
        )}
        {kind === "all" || (kind === "sample" && Number(n) === 1) ? (
          <span className="sk-tone-warn" data-testid="trace-cost">
            ▲ An empty call that is recorded takes twice as long; beyond some 16,000 events a second whole traces are left out.
          </span>
        ) : null}
        {why === undefined ? null : (
          <span className="sk-tone-warn" data-testid="trace-forbidden">
            ▲ {why}
          </span>
        )}
        {fault === undefined ? null : (
          <span className="sk-tone-err" id={ids.fault} role="alert" data-testid="trace-fault">
            {fault}
          </span>
        )}
        <span className="sk-spring" />
        <span className="sk-trace-end">
          <span className="sk-figures sk-dim" data-testid="trace-events">
            {count(client.traces.events)} events
          </span>
          <button
            type="button"
            className="sk-button"
            data-testid="action-trace-clear"
            disabled={client.traces.count === 0}
            title="Forgets all traces of this page, also those that are kept; the host and other pages keep theirs"
            onClick={() => client.traces.clear()}
          >
            Clear
          </button>
        </span>
      </form>
      {recording.ended === undefined ? null : (
        <div className="sk-banner sk-banner-warn" role="status" data-testid="trace-ended">
          <span>{recording.ended}</span>
        </div>
      )}
      {mode?.kind === "sample" && mode.n > 1 ? (
        <div className="sk-banner" data-testid="note-sampled">
          <span>1 of {count(mode.n)} chains of messages is recorded; the others leave nothing here.</span>
        </div>
      ) : null}
      {client.traces.leftOut > 0 ? (
        <div className="sk-banner" data-testid="note-left-out">
          <span>
            About {count(client.traces.leftOut)} messages were not recorded: more happens than can be sent. They are left out by whole
            traces; record a part to choose which.
          </span>
        </div>
      ) : null}
      {client.traces.dropped > 0 ? (
        <div className="sk-banner sk-banner-warn" data-testid="note-dropped">
          <span>
            {count(client.traces.dropped)} events were lost: more happened than could be sent. Traces of that time have holes; record less
            to get them whole.
          </span>
        </div>
      ) : null}
    </>
  );
}

/** Names of services to choose from. */
function Choices({ id }: { readonly id: string }): ReactElement {
  const { client } = useInspector();
  const table = client.table("services");
  useVersion(table);
  return (
    <datalist id={id}>
      {serviceChoices(table, MOST_CHOICES).map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
