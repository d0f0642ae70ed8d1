/**
 * The waits-for graph as a table, for those who do not see the drawing or do not want to: the same tasks and the same waits.
 *
 * @module
 */
import type { ReactElement } from "react";
import { useInspector, useVersion } from "../../widgets/hooks.ts";
import { linkText } from "./Chain.tsx";
import { nameOr, span } from "./columns.tsx";
import { RouteLink, ServiceLink, TaskLink } from "./links.tsx";
import type { Shown } from "./shown.ts";
import type { Waits, WaitNode } from "./waits.ts";

/** See the file's comment. */
export function GraphList({ shown, waits }: { readonly shown: Shown; readonly waits: Waits }): ReactElement {
  const { client } = useInspector();
  const table = client.table("waits");
  useVersion(table);
  return (
    <div
      className="sk-graph-list sk-small-table"
      data-testid="graph-list"
      tabIndex={0}
      role="region"
      aria-label="Waits-for graph as a table"
    >
      <table>
        <caption>{shown.grouped ? "Waits between types of services" : "Who waits for whom"}</caption>
        <thead>
          <tr>
            <th scope="col">waits</th>
            <th scope="col">for</th>
            <th scope="col">of</th>
            <th scope="col">{shown.grouped ? "waits" : "since"}</th>
            <th scope="col">deadlock</th>
          </tr>
        </thead>
        <tbody>
          {shown.links.map(({ key, link, dead, count, fromBox, toBox, kind }) => (
            <tr key={key}>
              {shown.grouped ? (
                <>
                  <td>{fromBox}</td>
                  <td>{kind}</td>
                  <td>{toBox}</td>
                  <td>{count}</td>
                </>
              ) : (
                <>
                  <td>
                    <Who node={waits.nodes.get(link.from)} />
                  </td>
                  <td>
                    {link.call === undefined ? (
                      linkText(link)
                    ) : (
                      <RouteLink to={{ panel: "sessions", view: "graph", sel: link.call.id }}>{linkText(link)}</RouteLink>
                    )}
                  </td>
                  <td>
                    <Who node={waits.nodes.get(link.to)} />
                  </td>
                  <td className="sk-figures">{span(Math.max(0, table.t - link.sinceUs))}</td>
                </>
              )}
              <td>
                {dead ? (
                  <span className="sk-tone-dead">
                    <span aria-hidden="true">◆</span> yes
                  </span>
                ) : (
                  ""
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Who({ node }: { readonly node: WaitNode | undefined }): ReactElement | null {
  if (node === undefined) return null;
  return (
    <>
      {node.ended ? "a task that has ended" : node.task === 0 ? "nobody yet" : <TaskLink of={node} view="graph" />} of{" "}
      <ServiceLink addr={node.addr} name={nameOr(node.name, node.addr)} node={node.node} />
    </>
  );
}
