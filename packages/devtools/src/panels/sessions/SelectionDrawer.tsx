/**
 * Everything about the selected call or task: facts, both ends, the chain behind it, and what can be done.
 *
 * @module
 */
import type { ReactElement } from "react";
import { isCardId } from "../../stores/alert-route.ts";
import { formatAddress } from "../../stores/channels.ts";
import { ActionButton } from "../../widgets/ActionButton.tsx";
import { Drawer, Fact, Facts, useSelectedRow } from "../../widgets/Drawer.tsx";
import { taskNumber, UNKNOWN } from "../../widgets/format.ts";
import { hostTime } from "../../widgets/host-time.ts";
import { useConnection, useInspector, useView } from "../../widgets/hooks.ts";
import { CallMark } from "./CallMark.tsx";
import { Chain, linkText } from "./Chain.tsx";
import { nameOr, queueUs, runUs, span, suspendedUs, totalUs } from "./columns.tsx";
import { RouteLink, ServiceLink, taskName } from "./links.tsx";
import { NextCall } from "./NextCall.tsx";
import { useWaits } from "./use-waits.ts";
import { nodeOfTask, taskKey } from "./waits.ts";

/** See the file's comment. `view` is the view of this panel that links stay in. */
export function SelectionDrawer({ view, onClose }: { readonly view: string; readonly onClose: () => void }): ReactElement | null {
  const sel = useView((v) => v.route.sel);
  if (sel === undefined || isCardId(sel)) return null;
  const task = /^t(\d+)(?:@(.+))?$/.exec(sel);
  return task !== null ? (
    <TaskDrawer task={Number(task[1])} at={task[2] ?? ""} view={view} onClose={onClose} />
  ) : (
    <CallDrawer view={view} onClose={onClose} />
  );
}

function CallDrawer({ view, onClose }: { readonly view: string; readonly onClose: () => void }): ReactElement | null {
  const { client } = useInspector();
  const table = client.table("sessions");
  const waits = useWaits();
  const selected = useSelectedRow(table);
  const time = hostTime(useConnection);
  if (selected.id === undefined) return null;
  const { row, ended } = selected;
  const text = (field: string): string => table.text(field, row);
  const number = (field: string): number => table.number(field, row);
  return (
    <Drawer
      title={row < 0 ? selected.id : `${text("type")} ${text("command")}`.trim()}
      subtitle={row < 0 ? undefined : table.id(row)}
      thing="call"
      selected={selected}
      onClose={onClose}
    >
      {row < 0 ? null : (
        <>
          <Facts>
            <Fact name="State">{ended ? "over" : <CallMark state={number("state")} />}</Fact>
            <Fact name="From">
              <ServiceLink addr={number("from")} name={text("fromName")} node={text("node")} />
            </Fact>
            <Fact name="Task that waits">
              <RouteLink to={{ panel: "sessions", view, sel: taskKey(number("fromTask"), nodeOfTask(table, row)) }}>
                task {taskNumber(number("fromTask"))}
              </RouteLink>
            </Fact>
            <Fact name="To">
              <ServiceLink addr={number("to")} name={text("toName")} node={text("node")} />
            </Fact>
            <Fact name="Task it depends on">
              {number("toTask") === 0 ? (
                UNKNOWN
              ) : (
                <RouteLink to={{ panel: "sessions", view, sel: taskKey(number("toTask"), nodeOfTask(table, row)) }}>
                  task {taskNumber(number("toTask"))}
                </RouteLink>
              )}
            </Fact>
            <Fact name="Node">{text("node")}</Fact>
            <Fact name="Sent">{time(number("sentUs"))}</Fact>
            <Fact name="In the mailbox">{span(queueUs(table, row))}</Fact>
            <Fact name="With the handler">{span(runUs(table, row))}</Fact>
            <Fact name="In its present wait">{span(suspendedUs(table, row))}</Fact>
            <Fact name="Total">{span(totalUs(table, row))}</Fact>
            <Fact name="Trace">{text("tag") === "" ? UNKNOWN : <span className="sk-mono">{text("tag")}</span>}</Fact>
          </Facts>
          {ended ? null : (
            <>
              <h3 className="sk-drawer-section">Who waits for whom</h3>
              <Chain waits={waits} from={taskKey(number("fromTask"), nodeOfTask(table, row))} view={view} />
              <div className="sk-drawer-actions">
                <FailButton call={table.id(row)} node={text("node")} name={text("fromName")} addr={number("from")} label="Fail this call" />
                <RouteLink to={{ panel: "sessions", view: "graph", sel: table.id(row) }}>Show in graph</RouteLink>
              </div>
            </>
          )}
          <div className="sk-drawer-actions">
            <NextCall
              key={table.id(row)}
              addr={number("to")}
              node={text("node")}
              {...(text("type") === "lua" && text("command") !== "" ? { command: text("command") } : {})}
            />
          </div>
        </>
      )}
    </Drawer>
  );
}

/** Ends a call with an error, after a question. */
export function FailButton(props: {
  readonly call: string;
  readonly node: string;
  readonly name: string;
  readonly addr: number;
  readonly label: string;
}): ReactElement {
  const { call, node, name, addr, label } = props;
  return (
    <ActionButton
      command="failsession"
      args={[call.replace(/@.*/, ""), node]}
      node={node}
      target={{ name: nameOr(name, addr), address: formatAddress(addr) }}
      title="The caller gets a CallError at once; what the callee still answers is dropped"
    >
      {label}
    </ActionButton>
  );
}

function TaskDrawer(props: {
  readonly task: number;
  readonly at: string;
  readonly view: string;
  readonly onClose: () => void;
}): ReactElement {
  const { task, at, view, onClose } = props;
  const { client } = useInspector();
  const waits = useWaits();
  const key = taskKey(task, at === "" ? "" : client.hosts?.current(at));
  const node = waits.nodes.get(key);
  const ready = client.table("sessions").ready && client.table("waits").ready;
  const calls = (waits.out.get(key) ?? []).flatMap((l) => l.call ?? []);
  const waiters = waits.into.get(key) ?? [];
  return (
    <Drawer
      title={`task ${taskNumber(task)}`}
      subtitle={node === undefined ? undefined : `${formatAddress(node.addr)} ${node.name}`}
      thing="task"
      // A task that waits no longer is over as far as this panel knows.
      selected={{ id: key, row: node !== undefined || !ready ? 0 : -1, ended: false }}
      onClose={onClose}
    >
      {node === undefined ? null : (
        <>
          <Facts>
            <Fact name="Service">
              <ServiceLink addr={node.addr} name={node.name} node={node.node} />
            </Fact>
            <Fact name="Node">{node.node}</Fact>
            <Fact name="In the console">
              <span className="sk-mono">{taskName(task)}</span>
            </Fact>
            <Fact name="Answers">
              {node.serves === undefined ? (
                UNKNOWN
              ) : (
                <RouteLink to={{ panel: "sessions", view, sel: node.serves.id }}>
                  {node.serves.what} for {nameOr(node.serves.fromName, node.serves.from)}
                </RouteLink>
              )}
            </Fact>
            <Fact name="Holds">{node.holds.length === 0 ? UNKNOWN : node.holds.join(", ")}</Fact>
            <Fact name="Deadlock">
              {node.deadlock === "" ? (
                UNKNOWN
              ) : (
                <RouteLink to={{ panel: "sessions", view: "deadlocks", sel: node.deadlock }}>show its report</RouteLink>
              )}
            </Fact>
          </Facts>
          <h3 className="sk-drawer-section">Who waits for whom</h3>
          <Chain waits={waits} from={key} view={view} />
          {waiters.length === 0 ? null : (
            <>
              <h3 className="sk-drawer-section">Waits for it: {waiters.length}</h3>
              <ul className="sk-chain is-plain">
                {waiters.slice(0, 50).map((l) => {
                  const from = waits.nodes.get(l.from)!;
                  return (
                    <li key={l.key}>
                      <RouteLink to={{ panel: "sessions", view, sel: from.key }}>task {taskNumber(from.task)}</RouteLink> of{" "}
                      <ServiceLink addr={from.addr} name={from.name} node={from.node} />
                      <span className="sk-dim"> for {linkText(l)}</span>
                    </li>
                  );
                })}
              </ul>
            </>
          )}
          <div className="sk-drawer-actions">
            {calls.map((c) => (
              <FailButton key={c.id} call={c.id} node={c.node} name={c.fromName} addr={c.from} label={`Fail its call ${c.id}`} />
            ))}
            <ActionButton
              command="killtask"
              args={[formatAddress(node.addr), taskName(task), { node: node.node }]}
              node={node.node}
              target={{ name: nameOr(node.name, node.addr), address: formatAddress(node.addr) }}
              title="Ends this task; whoever waits for its answer gets an error"
            >
              Kill this task
            </ActionButton>
          </div>
        </>
      )}
    </Drawer>
  );
}
