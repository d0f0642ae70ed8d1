/**
 * Which nodes are looked at: one choice for every panel, kept in the address (`nodes=`). Default: all.
 *
 * @module
 */
import { useEffect } from "react";
import type { ReactElement } from "react";
import { pickNodes, pickedNodes } from "../stores/node-pick.ts";
import { useHosts, useInspector, useView } from "../widgets/hooks.ts";
import { Popup } from "../widgets/Popup.tsx";

/** Makes the address's choice the one in force; an address that is gone back to counts as well. */
export function useNodePicks(): void {
  const { client } = useInspector();
  const nodes = useView((v) => v.route.rest["nodes"]);
  useEffect(() => client.hosts?.pick(pickedNodes(nodes)), [client, nodes]);
}

/** See the file's comment; nothing where there is one node, or none of them can be told apart. */
export function NodePicker(): ReactElement | null {
  const { view } = useInspector();
  const hosts = useHosts();
  if (hosts === undefined) return null;
  const { nodes, picked, list } = hosts;
  const chosen = picked.map((label) => hosts.current(label));
  if (nodes.length < 2 && chosen.length === 0) return null;
  const missing = chosen.filter((label) => !nodes.some((n) => n.label === label));
  const face = chosen.length === 0 ? "All nodes" : chosen.length === 1 ? chosen[0] : `${chosen.length} of ${nodes.length} nodes`;
  const toggle = (label: string): void => pickNodes(view, chosen.includes(label) ? chosen.filter((c) => c !== label) : [...chosen, label]);
  return (
    <Popup
      label="Nodes"
      testId="nodes"
      from="left"
      button={{
        className: chosen.length === 0 ? "sk-button sk-nodes" : "sk-button sk-nodes is-picked",
        title: chosen.length === 0 ? "Every panel shows all nodes" : `Every panel shows only ${chosen.join(", ")}`,
      }}
      face={
        <>
          <span className="sk-hidden">Nodes: </span>
          <span className="sk-nodes-face" data-testid="nodes-face">
            {face}
          </span>
        </>
      }
    >
      <fieldset className="sk-node-list">
        <legend>Nodes shown in every panel</legend>
        <label className="sk-node-choice">
          <input type="checkbox" data-testid="node-all" checked={chosen.length === 0} onChange={() => pickNodes(view, [])} />
          <span>All nodes</span>
        </label>
        {nodes.map(({ label, host }) => (
          <label className="sk-node-choice" key={label}>
            <input type="checkbox" data-testid={`node-${label}`} checked={chosen.includes(label)} onChange={() => toggle(label)} />
            <span>{label}</span>
            {list.length > 1 ? <span className="sk-dim">{host.client.title}</span> : null}
            <button type="button" className="sk-link" aria-label={`Only ${label}`} onClick={() => pickNodes(view, [label])}>
              only
            </button>
          </label>
        ))}
        {missing.map((label) => (
          <label className="sk-node-choice" key={label}>
            <input type="checkbox" data-testid={`node-${label}`} checked onChange={() => toggle(label)} />
            <span>{label}</span>
            <span className="sk-dim">not met yet</span>
          </label>
        ))}
      </fieldset>
    </Popup>
  );
}
