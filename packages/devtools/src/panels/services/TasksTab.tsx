/**
 * The suspended tasks of a service: what each does, for whom, and what it waits for.
 *
 * @module
 */
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { CommandButton } from "../../widgets/CommandButton.tsx";
import { count, milliseconds, taskNumber } from "../../widgets/format.ts";
import { ServiceLink } from "../../widgets/ServiceLink.tsx";
import type { Shown } from "./ServiceDrawer.tsx";

interface TaskInfo {
  readonly id: number;
  readonly kind: string;
  readonly session: number;
  /** -1 where it was nobody. */
  readonly from: number;
  readonly fromName: string;
  /** Session of the request it handles; -1 for none, 0 for one without a reply. */
  readonly request: number;
  readonly command: string;
  readonly waits: string;
  /** 0 where it waits for no reply. */
  readonly to: number;
  readonly toName: string;
  /** -1 where it is not known. */
  readonly sinceUs: number;
  readonly site: string;
}

interface Tasks {
  readonly total: number;
  readonly tasks: readonly TaskInfo[];
  readonly note?: string;
}

/** As `task` of the console prints it, which is what `killtask` takes. */
const threadName = (id: number): string => `0x${id.toString(16).padStart(8, "0")}`;

/** See the file's comment. */
export function TasksTab({ of }: { readonly of: Shown }): ReactElement {
  const asked = useAnswer<Tasks>(of.alive ? "tasks" : undefined, of.alive ? [of.addr, of.node] : [], of.stamp);
  if (!of.alive) return <p className="sk-dim">The service has ended, and its tasks with it.</p>;
  return (
    <Answer of={asked}>
      {({ tasks, total, note }) =>
        note !== undefined ? (
          <p className="sk-dim">{note}</p>
        ) : total === 0 ? (
          <p className="sk-dim">No task is suspended: it waits for messages only.</p>
        ) : (
          <>
            {total > tasks.length ? (
              <p className="sk-dim">
                The first {count(tasks.length)} of {count(total)} tasks.
              </p>
            ) : null}
            <ul className="sk-task-list" aria-label="Tasks">
              {tasks.map((task) => (
                <TaskEntry key={`${task.id} ${task.session}`} task={task} of={of} />
              ))}
            </ul>
          </>
        )
      }
    </Answer>
  );
}

function TaskEntry({ task, of }: { readonly task: TaskInfo; readonly of: Shown }): ReactElement {
  return (
    <li className="sk-task" data-testid={`task-${task.id}`}>
      <div className="sk-task-head">
        <strong className="sk-mono">{task.id === 0 ? "timer" : `task ${taskNumber(task.id)}`}</strong>
        <span className="sk-badge">{task.kind}</span>
        {task.command === "" ? null : <span className="sk-mono sk-task-command">{task.command}</span>}
        <span className="sk-spring" />
        {task.sinceUs < 0 ? null : (
          <span className="sk-dim sk-figures" title="How long it has been in this wait">
            {milliseconds(Math.max(0, of.stamp - task.sinceUs) / 1000)}
          </span>
        )}
        {task.id === 0 ? null : (
          <CommandButton
            title="Kill"
            command="killtask"
            words={[formatAddress(of.addr), threadName(task.id)]}
            node={of.node}
            testId={`killtask-${task.id}`}
          />
        )}
      </div>
      <p>waits for {task.waits}</p>
      {task.to === 0 ? null : (
        <p>
          a reply of <ServiceLink addr={task.to} name={task.toName} node={of.node} />
        </p>
      )}
      {task.from <= 0 || task.request < 0 ? null : (
        <p>
          for <ServiceLink addr={task.from} name={task.fromName} node={of.node} />
          {task.request > 0 ? `, session ${task.request}` : ", without a reply"}
        </p>
      )}
      {task.site === "" ? null : <p className="sk-mono sk-dim">{task.site}</p>}
    </li>
  );
}
