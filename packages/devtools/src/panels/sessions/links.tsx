/**
 * Ways from one place of the inspector to another, as links.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";
import { formatAddress } from "../../stores/channels.ts";
import { formatRoute, homeRoute } from "../../stores/route.ts";
import type { Route } from "../../stores/route.ts";
import { navigate } from "../../stores/view.ts";
import { taskNumber } from "../../widgets/format.ts";
import { useInspector, useView } from "../../widgets/hooks.ts";
import { nameOr } from "./columns.tsx";
import type { WaitNode } from "./waits.ts";

/** A link to somewhere in the inspector; keeps what belongs to no panel. */
export function RouteLink(props: { readonly to: Partial<Route>; readonly title?: string; readonly children: ReactNode }): ReactElement {
  const { view } = useInspector();
  const rest = useView((v) => v.route.rest);
  const route: Route = { ...homeRoute, rest, ...props.to };
  return (
    <a
      className="sk-link"
      href={formatRoute(route)}
      title={props.title}
      onClick={(e) => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return;
        e.preventDefault();
        view.setState({ drawer: route.sel !== undefined });
        navigate(view, route, "push");
      }}
    >
      {props.children}
    </a>
  );
}

/** A service by its name, leading to its details. */
export function ServiceLink({ addr, name, node }: { readonly addr: number; readonly name: string; readonly node: string }): ReactElement {
  const { client } = useInspector();
  const address = formatAddress(addr);
  const many = client.table("sessions").manyNodes || client.table("waits").manyNodes;
  return (
    <RouteLink to={{ panel: "services", sel: many ? `${address}@${node}` : address }} title={`${address} ${name}: its details`}>
      {nameOr(name, addr)}
    </RouteLink>
  );
}

/** A task, leading to its details in this panel. */
export function TaskLink({ of, view }: { readonly of: Pick<WaitNode, "key" | "task">; readonly view: string }): ReactElement {
  return <RouteLink to={{ panel: "sessions", view, sel: of.key }}>task {taskNumber(of.task)}</RouteLink>;
}

/** What the console calls a task. */
export const taskName = (task: number): string => `0x${task.toString(16).padStart(8, "0")}`;
