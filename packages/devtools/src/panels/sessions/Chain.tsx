/**
 * Whom something waits for, and whom that one waits for, down to the end, as a numbered list.
 *
 * @module
 */
import type { ReactElement } from "react";
import { useInspector, useVersion } from "../../widgets/hooks.ts";
import { span } from "./columns.tsx";
import { ServiceLink, TaskLink } from "./links.tsx";
import { chainFrom } from "./waits.ts";
import type { ChainStep, WaitLink, Waits } from "./waits.ts";

/** How a chain ends whose last call has no task, by the state of that call. */
const ends: Readonly<Record<string, string>> = {
  queued: "it is still in the mailbox",
  running: "its handler, or its answer, is about to run",
  lost: "its handler ended without a reply",
  "callee-gone": "this service has ended",
  net: "it runs on another node",
  "unknown-waker": "only code of the program can bring the answer",
};

/** What a link is about, in words that go on with the one who is waited for. */
export function linkText(link: WaitLink): string {
  const session = link.call === undefined ? "" : ` (session ${link.call.id.replace(/^.*-/, "").replace(/@.*/, "")})`;
  switch (link.kind) {
    case "call":
      return link.call === undefined ? `the reply to ${link.resource}` : `the reply to ${link.call.what}${session}`;
    case "lock":
      return link.resource;
    case "init":
      return link.resource === "" ? "a start function" : link.resource;
    case "select":
      return "any reply of a batch";
    default:
      return link.resource === "" ? link.kind : link.resource;
  }
}

/** See the file's comment. */
export function Chain({ waits, from, view }: { readonly waits: Waits; readonly from: string; readonly view: string }): ReactElement {
  const { client } = useInspector();
  const table = client.table("waits");
  useVersion(table);
  const { steps, circle } = chainFrom(waits, from);
  if (steps.length === 0) return <p className="sk-dim sk-pad">Nothing is known about this task now.</p>;
  const back = steps.at(-1)!.link;
  return (
    <ol className="sk-chain" data-testid="chain">
      {steps.map((step, i) => (
        <li key={step.node.key} className={step.node.deadlock === "" ? undefined : "is-dead"}>
          <Who step={step} view={view} />
          <div className="sk-dim">
            {step.node.holds.length === 0 ? null : <>holds {step.node.holds.join(", ")}; </>}
            {step.link === undefined ? (
              <End step={step} before={steps[i - 1]?.link} />
            ) : (
              <>
                waits {span(Math.max(0, table.t - step.link.sinceUs))} for {linkText(step.link)}
                {step.others === 0 ? null : ` and ${step.others} more`}
              </>
            )}
          </div>
        </li>
      ))}
      {circle && back !== undefined ? (
        <li className="is-dead sk-chain-back">
          <span className="sk-tone-dead">
            <span aria-hidden="true">◆</span> back to {steps.findIndex((s) => s.node.key === back.to) + 1}: a circle
          </span>
        </li>
      ) : null}
    </ol>
  );
}

function Who({ step, view }: { readonly step: ChainStep; readonly view: string }): ReactElement {
  const { node } = step;
  return (
    <div>
      {node.task === 0 ? null : (
        <>
          <TaskLink of={node} view={view} /> of{" "}
        </>
      )}
      <ServiceLink addr={node.addr} name={node.name} node={node.node} />
      {node.serves === undefined ? null : <span className="sk-dim"> · {node.serves.what}</span>}
    </div>
  );
}

function End({ step, before }: { readonly step: ChainStep; readonly before: WaitLink | undefined }): ReactElement {
  if (step.node.ended) return <>a task that has ended without giving it up: nobody ever will</>;
  if (step.node.task === 0) return <>{ends[before?.state ?? ""] ?? "no task is known that answers"}</>;
  return <>waits for nobody: a timer, a socket or a wake-up lets it go on</>;
}
